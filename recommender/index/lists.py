"""Search an index's inverted lists, and stop when no further list can hold a better answer.

A list holds the rows that are nearest to its centre. The few lists with the nearest centres are
searched first. They give the score of the tenth best row so far. Then the others are searched whose
centre scores at least `SHARE` of that score less `reach`. So a text with ten close relatives is
answered from a few lists, and a text without any from many. `reach` is for a query vector of length
1, and grows with its length.
"""

from __future__ import annotations

from typing import Any, Self

import faiss
import numpy as np

from recommender.arrays import Mask, Rows, Scores, Vectors
from recommender.types.frozen import dataclass

# The number of lists that are searched first, or only, if no further ones are asked for.
FIRST = 32
# The number of answers that further lists may improve.
BEST = 10
# The share of the tenth best score that a list's centre must reach. Texts related at cosine 0.9 lie
# closer to their list's centre than texts related at 0.5, but not by as much. Between 0.7 and 1,
# this share found the same part of the ten best from the fewest rows.
SHARE = 0.85
# The reach that covers every list, and the reach that adds none to the first ones.
EVERYTHING, NO_FURTHER = 2.0, -2.0


@dataclass(frozen=True, slots=True)
class Lists:
    """The inverted lists of a FAISS index; `centres` has shape (lists, dim)."""

    index: Any
    centres: Vectors

    @classmethod
    def of(cls, index: Any) -> Self:
        """Return the lists of an IVF index, with their centres in memory."""
        return cls(index, index.quantizer.reconstruct_n(0, index.nlist))

    def probe(
        self,
        vectors: Vectors,
        k: int,
        reach: float,
        options: dict[str, Any],
        nearness: Vectors | None = None,
    ) -> tuple[Scores, Rows]:
        """Return scores and rows of the `k` best for each of `vectors`, both of shape (n, k).

        Scores are by the index's codes, and the rows of a query are in no order. If fewer than `k`
        are found, row -1 fills up. `options` are FAISS's parameters of one search. `nearness` is
        what `nearness_of` returns for the vectors, if it is known.
        """
        nearness = self.nearness_of(vectors) if nearness is None else nearness
        if reach <= NO_FURTHER:
            return self._search(vectors, *_nearest(nearness, FIRST), k, options)
        first, near = _best_first(*_nearest(nearness, FIRST))
        scores, rows = self._search(vectors, first, near, max(k, BEST), options)
        lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
        floor = SHARE * scores[:, BEST - 1] - reach * lengths
        scores, rows = scores[:, :k], rows[:, :k]
        is_further = nearness >= floor[:, None]
        is_further[_lines(first), first] = False
        lines = np.flatnonzero(is_further.any(axis=1))
        if len(lines):  # all at once: FAISS gives each thread some of the vectors
            lists, near = _best_first(*_flagged(nearness[lines], is_further[lines]))
            more = self._search(vectors[lines], lists, near, k, options)
            scores[lines], rows[lines] = _highest(k, (scores[lines], rows[lines]), more)
        return scores, rows

    def nearness_of(self, vectors: Vectors) -> Vectors:
        """Return the cosine of each of `vectors` to each centre, shape (n, lists)."""
        found: Vectors
        if len(vectors) > 1:
            found = vectors @ self.centres.T
            return found
        # One vector is too little work for the threads of a matrix product. On a busy machine they
        # wait for each other ten times as long as this takes.
        found, vectors = np.empty((1, len(self.centres)), np.float32), np.ascontiguousarray(vectors)
        faiss.fvec_inner_products_ny(
            faiss.swig_ptr(found),
            faiss.swig_ptr(vectors),
            faiss.swig_ptr(self.centres),
            *self.centres.shape[::-1],
        )
        return found

    def _search(
        self, vectors: Vectors, lists: Rows, nearness: Vectors, k: int, options: dict[str, Any]
    ) -> tuple[Scores, Rows]:
        """Return the best rows of `lists`, shape (n, lists); a list -1 is skipped."""
        vectors, lists, nearness = map(np.ascontiguousarray, (vectors, lists, nearness))
        scores, rows = np.empty((len(lists), k), np.float32), np.empty((len(lists), k), np.int64)
        # FAISS's `search_preassigned` in Python takes no parameters; the function in C does.
        self.index.search_preassigned_c(
            len(lists),
            faiss.swig_ptr(vectors),
            k,
            faiss.swig_ptr(lists),
            faiss.swig_ptr(nearness),
            faiss.swig_ptr(scores),
            faiss.swig_ptr(rows),
            False,
            faiss.SearchParametersIVF(nprobe=lists.shape[1], **options),
        )
        return scores, rows


def _nearest(nearness: Vectors, count: int) -> tuple[Rows, Vectors]:
    """Return the lists with the nearest centres, (n, <= count), in no order, and their cosines."""
    count = min(count, nearness.shape[1])
    lists = np.argpartition(-nearness, count - 1, axis=1)[:, :count]
    return lists, nearness[_lines(lists), lists]


def _flagged(nearness: Vectors, flags: Mask) -> tuple[Rows, Vectors]:
    """Return the flagged lists, (n, the most of any line), and their cosines; -1 fills up."""
    if len(flags) == 1:
        lists = np.flatnonzero(flags)[None]
        return lists, nearness[_lines(lists), lists]
    most = int(np.count_nonzero(flags, axis=1).max())
    lists, near = _nearest(np.where(flags, nearness, -np.inf), most)
    return np.where(near > -np.inf, lists, -1), near


def _best_first(lists: Rows, nearness: Vectors) -> tuple[Rows, Vectors]:
    """Return lists and their cosines, both (n, lists), with the nearest first.

    They are searched in this order: after the nearest list few rows of the others are good enough.
    """
    places = _lines(lists), np.argsort(-nearness, axis=1)
    return lists[places], nearness[places]


def _lines(lists: Rows) -> Rows:
    return np.arange(len(lists))[:, None]


def _highest(k: int, some: tuple[Scores, Rows], others: tuple[Scores, Rows]) -> tuple[Scores, Rows]:
    """Return the `k` highest scores of both with their rows, (n, k), in no order."""
    scores = np.concatenate([some[0], others[0]], axis=1)
    rows = np.concatenate([some[1], others[1]], axis=1)
    places = _lines(scores), np.argpartition(-scores, k - 1, axis=1)[:, :k]
    return scores[places], rows[places]
