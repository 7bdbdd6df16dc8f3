"""Search an index's inverted lists, and stop when no further list can hold a better answer.

A list holds the rows that are nearest to its centre. The few lists with the nearest centres are
searched first. They give the score of the tenth best row so far. Then the others are searched whose
centre scores at least `SHARE` of that score less `reach`. So a text with ten close relatives is
answered from a few lists, and a text without any from many. `reach` is for a query vector of length
1, and grows with its length.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Self

import faiss
import numpy as np

from recommender.arrays import Mask, Rows, Scores, Vectors, highest_places
from recommender.index.allowed_rows import NO_ROWS, AllowedRows

# The number of lists that are searched first, or only, if no further ones are asked for.
FIRST = 32
# The number of answers that further lists may improve.
BEST = 10
# The share of the tenth best score that a list's centre must reach. Texts related at cosine 0.9 lie
# closer to their list's centre than texts related at 0.5, but not by as much. Between 0.7 and 1,
# this share found the same part of the ten best from the fewest rows.
SHARE = 0.85
# If at most so few rows are excluded, they are left out after the search.
FEW_EXCLUDED = 32
# The centres of many lists are compared in so many blocks.
BLOCKS = 64
# The reach that covers every list, and the reach that adds no list to the first ones.
EVERYTHING, NO_FURTHER = 2.0, -2.0


@dataclass(frozen=True, slots=True)
class Lists:
    """The inverted lists of a FAISS index; `centres` has shape (lists, dim)."""

    index: Any
    centres: Vectors

    @classmethod
    def of(cls, index: Any) -> Self:
        """Return the lists of an IVF index, with their centres in memory."""
        # A second search goes on from what the first one found (`_search`).
        index.parallel_mode |= index.PARALLEL_MODE_NO_HEAP_INIT
        return cls(index, index.quantizer.reconstruct_n(0, index.nlist))

    def probe(
        self,
        vectors: Vectors,
        k: int,
        reach: float,
        among: AllowedRows,
        nearness: Vectors | None = None,
    ) -> tuple[Scores, Rows]:
        """Return scores and rows of the `k` best for each of `vectors`, both of shape (n, k).

        Scores are by the index's codes, the best come first. If fewer than `k` are found, row -1
        fills up. `among` are the rows that may be answered. `nearness` is what `nearness_of`
        returns for the vectors, if it is known.
        """
        nearness = self.nearness_of(vectors) if nearness is None else nearness
        hidden, selector = _left_out(among)
        is_enough = reach <= NO_FURTHER
        found = _Found.of_none(len(vectors), (k if is_enough else max(k, BEST)) + len(hidden))
        first, near = _nearest(nearness, FIRST)
        self._search(vectors, first, near, found, selector)
        if is_enough:
            return found.best(k, hidden)
        lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
        is_further = nearness >= (SHARE * found.tenth(hidden) - reach * lengths)[:, None]
        is_further[_lines(first), first] = False
        if len(vectors) == 1:
            lists, near = _flagged(nearness, is_further)
            if lists.size:
                self._search(vectors, lists, near, found, selector)
            return found.best(k, hidden)
        [lines] = is_further.any(axis=1).nonzero()
        if len(lines):  # all at once: FAISS gives each thread some of the vectors
            lists, near = _flagged(nearness[lines], is_further[lines])
            better = _Found(found.scores[lines], found.rows[lines])
            self._search(vectors[lines], lists, near, better, selector)
            found.scores[lines], found.rows[lines] = better
        return found.best(k, hidden)

    def nearness_of(self, vectors: Vectors) -> Vectors:
        """Return the cosine of each of `vectors` to each centre, shape (n, lists)."""
        found: Vectors
        if len(vectors) > 1:
            found = vectors @ self.centres.T
            return found
        # A matrix product of one vector is too little work for threads. On a busy machine they wait
        # for each other ten times as long as the work takes.
        found, vectors = np.empty((1, len(self.centres)), np.float32), np.ascontiguousarray(vectors)
        faiss.fvec_inner_products_ny(
            faiss.swig_ptr(found),
            faiss.swig_ptr(vectors),
            faiss.swig_ptr(self.centres),
            *self.centres.shape[::-1],
        )
        return found

    def _search(
        self, vectors: Vectors, lists: Rows, nearness: Vectors, found: _Found, selector: Any
    ) -> None:
        """Replace `found` by better rows of `lists`, shape (n, lists); -1 is no list.

        To continue from what was found takes two thirds of the time of a search from scratch, since
        few rows are compared closely.
        """
        vectors, lists, nearness = map(np.ascontiguousarray, (vectors, lists, nearness))
        # FAISS's `search_preassigned` in Python takes no parameters; the function in C does.
        self.index.search_preassigned_c(
            len(lists),
            faiss.swig_ptr(vectors),
            found.rows.shape[1],
            faiss.swig_ptr(lists),
            faiss.swig_ptr(nearness),
            faiss.swig_ptr(found.scores),
            faiss.swig_ptr(found.rows),
            False,
            _parameters(lists.shape[1], selector),
        )


class _Found(NamedTuple):
    """The best rows so far of each query with their scores, both (n, some), heaps of FAISS."""

    scores: Scores
    rows: Rows

    @classmethod
    def of_none(cls, queries: int, most: int) -> Self:
        """Return an empty result."""
        found = cls(np.empty((queries, most), np.float32), np.empty((queries, most), np.int64))
        found.scores.fill(-np.inf)
        found.rows.fill(-1)
        return found

    def tenth(self, hidden: range) -> Scores:
        """Return the score of the tenth best row (`BEST`) that is not `hidden`, (n,)."""
        scores = self.scores
        if hidden:
            scores = np.where(self._are_hidden(hidden), -np.inf, scores)
        tenth: Scores = np.partition(scores, -BEST, axis=1)[:, -BEST]
        return tenth

    def best(self, k: int, hidden: range) -> tuple[Scores, Rows]:
        """Return the `k` best that are not `hidden`, both (n, k), best first; row -1 fills up."""
        scores, rows = self
        if hidden:
            is_hidden = self._are_hidden(hidden)
            scores, rows = np.where(is_hidden, -np.inf, scores), np.where(is_hidden, -1, rows)
        rows, scores = best_first(rows, scores, k)
        return scores, rows

    def _are_hidden(self, hidden: range) -> Mask:
        return (self.rows >= hidden.start) & (self.rows < hidden.stop)


def _left_out(among: AllowedRows) -> tuple[range, Any]:
    """Return the rows to leave out of the result, or FAISS's selector of the rows to search.

    To find a few more rows and drop them is faster than to test for each row whether it is allowed.
    """
    if among.mask is None and len(among.excluded) <= FEW_EXCLUDED:
        return among.excluded, None
    return NO_ROWS, among.selector


def _parameters(lists: int, selector: Any) -> Any:
    """Return FAISS's parameters of a search of so many lists; those for all rows are kept."""
    if selector is None:
        return _usual_parameters(lists)
    return faiss.SearchParametersIVF(nprobe=lists, sel=selector)


