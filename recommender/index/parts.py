"""Search one segment with FAISS, exactly or approximately, or by reading all of its vectors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import faiss
import numpy as np

from recommender.arrays import Rows, Scores, Vectors, in_blocks
from recommender.errors import SnapshotDamaged
from recommender.index.allowed_rows import AllowedRows
from recommender.index.faiss_file import check_shape, checked_file, damage_of, not_exact, repair_of
from recommender.index.kinds import CODES, candidates_for
from recommender.index.lists import EVERYTHING, NO_FURTHER, Lists, best_first
from recommender.index.part import (
    VECTORS_AT_ONCE,
    IndexPart,
    SearchPurpose,
    Source,
    Tuning,
    finite,
    merged,
)
from recommender.safe_open import name_of

# At least this many candidates for each answer are scored on the stored vectors.
CANDIDATES_EACH = 2
# A candidate is read if its score by codes is at most this much below that of the last answer,
# divided by the square root of the vectors' length in numbers. No candidate further below was ever
# an answer. With 384 numbers, half of the candidates for ten answers are left out (165,764
# passages).
CODES_OFF = 1.0
# If at most so many rows are allowed, all of them are scored.
FEW_ROWS = 1_000
# The candidates of so many queries are read together.
QUERIES_AT_ONCE = 32
# So many cosines of queries to the centres of lists are held at a time.
NEARNESS = 1 << 20


@dataclass(frozen=True, slots=True)
class ScannedPart(IndexPart):
    """Exact search without an index: every stored vector is read."""

    source: Source

    def search(
        self, vectors: Vectors, k: int, among: AllowedRows, purpose: SearchPurpose
    ) -> tuple[Scores, Rows]:
        """Return the `k` best scores and rows, as `IndexPart.search` does."""
        return scan(self.source, vectors, k, among.allowed)


@dataclass(frozen=True, slots=True)
class FlatPart(IndexPart):
    """Exact search in a FAISS index that holds every vector, and is its own `source`.

    `damage` is the message if a score is not finite.
    """

    is_joint: ClassVar[bool] = True
    source: Source
    index: Any
    damage: str = "the index holds a vector that is not finite"

    @classmethod
    def of(cls, source: Source, index: Any, damage: str) -> Self:
        """Return the part of an index over the vectors of a source.

        They are read from the index: it holds them in the form in which they are compared, and in
        memory after the first search.
        """
        shape = source.rows, source.dim * np.dtype(np.float32).itemsize
        # As bytes: in a mapped file, numbers need not begin at a multiple of four.
        held = faiss.rev_swig_ptr(index.codes.data(), shape[0] * shape[1]).reshape(shape)

        def read(rows: Rows, index: Any = index) -> Vectors:  # the index owns the memory
            return finite(held.take(rows, axis=0).view(np.float32), damage)

        return cls(replace(source, read=read), index, damage)

    def search(
        self, vectors: Vectors, k: int, among: AllowedRows, purpose: SearchPurpose
    ) -> tuple[Scores, Rows]:
        """Return the `k` best scores and rows, as `IndexPart.search` does."""
        selector = among.selector
        parameters = faiss.SearchParameters(sel=selector) if selector is not None else None
        scores, rows = self.index.search(
            np.ascontiguousarray(vectors), min(k, self.source.rows), params=parameters
        )
        if not np.isfinite(scores[rows >= 0]).all():
            raise SnapshotDamaged(self.damage)
        # FAISS fills up with row -1, which Python would read as the last row. It returns equal
        # scores in any order.
        return merged([(np.where(rows < 0, -np.inf, scores), rows)], k)


@dataclass(frozen=True, slots=True)
class ApproximatePart(IndexPart):
    """Search in a FAISS index of shortened vectors; candidates are scored on the stored vectors.

    A search for `articles` keeps the scores of the shortened vectors, because those articles are
    then compared in full. `lists` are the inverted lists of an index that has them. `damage` is the
    message if the index holds a row that the segment does not have.
    """

    source: Source
    index: Any
    tuning: Tuning
    lists: Lists | None = None
    damage: str = "the index names a row that does not exist"

    def search(
        self, vectors: Vectors, k: int, among: AllowedRows, purpose: SearchPurpose
    ) -> tuple[Scores, Rows]:
        """Return the `k` best scores and rows, as `IndexPart.search` does."""
        return self._search(vectors, k, among, purpose, None)

    def search_each(
        self,
        groups: Sequence[Vectors],
        k: int,
        among: Iterable[AllowedRows],
        purpose: SearchPurpose,
    ) -> Iterator[tuple[Scores, Rows]]:
        """Yield what `search` returns for each group of vectors among its own rows.

        The vectors of many groups are compared with the centres of lists at once: on a busy machine
        the threads of many small products wait for each other.
        """
        lists = self.lists
        if lists is None or len(groups) == len(groups[0]) == 1:
            for vectors, own in zip(groups, among, strict=True):
                yield self._search(vectors, k, own, purpose, None)
            return
        rows, allowed = max(NEARNESS // len(lists.centres), 1), iter(among)
        for some in in_blocks(groups, len, rows):
            nearness = lists.nearness_of(np.concatenate(some))
            ends = np.cumsum([len(vectors) for vectors in some])[:-1]
            for vectors, near in zip(some, np.split(nearness, ends), strict=True):
                yield self._search(vectors, k, next(allowed), purpose, near)

    def _search(
        self,
        vectors: Vectors,
        k: int,
        among: AllowedRows,
        purpose: SearchPurpose,
        nearness: Vectors | None,
    ) -> tuple[Scores, Rows]:
        k = min(k, among.count)
        if purpose == "articles" and not self.tuning.kind.endswith(CODES):
            purpose = "passages"  # the ranking by other codes was never measured
        if among.count <= min(FEW_ROWS, self.source.rows - 1):
            return scan(self.source, vectors, k, among.allowed)
        batches = []
        for first in range(0, len(vectors), QUERIES_AT_ONCE):
            some = slice(first, first + QUERIES_AT_ONCE)
            near = None if nearness is None else nearness[some]
            batches.append(self._search_batch(vectors[some], k, among, purpose, near))
        if len(batches) == 1:
            return batches[0]
        scores, rows = zip(*batches, strict=True)
        return np.concatenate(scores), np.concatenate(rows)

    def _efforts(self, purpose: SearchPurpose, count: int) -> tuple[float, ...]:
        """Return the efforts to try in order, the least first, if `count` rows are allowed."""
        effort = self.tuning.effort["texts" if purpose == "texts" else "passages"]
        if self.lists is not None:
            # If few rows are allowed, the tenth best scores low, and more lists are searched.
            return *([NO_FURTHER] if purpose == "articles" else []), effort, EVERYTHING
        return effort * self.source.rows // max(count, 1), self.source.rows

    def _search_batch(
        self,
        vectors: Vectors,
        k: int,
        among: AllowedRows,
        purpose: SearchPurpose,
        nearness: Vectors | None,
    ) -> tuple[Scores, Rows]:
        """Search with more and more effort until each query has `k` answers."""
        count = k if purpose == "articles" else self._candidates(k)
        for effort in self._efforts(purpose, among.count):
            scores, rows = self._find(vectors, count, among, effort, nearness)
            if purpose == "articles":
                scores[rows < 0] = -np.inf
                scores, rows = merged([(scores, rows)], k)
            else:
                scores, rows = self._compared(vectors, self._promising(scores, rows, k), k)
            if scores.shape[1] == k and (rows >= 0).all():
                return scores, rows
        return scan(self.source, vectors, k, among.allowed)

    def _candidates(self, k: int) -> int:
        """Return how many rows are scored on the stored vectors to find the `k` best."""
        candidates = max(candidates_for(self.tuning.kind, self.source.dim), CANDIDATES_EACH * k)
        return min(candidates, self.source.rows)

    def _promising(self, scores: Scores, rows: Rows, k: int) -> Rows:
        """Return the rows that may be among the `k` best, by their scores by codes; others are -1.

        The error of scores by codes falls with the square root of the length of a vector.
        """
        if scores.shape[1] <= k or not self.tuning.kind.endswith(CODES):
            return rows
        least = scores[:, k - 1, None] - CODES_OFF / self.source.dim**0.5
        is_promising = scores >= least
        return rows[is_promising][None] if len(rows) == 1 else np.where(is_promising, rows, -1)

    def _find(
        self,
        vectors: Vectors,
        count: int,
        among: AllowedRows,
        effort: float,
        nearness: Vectors | None,
    ) -> tuple[Scores, Rows]:
        """Return scores and rows of the `count` best by the index's codes, best first.

        Raises `SnapshotDamaged` for a row that the segment does not have.
        """
        if self.lists is not None:
            scores, rows = self.lists.probe(vectors, count, effort, among, nearness)
        else:
            parameters = _parameters(self.index, effort, among.selector)
            scores, rows = self.index.search(
                np.ascontiguousarray(vectors), count, params=parameters
            )
        # Compared without a sign, a row below -1 is far beyond the last one.
        if rows.size and (rows + 1).view(np.uint64).max() > self.source.rows:
            raise SnapshotDamaged(self.damage)
        return scores, rows

    def _compared(self, vectors: Vectors, found: Rows, k: int) -> tuple[Scores, Rows]:
        """Return the `k` best of the rows found for each vector, by its score on stored vectors."""
        found.sort(axis=1)  # consecutive rows are read at once
        is_short = bool((found[:, 0] < 0).any())
        known = np.maximum(found, 0) if is_short else found
        if len(found) == 1:
            read = self.source.read(known[0])[None]
        else:
            rows, places = np.unique(known, return_inverse=True)
            read = self.source.read(rows)[places.reshape(found.shape)]
        # Each query is multiplied with its own candidates only. So no answer depends on the other
        # queries of the batch.
        scores: Scores = np.einsum("nd,ncd->nc", vectors, read)
        if is_short:
            scores[found < 0] = -np.inf
        rows, scores = best_first(found, scores, k)
        return scores, rows


def scan(source: Source, vectors: Vectors, k: int, rows: Rows) -> tuple[Scores, Rows]:
    """Return the `k` best of `rows` for each vector by reading the stored vector of each row."""
    none = (len(vectors), 0)
    scores, found = np.empty(none, np.float32), np.empty(none, np.int64)
    for start in range(0, len(rows), VECTORS_AT_ONCE):
        some = rows[start : start + VECTORS_AT_ONCE]
        more, places = faiss.knn(
            np.ascontiguousarray(vectors),
            source.read(some),
            min(k, len(some)),
            metric=faiss.METRIC_INNER_PRODUCT,
        )
        scores, found = merged([(scores, found), (more, some[places])], k)
    return scores, found


def _parameters(index: Any, effort: float, selector: Any) -> Any:
    """Return FAISS's parameters of one search, of the class that the kind of `index` needs."""
    options = {} if selector is None else {"sel": selector}
    if isinstance(index, faiss.IndexHNSW):
        return faiss.SearchParametersHNSW(efSearch=max(1, int(effort)), **options)
    return faiss.SearchParameters(**options)


