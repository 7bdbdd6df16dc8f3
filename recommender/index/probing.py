"""Looks into an index's inverted lists for as long as the next ones may hold a better answer.

A list holds the rows that are nearest to its centre. Lists are looked into from the nearest centre
on, a few at first and then more each time, up to those whose centre lies `reach` below `SHARE` of
the score of the tenth best row so far. So a text with ten close relatives is answered from a few
lists, and one that has none from many. `reach` is that of a vector of length 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import faiss
import numpy as np

from recommender.arrays import Mask, Rows, Scores, Vectors
from recommender.errors import IndexDamaged

# Lists looked into at first, and how many times as many each time after that.
FIRST, MORE = 32, 4
# The answers that further lists may better.
BEST = 10
# What the tenth best score counts for in what is asked of a list's centre. Relatives at 0.9 lie
# closer to their list's centre than those at 0.5, but not by as much: between 0.7 and 1 the same
# share of the ten best was found from the fewest rows.
SHARE = 0.85
# No centre is further below any score.
EVERYTHING = 2.0
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
        self, vectors: Vectors, k: int, reach: float, allowed: Mask | None, options: dict[str, Any]
    ) -> Rows:
        """Return the `k` best rows that were met for each of `vectors`, (n, k), in no order.

        The best are those by the index's codes. Rows that are not `allowed`, one flag a row, come
        after all that are. `options` are FAISS's for one search. Where fewer were met, -1 fills up.
        """
        nearness = self._nearness(vectors)
        order = np.argsort(-nearness, axis=1)
        nearness = np.take_along_axis(nearness, order, axis=1)
        scores = np.full((len(vectors), k), -np.inf, np.float32)
        rows = np.full((len(vectors), k), -1, np.int64)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        wanted = np.full(len(vectors), FIRST)
        left, start, stop = np.arange(len(vectors)), 0, FIRST
        while len(left):
            lists = order[left, start:stop]
            lists[start + np.arange(lists.shape[1]) >= wanted[left, None]] = -1
            more = self._look_into(vectors[left], lists, nearness[left, start:stop], k, options)
            if allowed is not None:
                more[0][~allowed[more[1]]] = -np.inf
            scores[left], rows[left] = _best((scores[left], rows[left]), more)
            tenth = scores[left, min(BEST, k) - 1, None]
            least = SHARE * tenth - reach * lengths[left]
            wanted[left] = (nearness[left] >= least).sum(axis=1)
            left = left[wanted[left] > stop]
            start, stop = stop, min(stop * MORE, int(wanted[left].max(initial=0)))
        return rows

    def _nearness(self, vectors: Vectors) -> Vectors:
        """Return the cosine of each of `vectors` to each centre, (n, lists)."""
        found: Vectors
        if len(vectors) > 1:
            found = vectors @ self.centres.T
            return found
        # One vector is too little for the threads of a matrix product: on a busy machine they wait
        # for each other ten times as long as this takes.
        found = np.einsum("nd,ld->nl", vectors, self.centres)
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
            raise IndexDamaged(self.damage)
        return np.where(rows < 0, -np.inf, scores), rows


def _best(found: tuple[Scores, Rows], more: tuple[Scores, Rows]) -> tuple[Scores, Rows]:
    """Return the best of two answers, as many as each has; equal scores in no order."""
    scores = np.concatenate([found[0], more[0]], axis=1)
    rows = np.concatenate([found[1], more[1]], axis=1)
    order = np.argsort(-scores, axis=1)[:, : found[0].shape[1]]
    return np.take_along_axis(scores, order, axis=1), np.take_along_axis(rows, order, axis=1)