@lru_cache(maxsize=1_024)
def _usual_parameters(lists: int) -> Any:
    return faiss.SearchParametersIVF(nprobe=lists)


def _nearest(nearness: Vectors, count: int) -> tuple[Rows, Vectors]:
    """Return the lists with the nearest centres, (n, <= count), nearest first, and their cosines.

    They are searched in this order: after the nearest list, few rows of the others are good enough.
    """
    count = min(count, nearness.shape[1])
    if len(nearness) == 1 and nearness.shape[1] >= 2 * BLOCKS >= 4 * count:
        return _flagged(nearness, nearness >= _least_of(nearness[0], count), count)
    lists = highest_places(nearness, count)
    return best_first(lists, nearness[_lines(lists), lists], count)


def _least_of(nearness: Vectors, count: int) -> np.float32:
    """Return a cosine that at least `count` of many reach, and few more.

    It comes from the best few of some blocks, which takes a sixth of the time of comparing all.
    """
    blocks = nearness[: len(nearness) // BLOCKS * BLOCKS].reshape(BLOCKS, -1).max(axis=1)
    blocks.sort()
    least: np.float32 = blocks[-count]
    return least


def _flagged(nearness: Vectors, flags: Mask, most: int | None = None) -> tuple[Rows, Vectors]:
    """Return the flagged lists, (n, the most of any line), nearest first, and their cosines.

    If `most` is given, there are no more than that. List -1 fills up.
    """
    if len(flags) == 1:
        [lists] = flags[0].nonzero()
        return best_first(lists[None], nearness[:, lists], most)
    most = int(np.count_nonzero(flags, axis=1).max())
    lists, near = _nearest(np.where(flags, nearness, -np.inf), most)
    return np.where(near > -np.inf, lists, -1), near


def best_first(numbers: Rows, scores: Scores, most: int | None = None) -> tuple[Rows, Scores]:
    """Return numbers and their scores, both (n, <= most), with the highest scores first.

    Equal scores stay in their order.
    """
    if len(scores) == 1:
        order = (-scores[0]).argsort(kind="stable")[:most]
        return numbers[:, order], scores[:, order]
    places = _lines(numbers), np.argsort(-scores, axis=1, kind="stable")[:, :most]
    return numbers[places], scores[places]


def _lines(lists: Rows) -> Rows:
    return np.arange(len(lists))[:, None]