def open_part(path: Path, source: Source, tuning: Tuning | None) -> IndexPart:
    """Map an index file; raise `SnapshotDamaged` unless it is an index over the rows of `source`.

    An exact index has no `tuning`.
    """
    index = _read_index(path)
    check_shape(path, source, (index.ntotal, index.d))
    if isinstance(index, faiss.IndexFlat):
        return FlatPart.of(source, index, damage_of(path))
    if tuning is None:
        raise not_exact(path)
    lists = None
    if isinstance(index, faiss.IndexIVF):
        if (index.quantizer.ntotal, index.quantizer.d) != (index.nlist, index.d):
            raise SnapshotDamaged(f"{path}: lacks centres of its lists; {repair_of(path)}")
        lists = Lists.of(index)
        if not np.isfinite(lists.centres).all():
            raise SnapshotDamaged(f"{path}: has centres that are not finite; {repair_of(path)}")
    damage = f"{path}: names a row that does not exist; {repair_of(path)}"
    return ApproximatePart(source, index, tuning, lists, damage)


def _read_index(path: Path) -> Any:
    """Map an index file; FAISS opens it by a name of this open file."""
    with checked_file(path) as stream:
        try:
            return faiss.read_index(name_of(stream.fileno(), path), faiss.IO_FLAG_MMAP_IFC)
        except (RuntimeError, MemoryError) as error:
            raise SnapshotDamaged(f"{path}: FAISS cannot read it; {repair_of(path)}") from error
