"""Search a segment of few vectors exactly, with numpy alone.

To load FAISS takes as long as all else that a command does to answer from a small archive.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from recommender.arrays import Rows, Scores, Vectors, highest_places
from recommender.errors import SnapshotDamaged
from recommender.index.allowed_rows import AllowedRows
from recommender.index.faiss_file import (
    check_shape,
    checked_file,
    damage_of,
    map_vectors,
    not_exact,
)
from recommender.index.part import IndexPart, SearchPurpose, Source, finite, merged

# Up to so many rows, numpy searches as fast as FAISS.
SMALL_ROWS = 4_096


@dataclass(frozen=True, slots=True)
class SmallPart(IndexPart):
    """Exact search among the vectors of an index file, which are its own `source`.

    `held` returns all of them, (rows, dim). `damage` is the message if a number is not finite.
    """

    is_joint: ClassVar[bool] = True
    source: Source
    held: Callable[[], Vectors]
    damage: str

    @classmethod
    def of(cls, source: Source, mapped: npt.NDArray[np.uint8], damage: str) -> Self:
        """Return the part of mapped vectors; they are read when the first one is needed."""

        @cache
        def held() -> Vectors:
            return mapped.copy().view(np.float32)

        def read(rows: Rows) -> Vectors:
            return finite(held().take(rows, axis=0), damage)

        return cls(replace(source, read=read), held, damage)

    def search(
        self, vectors: Vectors, k: int, among: AllowedRows, purpose: SearchPurpose
    ) -> tuple[Scores, Rows]:
        """Return the `k` best scores and rows, as `IndexPart.search` does."""
        scores = _products(vectors, self.held())
        if not np.isfinite(scores).all():
            raise SnapshotDamaged(self.damage)
        if among.count < self.source.rows:
            scores[:, ~among.flags] = -np.inf
        k = min(k, self.source.rows)
        rows = highest_places(scores, k)
        scores, rows = merged([(np.take_along_axis(scores, rows, axis=1), rows)], k)
        return scores, np.where(scores > -np.inf, rows, -1)


def _products(vectors: Vectors, held: Vectors) -> Scores:
    """Return the inner products of query vectors and held ones, (n, rows)."""
    # A matrix product of one vector is too little work for threads.
    products = np.matmul if len(vectors) > 1 else _one_by_one
    with np.errstate(invalid="ignore", over="ignore"):
        found: Scores = products(vectors, held.T)
    return found


def _one_by_one(vectors: Vectors, columns: Vectors) -> Scores:
    found: Scores = np.einsum("nd,dr->nr", vectors, columns)
    return found


def open_small(path: Path, source: Source) -> SmallPart:
    """Map an exact index; raise `SnapshotDamaged` unless it is one over the rows of `source`."""
    with checked_file(path) as stream:
        mapped = map_vectors(stream)
    if mapped is None:
        raise not_exact(path)
    check_shape(path, source, (len(mapped), mapped.shape[1] // 4))
    return SmallPart.of(source, mapped, damage_of(path))
