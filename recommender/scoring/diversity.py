"""Which of the candidates are answers, and in which order, once each has its score."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from recommender.arrays import Vectors

# Maximal marginal relevance (Carbonell and Goldstein 1998): what a candidate's own score weighs
# against its likeness to the most like of those chosen before it.
RELEVANCE = 0.7
# Candidates, best first, that diversity chooses from.
DIVERSE_AMONG = 100


def diverse_order(
    scores: Sequence[float], likeness: Callable[[int], Vectors], k: int
) -> list[tuple[int, float]]:
    """Return `k` positions, each with its likeness to the most like of those before it.

    `scores` are best first; `likeness(i)` is that of candidate i to each candidate. The first has
    the best score, each further one the best `RELEVANCE` * score - (1 - `RELEVANCE`) * likeness.
    """
    relevance = np.array(scores, dtype=np.float32)
    nearest = np.zeros(len(scores), dtype=np.float32)
    left = np.ones(len(scores), dtype=np.bool_)
    chosen: list[tuple[int, float]] = []
    while left.any() and len(chosen) < k:
        worth = RELEVANCE * relevance - (1 - RELEVANCE) * nearest
        best = int(np.where(left, worth, -np.inf).argmax())
        chosen.append((best, float(nearest[best])))
        left[best] = False
        nearest = np.maximum(nearest, likeness(best))
    return chosen
