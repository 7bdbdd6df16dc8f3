"""Open the files of an index: no link is followed, and only regular files are opened.

An index may come from somebody else. A link in it would lead a reader to another file and a writer
out of the index. A reader would wait for ever for a named pipe. The folder of the index itself may
be a link, because its user names it.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from enum import IntEnum
from itertools import islice
from pathlib import Path
from typing import IO

from recommender.errors import SettingsError, holds_password

# The largest file that is read whole. The manifest of an archive of 10 million articles is smaller.
MOST_BYTES = 1 << 28
# Windows has neither of these; there every part of a path is checked before the file is opened.
_HAS_HANDLES = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_NO_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
# Flags of every file: a link is refused, and nobody waits for the other end of a pipe.
NO_LINKS = _NO_WAITING | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class Depth(IntEnum):
    """How many of the last parts of a path lie in the index; none of those may be a link."""

    INDEX = 1  # CURRENT
    FOLDER = 2  # 20260101T120000Z-3f9c2a/manifest.json
    SEGMENT = 3  # segments/9f1c0b7a55d0e1f2/vectors.npy


def open_descriptor(path: Path, depth: int, flags: int = os.O_RDONLY, mode: int = 0o600) -> int:
    """Return the descriptor of a regular file; `flags` and `mode` are those of `os.open`.

    Raises `OSError` if the file cannot be opened, is a link, lies below one or is not regular.
    """
    flags |= NO_LINKS | getattr(os, "O_BINARY", 0)
    if _HAS_HANDLES:
        descriptor = _open_below(path, depth, flags, mode)
    else:
        _refuse_links(path, depth)
        descriptor = os.open(path, flags, mode)
    try:
        check_regular(descriptor, path)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def open_stream(path: Path, depth: int) -> IO[bytes]:
    """Return a regular file opened for reading; raise `OSError` as `open_descriptor` does."""
    return os.fdopen(open_descriptor(path, depth), "rb")


def open_named(path: Path) -> IO[bytes]:
    """Return a regular file opened for reading, or the one that a link of its user leads to.

    Raises `OSError` if it cannot be opened or is not regular; nobody waits for a pipe.
    """
    descriptor = os.open(path, os.O_RDONLY | _NO_WAITING | getattr(os, "O_BINARY", 0))
    try:
        check_regular(descriptor, path)
    except OSError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def read_bytes(path: Path, depth: int, most: int = MOST_BYTES) -> bytes:
    """Return the content of a regular file; raise `OSError` if it has more than `most` bytes."""
    with open_stream(path, depth) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > most:
            raise OSError(errno.EFBIG, f"has over {most:,} bytes", str(path))
        # A buffer for `most` bytes takes longer to make than a small file to read. Some file
        # systems do not know the size.
        return stream.read(size or most)


def check_regular(descriptor: int, path: Path) -> None:
    """Raise `OSError` unless an open file is a regular one."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise _refusal(path, "is not a regular file")


def name_of(descriptor: int, path: Path) -> str:
    """Return a name by which a library that takes names opens exactly this open file."""
    for names in ("/proc/self/fd", "/dev/fd"):  # Linux; macOS
        if os.path.exists(f"{names}/{descriptor}"):
            return f"{names}/{descriptor}"
    return str(path)


def is_network_path(name: str) -> bool:
    r"""Return whether a name is one of `//host/share` or `\\host\share`, of another machine."""
    return len(name) > 1 and set(name[:2]) <= {"/", "\\"}


def refuse_network(path: Path) -> None:
    """Raise `SettingsError` for a path on another machine, whoever wrote it.

    Windows would send that machine the user's name and a proof of the password. If the name is an
    address with a password, the message does not repeat it.
    """
    if holds_password(str(path)):
        raise SettingsError(
            f"{path}: is an address with a password, and no file or folder of this machine; name "
            "one of this machine"
        )
    if is_network_path(str(path)):
        raise SettingsError(
            f"{path}: is on another machine, which is never asked; mount it, and name the folder "
            "of this machine under which it is mounted"
        )


Stamp = tuple[int, int, int, int]


def stamp_of(path: Path) -> Stamp:
    """Return the device, inode, size and time of change of a file, which tell whether it changed.

    No link is followed. Raises `OSError` if there is nothing.
    """
    facts = path.lstat()
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns


def stamp_or_none(path: Path) -> Stamp | None:
    """Return what `stamp_of` does, or None if it raises `OSError`."""
    try:
        return stamp_of(path)
    except OSError:
        return None


def is_file(path: Path) -> bool:
    """Return whether there is a regular file; a link is none."""
    return stat.S_ISREG(_mode(path))


def is_folder(path: Path) -> bool:
    """Return whether there is a folder; a link is none."""
    return stat.S_ISDIR(_mode(path))


def is_there(path: Path) -> bool:
    """Return whether there is anything, even a link that leads nowhere."""
    return _mode(path) != 0


def check_folder(path: Path) -> Path:
    """Return the path of a folder; raise `OSError` if something else is there, such as a link."""
    if is_there(path) and not is_folder(path):
        raise _refusal(path, "is a link, or no folder")
    return path


def _mode(path: Path) -> int:
    with suppress(OSError, ValueError):
        return os.lstat(path).st_mode
    return 0


def _open_below(path: Path, depth: int, flags: int, mode: int) -> int:
    """Open a file from the folder of the index on, one part of its path after the other."""
    parents = [*islice(path.parents, depth - 1)][::-1]
    if not parents:
        return _open_part(path, (path, path), flags, mode, None)
    folder = None
    try:
        for parent in parents:
            name: Path | str = parent if folder is None else parent.name
            below = _open_part(
                path, (parent, name), os.O_RDONLY | os.O_DIRECTORY | NO_LINKS, 0, folder
            )
            if folder is not None:
                os.close(folder)
            folder = below
        return _open_part(path, (path, path.name), flags, mode, folder)
    finally:
        if folder is not None:
            os.close(folder)


def _open_part(
    path: Path, part: tuple[Path, Path | str], flags: int, mode: int, folder: int | None
) -> int:
    """Open one part of `path`, by its index and its name in the open `folder`."""
    place, name = part
    try:
        return os.open(name, flags, mode, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK) or (
            error.errno == errno.ENOTDIR and is_there(place)
        ):
            raise _refusal(place, "is a link, or no folder") from error
        if error.errno == errno.ENXIO:  # a socket, or a pipe that nobody reads
            raise _refusal(place, "is not a regular file") from error
        raise OSError(error.errno, error.strerror, str(path)) from error


def _refuse_links(path: Path, depth: int) -> None:
    for part in (path, *path.parents[: depth - 1]):
        with suppress(FileNotFoundError):
            if part.is_symlink() or (hasattr(part, "is_junction") and part.is_junction()):
                raise _refusal(part, "is a link")


def _refusal(path: Path, why: str) -> OSError:
    return OSError(errno.ELOOP, why, str(path))
