"""Search an index's inverted lists, and stop when no further list can hold a better answer.

A list holds the rows that are nearest to its centre. The few lists with the nearest centres are
searched first. They give the score of the tenth best row so far. Then all lists are searched whose
centre scores at least `SHARE` of that score less `reach`. So a text with ten close relatives is
answered from a few lists, and a text without any from many. `reach` is for a query vector of length
1, and grows with its length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import faiss
import numpy as np

from recommender.arrays import Rows, Scores, Vectors

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
            count = min(FIRST, nearness.shape[1])
            nearest = np.argpartition(-nearness, count - 1, axis=1)[:, :count]
            lines = np.arange(len(nearest))[:, None]
            return self._search(vectors, nearest, nearness[lines, nearest], k, options)
        order = np.argsort(-nearness, axis=1)
        nearness = nearness[np.arange(len(order))[:, None], order]
        # The first lists are searched twice. The first pass asks for ten answers only, and is fast.
        first = order[:, :FIRST], nearness[:, :FIRST]
        best, _ = self._search(vectors, *first, BEST, options)
        lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
        is_searched = nearness >= (SHARE * best[:, -1] - reach * lengths)[:, None]
        is_searched[:, :FIRST] = True
        count = int(is_searched.sum(axis=1).max(initial=0))
        lists = np.where(is_searched[:, :count], order[:, :count], -1)
        return self._search(vectors, lists, nearness[:, :count], k, options)

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
