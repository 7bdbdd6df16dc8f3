"""Lock an index for one writer at a time, and name the process that holds the lock.

The lock is the operating system's (flock, LockFileEx): it goes with the process that held it,
however that ended. The note beside it is for people only. No decision depends on the note or on a
clock. Readers take no lock.
"""

from __future__ import annotations

import errno
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, SoftFileLock, Timeout

from recommender.errors import IndexLocked, StorageError
from recommender.safe_open import Depth, is_file, is_there, read_bytes
from recommender.store.files import file_mode, place_note, remove

LOCK = ".lock"
HOLDER = ".lock-holder.json"
_NOTE_BYTES = 10_000
# The errors of network file systems that have no locks.
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Hold the index's writer lock.

    Raises `IndexLocked` while another process holds it, naming that process, and `StorageError`
    on a file system that has no locks.
    """
    lock = FileLock(folder / LOCK, timeout=0, mode=file_mode() & 0o644)
    if is_there(folder / LOCK) and not is_file(folder / LOCK):
        # The lock's library would follow a link and empty the file that it leads to.
        raise StorageError(f"{folder / LOCK}: is a link, or no regular file; delete it")
    try:
        lock.acquire()
    except Timeout as error:
        raise IndexLocked(
            f"{folder}: {_holder(folder)} is writing to it; wait until it ends, "
            "or stop it: the index stays as it is"
        ) from error
    except NotImplementedError as error:
        raise _no_locks(folder) from error
    except OSError as error:
        if error.errno in NO_LOCKS:
            raise _no_locks(folder) from error
        raise
    try:
        if isinstance(lock, SoftFileLock):  # some filelock versions change over by themselves
            raise _no_locks(folder)
        place_note(folder / HOLDER, json.dumps(_myself()))
        yield
    finally:
        remove(folder / HOLDER)
        lock.release()


def _myself() -> dict[str, str | int]:
    return {
        "pid": os.getpid(),
        "host": platform.node(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _holder(folder: Path) -> str:
    try:
        note = json.loads(read_bytes(folder / HOLDER, Depth.INDEX, _NOTE_BYTES))
        return f"process {note['pid']} on {note['host']}, since {note['since']},"
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "another process"


def _no_locks(folder: Path) -> StorageError:
    return StorageError(
        f"{folder}: this file system has no locks, so two builds could write at once; build on a "
        "local disk and copy the folder here: readers need no lock"
    )
