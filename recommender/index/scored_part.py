"""Add up what the terms of a text say of the rows of one part of the word index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from recommender.arrays import Positions, Scores
from recommender.index.postings import MOST_OFTEN
from recommender.index.runs import Half, Run, gains_of

# Postings that are scored at a time. More do not fit in a processor's cache.
TAKEN_TOGETHER = 1 << 16


class ScoredPart:
    """One part of a word index, by its number; its rows count by their ranks there.

    `first` is the first rank of all, `norms` the length normalization of each row.
    """

    def __init__(self, number: int, first: int, norms: Scores) -> None:
        self.number, self.first, self.norms = number, first, norms

    @property
    def end(self) -> int:
        """The rank of all that follows the last one."""
        return self.first + len(self.norms)

    @cached_property
    def most_gain(self) -> float:
        """The share of its weight that a term adds to a row at most."""
        return MOST_OFTEN / (MOST_OFTEN + float(self.norms.min(initial=np.inf)))

    def add(self, scores: Scores, half: Half) -> None:
        """Add the gains of all terms to the scores of the rows, shape (rows,)."""
        self.add_runs(scores, half.runs(self.number))

    def add_runs(self, scores: Scores, runs: Sequence[Run]) -> None:
        """Add the gains of some runs, one after the other."""
        lengths = [len(run.postings) for run in runs]
        weights = np.array([run.weight for run in runs], np.float32)
        for some in together(lengths):
            postings = np.concatenate([run.postings for run in runs[some]])
            ranks = runs[0].part.ranks(postings)
            norms = self.norms.take(ranks, mode="clip")  # no rank is outside
            gains = gains_of(postings, norms, np.repeat(weights[some], lengths[some]))
            np.add.at(scores, ranks, gains)  # twice as fast as scores[ranks] +=

    def sums_of(self, half: Half, ranks: Positions) -> Scores:
        """Return the sum of the gains of all terms for some ranks: what `add` adds, bit for bit.

        Ranks in order are found fastest.
        """
        return half.add_some(self.number, ranks, self.norms[ranks])


def together(lengths: Sequence[int]) -> Iterator[slice]:
    """Yield which runs to score together: many runs are short, and each step has a fixed cost."""
    start = held = 0
    for at, length in enumerate(lengths):
        if held and held + length > TAKEN_TOGETHER:
            yield slice(start, at)
            start, held = at, 0
        held += length
    if held:
        yield slice(start, len(lengths))
