"""Combine meaning, words, dates and lengths into one score, and say how sure an answer is.

Both scales are small linear models. Their constants are in `data/relevance.json`; they were chosen
on the labelled sets that it names (docs/research.md).

Confidence is an expected number of chance answers, as the E-value of BLAST is: how many answers of
this quality a question without an answer would get in this archive. Its logarithm falls along a
line with the score, the tail of an extreme-value distribution. For an article, the line starts at
the articles near it that are too far down to be answers (`Background`).
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

from recommender.arrays import Mask, Numbers, bounded, known_or_0
from recommender.scoring.sureness import (
    CONFIDENCES,
    Levels,
    ProbabilityModel,
    Sureness,
    Surenesses,
)
from recommender.types import Confidence

Task = Literal["related", "search"]


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
    """How many articles tell which words are rare: in up to `no_articles` meaning decides alone.

    In `half_articles` other facts count half.
    """

    no_articles: int
    half_articles: int

    def share(self, articles: int) -> float:
        """Return how far facts beside meaning count in an archive of so many articles, 0 to 1."""
        over = float(max(articles - self.no_articles, 0) ** 2)
        return over / (over + (self.half_articles - self.no_articles) ** 2)


class Background(NamedTuple):
    """The score that candidates for an article have which are too far down to be answers.

    `share` is how many times the usual share of the archive scores more, 1 or more.
    """

    score: float
    share: float
    unit: float


@dataclass(frozen=True, slots=True)
class RelatedModel:
    """How articles are scored beside an article.

    The words of headlines count by `word_weight` for each part of coverage over `word_neutral`,
    which a pair in two languages is taken to have; less in short articles: three quarters of that
    at `half_length` characters, all of it at twice as many, half as much again in long ones. A
    headline whose rare words have a small mass is pulled to `word_prior`. These facts count by how
    many articles there are to compare with (`KnownFrom`).

    The background is the candidate at `background_rank`, in a small archive that at the share
    `background_part` of its articles, at least the one at `background_least`. Scores of short texts
    spread wider: by half of `short_spread` at `half_short` characters.
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
    background_rank: int
    background_least: int
    background_part: float
    background_weight: float
    background_usual: float
    background_share: float
    fewest_articles: int
    expected_at: float
    margin_at: float
    margin_per_decade: float
    spread: float
    short_spread: float
    half_short: float

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

    def background(self, scores: Numbers, articles: float, unit: float = 1.0) -> Background:
        """Return what the candidates of an article score that are too far down to be answers.

        `scores` are those of the candidates, without the terms; `articles` counts the articles
        that may be answered. `unit` is how far scores of the archive's model spread, 1 for the
        model that the constants were chosen with.
        """
        usual = self.background_usual * unit
        if len(scores) < self.fewest_articles:
            return Background(usual, 1.0, unit)
        most = max(self.background_least, int(self.background_part * articles))
        rank = min(self.background_rank, len(scores) // 2, most)
        own = float(np.sort(scores)[::-1][rank])
        share = rank / max(articles, 1.0)
        weight = self.background_weight
        score = weight * own + (1 - weight) * usual
        return Background(score, max(share / self.background_share, 1.0), unit)

    def spread_at(self, length: Numbers) -> Numbers:
        """Return how far scores spread where the shorter text has so many characters, 1 or more."""
        found: Numbers = 1 + self.short_spread * self.half_short / (length + self.half_short)
        return found

    def expected(
        self, scores: Numbers, background: Background, spread: Numbers | float = 1.0
    ) -> Numbers:
        """Return how many chance answers as good as each of some answers a list has.

        In a small archive the background is nearer to the middle of all articles, so chance
        answers are further above it. `spread` is that of texts of their lengths (`spread_at`).
        """
        margins = (scores - background.score) / np.maximum(background.unit, spread)
        falls = (margins - self.margin_at) / self.margin_per_decade
        found: Numbers = self.expected_at * background.share * 10.0 ** -np.clip(falls, -9.0, 30.0)
        return found


class ArchiveFacts(NamedTuple):
    """How many passages an archive has, and how many articles in the language of the query.

    `unit` is how far cosines of the archive's model spread, 1 for the model that the constants
    were chosen with.
    """

    passages: int
    own_articles: int
    unit: float = 1.0


class HitFacts(NamedTuple):
    """Facts of passages beside a query, one element for each passage.

    `coverage` is the share of the query's rare words that the passage's article holds, NaN if it is
    not known. `apart` is 0 in the query's language, in others how far its words are known, 0 to 1.
    """

    cosines: Numbers
    coverage: Numbers
    apart: Numbers


class Surroundings(NamedTuple):
    """What lies around a query: what hits have to stand out from.

    `background` is the score of articles that are too far down to be answers, `nearest` the best
    cosine of all. `everyday` is the best cosine to texts on everyday subjects (`everyday.py`), None
    if it is not known.
    """

    background: float
    nearest: float = 1.0
    everyday: float | None = None


@dataclass(frozen=True, slots=True)
class SearchScale:
    """How far a hit has to stand out from what lies around a query.

    A hit stands out by its cosine less the shares of the surroundings. It has to reach `cosine_at`
    where `usual_passages` are searched. Chance answers in other languages are nearer by
    `other_language`, where words are known: none could speak against them.
    """

    background_weight: float
    everyday_weight: float
    other_language: float
    cosine_at: float

    def margins(self, hits: HitFacts, around: Surroundings, unit: float) -> Numbers:
        """Return how far hits stand out beyond `cosine_at`, in units of the archive's model."""
        less = self.background_weight * around.background
        less += self.everyday_weight * (around.everyday or 0.0)
        found: Numbers = (hits.cosines - less) / unit - hits.apart * self.other_language
        return found - self.cosine_at


@dataclass(frozen=True, slots=True)
class SearchModel:
    """How passages are scored for a text.

    Passages are nearer to each other than to queries, by `passages_nearer`. A hit has to stand out
    on the scale `alone`, and on that of `everyday` subjects if those are known. For the nearest
    hits, within `nearest_within` of the best cosine, the latter is enough: one of them is the
    answer if the archive holds one. They then have `expected_at` chance answers.

    A query whose words are all common is pulled to the coverage `word_prior`: half of the way if it
    is one word of the weight `half_telling`, or of less in a small archive, by `half_telling_rise`.
    """

    rank_weight: float
    rank_neutral: float
    known_from: KnownFrom
    word_weight: float
    word_neutral: float
    word_prior: float
    half_telling: float
    half_telling_rise: float
    background_rank: int
    background_usual: float
    fewest_articles: int
    passages_nearer: float
    alone: SearchScale
    everyday: SearchScale
    nearest_within: float
    expected_at: float
    cosine_per_decade: float
    cosine_per_tenfold: float
    usual_passages: int
    fewest_counted: int
    most_counted: int
    spread: float

    def covered(self, shares: Numbers, weights: Numbers, most: float) -> Numbers:
        """Return the coverage of a query that articles hold shares of, by its words' weights.

        Weights count squared: several common words tell no more than one that is rarer. `most` is
        the weight of a word that no article holds.
        """
        squares = float(weights @ weights)
        half = min(self.half_telling, self.half_telling_rise * most**2)
        telling = squares / (squares + half**2)
        found: Numbers = self.word_prior + telling * (shares - self.word_prior)
        return found

    def bonus(self, coverage: Numbers, own_articles: int) -> Numbers:
        """Return what the query's rare words in an article add to a passage's score, 0 for NaN.

        `own_articles` counts the articles in the query's language.
        """
        weight = self.rank_weight * self.known_from.share(own_articles)
        found: Numbers = weight * known_or_0(coverage - self.rank_neutral)
        return found

    def background(self, cosines: Numbers, unit: float = 1.0) -> float:
        """Return what the articles near a query score that are too far down to be answers.

        `cosines` holds the best of each article among the candidates, `unit` as for `ArchiveFacts`.
        """
        if len(cosines) < self.fewest_articles:
            return self.background_usual * unit
        rank = min(self.background_rank, len(cosines) // 2)
        return float(np.sort(cosines)[::-1][rank])

    def expected(self, hits: HitFacts, around: Surroundings, archive: ArchiveFacts) -> Numbers:
        """Return how many chance answers a question without an answer gets as good as each hit.

        The best of more passages is better by chance, by `cosine_per_tenfold`. Words that an
        article lacks tell little if the archive has few articles in the query's language.
        """
        words = self.word_weight * known_or_0(hits.coverage - self.word_neutral)
        words = np.where(words < 0, words * self.known_from.share(archive.own_articles), words)
        passages = min(max(archive.passages, self.fewest_counted), self.most_counted)
        more = self.cosine_per_tenfold * math.log10(passages / self.usual_passages)
        alone = self._by_chance(self.alone.margins(hits, around, archive.unit) + words - more)
        if around.everyday is None:
            return alone
        margins = self.everyday.margins(hits, around, archive.unit) + words - more
        everyday = self._by_chance(margins)
        is_near = hits.cosines >= around.nearest - self.nearest_within
        found: Numbers = np.maximum(
            everyday, np.where(is_near, np.minimum(alone, self.expected_at), alone)
        )
        return found

    def _by_chance(self, margins: Numbers) -> Numbers:
        falls = bounded(margins / self.cosine_per_decade, -9.0, 30.0)
        found: Numbers = self.expected_at * 10.0**-falls
        return found


@dataclass(frozen=True, slots=True)
class RelevanceModel:
    """The models, and up to how many expected chance answers each confidence goes.

    `probability` has a line for each task, and `between` for related articles in two languages:
    chance answers are likelier right in one language, where words took part. `model` names the
    encoder that the constants were chosen with.
    """

    related: RelatedModel
    search: SearchModel
    probability: Mapping[str, ProbabilityModel]
    limits: Mapping[str, Mapping[str, float]]
    model: str

    def sureness(self, task: Task, expected: float) -> Sureness:
        """Return the word and the probability of an answer, by the chance answers expected."""
        return Sureness(self.confidence(task, expected), self.probability[task].of(expected))

    def surenesses(self, task: Task, expected: Numbers) -> Surenesses:
        """Return what `sureness` returns for each of several answers."""
        level: Levels = np.zeros(len(expected), np.int8)
        for word in CONFIDENCES[1:]:
            level += expected <= self.limits[task][word]
        return Surenesses(level, self.probability[task].of_each(expected))

    def surenesses_related(self, expected: Numbers, same_language: Mask) -> Surenesses:
        """Return how sure related articles are; the mask flags those in the article's language."""
        level, own = self.surenesses("related", expected)
        between = self.probability["between"].of_each(expected)
        return Surenesses(level, np.where(same_language, own, between))

    def sureness_at(self, task: Task, confidence: Confidence) -> Sureness:
        """Return how sure the least sure answer is that has a confidence."""
        return Sureness(confidence, self.probability[task].of(self.limits[task][confidence]))

    def confidence(self, task: Task, expected: float) -> Confidence:
        """Return the word for an answer that so many chance answers are expected for."""
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
        _search_model(facts["search"], known_from),
        {task: ProbabilityModel(**line) for task, line in facts["probability"].items()},
        facts["confidence"],
        facts["model"],
    )


def _search_model(facts: Mapping[str, Any], known_from: KnownFrom) -> SearchModel:
    scales = {name: SearchScale(**facts[name]) for name in ("alone", "everyday")}
    return SearchModel(**{**facts, **scales, "known_from": known_from})
