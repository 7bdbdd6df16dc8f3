"""Calibrate scores: the strength of a score is its percentile among those of unrelated pairs.

The null distribution is that of pairs drawn at random. Some of these pairs are related, in a small
archive many, and score higher than the rest. They hardly change the median and the lower half. So
the location and the scale of the distribution are measured there: for pairs in one language, for
pairs in two, and for each language. The shape of the upper tail is fixed. It was measured on
archives whose related pairs are known.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask
from recommender.scoring.alignment import Passages, align_all

SAMPLED_PAIRS = 50_000

Numbers = npt.NDArray[np.float64]

# The upper tail: the share of unrelated pairs that lie further above the median than each distance,
# in spreads, as a power of ten. It was measured on pairs of articles of `itn`, `wikinews_en` and
# Debian news that are not labelled as related. The three agree within 0.1 up to one in a hundred.
# Pairs of passages have the same shape.
DISTANCES = (0.0, 1.3, 2.35, 3.7, 5.5, 7.3)
POWERS = (-0.301, -0.8, -1.3, -2.0, -3.0, -4.0)
# Beyond the last distance, each further factor of ten is this far away.
FURTHER = 1.8
# Below the median, the percentiles are those of a normal distribution.
BELOW = (-4.0, -3.0, -2.0, -1.0, 0.0)
SHARES_BELOW = (0.0, 0.13, 2.28, 15.87, 50.0)
# Pairs in one language spread much wider if each language has subjects of its own, as in an archive
# of several sources. Scores in two languages are stretched at most by this factor.
MOST_STRETCHED = 1.2
# The share of unrelated pairs that lie a spread or more below the median.
LOW = 0.1587


class Scale(NamedTuple):
    """The null distribution: half of the scores lie below `median`, a sixth below it by a `spread`.

    For a normal distribution the spread is the standard deviation.
    """

    median: float
    spread: float

    def strength(self, score: float) -> float:
        """Return the percentile, 0-100, of a score among those of unrelated pairs."""
        return percentile((score - self.median) / self.spread)


# The scale of a language without pairs of its own, which changes nothing.
NEUTRAL = Scale(0, 1)
# The prior of a scale, for articles and for passages, and the number of pairs that it counts as.
# Both were measured on the same archives with the bundled model.
EXPECTED = Scale(0.08, 0.06)
EXPECTED_PAIRS = 20
# The scale of a language is shrunk to the neutral one, which counts as this many of its articles.
EXPECTED_ARTICLES = 10


class Unrelated(NamedTuple):
    """The scales of an archive: of pairs in two languages, of pairs in one, and of each language.

    The scale of a language has the number that it adds to the median of its pairs, and the factor
    by which it multiplies their spread.
    """

    apart: Scale
    same: Scale
    languages: Mapping[str, Scale]

    def scale(self, one: str, other: str) -> Scale:
        """Return the scale of pairs in two languages, in either order."""
        base = self.same if one == other else self.apart
        first = self.languages.get(one, NEUTRAL)
        second = self.languages.get(other, NEUTRAL)
        return Scale(
            base.median + first.median + second.median,
            base.spread * first.spread * second.spread,
        )

    def strength(self, score: float, one: str, other: str) -> float:
        """Return the percentile, 0-100, of a score among unrelated pairs of two languages."""
        return self.scale(one, other).strength(score)

    @property
    def comparable_spread(self) -> float:
        """How far unrelated pairs in two languages spread, when their scores are `comparable`."""
        between = math.sqrt(self.apart.spread * self.same.spread)
        return min(between, MOST_STRETCHED * self.apart.spread)

    def comparable(self, scores: Numbers, same: Mask) -> Numbers:
        """Return scores that rank pairs in one language and in two together.

        `same` marks the pairs in one language. Unrelated pairs in one language score higher and
        spread wider. Part of that is due to the language, part to the subjects that its texts have
        in common. So the scores of pairs in two languages are moved half of the way, and stretched
        by `MOST_STRETCHED` at most.
        """
        median = (self.apart.median + self.same.median) / 2
        stretched = self.comparable_spread / self.apart.spread
        moved = median + (scores - self.apart.median) * stretched
        return np.where(same, scores, moved)

    def to_json(self) -> dict[str, Any]:
        """Return the scales as a manifest holds them."""
        languages = {name: _pair(scale) for name, scale in sorted(self.languages.items())}
        return {"apart": _pair(self.apart), "same": _pair(self.same), "languages": languages}

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Self:
        """Return the scales that `to_json` wrote."""
        languages = {name: Scale(*pair) for name, pair in facts["languages"].items()}
        return cls(Scale(*facts["apart"]), Scale(*facts["same"]), languages)


NOTHING_KNOWN = Unrelated(EXPECTED, EXPECTED, {})


def percentile(distance: float) -> float:
    """Return the percentage of unrelated pairs below a distance from the median, in spreads."""
    if distance <= 0:
        return _between(distance, BELOW, SHARES_BELOW)
    further = max(distance - DISTANCES[-1], 0.0) / FURTHER
    return 100 * (1 - 10 ** (_between(distance, DISTANCES, POWERS) - further))


def _between(place: float, places: Sequence[float], values: Sequence[float]) -> float:
    """Return the value at a place by linear interpolation, as `np.interp` does.

    It is called thousands of times for a single number, for which numpy takes ten times as long.
    """
    after = bisect_right(places, place)
    if not 0 < after < len(places):
        return values[0] if after == 0 else values[-1]
    left, right = places[after - 1], places[after]
    slope = (values[after] - values[after - 1]) / (right - left)
    return values[after - 1] + slope * (place - left)


def measure_unrelated(passages: Passages, languages: Sequence[str]) -> dict[str, Unrelated]:
    """Return the scales of pairs of `passages` and of `articles`.

    `languages` has the language of each article.
    """
    names = sorted(set(languages))
    numbers = np.array([names.index(language) for language in languages], dtype=np.int64)
    return {
        "passages": _fit(*_passage_pairs(passages, numbers), numbers, names),
        "articles": _fit(*_article_pairs(passages, numbers), numbers, names),
    }


def _passage_pairs(
    passages: Passages, numbers: npt.NDArray[np.int64]
) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """Return cosines of sampled passages of different articles, (n,), and their languages, (n, 2).

    `numbers` has the number of each article's language.
    """
    ends = np.append(passages.firsts[1:], len(passages.vectors))
    articles = np.repeat(np.arange(len(numbers)), ends - passages.firsts)
    if len(numbers) < 2:
        return np.empty(0), np.empty((0, 2), np.int64)
    count = min(SAMPLED_PAIRS, len(articles) * (len(articles) - 1) // 2)
    pairs = np.random.default_rng(0).integers(len(articles), size=(count, 2))
    pairs = pairs[articles[pairs[:, 0]] != articles[pairs[:, 1]]]
    cosines = np.einsum("ij,ij->i", passages.vectors[pairs[:, 0]], passages.vectors[pairs[:, 1]])
    return cosines.astype(np.float64), numbers[articles[pairs]]


def _article_pairs(
    passages: Passages, numbers: npt.NDArray[np.int64]
) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """Return the scores of all pairs of articles, (n,), and their languages, (n, 2)."""
    scores = align_all(passages)
    one, other = np.triu_indices(len(numbers), 1)
    return scores[one, other].astype(np.float64), numbers[np.stack([one, other], axis=1)]


def _fit(
    scores: Numbers,
    pairs: npt.NDArray[np.int64],
    articles: npt.NDArray[np.int64],
    languages: Sequence[str],
) -> Unrelated:
    """Return the scales of scores, (n,).

    `pairs` has the numbers of both languages of each pair, (n, 2), `articles` the number of each
    article's language.
    """
    one, other = np.ascontiguousarray(pairs.T)  # in columns: several times as fast to look at
    within = one == other
    apart = _scale(scores[~within] if not within.all() else scores, EXPECTED, EXPECTED_PAIRS)
    same = _scale(scores[within], apart, EXPECTED_PAIRS)
    found: dict[str, Scale] = {}
    for number, language in enumerate(languages):
        mine = ~within & ((one == number) | (other == number))
        if mine.any():
            scale = _scale(scores[mine], apart, EXPECTED_PAIRS)
            count = int((articles == number).sum())
            weight = count / (count + EXPECTED_ARTICLES)
            found[language] = Scale(
                weight * (scale.median - apart.median),
                (scale.spread / apart.spread) ** weight,
            )
    return Unrelated(apart, same, found)


def _scale(scores: Numbers, expected: Scale, weight: int) -> Scale:
    """Return the scale of scores, shrunk to `expected`, which counts as `weight` scores."""
    if not len(scores):
        return expected
    median, low = np.quantile(scores, (0.5, LOW))
    share = len(scores) / (len(scores) + weight)
    return Scale(
        float(share * median + (1 - share) * expected.median),
        max(float(share * (median - low) + (1 - share) * expected.spread), 1e-3),
    )


def _pair(scale: Scale) -> list[float]:
    return [round(scale.median, 6), round(scale.spread, 6)]
