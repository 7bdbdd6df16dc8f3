"""Say why the system refused to read or write a file, and what a person can do about it."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recommender.errors import StorageError

_ADVICE = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EROFS: "make it writable, or name another place",
    errno.EACCES: "make it accessible, or name another place",
    errno.EPERM: "make it accessible, or name another place",
    errno.ENOENT: "make its folder first, or name another place",
    errno.ENOTDIR: "name a place below a folder",
    errno.EISDIR: "name a file, not a folder",
    errno.ENAMETOOLONG: "give it a shorter name",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "close other programs: the system has too many files open",
}
_OTHERWISE = "check the disk"


def advice_on(error: OSError) -> str:
    """Return what a person can do about an error of the system."""
    return _ADVICE.get(error.errno or 0, _OTHERWISE)


def unwritable(place: object, error: OSError) -> StorageError:
    """Return the error for a place that cannot be written."""
    return StorageError(f"{place}: cannot be written: {_why(error)}; {advice_on(error)}")


def refused(error: OSError) -> StorageError:
    """Return an error of the system as one that names the place and the next step."""
    place = error.filename if error.filename is not None else error.filename2
    named = f"{os.fsdecode(place)}: " if isinstance(place, str | bytes) else ""
    return StorageError(f"{named}{_why(error)}; {advice_on(error)}")


def free_bytes(folder: Path) -> int:
    """Return the bytes that may still be written to the folder's file system."""
    return shutil.disk_usage(folder).free


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turn the system's refusals to write into `StorageError`; the old index stays as it was."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            advice = "free some space and try again"
        elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            advice = "make it writable, or name another folder"
        elif error.errno == errno.ELOOP:
            advice = "an index has no links: remove it"
        else:
            advice = "check the disk, then try again"
        found = error.filename or folder
        raise StorageError(
            f"{found}: {error.strerror or error}; the old index is unchanged; {advice}"
        ) from error


def _why(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
