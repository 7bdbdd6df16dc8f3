"""How strong a score is in this corpus: its percentile among those of unrelated pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from recommender.alignment import Vectors, align

SAMPLED_PAIRS = 20_000
QUANTILES = 101

Unrelated = Mapping[str, Sequence[float]]


def unrelated_scores(vectors: Vectors, articles: npt.NDArray[np.int64]) -> dict[str, list[float]]:
    """Return the quantiles of scores between passages, and between articles, drawn at random.

    Two articles drawn at random are hardly ever about one subject, so these are this corpus's
    scores of unrelated pairs. `articles` names the article of each row. Empty lists where there
    are fewer than two articles.
    """
    numbers = np.unique(articles)
    if len(numbers) < 2:
        return {"passages": [], "articles": []}
    generator = np.random.default_rng(0)
    left, right = generator.integers(len(articles), size=(2, SAMPLED_PAIRS))
    apart = articles[left] != articles[right]
    passages = np.einsum("ij,ij->i", vectors[left[apart]], vectors[right[apart]])
    firsts = np.searchsorted(articles, numbers)
    ends = np.append(firsts[1:], len(articles))
    aligned = []
    for first, second in generator.integers(len(numbers), size=(SAMPLED_PAIRS // 20, 2)):
        if first != second:
            one = vectors[firsts[first] : ends[first]]
            aligned.append(align(one, vectors[firsts[second] : ends[second]])[0])
    return {"passages": _quantiles(passages), "articles": _quantiles(aligned)}


def strength(score: float, unrelated: Sequence[float]) -> float:
    """Return the percentile, 0-100, of a score among those of unrelated pairs."""
    if not unrelated:
        return 0.0
    return float(np.interp(score, unrelated, np.linspace(0, 100, len(unrelated))))


def _quantiles(scores: npt.ArrayLike) -> list[float]:
    found = np.quantile(np.asarray(scores, dtype=np.float64), np.linspace(0, 1, QUANTILES))
    return [round(float(score), 6) for score in found]
