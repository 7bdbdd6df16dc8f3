"""Define the search of one segment: its vectors, its question and its answer.

A part takes query vectors (n, dim) and returns scores and its own rows, both (n, <= k), best first,
equal scores in row order. If fewer rows than `k` are allowed, the rest have score -inf and row -1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from recommender.arrays import Rows, Scores, Vectors, are_finite
from recommender.errors import SnapshotDamaged
from recommender.index.allowed_rows import AllowedRows

# The kind of query vectors, which decides the effort. `passages` are in the archive. `texts` are
# not, and lie further from its passages. `articles` are passages whose neighbours only name
# articles. Several passages name each article, so the scores may be those of shortened vectors.
SearchPurpose = Literal["passages", "texts", "articles"]

# How many vectors are read at a time.
VECTORS_AT_ONCE = 8_192


@dataclass(frozen=True, slots=True)
class Source:
    """A segment's vectors in the answering space: `read(rows)` returns unit rows (n, dim)."""

    rows: int
    dim: int
    read: Callable[[Rows], Vectors]

    def chunks(self) -> Iterator[tuple[Rows, Vectors]]:
        """Yield all rows and their vectors, `VECTORS_AT_ONCE` at a time."""
        for start in range(0, self.rows, VECTORS_AT_ONCE):
            rows = np.arange(start, min(start + VECTORS_AT_ONCE, self.rows))
            yield rows, self.read(rows)


@dataclass(frozen=True, slots=True)
class Tuning:
    """How hard a FAISS index is searched, and the recall@10 that was measured with it.

    `effort` is, for each purpose, the reach of inverted lists (`lists.py`) or the `efSearch` of a
    graph. `recall` was measured on `sample` queries of each purpose against exact search. `target`
    is the recall that was promised.
    """

    kind: str
    target: float
    sample: int
    effort: Mapping[str, float]
    recall: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a manifest holds them."""
        return asdict(self)


class IndexPart:
    """The search over one segment; `source` has the vectors that give the final scores.

    If it `is_joint`, an answer does not depend on the excluded rows, and all groups of vectors may
    be searched at once.
    """

    __slots__ = ()
    source: Source
    is_joint: ClassVar[bool] = False

    def search(
        self, vectors: Vectors, k: int, among: AllowedRows, purpose: SearchPurpose
    ) -> tuple[Scores, Rows]:
        """Return the `k` best scores and rows among those that may be answered."""
        raise NotImplementedError

    def search_each(
        self,
        groups: Sequence[Vectors],
        k: int,
        among: Iterable[AllowedRows],
        purpose: SearchPurpose,
    ) -> Iterator[tuple[Scores, Rows]]:
        """Yield what `search` returns for each group of vectors among its own rows."""
        for vectors, own in zip(groups, among, strict=True):
            yield self.search(vectors, k, own, purpose)


def finite(vectors: Vectors, damage: str) -> Vectors:
    """Return vectors that were read; raise `SnapshotDamaged` if one is not of finite numbers."""
    if not are_finite(vectors):
        raise SnapshotDamaged(damage)
    return vectors


def merged(found: list[tuple[Scores, Rows]], k: int) -> tuple[Scores, Rows]:
    """Return the `k` best of several answers to the same queries."""
    scores, rows = found[0]
    if len(found) > 1:
        scores = np.concatenate([scores for scores, _ in found], axis=1)
        rows = np.concatenate([rows for _, rows in found], axis=1)
    order = np.lexsort((rows, -scores), axis=1)[:, :k]
    lines = np.arange(len(order))[:, None]
    return scores[lines, order], rows[lines, order]
