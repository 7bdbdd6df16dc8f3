"""Learn how facts count, by logistic regression, and test it on what it was not learned from."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.relevance.pairs import FEATURES, Asked, shipped_weights
from recommender.arrays import Numbers
from recommender.evaluate.shown import calibration_error

FOLDS = 5
STEPS = 50
# The ridge keeps weights finite if a fact separates right from wrong; it is weak.
RIDGE = 1e-3


@dataclass(frozen=True, slots=True)
class Model:
    """Log-odds: a constant, and a weight for each fact."""

    constant: float
    weights: npt.NDArray[np.float64]

    def scores(self, asked: Asked) -> Numbers:
        """Return the log-odds of each candidate to be right."""
        found: Numbers = asked.facts @ self.weights + self.constant
        return found


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a model does: the order of answers, and the probabilities that it says.

    `loss` is the mean logarithmic loss, `error` the expected calibration error over ten bins.
    """

    ndcg: float
    loss: float
    error: float
    questions: int


Learn = Callable[[Sequence[Asked]], Model]


def learned(asked: Sequence[Asked], free: Sequence[int] = range(len(FEATURES))) -> Model:
    """Return the model that fits best, using only the facts in `free`. Each article counts once."""
    facts = np.concatenate([one.facts[:, list(free)] for one in asked])
    weights = np.zeros(len(FEATURES))
    constant, weights[list(free)] = _logistic(facts, *_labels(asked))
    return Model(constant, weights)


def shipped(asked: Sequence[Asked]) -> Model:
    """Return the shipped model: its weights are given, only the line to log-odds is fitted."""
    ratios = shipped_weights()
    margins = np.concatenate([one.facts @ ratios for one in asked])[:, None]
    constant, [slope] = _logistic(margins, *_labels(asked))
    return Model(constant, slope * ratios)


def _labels(asked: Sequence[Asked]) -> tuple[Numbers, Numbers]:
    """Return whether each candidate is right, and how much it counts; sets count alike."""
    right = np.concatenate([one.right > 0 for one in asked]).astype(np.float64)
    sizes = {name: sum(one.name == name for one in asked) for name in {it.name for it in asked}}
    counts = [np.full(len(one.right), 1 / (sizes[one.name] * len(one.right))) for one in asked]
    every = np.concatenate(counts)
    return right, every * len(every) / every.sum()


def _logistic(facts: Numbers, right: Numbers, counts: Numbers) -> tuple[float, Numbers]:
    """Return the constant and the weights of a logistic regression, by Newton's method."""
    columns = np.column_stack([np.ones(len(facts)), facts])
    found = np.zeros(columns.shape[1])
    ridge = RIDGE * np.eye(len(found))
    for _ in range(STEPS):
        probability = _probability(columns @ found)
        slope = columns.T @ (counts * (right - probability)) - ridge @ found
        curve = (columns * (counts * probability * (1 - probability))[:, None]).T @ columns + ridge
        step = np.linalg.solve(curve, slope)
        found += step
        if np.abs(step).max() < 1e-8:
            break
    return float(found[0]), found[1:]


def _probability(odds: Numbers) -> Numbers:
    found: Numbers = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    return found


def across(
    asked: Sequence[Asked], key: Callable[[Asked], str], learn: Learn, folds: int = FOLDS
) -> Quality:
    """Return how well models do on the folds that they were not learned from.

    Articles of one `key` (story, language or set) are never on both sides.
    """
    return quality(list(_held_out(asked, key, learn, folds)))


def _held_out(
    asked: Sequence[Asked], key: Callable[[Asked], str], learn: Learn, folds: int
) -> Iterator[tuple[Asked, Numbers]]:
    keys = sorted({key(one) for one in asked}, key=lambda one: zlib.crc32(one.encode()))
    fold = {one: at % folds for at, one in enumerate(keys)}
    for held in range(min(folds, len(keys))):
        rest = [one for one in asked if fold[key(one)] != held]
        model = learn(rest)
        for one in asked:
            if fold[key(one)] == held:
                yield one, model.scores(one)


def quality(judged: Sequence[tuple[Asked, Numbers]]) -> Quality:
    """Return how well scores do that are log-odds."""
    right = np.concatenate([one.right > 0 for one, _ in judged]).astype(np.float64)
    said = np.clip(_probability(np.concatenate([odds for _, odds in judged])), 1e-6, 1 - 1e-6)
    loss = -np.mean(right * np.log(said) + (1 - right) * np.log(1 - said))
    order = np.mean([one.ndcg(odds) for one, odds in judged])
    return Quality(float(order), float(loss), calibration_error(said, right), questions=len(judged))


def fitted_line(decades: Numbers, right: Numbers, counts: Numbers) -> tuple[float, float]:
    """Return the log-odds at one expected chance answer, and how much less they are at ten."""
    at_one, [slope] = _logistic(decades[:, None], right, counts)
    return at_one, -float(slope)
