"""Combine meaning, words, dates and lengths into one score, and say how sure an answer is.

Both the score and the confidence are small linear models. Their constants are in
`data/relevance.json`; they were chosen on the labelled sets that it names (docs/research.md).

Confidence is an expected number of chance answers, like the E-value of BLAST: how many answers of
this quality a question without an answer would get in this archive. Its logarithm falls linearly
with the score, as in the tail of an extreme-value distribution. For `related`, the line starts at
the score of nearby articles that are too far down the list to be answers (`Background`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np

from recommender.arrays import Mask, Numbers, Vectors
from recommender.scoring.known_from import KnownFrom
from recommender.scoring.search_model import NeighbourModel, SearchModel, SearchScale
from recommender.scoring.sureness import (
    CONFIDENCES,
    Levels,
    ProbabilityModel,
    Sureness,
    Surenesses,
)
from recommender.system.package_data import data_file
from recommender.types import Confidence

Task = Literal["related", "search"]
# At most so few rows are multiplied at a time: for more, threads start, which takes longer than the
# work.
CROWD_ROWS = 8


class PairFacts(NamedTuple):
    """Facts of an article beside others, one element for each of the others.

    `coverage` is the share of both headlines' rare words that the other article holds (`covered`),
    NaN for a pair in two languages. `length` is the number of characters in the shorter article.
    `days` is the distance in time, NaN if unknown. `ratio` is that of their numbers of passages, 1
    or more. `articles` counts the articles of the archive, `own_articles` those in the article's
    language.
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
        """The sum of all parts."""
        return self.words + self.dates + self.lengths


class HeadlineWords(NamedTuple):
    """The sum of the weights of the words of headlines, and of their squares, (headlines,)."""

    mass: Numbers
    squares: Numbers


class Background(NamedTuple):
    """The score of candidates for an article that are too far down the list to be answers.

    `share` is the share of articles that score more, as a multiple of the usual share, 1 or more.
    """

    score: float
    share: float
    unit: float


