"""Score the rows that matter for a text by the words that they share, and leave the others out.

In a large archive most rows that share parts of words with a text share the common ones only. The
method is MaxScore ([Turtle and Flood 1995](https://doi.org/10.1016/0306-4573(95)00020-H)): terms
are added from the rarest on, until the others together cannot lift a row any more that has none of
the rare ones. The others are then looked up for the rows that are still in question. Scores are
those of `LexicalIndex.score`, to the last bit.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from recommender.arrays import Mask, Positions, Scores
from recommender.index.bm25 import MAX_SCORED_CHARACTERS, LexicalIndex, shares_of
from recommender.index.runs import Half, Run
from recommender.index.scored_part import ScoredPart
from recommender.index.terms import terms_of

# Up to so many postings of a text's parts of words are all added: it is quicker. Queries have some
# million of them in an archive of a million passages.
MANY_POSTINGS = 4_000_000
FEW_POSTINGS = 50_000
# Up to so many rows that are still in question are scored; if there are more, all rows are.
FEW_ROWS, MOST_ROWS = 256, 20_000
# The shares of the best score that rows are left out for. The row with the best sum by parts of
# words reaches a half.
LEAST_SHARE, MOST_SHARE = 0.05, 0.5
# Looking a row up among postings takes so many times as long as reading a posting.
LOOKED_UP = 12
# Sums in another order differ by less, as parts of the best score.
ROUNDING = 1e-4


class Reaching(NamedTuple):
    """Rows, in order, and their scores."""

    rows: Positions
    scores: Scores


class WordScores:
    """The scores of the rows of an index for a text, computed when they are asked for."""

    def __init__(self, index: LexicalIndex, text: str) -> None:
        self._index = index
        self._halves = [index.half(terms) for terms in terms_of(text[:MAX_SCORED_CHARACTERS])]
        self._every: Scores | None = None
        self._sums = np.empty(0, np.float32)
        self._best, self._is_searched = 0.0, False
        self._reached = Reaching(np.empty(0, np.int64), np.empty(0, np.float32))
        if self._halves[1].size <= MANY_POSTINGS:
            self._score_all()

    def of(self, rows: Positions) -> Scores:
        """Return the scores of rows, shape (rows,)."""
        if rows is self._reached.rows:
            return self._reached.scores
        is_left_out = self._every is None and not self._is_searched
        if len(rows) > MOST_ROWS or (is_left_out and self._search(MOST_SHARE, None) is None):
            self._score_all()
        if self._every is not None:
            return self._every[rows]
        ranks = self._index.ranks[rows]
        return self._of_ranks(ranks, self._sums_of(ranks))

    def reaching(self, share: float, allowed: Mask | None = None) -> Reaching:
        """Return the rows that score more than a share, at most a half, of the best one.

        Only rows that `allowed` flags count, one flag a row; None allows all.
        """
        ranks = None
        if self._every is None and LEAST_SHARE <= share <= MOST_SHARE:
            ranks = self._search(share, allowed)
        if ranks is not None:
            scores = self._of_ranks(ranks, self._sums)
            self._reached = _reaching(self._index.rows[ranks], scores, share, allowed)
        else:
            every = self._score_all()
            self._reached = _reaching(np.arange(len(every)), every, share, allowed)
        return self._reached

    @cached_property
    def _by_words(self) -> Scores:
        """The half of the score by words, of each rank."""
        return shares_of(self._index.add_all(self._halves[0]))

    def _score_all(self) -> Scores:
        if self._every is None:
            self._every = self._index.score_halves(self._halves)
        return self._every

    def _of_ranks(self, ranks: Positions, sums: Scores) -> Scores:
        """Return the scores of ranks, whose gains by parts of words have these sums."""
        found: Scores = self._by_words[ranks]
        if self._best > 0:
            found += sums * np.float32(0.5 / self._best)
        return found

    def _sums_of(self, ranks: Positions) -> Scores:
        """Return the gains by parts of words of ranks."""
        sums = np.zeros(len(ranks), np.float32)
        for part in self._index.scored_parts:
            mine = np.flatnonzero((ranks >= part.first) & (ranks < part.end))
            if len(mine):
                sums[mine] = part.sums_of(self._halves[1], ranks[mine] - part.first)
        return sums

    def _search(self, share: float, allowed: Mask | None) -> Positions | None:
        """Return the ranks of all rows that may reach, and of others; None if they are too many."""
        index, grams = self._index, self._halves[1]
        flags = None if allowed is None else allowed[: len(index.rows)][index.rows]
        found = _Found(share, self._by_words, flags)
        parts = sorted(index.scored_parts, key=lambda part: grams.size_of(part.number))
        ranks = [np.empty(0, np.intp)]
        for part in parts:
            search = _PartSearch(part, grams, found, is_last=part is parts[-1])
            ranks.append(search.run() + part.first)
            if sum(map(len, ranks)) > MOST_ROWS:
                return None
        together = np.sort(np.concatenate(ranks))
        self._sums = self._sums_of(together)
        self._best, self._is_searched = float(self._sums.max(initial=0.0)), True
        return together


class _Found:
    """What is known while parts are searched.

    `by_words` is the half of the score by words, of each rank. `best` is the best sum by parts of
    words so far, `over` what no sum of the parts that were searched exceeds, and `most` what the
    best score is at least.
    """

    def __init__(self, share: float, by_words: Scores, allowed: Mask | None) -> None:
        self.share, self.by_words, self.allowed = share, by_words, allowed
        self.best = self.over = 0.0
        where = True if allowed is None else allowed
        self.most = float(by_words.max(initial=0.0, where=where))

    @property
    def floor(self) -> float:
        """The least score that is asked for; a bit less, for sums in another order."""
        return self.share * self.most - ROUNDING

    def may_reach(self, by_words: Scores | float, most_sums: Scores | float) -> Mask | bool:
        """Return what reaches the floor or the best sum, if its sum by parts is so much at most."""
        if not self.best:
            return by_words >= self.floor
        return by_words + most_sums * (0.5 / self.best) >= self.floor


class _PartSearch:
    """The search of one part's rows, by their ranks there."""

    def __init__(self, part: ScoredPart, half: Half, found: _Found, *, is_last: bool) -> None:
        self._part, self._half, self._found = part, half, found
        own = slice(part.first, part.end)
        self._by_words = found.by_words[own]
        self._allowed = None if found.allowed is None else found.allowed[own]
        self._norms = part.norms
        self._sums = np.zeros(len(part.norms), np.float32)
        self._runs = sorted(half.runs(part.number), key=lambda run: -run.weight)
        self._rests = _rests(self._runs, part.most_gain)
        # Parts that are searched later may have better sums.
        self._others = 0.0 if is_last else float(half.weights.sum(axis=0).max(initial=0.0))

    def run(self) -> Positions:
        """Return the ranks of the rows that may reach."""
        done = self._add_rare()
        rest = self._rests[done]
        ranks = np.flatnonzero(self._found.may_reach(self._by_words, self._sums + rest))
        ranks = self._allowed_or_best(ranks, rest)
        while done < len(self._runs) and len(ranks) > FEW_ROWS:
            self._add_to(ranks, self._runs[done])
            done += 1
            self._learn(ranks, self._rests[done])
            bounds = self._sums[ranks] + self._rests[done]
            ranks = ranks[self._found.may_reach(self._by_words[ranks], bounds)]
        own = float(self._sums[ranks].max(initial=0.0)) + self._rests[done]
        self._found.over = max(self._found.over, own)
        return ranks

    def _add_rare(self) -> int:
        """Add runs until rows that have none of them cannot reach; return how many."""
        found = self._found
        if self._half.size_of(self._part.number) <= FEW_POSTINGS:
            self._part.add(self._sums, self._half)
            found.best = max(found.best, float(self._sums.max(initial=0.0)))
            return len(self._runs)
        for number, run in enumerate(self._runs):
            if found.best and not found.may_reach(0.0, self._rests[number]):
                return number
            ranks = run.ranks
            sums = self._sums[ranks] + run.gains(self._norms[ranks])
            self._sums[ranks] = sums
            found.best = max(found.best, float(sums.max(initial=0.0)))
        return len(self._runs)

    def _allowed_or_best(self, ranks: Positions, rest: float) -> Positions:
        """Return the ranks of rows that are allowed, or that may have the best sum of all."""
        if self._allowed is None:
            return ranks
        may_be_best = self._sums[ranks] + rest >= self._found.best * (1 - ROUNDING)
        return ranks[self._allowed[ranks] | may_be_best]

    def _add_to(self, ranks: Positions, run: Run) -> None:
        """Add a run to the sums of some rows only."""
        if LOOKED_UP * len(ranks) < len(run.postings):
            some = run.of_rows(ranks)
        else:
            flags = np.zeros(len(self._sums), np.bool_)
            flags[ranks] = True
            some = run.where(flags[run.ranks])
        own = some.ranks
        self._sums[own] += some.gains(self._norms[own])

    def _learn(self, ranks: Positions, rest: float) -> None:
        """Learn from the sums of some rows how good the best is at least."""
        found, sums = self._found, self._sums[ranks]
        found.best = max(found.best, float(sums.max(initial=0.0)))
        over = max(found.best + rest, found.over, self._others)
        scores = self._by_words[ranks] + sums * (0.5 / max(over, 1e-9))
        where = True if self._allowed is None else self._allowed[ranks]
        found.most = max(found.most, float(scores.max(initial=0.0, where=where)))


def _rests(runs: list[Run], most_gain: float) -> list[float]:
    """Return how much the runs from each on can add to a row in the language with the most."""
    left: dict[int, float] = {}
    rests = [0.0]
    for run in reversed(runs):
        left[run.language] = left.get(run.language, 0.0) + run.weight * most_gain
        rests.append(max(left.values()))
    return rests[::-1]


def _reaching(rows: Positions, scores: Scores, share: float, allowed: Mask | None) -> Reaching:
    if allowed is not None:
        some = allowed[rows]
        rows, scores = rows[some], scores[some]
    some = scores > share * scores.max(initial=0.0)
    rows, scores = rows[some], scores[some]
    order = np.argsort(rows)
    return Reaching(rows[order], scores[order])
