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


class StoredRows:
    """The rows of a mapped array (n, dim) and its file, which stays when it is deleted.

    `advice` says what to run where it is damaged.
    """

    def __init__(self, path: Path, mapped: npt.NDArray[Any], advice: str) -> None:
        self._path = path
        self._advice = advice
        self._mapped = mapped
        self._descriptor: int | None = None
        if hasattr(os, "preadv"):  # not on Windows
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
        found = np.empty((len(rows), *self._mapped.shape[1:]), self._mapped.dtype)
        width = found.itemsize * int(np.prod(found.shape[1:]))
        bytes_ = found.data.cast("B")
        firsts = np.flatnonzero(np.diff(rows, prepend=-2) != 1)
        ends = np.append(firsts[1:], len(rows)).tolist()
        for start, end, row in zip(firsts.tolist(), ends, rows[firsts].tolist(), strict=True):
            self._fill(bytes_[start * width : end * width], self._first + row * width)
        return found

    def _fill(self, part: memoryview, offset: int) -> None:
        assert self._descriptor is not None
        while part:
            try:
                count = os.preadv(self._descriptor, [part], offset)
            except OSError as error:
                raise self._damage(error) from error
            if not count:
                raise IndexDamaged(f"{self._path}: is cut short; {self._advice}")
            part, offset = part[count:], offset + count

    def _damage(self, error: OSError) -> IndexDamaged:
        return IndexDamaged(f"{self._path}: {error.strerror}; {self._advice}")
