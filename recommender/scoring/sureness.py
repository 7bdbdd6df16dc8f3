"""Name how sure an answer is: a word, and the probability that it is right."""

from __future__ import annotations

from typing import NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from recommender.arrays import Numbers, bounded
from recommender.types import Confidence

Levels = npt.NDArray[np.int8]
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)
# No labelled set is large enough to say that more than 99 of 100 answers are right.
MOST_LOG_ODDS = 4.6


class Sureness(NamedTuple):
    """How sure an answer is, in a word and as the probability that it is right, 0 to 1."""

    confidence: Confidence
    probability: float


class Surenesses(NamedTuple):
    """How sure several answers are, (answers,): `level` is the place of a word in `CONFIDENCES`."""

    level: Levels
    probability: Numbers

    def each(self) -> list[Sureness]:
        """Return the word and the probability of each answer."""
        words = [CONFIDENCES[level] for level in self.level.tolist()]
        return list(map(Sureness, words, self.probability.tolist()))


class ProbabilityModel(NamedTuple):
    """How often answers are right for which so many chance answers are expected.

    The log-odds fall along a line with the logarithm of that number: they are `at_one` for one
    chance answer, and `per_decade` less for ten. The line was fitted to labelled answers.
    """

    at_one: float
    per_decade: float

    def of(self, expected: float) -> float:
        """Return the share of such answers that are right, 0 to 1."""
        return float(self.of_each(np.array([expected], np.float64))[0])

    def of_each(self, expected: Numbers) -> Numbers:
        """Return what `of` returns for each of several numbers of chance answers."""
        odds = self.at_one - self.per_decade * np.log10(bounded(expected, 1e-30, 1e300))
        found: Numbers = 1 / (1 + np.exp(-bounded(odds, -MOST_LOG_ODDS, MOST_LOG_ODDS)))
        return found


def level_of(confidence: Confidence) -> int:
    """Return the place of a word among `CONFIDENCES`, the least sure first."""
    return CONFIDENCES.index(confidence)


def is_as_sure(confidence: Confidence, least: Confidence) -> bool:
    """Return whether a confidence is `least` or surer."""
    return level_of(confidence) >= level_of(least)
