"""Find the rows of a word index whose scores may reach a floor, without adding up all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from recommender.arrays import Mask, Positions, Scores
from recommender.index.bm25 import LexicalIndex
from recommender.index.runs import Half, Run
from recommender.index.scored_part import ScoredPart, together

# Up to so many rows in question, each further term is looked up for them, until few are left.
FEW_ROWS, ENOUGH = 4_096, 512
# The shares of the best score that rows are left out for. The row with the best sum by parts of
# words reaches a half.
LEAST_SHARE, MOST_SHARE = 0.05, 0.5
# After so many times as many postings it is looked again which rows are in question.
LOOK_AGAIN = 1.5
# Looking a row up among postings takes so many times as long as reading a posting.
LOOKED_UP = 12
# Sums in another order differ by less, as parts of the best score.
ROUNDING = 1e-4


class Bounds(NamedTuple):
    """The least score that is asked for, and a sum by parts of words that some row has."""

    floor: float
    best: float

    def may_reach(self, by_words: Scores | float, most_sums: Scores | float) -> Mask | bool:
        """Return what reaches the floor or the best sum, if its sum by parts is so much at most."""
        found: Mask | bool = by_words + most_sums * (0.5 / self.best) >= self.floor - ROUNDING
        if self.floor <= 0.5:  # whatever beats the best sum has more than a half
            return found
        return found | (most_sums > self.best * (1 - ROUNDING))

    def halves(self, rest: float) -> tuple[float, float]:
        """Return a share of words and a sum by parts: what may reach has one of them at least.

        `rest` is the most that is added to the sum.
        """
        half = (self.floor - ROUNDING - rest * 0.5 / self.best) / 2 - ROUNDING / 10
        return half, min(half * 2 * self.best, self.best * (1 - ROUNDING) - rest)


def may_reach_in(
    index: LexicalIndex, half: Half, by_words: Scores, bounds: Bounds, most: int
) -> Positions | None:
    """Return the ranks of all rows that may reach the bounds, in order; None if over `most`.

    `by_words` is the half of the score by words, of each rank; `half` holds the parts of words.
    """
    ranks = [np.empty(0, np.intp)]
    for part in index.scored_parts:
        search = _PartSearch(part, half, by_words[part.first : part.end], bounds)
        ranks.append(search.run() + part.first)
        if sum(map(len, ranks)) > most:
            return None
    return np.concatenate(ranks)


class _PartSearch:
    """The search of one part's rows, by their ranks there."""

    def __init__(self, part: ScoredPart, half: Half, by_words: Scores, bounds: Bounds) -> None:
        self._part, self._by_words, self._bounds = part, by_words, bounds
        self._sums = np.zeros(len(part.norms), np.float32)
        self._runs = sorted(half.runs(part.number), key=lambda run: -run.weight)
        self._rests = _rests(self._runs, part.most_gain)

    def run(self) -> Positions:
        """Return the ranks of the rows that may reach."""
        done, ranks = self._add_rare()
        while done < len(self._runs) and len(ranks) > ENOUGH:
            self._add_to(ranks, self._runs[done])
            done += 1
            bounds = self._sums[ranks] + self._rests[done]
            ranks = ranks[self._bounds.may_reach(self._by_words[ranks], bounds)]
        return ranks

    def _add_rare(self) -> tuple[int, Positions]:
        """Add runs until few rows may reach; return how many runs, and the ranks of those rows."""
        lengths = [len(run.postings) for run in self._runs]
        batches = [slice(0, 0), *together(lengths)]
        added = looked_at = 0
        for some in batches[:-1]:
            self._part.add_runs(self._sums, self._runs[some])
            added += sum(lengths[some])
            # Rows that have none of the runs so far are too many to be in question.
            if added < LOOK_AGAIN * looked_at or self._bounds.may_reach(
                0.0, self._rests[some.stop]
            ):
                continue
            looked_at, ranks = added, self._in_question(some.stop)
            if len(ranks) <= FEW_ROWS:
                return some.stop, ranks
        self._part.add_runs(self._sums, self._runs[batches[-1]])
        return len(self._runs), self._in_question(len(self._runs))

    def _in_question(self, done: int) -> Positions:
        """Return the ranks of the rows that may reach by the runs from the one `done` on."""
        rest = self._rests[done]
        least, least_sum = self._bounds.halves(rest)
        # Most rows lack both: to compare twice is quicker than to add.
        ranks = np.flatnonzero((self._by_words >= least) | (self._sums >= least_sum))
        bounds = self._sums[ranks] + rest
        return ranks[self._bounds.may_reach(self._by_words[ranks], bounds)]

    def _add_to(self, ranks: Positions, run: Run) -> None:
        """Add a run to the sums of some rows only."""
        if LOOKED_UP * len(ranks) < len(run.postings):
            some = run.of_rows(ranks)
        else:
            flags = np.zeros(len(self._sums), np.bool_)
            flags[ranks] = True
            some = run.where(flags[run.ranks])
        own = some.ranks
        self._sums[own] += some.gains(self._part.norms[own])


def _rests(runs: Sequence[Run], most_gain: float) -> list[float]:
    """Return how much the runs from each on can add to a row in the language with the most."""
    left: dict[int, float] = {}
    rests = [0.0]
    for run in reversed(runs):
        left[run.language] = left.get(run.language, 0.0) + run.weight * most_gain
        rests.append(max(left.values()))
    return rests[::-1]
