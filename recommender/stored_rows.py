"""Reads rows of an array on disk without bringing their neighbours into memory.

A row that is looked at in a mapped file maps the pages around it too: a reader that looks at rows
here and there soon holds the whole file. What is read instead stays in the system's cache, which
all processes share, and in none of them.
"""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.arrays import Rows
from recommender.errors import IndexDamaged

_FIRST = np.zeros(1, np.int64)


class StoredRows:
    """The rows of a mapped array (n, dim) and its file, which stays when it is deleted.

    `advice` says what to run where it is damaged.
    """

    def __init__(self, path: Path, mapped: npt.NDArray[Any], advice: str) -> None:
        self._path = path
        self._advice = advice
        self._mapped = mapped
        self._descriptor: int | None = None
        if hasattr(os, "pread"):  # not on Windows
            try:
                self._descriptor = os.open(path, os.O_RDONLY)
            except OSError as error:
                raise self._damage(error) from error
            # At the end of the process the system closes it, after the threads that read.
            weakref.finalize(self, os.close, self._descriptor).atexit = False
            # The rows end the file; before them stands what numpy says of them.
            self._first = os.fstat(self._descriptor).st_size - mapped.nbytes

    def read(self, rows: Rows) -> npt.NDArray[Any]:
        """Return some rows, (len(rows), dim), as they are stored.

        Raises `IndexDamaged` where the file has become shorter or cannot be read.
        """
        if self._descriptor is None or not len(rows):
            return np.asarray(self._mapped[rows])
        if not 0 <= rows.min() <= rows.max() < len(self._mapped):
            raise IndexError(f"{self._path}: has no row {rows.min()} or {rows.max()}")
        shape = (len(rows), *self._mapped.shape[1:])
        width = self._mapped.itemsize * int(np.prod(shape[1:]))
        # Rows that follow each other are read at once.
        starts = np.concatenate([_FIRST, np.flatnonzero(rows[1:] - rows[:-1] != 1) + 1])
        ends = np.concatenate([starts[1:], np.array([len(rows)])])
        offsets = (self._first + rows[starts] * width).tolist()
        found = self._runs(((ends - starts) * width).tolist(), offsets)
        return np.frombuffer(found, self._mapped.dtype).reshape(shape)

    def _runs(self, lengths: list[int], offsets: list[int]) -> bytearray:
        """Return so many bytes from each offset, joined."""
        descriptor, pread = self._descriptor, os.pread
        assert descriptor is not None
        runs = zip(lengths, offsets, strict=True)
        try:
            parts = [pread(descriptor, length, offset) for length, offset in runs]
            for number, (length, offset) in enumerate(zip(lengths, offsets, strict=True)):
                while missing := length - len(parts[number]):
                    more = pread(descriptor, missing, offset + length - missing)
                    if not more:
                        raise IndexDamaged(f"{self._path}: is cut short; {self._advice}")
                    parts[number] += more
        except OSError as error:
            raise self._damage(error) from error
        return bytearray().join(parts)

    def _damage(self, error: OSError) -> IndexDamaged:
        return IndexDamaged(f"{self._path}: {error.strerror}; {self._advice}")
