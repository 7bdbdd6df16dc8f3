"""Add up the gains of the terms of a text for the rows of one part of the word index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property

import numpy as np

from recommender.arrays import Positions, Scores
from recommender.index.postings import MOST_OFTEN, are_of, keys_of
from recommender.index.runs import Half, Runs, gains_of, sums_of

# So many postings are scored at a time. More do not fit in a processor's cache.
TAKEN_TOGETHER = 1 << 16
# So many arrays with a zero for each row are kept for the next searches, since each takes memory.
ROOMS_KEPT = 2


class ScoredPart:
    """One part of a word index, by its number; its rows count by their ranks there.

    `first` is the first rank of all, `norms` the length normalization of each row.
    """

    def __init__(self, number: int, first: int, norms: Scores) -> None:
        self.number, self.first, self.norms = number, first, norms
        self._rooms: list[Scores] = []

    @property
    def end(self) -> int:
        """The rank of all that follows the last one."""
        return self.first + len(self.norms)

    @cached_property
    def most_gain(self) -> float:
        """The most that a term adds to a row, as a share of its weight."""
        return MOST_OFTEN / (MOST_OFTEN + float(self.norms.min(initial=np.inf)))

    @contextmanager
    def room(self) -> Iterator[Scores]:
        """Lend an array with a zero for each row; it must have zeros again afterwards.

        To make it each time would take as long as to add many postings.
        """
        try:
            room = self._rooms.pop()  # by one thread only
        except IndexError:
            room = np.zeros(len(self.norms), np.float32)
        yield room
        if len(self._rooms) < ROOMS_KEPT:
            self._rooms.append(room)

    def add(self, scores: Scores, half: Half) -> None:
        """Add the gains of all terms to the scores of the rows, shape (rows,)."""
        runs = half.runs(self.number).by_language()
        for some in together(runs.lengths.tolist()):
            ranks, gains = self.gains(runs.take(some))
            np.add.at(scores, ranks, gains)  # twice as fast as scores[ranks] +=

    def gains(self, runs: Runs, sums: Scores | None = None) -> tuple[Positions, Scores]:
        """Return the rank of each posting of some runs, and what it adds to the row.

        With `sums` of each row, only postings of rows with a sum of more than 0 count.
        """
        postings = runs.read()
        ranks, weights = runs.part.ranks(postings), np.repeat(runs.weights, runs.lengths)
        if sums is not None:
            [some] = (sums.take(ranks, mode="clip") > 0).nonzero()
            postings, ranks, weights = postings[some], ranks[some], weights[some]
        norms = self.norms.take(ranks, mode="clip")  # no rank is outside
        return ranks, gains_of(postings, norms, weights)

    def gains_of_rows(self, runs: Runs, at: int, ranks: Positions) -> Scores:
        """Return what a run adds to rows of its language, by their ranks in order."""
        start, length = int(runs.spans.firsts[at]), int(runs.lengths[at])
        postings, keys = runs.postings[start : start + length], keys_of(ranks)
        found = postings.take(postings.searchsorted(keys), mode="clip")
        gains = gains_of(found, self.norms[ranks], runs.weights[at])
        gains[~are_of(found, keys)] = 0
        return gains

    def sums_of(self, halves: Sequence[Half], ranks: Positions) -> Scores:
        """Return the sums of the gains of each half for some ranks: what `add` adds, bit for bit.

        The shape is (halves, ranks).
        """
        return sums_of(halves, self.number, ranks, self.norms[ranks])


def together(lengths: Sequence[int]) -> Iterator[slice]:
    """Yield which runs to score together: many are short, and each step has a fixed cost."""
    start = held = 0
    for at, length in enumerate(lengths):
        if held and held + length > TAKEN_TOGETHER:
            yield slice(start, at)
            start, held = at, 0
        held += length
    if held:
        yield slice(start, len(lengths))
