"""Order candidates so that each answer differs from those before it.

The method is maximal marginal relevance, MMR
([Carbonell and Goldstein 1998](https://doi.org/10.1145/290941.291025)).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from recommender.arrays import Vectors

# The weight of a candidate's own score in MMR; the rest is that of its similarity to the most
# similar answer before it.
RELEVANCE = 0.7
# MMR chooses among this many of the best candidates.
DIVERSE_AMONG = 100


def mmr_order(
    scores: Sequence[float], similarity: Callable[[int], Vectors], k: int
) -> list[tuple[int, float]]:
    """Return the positions of `k` candidates in the order of MMR.

    Each position comes with the candidate's similarity to the most similar of those before it.
    `scores` are best first; `similarity(i)` returns that of candidate i to each candidate, shape
    (candidates,). The first answer has the best score. Each further one has the best
    `RELEVANCE` * score - (1 - `RELEVANCE`) * similarity.
    """
    relevance = np.array(scores, dtype=np.float32)
    nearest = np.zeros(len(scores), dtype=np.float32)
    left = np.ones(len(scores), dtype=np.bool_)
    chosen: list[tuple[int, float]] = []
    while left.any() and len(chosen) < k:
        marginal = RELEVANCE * relevance - (1 - RELEVANCE) * nearest
        best = int(np.where(left, marginal, -np.inf).argmax())
        chosen.append((best, float(nearest[best])))
        left[best] = False
        nearest = np.maximum(nearest, similarity(best))
    return chosen
