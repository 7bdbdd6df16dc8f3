"""Read parts of files without bringing the rest into memory.

A memory map also maps the pages around each part: random reads soon hold the whole file. Bytes that
are read stay in the system's cache instead, which all processes share. If a file was cut short, a
read gives an error, while a map would kill the process.
"""

from __future__ import annotations

import mmap
import os
import weakref
from collections.abc import Sequence
from contextlib import suppress
from itertools import repeat
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.arrays import Rows
from recommender.errors import SnapshotDamaged
from recommender.safe_open import Depth, open_descriptor
from recommender.store.advice import on_unread

# If the disk must be read, reads are announced to the system before most of them, so that it works
# on them in parallel: 80 vectors that were not in memory took 1.4 ms instead of 7 to 8 ms. To
# announce a read of memory takes half as long as the read. So reads are timed: the first few, then
# so many at a time. A read that takes longer than `IN_MEMORY`, in seconds, comes from the disk.
TRIED, ANNOUNCED = 2, 8
IN_MEMORY = 5e-5


class StoredFile:
    """An open file, still readable when it is deleted. `advice` is the remedy for damage."""

    def __init__(self, path: Path, advice: str) -> None:
        self._path = path
        self._advice = advice
        self._mapped: mmap.mmap | bytes | None = None
        try:
            self._descriptor = open_descriptor(path, Depth.SEGMENT)
            # The system closes it at the end of the process, after the threads that read it.
            weakref.finalize(self, os.close, self._descriptor).atexit = False
            self.size = os.fstat(self._descriptor).st_size
            if not hasattr(os, "pread"):  # Windows
                self._mapped = b""
                if self.size:
                    self._mapped = mmap.mmap(self._descriptor, 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise self._damage(error) from error

    def read(self, offset: int, length: int) -> bytes:
        """Return so many bytes from an offset; raise `SnapshotDamaged` if there are fewer."""
        if not 0 <= offset <= offset + length <= self.size:
            raise SnapshotDamaged(
                f"{self._path}: ends before byte {offset + length}; {self._advice}"
            )
        if self._mapped is None:
            try:
                one = os.pread(self._descriptor, length, offset)
            except OSError as error:
                raise self._damage(error) from error
            if len(one) == length:  # nearly always
                return one
        [found] = self.read_each([offset], [length])
        return found

    def read_each(self, offsets: list[int], lengths: list[int]) -> list[bytes]:
        """Return so many bytes from each offset; all of them are within the file's size."""
        if self._mapped is not None:
            mapped = self._mapped
            return [mapped[at : at + length] for at, length in zip(offsets, lengths, strict=True)]
        try:
            found = self._read_all(offsets, lengths)
            if [*map(len, found)] != lengths:
                self._complete(found, offsets, lengths)
        except OSError as error:
            raise self._damage(error) from error
        return found

    def _read_all(self, offsets: list[int], lengths: list[int]) -> list[bytes]:
        """Return what the system gives of each part; announce the rest once reads are slow."""
        found: list[bytes] = []
        is_announced = len(offsets) < ANNOUNCED
        while (done := len(found)) < len(offsets):
            end = len(offsets) if is_announced else done + (ANNOUNCED if done else TRIED)
            started = perf_counter()
            found += map(os.pread, repeat(self._descriptor), lengths[done:end], offsets[done:end])
            if not is_announced and perf_counter() - started > IN_MEMORY:
                self._announce(offsets[end:], lengths[end:])
                is_announced = True
        return found

    def _announce(self, offsets: list[int], lengths: list[int]) -> None:
        """Let the system begin to read all parts at once, if it can; memory stays as it is."""
        if hasattr(os, "posix_fadvise"):  # not on macOS
            advise, soon = os.posix_fadvise, os.POSIX_FADV_WILLNEED
            with suppress(OSError):  # not every file system takes advice
                for offset, length in zip(offsets, lengths, strict=True):
                    advise(self._descriptor, offset, length, soon)

    def _complete(self, found: list[bytes], offsets: Sequence[int], lengths: Sequence[int]) -> None:
        """Read the rest of parts that the system gave incompletely."""
        for number, (offset, length) in enumerate(zip(offsets, lengths, strict=True)):
            while missing := length - len(found[number]):
                more = os.pread(self._descriptor, missing, offset + length - missing)
                if not more:
                    raise SnapshotDamaged(f"{self._path}: is cut short; {self._advice}")
                found[number] += more

    def _damage(self, error: OSError) -> SnapshotDamaged:
        advice = on_unread(error, self._advice)
        return SnapshotDamaged(f"{self._path}: {error.strerror}; {advice}")


class StoredRows:
    """The rows of an array (n, dim) that ends a file; `mapped` has its shape and kind."""

    def __init__(self, path: Path, mapped: npt.NDArray[Any], advice: str) -> None:
        self._path = path
        self._file = StoredFile(path, advice)
        self._shape, self._dtype = mapped.shape, mapped.dtype
        self._width = self._dtype.itemsize * int(np.prod(self._shape[1:]))
        # numpy's header comes before the rows
        self._first = self._file.size - mapped.nbytes

    def read(self, rows: Rows) -> npt.NDArray[Any]:
        """Return some rows, (len(rows), dim), as they are stored.

        Raises `SnapshotDamaged` if the file has become shorter or cannot be read.
        """
        if not len(rows):
            return np.empty((0, *self._shape[1:]), self._dtype)
        # Without its sign, a row below 0 is far beyond the last one.
        if rows.astype(np.uint64, copy=False).max() >= self._shape[0]:
            raise IndexError(f"{self._path}: has no row {rows.min()} or {rows.max()}")
        if len(rows) == 1:
            offset = self._first + int(rows[0]) * self._width
            [one] = self._file.read_each([offset], [self._width])
            return np.frombuffer(bytearray(one), self._dtype).reshape(1, *self._shape[1:])
        # Consecutive rows are read at once.
        is_start = np.ones(len(rows) + 1, np.bool_)
        np.not_equal(rows[1:], rows[:-1] + 1, out=is_start[1:-1])
        [bounds] = is_start.nonzero()
        starts, counts = bounds[:-1], bounds[1:] - bounds[:-1]
        offsets = (self._first + rows[starts] * self._width).tolist()
        found = bytearray().join(self._file.read_each(offsets, (counts * self._width).tolist()))
        return np.frombuffer(found, self._dtype).reshape(len(rows), *self._shape[1:])
