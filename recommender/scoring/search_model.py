"""Score passages for a text, and count the answers of their quality that chance gives."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from recommender.arrays import Mask, Numbers, bounded, known_or_0
from recommender.scoring.known_from import KnownFrom

# From this share on, the archive is large enough to say which words are rare.
WELL_KNOWN = 0.9


class ArchiveFacts(NamedTuple):
    """How many passages an archive has, and how many articles in the language of the query.

    `unit` is the spread of cosines of the archive's model, 1 for the model that the constants were
    chosen with.
    """

    passages: int
    own_articles: int
    unit: float = 1.0


class HitFacts(NamedTuple):
    """Facts of passages beside a query, one element for each passage.

    `coverage` is the share of the query's rare words that the passage's article holds, NaN if it is
    not known. `apart` is 0 in the query's language; in others it is how well the archive knows the
    query's rare words, 0 to 1. `cohort` is how near the query is to texts on other subjects
    (`cohort.py`), None if it is not known.
    """

    cosines: Numbers
    coverage: Numbers
    apart: Numbers
    cohort: Numbers | None = None


class Surroundings(NamedTuple):
    """The scores around a query that hits have to stand out from.

    `background` is the score of articles that are too far down to be answers, `nearest` the best
    cosine of all.
    """

    background: float
    nearest: float = 1.0


class NeighbourModel(NamedTuple):
    """How often hits in the query's language are right that are near a sure hit.

    Their log-odds are the `constant`, `own` of what they are without that hit, and `cosine` of the
    cosine between the two. The constants were fitted to labelled answers.
    """

    constant: float
    own: float
    cosine: float

    def probabilities(self, own: Numbers, cosines: Numbers) -> Numbers:
        """Return the share of such hits that are right, by their own shares and the cosines.

        Cosines are in units of the archive's model.
        """
        odds = np.log(own / (1 - own))
        found: Numbers = 1 / (1 + np.exp(-self.constant - self.own * odds - self.cosine * cosines))
        return found


class SearchScale(NamedTuple):
    """How far a hit has to stand out from the scores around a query.

    A hit stands out by its cosine less the shares of the surroundings. This must reach `cosine_at`
    if `usual_passages` are searched. If rare words are known, chance answers in other languages are
    nearer by `other_language`, since missing words count only against hits in the query's language.
    """

    background_weight: float
    cohort_weight: float
    other_language: float
    cosine_at: float

    def margins(self, hits: HitFacts, around: Surroundings, unit: float) -> Numbers:
        """Return how far hits stand out beyond `cosine_at`, in units of the archive's model."""
        left = hits.cosines - self.background_weight * around.background
        if hits.cohort is not None:
            left = left - self.cohort_weight * hits.cohort
        found: Numbers = left / unit - hits.apart * self.other_language
        return found - self.cosine_at


class SearchModel(NamedTuple):
    """How passages are scored for a text.

    Two passages are nearer to each other than a passage to a query, by `passages_nearer`. A hit
    must stand out on the scale `alone`, and on that `beside_cohort` if texts of a cohort are known.
    A text is on the subject of a hit as far as their cosine is above `cohort_alike`. Among more
    passages chance is nearer to a text too, by `alike_per_tenfold`. For the nearest hits, within
    `nearest_within` of the best cosine, the scale beside the cohort is enough: one of them is the
    answer if the archive holds one. They then have `expected_at` chance answers.

    An article whose headline is the query rises by `headline_weight`, which is more than the amount
    by which its translation can be nearer.

    The coverage of a query of common words is pulled to `word_prior`: half of the way for one word
    of the weight `half_telling`; in a small archive that weight is lower, by `half_telling_rise`.
    """

    rank_weight: float
    rank_neutral: float
    headline_weight: float
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
    neighbours: NeighbourModel
    alone: SearchScale
    beside_cohort: SearchScale
    cohort_alike: float
    alike_per_tenfold: float
    nearest_within: float
    expected_at: float
    cosine_per_decade: float
    cosine_per_tenfold: float
    usual_passages: int
    fewest_counted: int
    most_counted: int
    spread: float

    def covered(self, shares: Numbers, weights: Numbers, most: float) -> Numbers:
        """Return the coverage of a query by articles, from the weights of its words that they hold.

        Weights are squared: several common words count no more than one rarer word. `most` is the
        weight of a word that no article holds.
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

    def bonus_of_best(self, bonus: Numbers, headline: Numbers, holds_all: Mask) -> Numbers:
        """Return what is added to the scores of the best passages of articles, after `bonus`.

        `headline` is the share of an article's headline that the query is. An article that
        `holds_all` words of the query also holds the rare ones.
        """
        every = self.rank_weight * (1 - self.rank_neutral)
        left = np.where(holds_all, np.maximum(every - bonus, 0.0), 0.0)
        found: Numbers = left + self.headline_weight * headline
        return found

    def knows_words(self, own_articles: int) -> bool:
        """Return whether so many articles in a language show well which words are rare."""
        return self.known_from.share(own_articles) >= WELL_KNOWN

    def background(self, cosines: Numbers, unit: float = 1.0) -> float:
        """Return the score of articles near a query that are too far down to be answers.

        `cosines` holds the best of each article among the candidates, `unit` as for `ArchiveFacts`.
        """
        if len(cosines) < self.fewest_articles:
            return self.background_usual * unit
        rank = min(self.background_rank, len(cosines) // 2)
        return float(np.sort(cosines)[::-1][rank])

    def expected(self, hits: HitFacts, around: Surroundings, archive: ArchiveFacts) -> Numbers:
        """Return for each hit how many hits as good a question without an answer gets.

        The best of more passages is better by chance, by `cosine_per_tenfold`. A missing word says
        little if the archive has few articles in the query's language.
        """
        words = self.word_weight * known_or_0(hits.coverage - self.word_neutral)
        words = np.where(words < 0, words * self.known_from.share(archive.own_articles), words)
        more = self.cosine_per_tenfold * self._tenfolds(archive)
        alone = self._by_chance(self.alone.margins(hits, around, archive.unit) + words - more)
        if hits.cohort is None:
            return alone
        margins = self.beside_cohort.margins(hits, around, archive.unit) + words - more
        beside = self._by_chance(margins)
        is_near = hits.cosines >= around.nearest - self.nearest_within
        found: Numbers = np.maximum(
            beside, np.where(is_near, np.minimum(alone, self.expected_at), alone)
        )
        return found

    def alike(self, archive: ArchiveFacts) -> float:
        """Return the cosine from which a text of the cohort is on the subject of a hit."""
        return self.cohort_alike + self.alike_per_tenfold * self._tenfolds(archive)

    def _tenfolds(self, archive: ArchiveFacts) -> float:
        """Return how often an archive is ten times as large as usual, negative for a small one."""
        passages = min(max(archive.passages, self.fewest_counted), self.most_counted)
        return math.log10(passages / self.usual_passages)

    def _by_chance(self, margins: Numbers) -> Numbers:
        falls = bounded(margins / self.cosine_per_decade, -9.0, 30.0)
        found: Numbers = self.expected_at * 10.0**-falls
        return found
