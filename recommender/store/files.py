"""Write the files of an index durably.

`create` and `place` give a file that is durable when their block ends, or at the end of a block
`synced_together` around it. No other module opens a file of the index for writing. So every system
call that can fail, or be cut off by a power loss, is made here.
"""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import IO, Any

from recommender.errors import SnapshotDamaged
from recommender.safe_open import (
    NO_LINKS,
    Depth,
    check_regular,
    is_folder,
    is_there,
    read_bytes,
)
from recommender.store.advice import on_unread

BUFFER_BYTES = 1 << 20
# A file has a name with this beginning until it is whole and is renamed.
UNFINISHED = ".unfinished-"


# So many files are synced at once: a file system then commits them in one step.
SYNCED_AT_ONCE = 4

# Whether other users may read new files: an archive may hold texts that are not published yet.
_SHARED: ContextVar[bool] = ContextVar("shared", default=False)


# The files and folders that a block `synced_together` has not synced yet, each once.
_UNSYNCED: ContextVar[dict[Path, None] | None] = ContextVar("unsynced", default=None)


@contextmanager
def synced_together() -> Iterator[None]:
    """Make all files that are written in the block durable together at its end.

    Until then, no file that readers start from may name any of them.
    """
    before = _UNSYNCED.set({})
    try:
        yield
        settle()
    finally:
        _UNSYNCED.reset(before)


def settle() -> None:
    """Make durable what has been written so far in a block `synced_together`."""
    from concurrent.futures import ThreadPoolExecutor  # readers do not need this module

    waiting = _UNSYNCED.get()
    while waiting:  # paths that are noted meanwhile are synced too, even the same ones again
        taken = dict(waiting)
        for path in taken:
            del waiting[path]
        try:
            with ThreadPoolExecutor(SYNCED_AT_ONCE) as pool:
                for _ in pool.map(_sync_any, taken):
                    pass  # raises the error of a sync
        except BaseException:
            waiting.update(taken)
            raise


@contextmanager
def sharing(shared: bool) -> Iterator[None]:
    """Let other users read the files and folders that are made in the block, or prevent it."""
    before = _SHARED.set(shared)
    try:
        yield
    finally:
        _SHARED.reset(before)


def file_mode() -> int:
    """Return the mode of new files, without the bits that the system's mask removes."""
    return 0o666 if _SHARED.get() else 0o600


class _Output(io.RawIOBase):
    """A file being written. Its errors name the file."""

    def __init__(self, path: Path, flags: int) -> None:
        self._path = path
        flags |= os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0) | NO_LINKS
        self._descriptor = -1  # a file that could not be opened is closed too
        self._descriptor = os.open(path, flags, file_mode())
        check_regular(self._descriptor, path)

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        try:
            return os.write(self._descriptor, data)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._path)) from error

    def cut(self, size: int) -> None:
        os.ftruncate(self._descriptor, size)

    def sync(self) -> None:
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._path)) from error

    def close(self) -> None:
        if not self.closed and self._descriptor >= 0:
            os.close(self._descriptor)
        super().close()


class Output(io.BufferedWriter):
    """A buffered file."""

    def __init__(self, path: Path, flags: int = os.O_EXCL) -> None:
        self._output = _Output(path, flags)
        super().__init__(self._output, BUFFER_BYTES)

    def cut(self, size: int) -> None:
        """Remove everything after the first `size` bytes."""
        self._output.cut(size)

    def sync(self) -> None:
        """Make all that was written so far durable."""
        self.flush()
        self._output.sync()

    def abandon(self) -> None:
        """Close without writing the buffer, after an error that would only occur again."""
        with suppress(OSError, ValueError):
            self.detach()
        self._output.close()


@contextmanager
def create(path: Path) -> Iterator[Output]:
    """Yield a new file to write to, durable when the block ends.

    Raises `OSError` if anything is at `path`, even a link.
    """
    stream = Output(path)
    waiting = _UNSYNCED.get()
    try:
        yield stream
        if waiting is None:
            stream.sync()
        else:
            stream.flush()
            waiting[path] = None
    except BaseException:
        stream.abandon()
        raise
    stream.close()


@contextmanager
def scratch(folder: Path) -> Iterator[IO[bytes]]:
    """Yield a file without a name on the disk of `folder`; it ends with the block or process."""
    import tempfile  # readers do not need this module

    with tempfile.TemporaryFile(prefix=UNFINISHED, dir=folder) as stream:
        yield stream


def append(path: Path, size: int) -> Output:
    """Open a file to continue after its first `size` bytes; the rest is removed.

    Call `abandon` at the end: bytes that were not synced by then may not be durable.
    """
    stream = Output(path, os.O_APPEND)
    stream.cut(size)
    return stream


