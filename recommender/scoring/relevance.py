"""Combine meaning, words, dates and lengths into one score, and say how sure an answer is.

Both scales are small linear models. Their constants are in `data/relevance.json`; they were chosen
on the labelled sets that it names. Ranking does not use them yet (docs/research.md).

Confidence is an expected number of chance answers, as the E-value of BLAST is: how many answers of
this quality a question without an answer would get in an archive of this size. Its logarithm
falls along a line with the score, the tail of an extreme-value distribution.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Confidence = Literal["sure", "likely", "loose"]
# From the least sure on: what is asked for is shown together with what is surer.
CONFIDENCES: tuple[Confidence, ...] = ("loose", "likely", "sure")


class PairFacts(NamedTuple):
    """Facts of an article beside others, one element for each of the others.

    `coverage` is the share of both headlines' rare words that the other article holds (`covered`),
    NaN for a pair in two languages. `length` is the characters of the shorter article, `days` the
    distance in time, NaN if unknown, `ratio` that of their numbers of passages, 1 or more.
    `articles` counts the articles of the archive, `own_articles` those in the article's language.
    """

    coverage: Numbers
    length: Numbers
    days: Numbers
    ratio: Numbers
    articles: int
    own_articles: int


class PairTerms(NamedTuple):
    """What each fact adds to a score; a score is the cosine of the alignment and their sum."""

    words: Numbers
    dates: Numbers
    lengths: Numbers

    @property
    def total(self) -> Numbers:
        """The sum of all that is added."""
        return self.words + self.dates + self.lengths


@dataclass(frozen=True, slots=True)
class KnownFrom:
    """How many articles it takes to know which words are rare and which days are far apart.

    In up to `no_articles` meaning decides alone, in `half_articles` other facts count half.
    """

    no_articles: int
    half_articles: int

    def share(self, articles: int) -> float:
        """Return how far facts beside meaning count in an archive of so many articles, 0 to 1."""
        over = float(max(articles - self.no_articles, 0) ** 2)
        return over / (over + (self.half_articles - self.no_articles) ** 2)


@dataclass(frozen=True, slots=True)
class RelatedModel:
    """How articles are scored beside an article.

    The words of headlines count by `word_weight` for each part of coverage over `word_neutral`,
    which a pair in two languages is taken to have; half of that in articles of `half_length`
    characters. A headline whose rare words have a small mass is pulled to `word_prior`. These facts
    count by how many articles there are to compare with (`KnownFrom`).
    """

    word_weight: float
    word_neutral: float
    word_prior: float
    word_prior_mass: float
    half_length: float
    known_from: KnownFrom
    day_weight: float
    day_scale: float
    most_days: float
    unknown_days: float
    length_weight: float
    most_length: float
    expected_at: float
    distance_at: float
    articles_at: float
    distance_per_decade: float
    growth: float

    def covered(self, held: Numbers, mass: Numbers) -> Numbers:
        """Return the coverage of headlines, from the weights of their words and of those found."""
        prior = self.word_prior_mass
        found: Numbers = (held + self.word_prior * prior) / (mass + prior)
        return found

    def terms(self, facts: PairFacts) -> PairTerms:
        """Return what the facts of pairs add to their scores."""
        trust = 1.5 * facts.length / (facts.length + self.half_length)
        over = np.nan_to_num(facts.coverage - self.word_neutral)
        days = np.minimum(np.nan_to_num(facts.days, nan=self.unknown_days), self.most_days)
        lengths = np.minimum(np.log2(facts.ratio), self.most_length)
        known = self.known_from.share(facts.articles)
        return PairTerms(
            self.known_from.share(facts.own_articles) * self.word_weight * trust * over,
            -known * self.day_weight * np.log1p(days / self.day_scale),
            -known * self.length_weight * lengths,
        )

    def expected(self, distance: float, articles: int) -> float:
        """Return how many chance answers a list has at a distance, in spreads of unrelated pairs.

        In archives under `articles_at` articles they grow with the archive, in larger ones with
        its power `growth`: a large archive has more subjects, not only more on each.
        """
        size = max(articles, 1) / self.articles_at
        growth = 1.0 if size < 1 else self.growth
        fall = (distance - self.distance_at) / self.distance_per_decade
        return float(self.expected_at * size**growth * 10 ** -min(max(fall, -9.0), 30.0))


@dataclass(frozen=True, slots=True)
class SearchModel:
    """How passages are scored for a text."""

    rank_weight: float
    rank_neutral: float
    known_from: KnownFrom
    word_weight: float
    word_neutral: float
    expected_at: float
    cosine_at: float
    passages_at: float
    cosine_per_decade: float
    growth: float

    def bonus(self, coverage: Numbers, own_articles: int) -> Numbers:
        """Return what the query's rare words in an article add to a passage's score, 0 for NaN.

        `own_articles` counts the articles in the query's language.
        """
        weight = self.rank_weight * self.known_from.share(own_articles)
        found: Numbers = weight * np.nan_to_num(coverage - self.rank_neutral)
        return found

    def expected(self, cosine: float, coverage: float, passages: int, unit: float = 1.0) -> float:
        """Return how many chance answers a question without an answer gets that are as good.

        `unit` is how far cosines of the archive's model spread, 1 for the bundled model.
        """
        words = 0.0 if math.isnan(coverage) else self.word_weight * (coverage - self.word_neutral)
        size = max(passages, 1) / self.passages_at
        fall = (cosine / unit + words - self.cosine_at) / self.cosine_per_decade
        return float(self.expected_at * size**self.growth * 10 ** -min(max(fall, -9.0), 30.0))


@dataclass(frozen=True, slots=True)
class RelevanceModel:
    """The two models, and up to how many expected chance answers each confidence goes."""

    related: RelatedModel
    search: SearchModel
    limits: Mapping[str, Mapping[str, float]]

    def confidence(self, task: Literal["related", "search"], expected: float) -> Confidence:
        """Return how sure an answer is that so many chance answers are expected for."""
        limits = self.limits[task]
        if expected <= limits["sure"]:
            return "sure"
        return "likely" if expected <= limits["likely"] else "loose"


@cache
def load_relevance() -> RelevanceModel:
    """Return the models that are shipped."""
    text = files("recommender").joinpath("data", "relevance.json").read_text(encoding="utf-8")
    facts: dict[str, Any] = json.loads(text)
    known_from = KnownFrom(**facts["known_from"])
    return RelevanceModel(
        RelatedModel(**facts["related"], known_from=known_from),
        SearchModel(**facts["search"], known_from=known_from),
        facts["confidence"],
    )


def is_as_sure(confidence: Confidence, least: Confidence) -> bool:
    """Tell whether a confidence is `least` or surer."""
    return CONFIDENCES.index(confidence) >= CONFIDENCES.index(least)
