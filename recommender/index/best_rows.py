"""Find the rows of a word index whose sums may reach a floor, without adding up all of them.

The method is MaxScore ([Turtle and Flood 1995](https://doi.org/10.1016/0306-4573(95)00020-H)).
Terms are added from the rarest on. It stops when the other terms together cannot lift a row to the
floor that has none of the rare ones. Each row is in one language, so the other terms count language
by language. Only postings are read: no step takes time for every row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from recommender.arrays import Mask, Numbers, Positions, Scores, highest_places
from recommender.index.runs import Runs
from recommender.index.scored_part import ScoredPart, together

# Runs are added until the others can add at most so much of the floor, one share after the other.
# After each, rows that cannot reach the floor are left out, until few are left.
SHARES_LEFT = (0.75, 0.5, 0.3, 0.15, 0.0)
ENOUGH = 160
# If more are left, the floor may be raised by the sums of so many of the best ones.
MANY, BEST_ROWS = 640, 32
# To look up a row in a run takes as long as to read so many postings; each run adds so many.
LOOKED_UP, LONG = 16, 2_000
# The cost of a search, in postings that are added up in the same time if all rows are: for each
# posting of the first runs, and for each row that it continues with.
FIRST_COST, ROW_COST = 2.5, 12.0
# Sums in another order differ by less than this share of them.
ROUNDING = 1e-4

_NO_RANKS, _NO_SUMS = np.empty(0, np.intp), np.empty(0, np.float32)
_SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")


class Sums(NamedTuple):
    """Rows by their ranks, and what runs add to each."""

    ranks: Positions
    sums: Scores

    def take(self, some: Mask | Positions) -> Sums:
        """Return some of the rows."""
        return Sums(self.ranks[some], self.sums[some])

    def highest(self, count: int) -> Sums:
        """Return so many of the rows with the highest sums, in their order."""
        if len(self.ranks) <= count:
            return self
        return self.take(highest_places(self.sums, count))


class RareFirst(NamedTuple):
    """Runs in the order in which they are added, and the rest of each.

    The rest of a run is the most that it and the later runs of its language can add to a row.
    `most` is the most that all runs of the language can add.
    """

    runs: Runs
    rests: Numbers
    most: Numbers

    @classmethod
    def of(cls, runs: Runs, most_gain: float) -> RareFirst:
        """Order runs: in each language, those with few postings for what they add come first."""
        runs = runs.take(np.lexsort((runs.lengths / runs.weights, runs.languages)))
        sums = np.cumsum(runs.weights[::-1], dtype=np.float64)[
            ::-1
        ]  # of each run and all later ones
        firsts, ends = (runs.languages.searchsorted(runs.languages, side) for side in _SIDES)
        rests = (sums - np.append(sums, 0.0)[ends]) * most_gain
        order = np.argsort(-rests, kind="stable")
        return cls(runs.take(order), rests[order], rests[firsts][order])

    def times(self, factor: np.float32) -> RareFirst:
        """Return the same with weights multiplied by a factor."""
        return RareFirst(self.runs.times(factor), self.rests * factor, self.most * factor)

    def competing(self, floor: float) -> RareFirst:
        """Return the runs of the languages whose runs may add so much to a row."""
        some = self.most >= floor
        return RareFirst(self.runs.take(some), self.rests[some], self.most[some])

    def count(self, least: float) -> int:
        """Return how many runs have a rest of more than so much; these come first."""
        return int(np.count_nonzero(self.rests > least))

    def cost(self, floor: float) -> float:
        """Return about what the first steps of a search for the rows that reach a floor cost."""
        competing = self.competing(floor)
        first = competing.runs.lengths[: competing.count(SHARES_LEFT[1] * floor)]
        return FIRST_COST * float(first.sum())

    def left(self, done: int) -> Scores:
        """Return the most that the runs from `done` on can add to a row of each language."""
        left = np.zeros(len(self.runs.part.firsts) - 1, np.float32)
        # The first one of a language has the greatest rest, and is set last.
        left[self.runs.languages[done:][::-1]] = self.rests[done:][::-1]
        return left


class Budget:
    """The most that searches may cost, in postings that are added up in the same time."""

    def __init__(self, most: float) -> None:
        self._left = most

    def covers(self, cost: float) -> bool:
        """Return whether so much is left."""
        return cost <= self._left

    def spend(self, cost: float) -> bool:
        """Spend so much; if it was not left, return False now and later."""
        self._left -= cost
        return self._left >= 0


class Question(NamedTuple):
    """Which rows are asked for.

    `floor` returns the least sum that is asked for, more than 0; it is given more rows with good
    sums, by rank. `counts` returns a flag for each rank: whether it counts; None if all count.
    """

    floor: Callable[[Positions], float]
    budget: Budget
    counts: Callable[[Positions], Mask] | None = None

    def least(self, ranks: Positions = _NO_RANKS) -> float:
        """Return the least computed sum of a row that may reach the floor."""
        return self.floor(ranks) * (1 - ROUNDING)


class PartSearch:
    """The search of one part's rows, by their ranks there.

    `room` has a zero for each row, before and after each call.
    """

    def __init__(self, part: ScoredPart, room: Scores) -> None:
        self._part, self._room = part, room

    def may_reach(self, ordered: RareFirst, question: Question) -> Positions | None:
        """Return the ranks of all rows that count and whose runs may reach the floor.

        Returns None if that costs more than the budget has.
        """
        least = question.least()
        ordered = ordered.competing(least)
        found, done = Sums(_NO_RANKS, _NO_SUMS), 0
        for share in SHARES_LEFT:
            end = ordered.count(share * least)
            if end <= done:
                continue
            runs, left = ordered.runs.take(slice(done, end)), ordered.left(end)
            if not question.budget.spend(_cost_of(runs, len(found.ranks) if done else None)):
                return None
            if done:
                found = self._with(found, runs)
                languages = runs.part.languages_of(found.ranks)
                found = found.take(found.sums + left[languages] >= least)
            else:
                found = self._of_all(runs, least - left)
                if question.counts is not None:
                    found = found.take(question.counts(found.ranks + self._part.first))
            if len(found.ranks) <= ENOUGH:
                break
            if len(found.ranks) > MANY:
                best = found.highest(BEST_ROWS).ranks + self._part.first
                least = max(least, question.least(best))
            done = end
        return found.ranks

    def some(self, runs: Runs, most: int) -> Sums:
        """Return what the shortest runs, with so many postings together, add to rows.

        Rows with many rare terms have a good sum.
        """
        order = np.argsort(runs.lengths, kind="stable")
        count = int(np.count_nonzero(np.cumsum(runs.lengths[order]) <= most))
        return self._of_all(runs.take(order[: max(count, 1)]))

    def _of_all(self, runs: Runs, least: Scores | None = None) -> Sums:
        """Return what runs add to rows, if it is at least `least` of their language."""
        runs = runs.by_language()
        firsts = runs.languages.searchsorted(np.arange(len(runs.part.firsts)))
        ends = np.append(0, np.cumsum(runs.lengths))[firsts]
        found = [Sums(_NO_RANKS, _NO_SUMS)]
        for some in together((ends[1:] - ends[:-1]).tolist()):
            languages = runs.take(slice(firsts[some.start], firsts[some.stop]))
            found.append(self._of_languages(languages, least))
        return Sums(*map(np.concatenate, zip(*found, strict=True)))

    def _of_languages(self, runs: Runs, least: Scores | None) -> Sums:
        """Return what `_of_all` does for all runs of some languages."""
        found: list[Positions] = []
        bounds: list[Scores] = []
        for some in together(runs.lengths.tolist()):
            own = runs.take(some)
            ranks, gains = self._part.gains(own)
            are_new = self._room.take(ranks) == 0 if found else slice(None)
            np.add.at(self._room, ranks, gains)
            found.append(ranks[are_new])
            if least is not None:
                bounds.append(np.repeat(least[own.languages], own.lengths)[are_new])
        ranks = np.concatenate([_NO_RANKS, *found])
        sums = Sums(ranks, self._room.take(ranks))
        self._room[ranks] = 0
        if least is not None:
            sums = sums.take(sums.sums >= np.concatenate([_NO_SUMS, *bounds]))
        return sums.take(self._are_first(sums.ranks))

    def _are_first(self, ranks: Positions) -> Mask:
        """Return a flag for any one of the places of each rank; sorting takes longer."""
        room, places = self._room.view(np.int32), np.arange(len(ranks), dtype=np.int32)
        room[ranks] = places
        are_first: Mask = room.take(ranks) == places
        room[ranks] = 0
        return are_first

    def _with(self, found: Sums, runs: Runs) -> Sums:
        """Return the sums of the same rows, in order, after runs are added."""
        ranks, sums = found.take(np.argsort(found.ranks))
        firsts = ranks.searchsorted(runs.part.firsts)
        counts = (firsts[1:] - firsts[:-1])[runs.languages]
        are_long = runs.lengths > LOOKED_UP * counts + LONG
        sums = self._with_short(ranks, sums, runs.take((counts > 0) & ~are_long))
        for at in ((counts > 0) & are_long).nonzero()[0].tolist():
            some = slice(*firsts[runs.languages[at] :][:2].tolist())
            sums[some] += self._part.gains_of_rows(runs, at, ranks[some])
        return Sums(ranks, sums)

    def _with_short(self, ranks: Positions, sums: Scores, runs: Runs) -> Scores:
        """Return the sums of ranks after runs are added; all postings of these runs are read."""
        self._room[ranks] = sums
        runs = runs.by_language()
        for some in together(runs.lengths.tolist()):
            added, gains = self._part.gains(runs.take(some), self._room)
            np.add.at(self._room, added, gains)
        sums = self._room.take(ranks)
        self._room[ranks] = 0
        return sums


def _cost_of(runs: Runs, rows: int | None) -> float:
    """Return about what it costs to add runs to the sums of so many rows; None: of all rows."""
    if rows is None:
        return FIRST_COST * float(runs.lengths.sum())
    return ROW_COST * rows + float(np.minimum(runs.lengths, LOOKED_UP * rows + LONG).sum())
