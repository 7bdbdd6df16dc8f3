"""Score pairs of articles by aligning their passages."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from recommender.arrays import Rows, Vectors, spread, unit
from recommender.types import Role

# A passage's match is the mean of its cosines to the other article's passages. Each cosine is
# weighted by its exponential times this, so the mean is nearly the best cosine.
SHARPNESS = 20.0
# This share of the score is the cosine between the means of the two articles' passages. It steadies
# the comparison of articles of a sentence or two.
WHOLE_SHARE = 0.2
# The weights of passages, if not 1. The passages that sum up an article say most of its subject.
ROLE_WEIGHTS = {Role.TITLE: 1.5, Role.STANDFIRST: 1.5}
# At most so many passages of an article are compared, spread evenly over it, since time and memory
# grow with their square. Only logs and whole books have more.
MAX_COMPARED = 1_000
# So many passages are compared with all others at a time, and so many pairs are held at a time:
# more do not fit in a processor's cache.
ROWS_AT_ONCE = 1_024
PAIRS = 1 << 18


@dataclass(frozen=True)
class Passages:
    """The passages of articles, one article after the other; each has at least one passage.

    `vectors` has shape (n, dim), unit rows. `weights` has the weight of each passage in its
    article, (n,). `firsts` has the first row of each article, (articles,). `known_wholes` are the
    `wholes` if they are known, (articles, dim).
    """

    vectors: Vectors
    weights: Vectors
    firsts: Rows
    known_wholes: Vectors | None = None

    @classmethod
    def of(
        cls,
        vectors: Sequence[Vectors],
        weights: Sequence[Vectors],
        wholes: Sequence[Vectors] | None = None,
    ) -> Self:
        """Return the passages of one or more articles, given article by article."""
        firsts = np.cumsum([0, *(len(rows) for rows in vectors[:-1])], dtype=np.int64)
        known = None if wholes is None else np.array(wholes, np.float32)  # faster than stacked
        return cls(np.concatenate(vectors), np.concatenate(weights), firsts, known)

    def matches(self, matched: Vectors, shares: Vectors) -> Vectors:
        """Return the match of each row in each article, shape (rows, articles).

        `matched` and `shares` have shape (rows, n): the weighted cosines and their weights.
        """
        sums = np.add.reduceat(matched, self.firsts, axis=1)
        found: Vectors = np.divide(sums, np.add.reduceat(shares, self.firsts, axis=1))
        return found

    def means(self, values: Vectors) -> Vectors:
        """Return the weighted mean of `values` over each article's passages.

        `values` has one row for each passage, the result one for each article.
        """
        totals = np.add.reduceat(self.weights, self.firsts)
        if values.ndim == 1:
            return np.divide(np.add.reduceat(self.weights * values, self.firsts), totals)
        starts = self.firsts.tolist()
        sums = np.empty((len(starts), *values.shape[1:]), np.float32)
        # Article by article: `np.add.reduceat` over rows takes four times as long.
        for at, (start, end) in enumerate(zip(starts, [*starts[1:], len(values)], strict=True)):
            sums[at] = self.weights[start:end] @ values[start:end]
        found: Vectors = np.divide(sums, totals.reshape(-1, *[1] * (values.ndim - 1)))
        return found

    @cached_property
    def wholes(self) -> Vectors:
        """The mean of each article's vectors at length 1, shape (articles, dim)."""
        return unit(self.means(self.vectors)) if self.known_wholes is None else self.known_wholes

    def blocks(self, size: int = ROWS_AT_ONCE) -> Iterator[Passages]:
        """Yield the articles in blocks of at most `size` passages, or of one article."""
        if len(self.vectors) <= size:
            yield self
            return
        ends = [*self.firsts[1:].tolist(), len(self.vectors)]
        start = 0
        while start < len(ends):
            first = int(self.firsts[start])
            stop = max(bisect_right(ends, first + size), start + 1)
            rows = slice(first, ends[stop - 1])
            yield Passages(
                self.vectors[rows],
                self.weights[rows],
                self.firsts[start:stop] - first,
                self.wholes[start:stop],
            )
            start = stop


def weights_of(roles: Iterable[Role]) -> Vectors:
    """Return the weight of a passage of each role, shape (roles,)."""
    return np.array([ROLE_WEIGHTS.get(role, 1.0) for role in roles], dtype=np.float32)


def align_each(ours: Passages, theirs: Passages) -> list[float]:
    """Return the score of the one article of `ours` with each of `theirs`, at most 1.

    The score of a pair does not depend on which article comes first. Long articles are compared
    with few others at a time, so that books do not fill the memory.
    """
    blocks = theirs.blocks(most_compared(ours))
    return [score for block in blocks for score in _align_block(ours, block)]


def compared_rows(articles: Sequence[range]) -> tuple[Rows, Rows]:
    """Return the compared rows of articles, and the place of each article's first one."""
    rows = [spread(article, MAX_COMPARED) for article in articles]
    firsts = np.cumsum([0, *map(len, rows)], dtype=np.int64)[:-1]
    return np.concatenate([np.empty(0, np.int64), *rows]), firsts


def most_compared(ours: Passages) -> int:
    """Return how many passages of others an article is compared with at a time."""
    return max(PAIRS // len(ours.vectors), 1)


def _align_block(ours: Passages, theirs: Passages) -> list[float]:
    """Return the scores of `align_each` for a block of articles."""
    matched, shares = _shared(ours, theirs)
    forth = ours.weights @ theirs.matches(matched, shares) / ours.weights.sum()
    back = theirs.means(matched.sum(axis=0) / shares.sum(axis=0))
    whole = theirs.wholes @ ours.wholes[0]
    scores: list[float] = ((1 - WHOLE_SHARE) * (forth + back) / 2 + WHOLE_SHARE * whole).tolist()
    return scores


def _shared(ours: Passages, theirs: Passages) -> tuple[Vectors, Vectors]:
    """Return the weighted cosine of each pair of passages and its weight, both (ours, theirs)."""
    pairs: Vectors = ours.vectors @ theirs.vectors.T
    shares: Vectors = np.multiply(pairs, np.float32(SHARPNESS))
    np.exp(shares, out=shares)
    pairs *= shares  # in place, since large arrays are slow to make
    return pairs, shares


def align_all(passages: Passages) -> Vectors:
    """Return the score of each article with each, shape (articles, articles)."""
    directed = []
    for block in passages.blocks():
        directed.append(block.means(passages.matches(*_shared(block, passages))))
    forth = np.concatenate(directed)
    wholes = passages.wholes
    scores: Vectors = (1 - WHOLE_SHARE) * (forth + forth.T) / 2 + WHOLE_SHARE * (wholes @ wholes.T)
    return scores
