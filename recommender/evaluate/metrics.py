"""Compute the figures of rankings, and how far chance could have moved their mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean, and its 95% bootstrap interval."""

    value: float
    low: float
    high: float


def ndcg(ranked: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """Return the normalised discounted cumulative gain of the first `k`, 0 to 1.

    The answer at rank i gains relevance / log2(i + 1), divided by what the best order would gain
    (Järvelin and Kekäläinen 2002, with the linear gain of trec_eval).
    """
    gains = [relevant.get(id, 0.0) for id in ranked[:k]]
    best = sorted(relevant.values(), reverse=True)[:k]
    return _discounted(gains) / _discounted(best)


def recall(ranked: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """Return the share of all relevant answers that are among the first `k`."""
    return len(relevant.keys() & set(ranked[:k])) / len(relevant)


def reciprocal_rank(ranked: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """Return 1 / the rank of the first relevant answer, 0 if none is among the first `k`."""
    return next((1 / rank for rank, id in enumerate(ranked[:k], 1) if id in relevant), 0.0)


def mean_figures(
    values: npt.NDArray[np.float64], groups: Sequence[str], seed: int
) -> tuple[Figure, ...]:
    """Return the mean of each column of `values`, shape (questions, figures), with its interval.

    The interval is a bootstrap over `groups`: questions of one group (translations of one question)
    are drawn together, since they succeed and fail together.
    """
    _, numbers = np.unique(np.asarray(groups), return_inverse=True)
    counts = np.bincount(numbers)
    sums = np.zeros((len(counts), values.shape[1]))
    np.add.at(sums, numbers, values)
    generator = np.random.default_rng(seed)
    means = np.empty((RESAMPLES, values.shape[1]))
    for resample in means:
        drawn = generator.integers(len(counts), size=len(counts))
        resample[:] = sums[drawn].sum(axis=0) / counts[drawn].sum()
    low, high = np.quantile(means, (0.025, 0.975), axis=0)
    columns = zip(values.mean(axis=0), low, high, strict=True)
    return tuple(Figure(*(round(float(one), 4) for one in column)) for column in columns)


def ratio(
    over: npt.NDArray[np.float64],
    under: npt.NDArray[np.float64],
    groups: Sequence[str],
    seed: int,
) -> Figure:
    """Return the sum of `over` divided by that of `under`, (questions,), with its interval.

    The bootstrap draws groups, as in `mean_figures`. It is 0 if there is nothing to divide by.
    """
    _, numbers = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.stack([np.bincount(numbers, one) for one in (over, under)])
    generator = np.random.default_rng(seed)
    drawn = generator.integers(sums.shape[1], size=(RESAMPLES, sums.shape[1]))
    above, below = (one[drawn].sum(axis=1) for one in sums)
    ratios = above / np.maximum(below, 1e-9)
    low, high = np.quantile(ratios, (0.025, 0.975)).tolist()
    value = float(over.sum() / max(under.sum(), 1e-9))
    return Figure(*(round(one, 4) for one in (value, low, high)))


def _discounted(gains: Sequence[float]) -> float:
    return float(sum(gain / np.log2(rank + 1) for rank, gain in enumerate(gains, 1)))
