"""One segment's part of the search, exact or approximate.

Each part takes query vectors (n, dim) and answers with scores and rows of its own, both (n, <= k),
best first, equal scores in row order; where fewer rows are allowed than asked for, the tail has
score -inf and row -1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol

import faiss
import numpy as np

from recommender.arrays import Mask, Rows, Scores, Vectors
from recommender.errors import SnapshotDamaged
from recommender.index.kinds import CODES, candidates_for
from recommender.index.lists import EVERYTHING, NO_FURTHER, Lists

NO_ROWS = range(0)

# What is asked with: passages of the corpus, or texts that are not among them and lie further off;
# or passages whose neighbours only name articles, of which several passages name each: their scores
# may be those of shortened vectors.
SearchPurpose = Literal["passages", "texts", "articles"]

# How many vectors are read at a time.
VECTORS_AT_ONCE = 8_192
# At least so many candidates for each answer are scored on the stored vectors.
CANDIDATES_EACH = 2
# Among so few allowed rows all are scored.
FEW_ROWS = 1_000
# Queries whose candidates are read together.
QUERIES_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Source:
    """A segment's vectors as they are searched: `read` gives those of rows, (n, dim) unit rows."""

    rows: int
    dim: int
    read: Callable[[Rows], Vectors]

    def chunks(self) -> Iterator[tuple[Rows, Vectors]]:
        """Yield all rows and their vectors, so many at a time."""
        for start in range(0, self.rows, VECTORS_AT_ONCE):
            rows = np.arange(start, min(start + VECTORS_AT_ONCE, self.rows))
            yield rows, self.read(rows)


@dataclass(frozen=True, slots=True)
class Tuning:
    """How hard a FAISS index is searched, and the share of the ten best that it then found.

    `effort` is how far inverted lists are probed (`lists.py`), or the `efSearch` of a graph;
    `recall` was measured on `sample` queries of each sort against exact search, and `target` was
    promised.
    """

    kind: str
    target: float
    sample: int
    effort: Mapping[str, float]
    recall: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class IndexPart(Protocol):
    """What answers for one segment."""

    @property
    def source(self) -> Source: ...

    def search(
        self, vectors: Vectors, k: int, among: AllowedRows, asked: SearchPurpose
    ) -> tuple[Scores, Rows]:
        """Return the `k` best scores and rows among those that may be answered."""
        ...


@dataclass(frozen=True, slots=True)
class ScannedPart:
    """Exact search without an index, by reading all stored vectors."""

    source: Source

    def search(
        self, vectors: Vectors, k: int, among: AllowedRows, asked: SearchPurpose
    ) -> tuple[Scores, Rows]:
        return scan(self.source, vectors, k, among.allowed)


@dataclass(frozen=True, slots=True)
class FlatPart:
    """Exact search in a FAISS index that holds every vector."""

    source: Source
    index: Any

    def search(
        self, vectors: Vectors, k: int, among: AllowedRows, asked: SearchPurpose
    ) -> tuple[Scores, Rows]:
        selector = among.selector
        parameters = faiss.SearchParameters(sel=selector) if selector is not None else None
        scores, rows = self.index.search(
            np.ascontiguousarray(vectors), min(k, self.source.rows), params=parameters
        )
        # FAISS fills up with -1, which Python would read as the last row, and has equal scores in
        # no order.
        return merged([(np.where(rows < 0, -np.inf, scores), rows)], k)


@dataclass(frozen=True, slots=True)
class ApproximatePart:
    """Search in a FAISS index of shortened vectors; what it finds is scored on the stored ones.

    But for what only names articles, and is then compared in full. `lists` are those of an index
    that has them.
    """

    source: Source
    index: Any
    tuning: Tuning
    lists: Lists | None = None

    def search(
        self, vectors: Vectors, k: int, among: AllowedRows, asked: SearchPurpose
    ) -> tuple[Scores, Rows]:
        k = min(k, among.count)
        if asked == "articles" and not self.tuning.kind.endswith(CODES):
            asked = "passages"  # how much other codes tell is not known
        if among.count <= min(FEW_ROWS, self.source.rows - 1):
            return scan(self.source, vectors, k, among.allowed)
        batches = [
            self._search_batch(vectors[first : first + QUERIES_AT_ONCE], k, among, asked)
            for first in range(0, len(vectors), QUERIES_AT_ONCE)
        ]
        if len(batches) == 1:
            return batches[0]
        scores, rows = zip(*batches, strict=True)
        return np.concatenate(scores), np.concatenate(rows)

    def _efforts(self, asked: SearchPurpose, count: int) -> tuple[float, ...]:
        """Return how hard to search where so many rows are allowed, and the most."""
        effort = self.tuning.effort["texts" if asked == "texts" else "passages"]
        if self.lists is not None:
            # Few rows that are allowed score low, which looks further.
            return *([NO_FURTHER] if asked == "articles" else []), effort, EVERYTHING
        return effort * self.source.rows // max(count, 1), self.source.rows

    def _search_batch(
        self, vectors: Vectors, k: int, among: AllowedRows, asked: SearchPurpose
    ) -> tuple[Scores, Rows]:
        """Search harder until as many are found as there are."""
        wanted = k if asked == "articles" else self._candidates(k)
        for effort in self._efforts(asked, among.count):
            scores, rows = self._find(vectors, wanted, among, effort)
            if asked != "articles":
                scores = self._scores(vectors, rows)
            scores[rows < 0] = -np.inf
            scores, rows = merged([(scores, rows)], k)
            if scores.shape[1] == k and (rows >= 0).all():
                return scores, rows
        return scan(self.source, vectors, k, among.allowed)

    def _candidates(self, k: int) -> int:
        """Return how many rows are scored on the stored vectors to find the `k` best."""
        candidates = max(candidates_for(self.tuning.kind, self.source.dim), CANDIDATES_EACH * k)
        return min(candidates, self.source.rows)

    def _find(
        self, vectors: Vectors, wanted: int, among: AllowedRows, effort: float
    ) -> tuple[Scores, Rows]:
        """Return scores and rows of the `wanted` best, by the index's codes, in no order."""
        options = {} if among.selector is None else {"sel": among.selector}
        if self.lists is not None:
            return self.lists.probe(vectors, wanted, effort, options)
        parameters = _parameters(self.index, effort, options)
        found: tuple[Scores, Rows] = self.index.search(
            np.ascontiguousarray(vectors), wanted, params=parameters
        )
        return found

    def _scores(self, vectors: Vectors, found: Rows) -> Scores:
        """Return the scores of the rows found for each vector; of row -1 any."""
        if len(found) == 1:
            read = self.source.read(np.maximum(found[0], 0))[None]
        else:
            rows, places = np.unique(found, return_inverse=True)
            read = self.source.read(np.maximum(rows, 0))[places.reshape(found.shape)]
        # Each with its own candidates only, so that no answer depends on what else is asked.
        scores: Scores = np.einsum("nd,ncd->nc", vectors, read)
        return scores


