"""Exact search over unit vectors with FAISS; the only module that imports it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import faiss
import numpy as np
import numpy.typing as npt

from recommender.errors import IndexDamaged

Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# A child forked after the parent searched would wait for OpenMP threads it does not have.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: faiss.omp_set_num_threads(1))


def write_index(chunks: Iterable[npt.NDArray[np.float32]], dim: int, stream: BinaryIO) -> None:
    """Write an exact inner-product index over the rows of `chunks`, each (n, dim), to `stream`.

    Raises `OSError` where the stream does, as on a full disk.
    """
    index = faiss.IndexFlatIP(dim)
    for vectors in chunks:
        index.add(np.ascontiguousarray(vectors))
    faiss.write_index(index, faiss.PyCallbackIOWriter(stream.write))


class PassageIndex:
    """The indexes of a snapshot's segments, searched as one over their concatenated rows."""

    def __init__(self, parts: Sequence[Any]) -> None:
        self._parts = parts
        self._firsts = np.cumsum([0, *(part.ntotal for part in parts)])

    @classmethod
    def open(cls, paths: Sequence[Path], shapes: Sequence[tuple[int, int]]) -> PassageIndex:
        """Map the index files; raise `IndexDamaged` where one is not of its `shape` (rows, dim)."""
        return cls([_open_part(path, shape) for path, shape in zip(paths, shapes, strict=True)])

    def search(
        self, vectors: npt.NDArray[np.float32], k: int, allowed: Mask | None = None
    ) -> tuple[Scores, Rows]:
        """Return the `k` best scores and rows for each of `vectors`, both of shape (n, <= k).

        Best first, equal scores in row order. Where fewer rows are `allowed` (one flag a row)
        than asked for, the tail has score -inf and row -1.
        """
        found = [
            self._search_part(number, vectors, k, allowed)
            for number, part in enumerate(self._parts)
            if part.ntotal
        ]
        if not found:
            empty = (len(vectors), 0)
            return np.empty(empty, np.float32), np.empty(empty, np.int64)
        scores = np.concatenate([scores for scores, _ in found], axis=1)
        rows = np.concatenate([rows for _, rows in found], axis=1)
        order = np.lexsort((rows, -scores), axis=1)[:, :k]
        return np.take_along_axis(scores, order, axis=1), np.take_along_axis(rows, order, axis=1)

    def _search_part(
        self, number: int, vectors: npt.NDArray[np.float32], k: int, allowed: Mask | None
    ) -> tuple[Scores, Rows]:
        part, first = self._parts[number], int(self._firsts[number])
        parameters = None
        if allowed is not None:
            bits = np.packbits(allowed[first : first + part.ntotal], bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)
            parameters = faiss.SearchParameters(sel=selector)
        scores, rows = part.search(
            np.ascontiguousarray(vectors), min(k, part.ntotal), params=parameters
        )
        missing = rows < 0  # FAISS fills up with -1, which Python would read as the last row
        rows = np.where(missing, -1, rows + first)
        return np.where(missing, -np.inf, scores), rows


def _open_part(path: Path, shape: tuple[int, int]) -> Any:
    try:
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise IndexDamaged(
            f"{path}: FAISS cannot read it; run: recommender build --full"
        ) from error
    if (index.ntotal, index.d) != shape or index.metric_type != faiss.METRIC_INNER_PRODUCT:
        raise IndexDamaged(
            f"{path}: found {index.ntotal} vectors of {index.d} numbers, "
            f"expected {shape[0]} of {shape[1]}; run: recommender build --full"
        )
    return index
