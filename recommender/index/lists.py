"""Looks into an index's inverted lists for as long as the next ones may hold a better answer.

A list holds the rows that are nearest to its centre. A few lists are looked into first, those with
the nearest centres; then all those whose centre lies at most `reach` below `SHARE` of the score of
the tenth best row of the few. So a text with ten close relatives is answered from a few lists, and
one that has none from many. `reach` is that of a vector of length 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import faiss
import numpy as np

from recommender.arrays import Rows, Scores, Vectors
from recommender.errors import SnapshotDamaged

# Lists looked into at first, and the only ones where no further ones are wanted.
FIRST = 32
# The answers that further lists may better.
BEST = 10
# What the tenth best score counts for in what is asked of a list's centre. Relatives at 0.9 lie
# closer to their list's centre than those at 0.5, but not by as much: between 0.7 and 1 the same
# share of the ten best was found from the fewest rows.
SHARE = 0.85
# No centre is further below any score, and none that much above it.
EVERYTHING, NO_FURTHER = 2.0, -2.0
DAMAGE = "the index names a row that there is not"


@dataclass(frozen=True, slots=True)
class Lists:
    """The inverted lists of a FAISS index, with their centres, (lists, dim).

    `damage` is what to say where they name rows that there are not.
    """

    index: Any
    centres: Vectors
    damage: str = DAMAGE

    @classmethod
    def of(cls, index: Any, damage: str = DAMAGE) -> Self:
        return cls(index, index.quantizer.reconstruct_n(0, index.nlist), damage)

    def probe(
        self, vectors: Vectors, k: int, reach: float, options: dict[str, Any]
    ) -> tuple[Scores, Rows]:
        """Return scores and rows of the `k` best that were met for each of `vectors`, (n, k).

        Both are by the index's codes, in no order. `options` are FAISS's for one search. Where
        fewer were met, row -1 fills up.
        """
        nearness = self._nearness(vectors)
        if reach <= NO_FURTHER:
            count = min(FIRST, nearness.shape[1])
            nearest = np.argpartition(-nearness, count - 1, axis=1)[:, :count]
            lines = np.arange(len(nearest))[:, None]
            return self._look_into(vectors, nearest, nearness[lines, nearest], k, options)
        order = np.argsort(-nearness, axis=1)
        nearness = nearness[np.arange(len(order))[:, None], order]
        # For ten answers only the first lists are quickly looked into, once more than needed.
        first = order[:, :FIRST], nearness[:, :FIRST]
        best, _ = self._look_into(vectors, *first, BEST, options)
        lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
        is_wanted = nearness >= (SHARE * best[:, -1] - reach * lengths)[:, None]
        is_wanted[:, :FIRST] = True
        count = int(is_wanted.sum(axis=1).max(initial=0))
        lists = np.where(is_wanted[:, :count], order[:, :count], -1)
        return self._look_into(vectors, lists, nearness[:, :count], k, options)

    def _nearness(self, vectors: Vectors) -> Vectors:
        """Return the cosine of each of `vectors` to each centre, (n, lists)."""
        found: Vectors
        if len(vectors) > 1:
            found = vectors @ self.centres.T
            return found
        # One vector is too little for the threads of a matrix product: on a busy machine they wait
        # for each other ten times as long as this takes.
        found, vectors = np.empty((1, len(self.centres)), np.float32), np.ascontiguousarray(vectors)
        faiss.fvec_inner_products_ny(
            faiss.swig_ptr(found),
            faiss.swig_ptr(vectors),
            faiss.swig_ptr(self.centres),
            *self.centres.shape[::-1],
        )
        return found

    def _look_into(
        self, vectors: Vectors, lists: Rows, nearness: Vectors, k: int, options: dict[str, Any]
    ) -> tuple[Scores, Rows]:
        """Return the best rows of lists, (n, lists); a list -1 is passed over."""
        vectors, lists, nearness = map(np.ascontiguousarray, (vectors, lists, nearness))
        scores, rows = np.empty((len(lists), k), np.float32), np.empty((len(lists), k), np.int64)
        # Python's own `search_preassigned` takes no parameters.
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
        if rows.size and not -1 <= rows.min() <= rows.max() < self.index.ntotal:
            raise SnapshotDamaged(self.damage)
        return scores, rows