@contextmanager
def place(path: Path, *, last: bool = False, mode: int | None = None) -> Iterator[Output]:
    """Yield a file that is put at `path`, whole and durable, when the block ends without error.

    A reader sees the old file or the whole new one. In a block `synced_together`, a file that names
    others must be `last`: all waiting files are made durable before it. The file gets the
    permissions `mode`, if they are given.
    """
    import secrets  # readers do not need this module

    # Several threads of a process may place the same file at once.
    beside = path.with_name(f"{UNFINISHED}{path.name}.{os.getpid()}{secrets.randbelow(10**9):09}")
    try:
        with create(beside) as stream:
            yield stream
        if mode is not None:
            os.chmod(beside, mode)
        if last:
            settle()
        os.replace(beside, path)
        _renamed(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
    sync_folder(path.parent)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write an object as JSON to a file, a line for each field; it is durable on return."""
    with create(path) as stream:
        stream.write(_lines_of(value).encode() + b"\n")


def _lines_of(value: Mapping[str, Any]) -> str:
    """Return an object as JSON. Only its fields are on lines of their own: indenting is slow."""
    lines = [
        f" {json.dumps(name)}: {json.dumps(one, ensure_ascii=False)}" for name, one in value.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}"


def place_text(path: Path, text: str, *, last: bool = False) -> None:
    """Put a text at `path`, whole and durable on return (see `place`)."""
    with place(path, last=last) as stream:
        stream.write(text.encode())


@contextmanager
def scribble(path: Path) -> Iterator[Output]:
    """Yield a file that is put at `path` whole (see `place`), but may not be durable.

    Use it for files that nobody needs after a power loss.
    """
    before = _UNSYNCED.set({})
    try:
        with place(path) as stream:
            yield stream
    finally:
        _UNSYNCED.reset(before)


def place_note(path: Path, text: str) -> None:
    """Put a text for people at `path`, whole; it may not be durable."""
    with scribble(path) as stream:
        stream.write(text.encode())


def read_json(path: Path, depth: Depth, advice: str) -> dict[str, Any]:
    """Return the object in `path`; raise `SnapshotDamaged` if it is missing or not an object."""
    try:
        value = json.loads(read_bytes(path, depth))
    except OSError as error:
        raise SnapshotDamaged(
            f"{error.filename or path}: {error.strerror}; {on_unread(error, advice)}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise SnapshotDamaged(f"{path}: is not JSON; {advice}") from error
    if not isinstance(value, dict):
        raise SnapshotDamaged(f"{path}: is not a JSON object; {advice}")
    return value


def make_folder(path: Path) -> None:
    """Make a folder and those above it, unless they exist."""
    os.makedirs(path, 0o777 if _SHARED.get() else 0o700, exist_ok=True)


def make_new_folder(path: Path) -> None:
    """Make a folder; raise `OSError` if anything is at `path`, even a link."""
    os.mkdir(path, 0o777 if _SHARED.get() else 0o700)


def move(source: Path, target: Path) -> None:
    """Rename within the index folder; durable on return."""
    os.rename(source, target)
    _moved(source, target)
    sync_folder(target.parent)


def remove(path: Path) -> bool:
    """Delete a file, or a folder with all below it; return whether it is gone.

    If it cannot be deleted, such as an open file on Windows, the next sweep tries again.
    """
    if is_folder(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            os.unlink(path)
    return not is_there(path)


def remove_empty(folder: Path) -> None:
    """Delete a folder if nothing is in it."""
    with suppress(OSError):
        os.rmdir(folder)


def discard(folder: Path, aside: Path) -> None:
    """Delete a folder, which is first renamed to `aside`.

    Otherwise a half-deleted folder could no longer be recognised. If it cannot be renamed, as with
    open files on Windows, it stays, and the next sweep tries again.
    """
    with suppress(OSError):
        os.rename(folder, aside)
        remove(aside)


def sync_tree(folder: Path) -> None:
    """Make every file below `folder`, and the folders themselves, durable."""
    waiting = _UNSYNCED.get()
    for where, _, names in os.walk(folder):
        for path in (Path(where, name) for name in names):
            if waiting is None:
                _sync(path, sync_flags(os.name))
            else:
                waiting[path] = None
        sync_folder(Path(where))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, if the system can."""
    waiting = _UNSYNCED.get()
    if waiting is not None:
        waiting[folder] = None
    else:
        sync_names(folder)


def sync_names(folder: Path) -> None:
    """Make the names in a folder durable at once, even in a block `synced_together`."""
    if os.name == "posix":  # Windows cannot open a folder to sync it
        _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def sync_flags(system: str) -> int:
    """Return the flags of `os.open` for a file that is to be synced, for an `os.name`.

    Windows syncs no file that is open for reading only (EBADF). Elsewhere reading is enough, so a
    read-only file is synced too.
    """
    return os.O_RDWR if system == "nt" else os.O_RDONLY


def _sync_any(path: Path) -> None:
    """Make a file or the names in a folder durable at once.

    A thread may have inherited the notes of `synced_together`, so it must sync, not note again.
    """
    if is_folder(path):
        sync_names(path)
    else:
        _sync(path, sync_flags(os.name))


def _renamed(source: Path, target: Path) -> None:
    """Note that a file that is not synced yet has another name now."""
    waiting = _UNSYNCED.get()
    if waiting is not None and source in waiting:
        del waiting[source]
        waiting[target] = None


def _moved(source: Path, target: Path) -> None:
    """Note that paths that are not synced yet lie below `target` now."""
    waiting = _UNSYNCED.get()
    for path in [*(waiting or ())]:
        if waiting is not None and path.is_relative_to(source):
            del waiting[path]
            waiting[target / path.relative_to(source)] = None


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems cannot sync a folder
            raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        os.close(descriptor)