class RelatedModel(NamedTuple):
    """How articles are scored beside an article.

    The words of headlines count by `word_weight` for each part of coverage over `word_neutral`,
    which is assumed for a pair in two languages. They count less in short articles: three quarters
    of that at `half_length` characters, all of it at twice as many, half as much again in long
    ones. The coverage of a headline of common words is pulled to `word_prior`: half of the way for
    one word with `half_telling` of the weight of a word that no article holds. Each fact counts
    more in an archive of more articles (`KnownFrom`).

    The background is the candidate at `background_rank`; in a small archive it is the one at the
    share `background_part` of its articles, but at least the one at `background_least`. A candidate
    in a closer crowd than the article's stands out less: `crowd_weight` times the amount by which
    its crowd is nearer than `crowd_usual`. Scores of short texts spread wider: by half of
    `short_spread` at `half_short` characters.
    """

    word_weight: float
    word_neutral: float
    word_prior: float
    half_telling: float
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
    crowd_size: int
    crowd_weight: float
    crowd_usual: float
    fewest_articles: int
    expected_at: float
    margin_at: float
    margin_per_decade: float
    spread: float
    short_spread: float
    half_short: float

    def covered(self, held: Numbers, words: HeadlineWords, most: float) -> Numbers:
        """Return the coverage of headlines, from the weights of their words that were found.

        Weights are squared: several common words, as in the name of a kind of notice, count no more
        than one rarer word. `most` is the weight of a word that no article holds.
        """
        telling = words.squares / (words.squares + (self.half_telling * most) ** 2)
        share = held / np.maximum(words.mass, 1e-9)
        found: Numbers = self.word_prior + telling * (share - self.word_prior)
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
        """Return the score of the candidates of an article that are too far down to be answers.

        `scores` are those of the candidates, without the terms; `articles` counts the articles that
        may be answers. `unit` is the spread of scores of the archive's model, 1 for the model that
        the constants were chosen with.
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

    def crowding(self, whole: Vectors, wholes: Vectors, unit: float = 1.0) -> Numbers:
        """Return how much candidates lose because their crowd is closer than the article's.

        It is less than 0 in a wider crowd. A crowd is the `crowd_size` first candidates, and its
        closeness is that of the one at `background_rank`. `whole` is the mean of the article's
        passages, (dim,), `wholes` those of the candidates, (candidates, dim), all at length 1;
        `unit` is as for `background`.
        """
        count = min(len(wholes), self.crowd_size)
        if count < self.fewest_articles:
            return np.zeros(len(wholes))
        rank = min(self.background_rank, (count - 1) // 2)
        crowd = wholes[:count]
        own = np.partition(crowd @ whole, count - 1 - rank)[count - 1 - rank]
        columns = np.ascontiguousarray(crowd.T)
        blocks = (wholes[at : at + CROWD_ROWS] for at in range(0, len(wholes), CROWD_ROWS))
        near = np.concatenate([block @ columns for block in blocks])
        near[np.arange(count), np.arange(count)] = -np.inf  # no candidate belongs to its own crowd
        theirs = np.partition(near, count - 1 - rank, axis=1)[:, count - 1 - rank]
        found: Numbers = self.crowd_weight * (theirs - own - self.crowd_usual * unit)
        return found

    def spread_at(self, length: Numbers) -> Numbers:
        """Return the spread of scores if the shorter text has so many characters, 1 or more."""
        found: Numbers = 1 + self.short_spread * self.half_short / (length + self.half_short)
        return found

    def expected(
        self, scores: Numbers, background: Background, spread: Numbers | float = 1.0
    ) -> Numbers:
        """Return for answers how many answers as good a list has by chance.

        In a small archive the background is nearer to the middle of all articles, so chance answers
        are further above it. `spread` is that of texts of their lengths (`spread_at`).
        """
        margins = (scores - background.score) / np.maximum(background.unit, spread)
        falls = (margins - self.margin_at) / self.margin_per_decade
        found: Numbers = self.expected_at * background.share * 10.0 ** -np.clip(falls, -9.0, 30.0)
        return found


class RelevanceModel(NamedTuple):
    """The models, and the most expected chance answers for each confidence.

    `probability` has a line for each task, and `between` for related articles in two languages: a
    pair in one language, where words took part, is right more often. `model` names the encoder that
    the constants were chosen with.
    """

    related: RelatedModel
    search: SearchModel
    probability: Mapping[str, ProbabilityModel]
    limits: Mapping[str, Mapping[str, float]]
    model: str

    def sureness(self, task: Task, expected: float) -> Sureness:
        """Return the word and the probability of an answer, by the expected chance answers."""
        return Sureness(self.confidence(task, expected), self.probability[task].of(expected))

    def surenesses(self, task: Task, expected: Numbers) -> Surenesses:
        """Return what `sureness` returns for each of several answers."""
        level: Levels = np.zeros(len(expected), np.int8)
        for word in CONFIDENCES[1:]:
            level += expected <= self.limits[task][word]
        return Surenesses(level, self.probability[task].of_each(expected))

    def surenesses_related(self, expected: Numbers, same_language: Mask) -> Surenesses:
        """Return how sure related articles are; the mask marks those in the article's language."""
        level, own = self.surenesses("related", expected)
        between = self.probability["between"].of_each(expected)
        return Surenesses(level, np.where(same_language, own, between))

    def sureness_at(self, task: Task, confidence: Confidence) -> Sureness:
        """Return the level of the least sure answer that has a confidence."""
        return Sureness(confidence, self.probability[task].of(self.limits[task][confidence]))

    def confidence(self, task: Task, expected: float) -> Confidence:
        """Return the word for an answer, by the expected number of chance answers."""
        limits = self.limits[task]
        if expected <= limits["sure"]:
            return "sure"
        return "likely" if expected <= limits["likely"] else "loose"


@cache
def load_relevance() -> RelevanceModel:
    """Return the models that are shipped."""
    text = data_file("relevance.json").read_text(encoding="utf-8")
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
    scales = {name: SearchScale(**facts[name]) for name in ("alone", "beside_cohort")}
    neighbours = NeighbourModel(**facts["neighbours"])
    return SearchModel(**{**facts, **scales, "neighbours": neighbours, "known_from": known_from})
