"""Looks into an index's inverted lists for as long as the next ones may hold a better answer.

A list holds the rows that are nearest to its centre. Lists are looked into from the nearest centre
on, a few at first and then more each time, up to those whose centre lies `reach` below `SHARE` of
the score of the tenth best row so far. So a text with ten close relatives is answered from a few
lists, and one that has none from many. `reach` is that of a vector of length 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import faiss
import numpy as np

from recommender.arrays import Mask, Rows, Scores, Vectors
from recommender.errors import IndexDamaged

# Lists looked into at first, and how many times as many each time after that.
FIRST, MORE = 16, 8
# The answers that further lists may better.
BEST = 10
# What the tenth best score counts for in what is asked of a list's centre. Relatives at 0.9 lie
# closer to their list's centre than those at 0.5, but not by as much: between 0.7 and 1 the same
# share of the ten best was found from the fewest rows.
SHARE = 0.85
# No centre is further below any score, and none that much above it.
EVERYTHING, NO_FURTHER = 2.0, -2.0
DAMAGE = "the index names a row that there is not"

# Scores and rows of each query, (n, k).
Found = tuple[Scores, Rows]


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
        """Return the `k` best rows that were met for each of `vectors`, (n, k), best first.

        The best are those by the index's codes. Rows that are not `allowed`, one flag a row, come
        after all that are. `options` are FAISS's for one search. Where fewer were met, -1 fills up.
        """
        nearness = self._nearness(vectors)
        order = np.argsort(-nearness, axis=1)
        nearness = nearness[_lines(order), order]
        reaches = reach * np.sqrt(np.einsum("nd,nd->n", vectors, vectors))[:, None]
        found = self._look_into(vectors, order[:, :FIRST], nearness[:, :FIRST], k, options)
        scores, rows = found if allowed is None else _best([_barred(found, allowed)], k)
        left, start = np.arange(len(vectors)), FIRST
        while start < order.shape[1]:
            least = SHARE * scores[left, min(BEST, k) - 1, None] - reaches[left]
            wanted = (nearness[left, start:] >= least).sum(axis=1)
            is_wanted = wanted > 0
            left, least = left[is_wanted], least[is_wanted]
            if not len(left):
                break
            stop = min(start * MORE, start + int(wanted.max()))
            lists, near = order[left, start:stop], nearness[left, start:stop]
            lists[near < least] = -1
            more = self._look_into(vectors[left], lists, near, k, options)
            more = more if allowed is None else _barred(more, allowed)
            scores[left], rows[left] = _best([(scores[left], rows[left]), more], k)
            start = stop
        return rows

    def _nearness(self, vectors: Vectors) -> Vectors:
        """Return the cosine of each of `vectors` to each centre, (n, lists)."""
        found: Vectors
        if len(vectors) > 1:
            found = vectors @ self.centres.T
            return found
        # One vector is too little for the threads of a matrix product: on a busy machine they wait
        # for each other ten times as long as this takes.
        found = np.empty((1, len(self.centres)), np.float32)
        faiss.fvec_inner_products_ny(
            faiss.swig_ptr(found),
            faiss.swig_ptr(np.ascontiguousarray(vectors)),
            faiss.swig_ptr(self.centres),
            *self.centres.shape[::-1],
        )
        return found

    def _look_into(
        self, vectors: Vectors, lists: Rows, nearness: Vectors, k: int, options: dict[str, Any]
    ) -> Found:
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
        return scores, rows


def _barred(found: Found, allowed: Mask) -> Found:
    """Return what was found with the lowest of scores for what is not allowed."""
    scores, rows = found
    scores[~allowed[rows]] = -np.inf
    return scores, rows


def _best(found: Sequence[Found], k: int) -> Found:
    """Return the `k` best of several answers, best first; equal scores in no order."""
    scores = np.concatenate([scores for scores, _ in found], axis=1)
    rows = np.concatenate([rows for _, rows in found], axis=1)
    order = np.argsort(-scores, axis=1)[:, :k]
    lines = _lines(order)
    return scores[lines, order], rows[lines, order]


def _lines(places: Rows) -> Rows:
    """Return the number of each line: with it, places in lines index their values."""
    return np.arange(len(places))[:, None]
