"""Score the rows that matter for a text by the words that they share, and leave the others out.

In a large archive most rows that share parts of words with a text share the common ones only. The
method is MaxScore ([Turtle and Flood 1995](https://doi.org/10.1016/0306-4573(95)00020-H)): terms
are added from the rarest on, until the others together cannot lift a row any more that has none of
the rare ones. The others are then looked up for the rows that are still in question. The rows with
the best words are scored first: few others can be better. Scores are those of
`LexicalIndex.score`, to the last bit.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from recommender.arrays import Mask, Positions, Scores
from recommender.index.best_rows import LEAST_SHARE, MOST_SHARE, Bounds, may_reach_in
from recommender.index.bm25 import MAX_SCORED_CHARACTERS, LexicalIndex, shares_of
from recommender.index.terms import terms_of

# Up to so many postings of a text's parts of words are all added: it is quicker. Queries have some
# million of them in an archive of a million passages. To find all rows that share many words, and
# not the few best of them, it is quicker for more postings.
MANY_POSTINGS, MANY_FOR_ALL = 400_000, 4_000_000
# Up to so many rows that are still in question are scored; if there are more, all rows are.
MOST_ROWS = 3_000
# So many rows with the best words are scored first. Rows with at least these shares of the best
# words are looked for, one share after the other, until they are enough.
FIRST_ROWS = 64
WORD_SHARES = (0.5, 0.2, 0.0)


class Reaching(NamedTuple):
    """Rows, in order, and their scores."""

    rows: Positions
    scores: Scores


class _Known(NamedTuple):
    """Ranks, in order, and the sums of what the parts of words add to them."""

    ranks: Positions
    sums: Scores


class WordScores:
    """The scores of the rows of an index for a text, computed when they are asked for."""

    def __init__(self, index: LexicalIndex, text: str) -> None:
        self._index = index
        self._halves = [index.half(terms) for terms in terms_of(text[:MAX_SCORED_CHARACTERS])]
        self._every: Scores | None = None  # by rank
        self._known = _Known(np.empty(0, np.intp), np.empty(0, np.float32))
        self._best: float | None = None
        self._reached = Reaching(np.empty(0, np.int64), np.empty(0, np.float32))
        if self._halves[1].size <= MANY_POSTINGS:
            self._score_all()

    def of(self, rows: Positions) -> Scores:
        """Return the scores of rows, shape (rows,)."""
        if rows is self._reached.rows:
            return self._reached.scores
        if len(rows) > MOST_ROWS or (self._every is None and self._best_sum() is None):
            self._score_all()
        ranks = self._index.ranks[rows]
        return self._of_ranks(ranks) if self._every is None else self._every[ranks]

    def reaching(
        self, share: float, allowed: Mask | None = None, most: int | None = None
    ) -> Reaching:
        """Return the rows that score more than a share, at most a half, of the best one.

        With `most`, those that follow so many better ones may be left out. Only rows that `allowed`
        flags count, one flag a row; None allows all.
        """
        ranks = None
        is_many = most is not None or self._halves[1].size > MANY_FOR_ALL
        if self._every is None and is_many and LEAST_SHARE <= share <= MOST_SHARE:
            ranks = self._search(share, allowed, most)
        if ranks is None:
            self._reached = self._all_above(share, allowed)
        else:
            order = np.argsort(self._index.rows[ranks])
            rows, scores = self._index.rows[ranks[order]], self._of_ranks(ranks[order])
            self._reached = _above(rows, scores, share, allowed)
        return self._reached

    def _all_above(self, share: float, allowed: Mask | None) -> Reaching:
        """Return what `reaching` returns, by the scores of all rows."""
        every = self._score_all()
        if allowed is not None or not share:  # of many rows, to sort them would take longer
            return _above(np.arange(len(every)), every.take(self._index.ranks), share, allowed)
        rows = np.sort(self._index.rows[every > share * every.max(initial=0.0)])
        return Reaching(rows, every[self._index.ranks[rows]])

    @cached_property
    def _by_words(self) -> Scores:
        """The half of the score by words, of each rank."""
        return shares_of(self._index.add_all(self._halves[0]))

    def _score_all(self) -> Scores:
        if self._every is None:
            self._every = self._index.score_ranks(self._halves)
        return self._every

    def _of_ranks(self, ranks: Positions) -> Scores:
        """Return the scores of ranks, once the best sum by parts of words is known."""
        found: Scores = self._by_words[ranks]
        if self._best:
            found += self._sums_of(ranks) * np.float32(0.5 / self._best)
        return found

    def _sums_of(self, ranks: Positions) -> Scores:
        """Return the gains by parts of words of ranks; they are remembered."""
        known = self._known
        at = np.minimum(np.searchsorted(known.ranks, ranks), max(len(known.ranks) - 1, 0))
        is_known = known.ranks[at] == ranks if len(known.ranks) else np.zeros(len(ranks), np.bool_)
        if not is_known.all():
            some = np.unique(ranks[~is_known])
            every = np.concatenate([known.ranks, some])
            order = np.argsort(every)
            sums = np.concatenate([known.sums, self._added(some)])
            self._known = known = _Known(every[order], sums[order])
            at = np.searchsorted(known.ranks, ranks)
        return known.sums[at]

    def _added(self, ranks: Positions) -> Scores:
        """Return the gains by parts of words of ranks, which are in order."""
        sums = np.zeros(len(ranks), np.float32)
        for part in self._index.scored_parts:
            mine = slice(*np.searchsorted(ranks, [part.first, part.end]).tolist())
            if mine.start < mine.stop:
                sums[mine] = part.sums_of(self._halves[1], ranks[mine] - part.first)
        return sums

    def _best_sum(self) -> float | None:
        """Return the best sum by parts of words; None if it is not worth searching for."""
        if self._best is None:
            self._search(MOST_SHARE, None, 1)
        return self._best

    def _search(self, share: float, allowed: Mask | None, most: int | None) -> Positions | None:
        """Return the ranks of all rows that may reach, and of others; None if they are too many.

        If rows turn up that have better sums than the best known, the search is repeated with them.
        """
        first = self._first_ranks(allowed)
        while len(first):
            best = float(self._sums_of(first).max())
            if not best:
                return None
            floor = self._floor(first, best, share, allowed, most)
            found = may_reach_in(
                self._index, self._halves[1], self._by_words, Bounds(floor, best), MOST_ROWS
            )
            if found is None:
                return None
            together = np.union1d(first, found)
            if float(self._sums_of(together).max()) <= best:
                self._best = best
                return together
            first = together
        return None

    def _floor(
        self, ranks: Positions, best: float, share: float, allowed: Mask | None, most: int | None
    ) -> float:
        """Return the least score that is asked for, as some ranks tell."""
        if allowed is not None:
            ranks = ranks[allowed[self._index.rows[ranks]]]
        scores = self._by_words[ranks] + self._sums_of(ranks) * np.float32(0.5 / best)
        least = share * float(scores.max(initial=0.0))
        if most is None or len(scores) < most:
            return least
        return max(least, float(np.partition(scores, -most)[-most]))

    def _first_ranks(self, allowed: Mask | None) -> Positions:
        """Return the ranks with the best words of all, and the best that are allowed."""
        every = own = np.empty(0, np.intp)
        for share in WORD_SHARES:
            every = np.flatnonzero(self._by_words > 0.5 * share)
            own = every if allowed is None else every[allowed[self._index.rows[every]]]
            if len(own) >= FIRST_ROWS:
                break
        best = [_highest(ranks, self._by_words[ranks]) for ranks in (every, own)]
        return np.union1d(*best)


def _above(rows: Positions, scores: Scores, share: float, allowed: Mask | None) -> Reaching:
    """Return those of `rows` that are allowed and score more than a share of the best of these."""
    if allowed is not None:
        some = allowed[rows]
        rows, scores = rows[some], scores[some]
    some = scores > share * scores.max(initial=0.0)
    return Reaching(rows[some], scores[some])


def _highest(ranks: Positions, scores: Scores) -> Positions:
    """Return those of `ranks`, `FIRST_ROWS` at most, that have the highest scores."""
    if len(ranks) <= FIRST_ROWS:
        return ranks
    return ranks[np.argpartition(-scores, FIRST_ROWS - 1)[:FIRST_ROWS]]