def scan(source: Source, vectors: Vectors, k: int, rows: Rows) -> tuple[Scores, Rows]:
    """Return the `k` best of `rows` for each vector by reading each stored vector."""
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


def merged(found: list[tuple[Scores, Rows]], k: int) -> tuple[Scores, Rows]:
    """Return the `k` best of several answers to the same queries."""
    scores = np.concatenate([scores for scores, _ in found], axis=1)
    rows = np.concatenate([rows for _, rows in found], axis=1)
    order = np.lexsort((rows, -scores), axis=1)[:, :k]
    lines = np.arange(len(order))[:, None]
    return scores[lines, order], rows[lines, order]


def _parameters(index: Any, effort: float, options: dict[str, Any]) -> Any:
    """Return FAISS's parameters for one search, as the kind of `index` asks for them."""
    if isinstance(index, faiss.IndexHNSW):
        return faiss.SearchParametersHNSW(efSearch=max(1, int(effort)), **options)
    return faiss.SearchParameters(**options)


def open_part(path: Path, source: Source, tuning: Tuning | None) -> IndexPart:
    """Map an index file; raise `SnapshotDamaged` where it is not one over the rows of `source`."""
    try:
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise SnapshotDamaged(f"{path}: FAISS cannot read it; {_repair(path)}") from error
    shape = (source.rows, source.dim)
    if (index.ntotal, index.d) != shape or index.metric_type != faiss.METRIC_INNER_PRODUCT:
        raise SnapshotDamaged(
            f"{path}: found {index.ntotal} vectors of {index.d} numbers, "
            f"expected {shape[0]} of {shape[1]}; {_repair(path)}"
        )
    if isinstance(index, faiss.IndexFlat):
        return FlatPart(source, index)
    if tuning is None:
        raise SnapshotDamaged(f"{path}: is not the exact index of the manifest; {_repair(path)}")
    lists = None
    if isinstance(index, faiss.IndexIVF):
        if (index.quantizer.ntotal, index.quantizer.d) != (index.nlist, index.d):
            raise SnapshotDamaged(f"{path}: lacks centres of its lists; {_repair(path)}")
        lists = Lists.of(index, f"{path}: names a row that there is not; {_repair(path)}")
    return ApproximatePart(source, index, tuning, lists)


def _repair(path: Path) -> str:
    index = path.parents[2]  # INDEX/segments/NAME/FILE
    return f"run: recommender verify --repair --index {index}, or ask with --exact"


@dataclass(frozen=True)
class AllowedRows:
    """All of `rows` rows, or those that `mask` flags; none of `excluded`.

    An article's own rows are `excluded`: a mask of every row would cost more than a search.
    """

    rows: int
    mask: Mask | None = None
    excluded: range = NO_ROWS

    @cached_property
    def flags(self) -> Mask:
        """One flag a row."""
        flags = np.ones(self.rows, np.bool_) if self.mask is None else self.mask.copy()
        flags[self.excluded.start : self.excluded.stop] = False
        return flags

    @cached_property
    def count(self) -> int:
        """How many rows may be answered."""
        if self.mask is None:
            return self.rows - len(self.excluded)
        return int(np.count_nonzero(self.flags))

    @property
    def allowed(self) -> Rows:
        """The rows that may be answered."""
        if self.count == self.rows:
            return np.arange(self.rows)
        return np.flatnonzero(self.flags)

    @cached_property
    def selector(self) -> Any:
        """What tells FAISS which rows may be answered; None where all may."""
        if self.count == self.rows:
            return None
        if self.mask is None:
            return faiss.IDSelectorNot(
                faiss.IDSelectorRange(self.excluded.start, self.excluded.stop)
            )
        return faiss.IDSelectorBitmap(np.packbits(self.flags, bitorder="little"))
