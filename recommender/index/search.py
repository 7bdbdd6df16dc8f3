"""Search the segments of a snapshot as one index."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from recommender.arrays import Mask, Rows, Scores, Vectors
from recommender.index.allowed_rows import NO_ROWS, AllowedRows
from recommender.index.part import IndexPart, SearchPurpose, Source, Tuning, merged
from recommender.index.small_part import SMALL_ROWS, open_small

# Groups with more rows of their own are searched alone: otherwise each vector must fetch as many
# more rows.
MAX_OWN_ROWS = 2_048


def _search_with_one_thread() -> None:
    """Keep FAISS to one thread; if it is not loaded, it reads this when it is."""
    if (faiss := sys.modules.get("faiss")) is not None:
        faiss.omp_set_num_threads(1)
    else:
        os.environ["OMP_NUM_THREADS"] = "1"


# A child that is forked after its parent searched would wait for OpenMP threads that only the
# parent has.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_search_with_one_thread)


class PassageIndex:
    """The indexes of a snapshot's segments, searched as one over their concatenated rows."""

    def __init__(self, parts: Sequence[IndexPart]) -> None:
        self._parts = parts
        self._firsts = np.cumsum([0, *(part.source.rows for part in parts)])

    @classmethod
    def open(cls, places: Iterable[tuple[Path, Source, Tuning | None]]) -> Self:
        """Map the index files; raise `SnapshotDamaged` if one is not over its source's rows."""
        return cls([_open_part(*place) for place in places])

    @classmethod
    def without_files(cls, sources: Iterable[Source]) -> Self:
        """Return an index that reads every stored vector for each search: exact and slow."""
        from recommender.index.parts import ScannedPart  # which loads FAISS

        return cls([ScannedPart(source) for source in sources])

    @property
    def sources(self) -> list[Source]:
        """The vectors of each segment, from its index if that holds them."""
        return [part.source for part in self._parts]

    def search(
        self,
        vectors: Vectors,
        k: int,
        allowed: Mask | None = None,
        purpose: SearchPurpose = "texts",
        excluded: range = NO_ROWS,
    ) -> tuple[Scores, Rows]:
        """Return the `k` best scores and rows for each of `vectors`, both of shape (n, <= k).

        The best come first, equal scores in row order. `allowed` has one flag for each row; rows in
        `excluded` are never returned. If fewer than `k` rows remain, the rest has score -inf and
        row -1. `purpose` says what the vectors are of (`SearchPurpose`). It sets the effort, and
        decides whether scores may be those of shortened vectors.
        """
        [found] = self.search_each([vectors], [excluded], k, allowed, purpose)
        return found

    def search_each(
        self,
        groups: Sequence[Vectors],
        own: Sequence[range],
        k: int,
        allowed: Mask | None = None,
        purpose: SearchPurpose = "texts",
    ) -> list[tuple[Scores, Rows]]:
        """Return for each group of vectors what `search` returns if its `own` rows are excluded.

        Exact parts are searched for all groups at once, which takes a quarter of the time. The
        answers of an approximate part depend on what is excluded. So it is searched group by group.
        """
        found: list[list[tuple[Scores, Rows]]] = [[] for _ in groups]
        for part, first in zip(self._parts, self._firsts.tolist(), strict=False):
            count = part.source.rows
            if not count or not any(map(len, groups)):
                continue
            mask = None if allowed is None else allowed[first : first + count]
            local = [_within(rows, first, count) for rows in own]
            own_rows = max(map(len, local))
            is_joint = part.is_joint and own_rows <= MAX_OWN_ROWS
            is_plain = len(groups) == 1 and not own_rows
            each = _each_exact if is_joint and not is_plain else _each_alone
            for answers, (scores, rows) in zip(
                found, each(part, groups, local, min(k, count), mask, purpose), strict=True
            ):
                answers.append((scores, np.where(rows < 0, -1, rows + first) if first else rows))
        return [
            _together(answers, k) if answers else _nothing(len(vectors))
            for vectors, answers in zip(groups, found, strict=True)
        ]


def _open_part(path: Path, source: Source, tuning: Tuning | None) -> IndexPart:
    if tuning is None and source.rows <= SMALL_ROWS:
        return open_small(path, source)
    from recommender.index.parts import open_part  # which loads FAISS

    return open_part(path, source, tuning)


def _within(rows: range, first: int, count: int) -> range:
    """Return the part of a range of a snapshot's rows that lies in one segment, in its own rows."""
    return range(min(max(rows.start - first, 0), count), min(max(rows.stop - first, 0), count))


def _nothing(count: int) -> tuple[Scores, Rows]:
    """Return the answer to `count` queries if there is no row at all."""
    return np.empty((count, 0), np.float32), np.empty((count, 0), np.int64)


def _together(answers: list[tuple[Scores, Rows]], k: int) -> tuple[Scores, Rows]:
    return answers[0] if len(answers) == 1 else merged(answers, k)


def _each_alone(
    part: IndexPart,
    groups: Sequence[Vectors],
    own: Sequence[range],
    k: int,
    allowed: Mask | None,
    purpose: SearchPurpose,
) -> Iterator[tuple[Scores, Rows]]:
    """Search one part group by group."""
    among = (AllowedRows(part.source.rows, allowed, excluded) for excluded in own)
    yield from part.search_each(groups, k, among, purpose)


def _each_exact(
    part: IndexPart,
    groups: Sequence[Vectors],
    own: Sequence[range],
    k: int,
    allowed: Mask | None,
    purpose: SearchPurpose,
) -> Iterator[tuple[Scores, Rows]]:
    """Search one part for all vectors together; a vector that recurs is searched once.

    Titles and formulas recur. Each group then loses its own rows.
    """
    vectors = np.concatenate(groups)
    _, firsts, places = np.unique(
        np.ascontiguousarray(vectors).view(f"V{vectors.strides[0]}").ravel(),
        return_index=True,
        return_inverse=True,
    )
    most = min(k + max(map(len, own)), part.source.rows)
    among = AllowedRows(part.source.rows, allowed)
    scores, rows = part.search(vectors[firsts], most, among, purpose)
    start = 0
    for group, excluded in zip(groups, own, strict=True):
        mine = places[start : start + len(group)]
        start += len(group)
        yield _without(scores[mine], rows[mine], excluded, k)


def _without(scores: Scores, rows: Rows, excluded: range, k: int) -> tuple[Scores, Rows]:
    """Return the first `k` of each line that are not `excluded`."""
    hidden = (rows >= excluded.start) & (rows < excluded.stop)
    order = np.argsort(hidden, axis=1, kind="stable")[:, :k]
    left = np.take_along_axis(hidden, order, axis=1)
    best = np.take_along_axis(scores, order, axis=1)
    best[left] = -np.inf
    return best, np.where(left, -1, np.take_along_axis(rows, order, axis=1))
