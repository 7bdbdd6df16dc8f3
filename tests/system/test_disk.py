"""What the system refuses is an error that names the place and the next step."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from recommender.errors import StorageError
from recommender.system.disk import refused, unwritable


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "No space left on device; free some space"),
        (errno.EROFS, "Read-only file system; make it writable, or name another place"),
        (errno.EACCES, "Permission denied; make it accessible, or name another place"),
        (errno.ENOENT, "No such file or directory; make its folder first, or name another place"),
        (errno.EIO, "check the disk"),
    ],
)
def test_an_error_of_the_system_names_place_reason_and_next_step(number: int, advice: str) -> None:
    error = OSError(number, os.strerror(number), "/archive/a.db")
    assert str(refused(error)).startswith("/archive/a.db: ")
    assert str(refused(error)).endswith(advice)
    told = str(unwritable(Path("b.db"), error))
    assert told.startswith("b.db: cannot be written: ")
    assert told.endswith(advice)


@pytest.mark.parametrize("error", [OSError(), OSError("odd"), OSError(errno.EIO, "bad", 7)])
def test_an_error_that_says_little_is_told_all_the_same(error: OSError) -> None:
    assert isinstance(refused(error), StorageError)
    assert str(refused(error)).endswith("; check the disk")
