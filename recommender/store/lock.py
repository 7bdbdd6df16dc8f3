"""Lock an index for one writer at a time, and name the process that holds the lock.

The lock is the operating system's (flock, on Windows LockFileEx). It ends with the process that
held it, even if that was killed. The note beside it is for people only: no decision depends on it
or on a clock. Readers take no lock.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from recommender.errors import IndexLocked, StorageError
from recommender.safe_open import Depth, is_file, is_there, open_descriptor, read_bytes
from recommender.store.files import file_mode, place_note, remove

LOCK = ".lock"
HOLDER = ".lock-holder.json"
_NOTE_BYTES = 10_000
# The errors of network file systems that have no locks, and those if another process holds it.
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Hold the index's writer lock.

    Raises `IndexLocked` while another process holds it, naming that process, and `StorageError`
    on a file system that has no locks.
    """
    if is_there(folder / LOCK) and not is_file(folder / LOCK):
        raise StorageError(f"{folder / LOCK}: is a link, or no regular file; delete it")
    flags = os.O_RDWR | os.O_CREAT
    descriptor = open_descriptor(folder / LOCK, Depth.INDEX, flags, file_mode() & 0o644)
    try:
        _take(descriptor, folder)
        try:
            place_note(folder / HOLDER, json.dumps(_myself()))
            yield
        finally:
            remove(folder / HOLDER)
            _release(descriptor)
    finally:
        os.close(descriptor)


def _take(descriptor: int, folder: Path) -> None:
    """Take the lock of an open file, without waiting for another process to release it."""
    try:
        lock(descriptor)
    except OSError as error:
        if error.errno in NO_LOCKS:
            raise _no_locks(folder) from error
        if error.errno in HELD:
            raise IndexLocked(
                f"{folder}: {_holder(folder)} is writing to it; wait until it ends, "
                "or stop it: the index stays as it is"
            ) from error
        raise


if sys.platform == "win32":
    import msvcrt

    def lock(descriptor: int) -> None:
        """Lock a file, or raise `OSError` at once."""
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _release(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def lock(descriptor: int) -> None:
        """Lock a file, or raise `OSError` at once."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(descriptor: int) -> None:
        # A child that was forked meanwhile has the descriptor too, so closing it would not be
        # enough.
        fcntl.flock(descriptor, fcntl.LOCK_UN)


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
