"""The parts of a snapshot's index, searched as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from recommender.index.parts import (
    Asked,
    Mask,
    Part,
    Rows,
    ScannedPart,
    Scores,
    Source,
    Tuning,
    Vectors,
    merged,
    open_part,
)


class PassageIndex:
    """The indexes of a snapshot's segments, searched as one over their concatenated rows."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._firsts = np.cumsum([0, *(part.source.rows for part in parts)])

    @classmethod
    def open(cls, places: Iterable[tuple[Path, Source, Tuning | None]]) -> Self:
        """Map the index files; raise `IndexDamaged` where one is not over its source's rows."""
        return cls([open_part(*place) for place in places])

    @classmethod
    def without_files(cls, sources: Iterable[Source]) -> Self:
        """Return an index that reads every stored vector at each search: exact, and slow."""
        return cls([ScannedPart(source) for source in sources])

    def search(
        self, vectors: Vectors, k: int, allowed: Mask | None = None, asked: Asked = "texts"
    ) -> tuple[Scores, Rows]:
        """Return the `k` best scores and rows for each of `vectors`, both of shape (n, <= k).

        Best first, equal scores in row order. Where fewer rows are `allowed` (one flag a row)
        than asked for, the tail has score -inf and row -1. `asked` says what the vectors are of:
        the near neighbours of a passage are found with less effort than those of a text.
        """
        found = []
        for part, first in zip(self._parts, self._firsts.tolist(), strict=False):
            count = part.source.rows
            if not count or not len(vectors):
                continue
            own = None if allowed is None else allowed[first : first + count]
            scores, rows = part.search(vectors, min(k, count), own, asked)
            found.append((scores, np.where(rows < 0, -1, rows + first)))
        if not found:
            empty = (len(vectors), 0)
            return np.empty(empty, np.float32), np.empty(empty, np.int64)
        return merged(found, k)
