"""Score only the rows that matter for a text, by the words that they share with it.

In a large archive, most rows that share parts of words with a text share only common ones. Scores
are shares of the best sums, by words and by parts of words. So these two sums are searched for
first, then the rows with good scores (`best_rows.py`). Both searches begin with some rows that have
many rare terms: few others can be better. Scores equal those of `LexicalIndex.score`, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from recommender.arrays import Mask, Positions, Scores
from recommender.index.best_rows import Budget, PartSearch, Question, RareFirst, Sums
from recommender.index.bm25 import LexicalIndex
from recommender.index.runs import Half
from recommender.index.scored_part import ScoredPart

# If there are up to so many rows, all are scored, which is then faster. It takes some 3 ns a row
# and 6 ns a posting; in an archive of a million passages, queries have some 700,000 postings.
MANY_ROWS = 1_500_000
# Up to so many rows that may be wanted are scored; if there are more, all rows are.
MOST_ROWS = 3_000
# All rows are also scored if a search costs more than this share of that. To score all rows costs
# as much as to add up all postings and, for each row, such a part of a posting.
MOST_COST, EACH_ROW = 1.0, 0.5
# Rows with less than this share of the best score are not searched for: there are too many.
LEAST_SHARE = 0.05
# A search begins with so many of the best rows among so many postings of rare terms.
FIRST_POSTINGS, FIRST_ROWS = 4_096, 24
# The most that each half adds to a score.
HALF = 0.5

_NO_RANKS = np.empty(0, np.intp)


class Reaching(NamedTuple):
    """Rows, in order, and their scores."""

    rows: Positions
    scores: Scores


class _Known(NamedTuple):
    """Ranks, in order, and the sums of what words and parts of words add to them, (2, ranks)."""

    ranks: Positions
    sums: Scores


class _HalfSums:
    """The sums of what both halves of a text add to rows, by rank; they are kept."""

    def __init__(self, index: LexicalIndex, halves: Sequence[Half]) -> None:
        self._index, self._halves = index, halves
        self.known = _Known(_NO_RANKS, np.empty((2, 0), np.float32))

    def of(self, ranks: Positions) -> Scores:
        """Return the sums for ranks, (2, ranks)."""
        self.learn(ranks)
        return self.known.sums[:, self.known.ranks.searchsorted(ranks)]

    def learn(self, ranks: Positions) -> None:
        """Add up both halves for ranks that are not known yet."""
        known = self.known
        if len(known.ranks):
            at = known.ranks.searchsorted(ranks)
            ranks = ranks[known.ranks.take(at, mode="clip") != ranks]
        if not len(ranks):
            return
        ranks = np.unique(ranks)
        every = np.concatenate([known.ranks, ranks])
        order = np.argsort(every, kind="stable")
        sums = np.concatenate([known.sums, self._added(ranks)], axis=1)
        self.known = _Known(every[order], sums[:, order])

    def best(self) -> list[float]:
        """Return the best sum of each half that is known."""
        found: list[float] = self.known.sums.max(axis=1, initial=0.0).tolist()
        return found

    def _added(self, ranks: Positions) -> Scores:
        """Return the sums of both halves for ranks, which are in order, (2, ranks)."""
        sums = np.zeros((2, len(ranks)), np.float32)
        for part in self._index.scored_parts:
            mine = slice(*ranks.searchsorted([part.first, part.end]).tolist())
            if mine.start < mine.stop:
                sums[:, mine] = part.sums_of(self._halves, ranks[mine] - part.first)
        return sums


class _Wanted(NamedTuple):
    """The arguments of `WordScores.reaching`."""

    share: float
    allowed: Mask | None
    most: int | None


class WordScores:
    """The scores of the rows of an index for a text, computed when they are asked for."""

    def __init__(self, index: LexicalIndex, text: str) -> None:
        self._index = index
        self._halves = index.halves(text)
        self._every: Scores | None = None  # by rank
        self._sums = _HalfSums(index, self._halves)
        self._best: list[float] | None = None  # of each half
        self._reached = Reaching(np.empty(0, np.int64), np.empty(0, np.float32))
        if len(index.rows) <= MANY_ROWS:
            self._score_all()

    def of(self, rows: Positions) -> Scores:
        """Return the scores of rows, shape (rows,)."""
        if rows is self._reached.rows:
            return self._reached.scores
        ranks = self._index.ranks[rows]
        if len(rows) <= MOST_ROWS and self._every is None and self._knows_best():
            return self._of_ranks(ranks)
        return self._score_all()[ranks]

    def reaching(
        self, share: float, allowed: Mask | None = None, most: int | None = None
    ) -> Reaching:
        """Return the rows that score more than a share of the best one.

        With `most`, rows that come after so many better ones may be left out. Only rows with a flag
        in `allowed` count; None allows all.
        """
        ranks = None
        if self._every is None and share >= LEAST_SHARE:
            ranks = self._search(_Wanted(share, allowed, most))
        if ranks is None:
            self._reached = self._all_above(share, allowed)
        else:
            order = np.argsort(self._index.rows[ranks])
            rows, scores = self._index.rows[ranks[order]], self._of_ranks(ranks[order])
            self._reached = _above(rows, scores, share, allowed)
        return self._reached

    def _all_above(self, share: float, allowed: Mask | None) -> Reaching:
        """Return what `reaching` returns, by the scores of all rows."""
        every, ranks_of_rows, rows = self._score_all(), self._index.ranks, self._index.rows
        if not share:  # for many rows, sorting would take longer
            return _above(np.arange(len(every)), every.take(ranks_of_rows), share, allowed)
        ranks = self._ranks_above(share * every.max(initial=0.0), allowed)
        if allowed is not None:  # the best allowed row may score less
            some = ranks if len(ranks) else self._ranks_above(0.0, allowed)
            ranks = self._ranks_above(share * every[some].max(initial=0.0), allowed)
        found = np.sort(rows[ranks])
        return Reaching(found, every[ranks_of_rows[found]])

    def _ranks_above(self, least: float, allowed: Mask | None) -> Positions:
        """Return the ranks of the rows that are allowed and score more."""
        ranks = np.flatnonzero(self._score_all() > least)
        return ranks if allowed is None else ranks[_are_allowed(self._index.rows, allowed, ranks)]

    def _score_all(self) -> Scores:
        if self._every is None:
            self._every = self._index.score_ranks(self._halves)
        return self._every

    def _of_ranks(self, ranks: Positions) -> Scores:
        """Return the scores of ranks."""
        words, parts = _factors(self._best)
        sums = self._sums.of(ranks)
        scores: Scores = sums[0] * words + sums[1] * parts
        return scores

    @cached_property
    def _ordered(self) -> tuple[list[RareFirst], ...]:
        """The runs of each half, part by part, in the order in which they are added."""
        parts = self._index.scored_parts
        return tuple(
            [RareFirst.of(half.runs(part.number), part.most_gain) for part in parts]
            for half in self._halves
        )

    @cached_property
    def _budget(self) -> Budget:
        """The most that all searches together may cost."""
        runs = (one.runs for half in self._ordered for one in half)
        postings = sum(int(one.lengths.sum()) for one in runs)
        return Budget(MOST_COST * (postings + EACH_ROW * len(self._index.rows)))

    def _knows_best(self) -> bool:
        """Return whether the best sum of each half among all rows is known.

        It is searched for, unless that costs too much.
        """
        if self._best is None:
            if not len(self._sums.known.ranks):
                self._sums.learn(self._first_ranks(None))
            ranks = self._may_be_best()
            if ranks is not None:
                self._sums.learn(ranks)
                self._best = self._sums.best()
        return self._best is not None

    def _may_be_best(self) -> Positions | None:
        """Return all ranks that may have the best sum of a half; None if they are too many."""
        asked = []
        for half, ordered in enumerate(self._ordered):
            question = Question(partial(self._best_known, half), self._budget)
            if question.least() > 0:  # otherwise no row has a term
                asked.append((ordered, question))
        if not self._budget.covers(sum(_cost(ordered, one.least()) for ordered, one in asked)):
            return None
        found = [_NO_RANKS]
        for ordered, question in asked:
            ranks = self._may_reach(ordered, question)
            if ranks is None:
                return None
            found.append(ranks)
        ranks = np.concatenate(found)
        return ranks if len(ranks) <= MOST_ROWS else None

    def _best_known(self, half: int, ranks: Positions) -> float:
        """Return the best known sum of a half, after those of ranks are added up."""
        self._sums.learn(ranks)
        return self._sums.best()[half]

    def _search(self, wanted: _Wanted) -> Positions | None:
        """Return the ranks of all wanted rows, and some others; None if they are too many.

        None is also returned if the search costs too much.
        """
        self._sums.learn(self._first_ranks(wanted.allowed))
        if not self._knows_best():
            return None
        floor = self._floor(wanted, _NO_RANKS)
        if floor <= 0:
            return None
        counts = (
            None
            if wanted.allowed is None
            else partial(_are_allowed, self._index.rows, wanted.allowed)
        )
        words, both = self._by_words, self._by_both
        # If parts of words add all that they can, words must add the rest.
        without = floor - HALF
        if without > 0 and _cost(words, without) < _cost(both, floor):
            least = partial(self._floor, wanted, less=HALF)
            ranks = self._may_reach(words, Question(least, self._budget, counts))
        else:
            least = partial(self._floor, wanted)
            ranks = self._may_reach(both, Question(least, self._budget, counts))
        return ranks if ranks is not None and len(ranks) <= MOST_ROWS else None

    def _floor(self, wanted: _Wanted, ranks: Positions, less: float = 0.0) -> float:
        """Return the least wanted score, by the given ranks and all known ones.

        It is reduced by `less` of it.
        """
        self._sums.learn(ranks)
        known = self._sums.known.ranks
        if wanted.allowed is not None:
            known = known[_are_allowed(self._index.rows, wanted.allowed, known)]
        scores = self._of_ranks(known)
        least = wanted.share * float(scores.max(initial=0.0))
        if wanted.most is not None and len(scores) >= wanted.most:
            least = max(least, float(np.partition(scores, -wanted.most)[-wanted.most]))
        return least - less

    @property
    def _by_words(self) -> list[RareFirst]:
        """The runs of words of each part, with weights that add up to scores."""
        factor, _ = _factors(self._best)
        return [ordered.times(factor) for ordered in self._ordered[0]]

    @property
    def _by_both(self) -> list[RareFirst]:
        """The runs of both halves of each part, with weights that add up to scores."""
        words, parts = _factors(self._best)
        return [
            RareFirst.of(one.runs.times(words).with_others(other.runs.times(parts)), part.most_gain)
            for part, one, other in zip(self._index.scored_parts, *self._ordered, strict=True)
        ]

    def _first_ranks(self, allowed: Mask | None) -> Positions:
        """Return ranks with many rare terms of each half, of all rows and of those allowed."""
        best = [_NO_RANKS]
        for ordered in self._ordered:
            found = [Sums(_NO_RANKS, np.empty(0, np.float32))]
            for part, search in self._searches():
                ranks, sums = search.some(ordered[part.number].runs, FIRST_POSTINGS)
                found.append(Sums(ranks + part.first, sums))
            every = Sums(*map(np.concatenate, zip(*found, strict=True)))
            best.append(every.highest(FIRST_ROWS).ranks)
            if allowed is not None:
                own = every.take(_are_allowed(self._index.rows, allowed, every.ranks))
                best.append(own.highest(FIRST_ROWS).ranks)
        return np.concatenate(best)

    def _may_reach(self, ordered: Sequence[RareFirst], question: Question) -> Positions | None:
        """Return all ranks to which the runs of each part may add the floor.

        Returns None if that costs more than the budget has.
        """
        found = [_NO_RANKS]
        for part, search in self._searches():  # to its end, which returns the lent arrays
            ranks = search.may_reach(ordered[part.number], question)
            if ranks is not None:
                found.append(ranks + part.first)
        return np.concatenate(found) if question.budget.covers(0) else None

    def _searches(self) -> Iterator[tuple[ScoredPart, PartSearch]]:
        """Yield each part and a search of it."""
        for part in self._index.scored_parts:
            with part.room() as room:
                yield part, PartSearch(part, room)


def _are_allowed(rows: Positions, allowed: Mask, ranks: Positions) -> Mask:
    """Return a flag for each of `ranks` whose row is allowed; `rows` has the row of each rank."""
    flags: Mask = allowed[rows[ranks]]
    return flags


def _cost(ordered: Sequence[RareFirst], floor: float) -> float:
    """Return about what the first steps of a search for the rows that reach a floor cost."""
    return sum(one.cost(floor) for one in ordered)


def _factors(best: Sequence[float] | None) -> list[np.float32]:
    """Return the factors that make the best sum of each half `HALF`.

    The best sums are known (`WordScores._knows_best`).
    """
    return [np.float32(HALF / one if one > 0 else 0) for one in best or ()]


def _above(rows: Positions, scores: Scores, share: float, allowed: Mask | None) -> Reaching:
    """Return the allowed `rows` that score more than a share of the best of these."""
    if allowed is not None:
        some = allowed[rows]
        rows, scores = rows[some], scores[some]
    some = scores > share * scores.max(initial=0.0)
    return Reaching(rows[some], scores[some])
