"""Say how sure answers are: how many answers of their quality chance gives in the archive."""

from __future__ import annotations

import math

import numpy as np

from recommender.answers.archive import Archive, Scope
from recommender.answers.article_vectors import RelatedQuery
from recommender.answers.candidates import Candidates
from recommender.answers.hit_query import HitQuery, Selection
from recommender.answers.options import RelatedOptions, SearchOptions, SimilarOptions
from recommender.answers.word_coverage import coverage_of
from recommender.arrays import Mask, Numbers, Vectors
from recommender.scoring.cohort import NearTexts
from recommender.scoring.relevance import Background, load_relevance
from recommender.scoring.search_model import ArchiveFacts, HitFacts, Surroundings
from recommender.scoring.sureness import Sureness, Surenesses
from recommender.types import Confidence

# In archives of fewer articles all answers are shown, since no answer stands out there.
FEW_ARTICLES = 20
# At most so many times as wide as usual may the scores of an archive of the usual model spread.
MOST_SPREAD = 1.5
# The bundled model has the name of the model itself with this ending: its numbers take 4 bits.
BUNDLED_SUFFIX = "-q4"
DEFAULT_CONFIDENCE: Confidence = "likely"


def least_confidence(
    snapshot: Archive, asked: Selection | RelatedOptions | SearchOptions | SimilarOptions
) -> Confidence:
    """Return the confidence that answers need to be shown.

    If a script gives a least strength, answers of any confidence are shown.
    """
    if asked.confidence is not None:
        return asked.confidence
    if asked.min_strength is not None or snapshot.manifest.articles < FEW_ARTICLES:
        return "loose"
    return DEFAULT_CONFIDENCE


class RelatedConfidence:
    """The confidence of related articles, by the scores of all candidates for an article."""

    def __init__(
        self,
        snapshot: Archive,
        query: RelatedQuery,
        allowed: Scope,
        scores: Numbers,
        wholes: Vectors,
    ) -> None:
        """`scores` are those of the candidates, without the parts for words, dates and lengths.

        `wholes` are the means of their passages at length 1, (candidates, dim).
        """
        self._model = load_relevance()
        related = self._model.related
        share = _allowed_share(snapshot, query, allowed)
        unit = _article_unit(snapshot)
        self._background: Background = related.background(
            scores, share * snapshot.manifest.articles, unit
        )
        self._crowding = related.crowding(query.whole, wholes, unit)
        self._between = self._background._replace(unit=max(unit, _unit_between(snapshot)))
        self._is_known = _is_known(snapshot)

    def of_each(self, scores: Numbers, same_language: Mask, length: Numbers) -> Surenesses:
        """Return how sure candidates are, by scores that their dates do not lower.

        `length` is the number of characters in the shorter text of each pair.
        """
        related = self._model.related
        # The spread of the scores of short texts was measured with one model only.
        spread = related.spread_at(length) if self._is_known else self._background.unit
        scores = scores - self._crowding
        expected = np.where(
            same_language,
            related.expected(scores, self._background, spread),
            related.expected(scores, self._between, spread),
        )
        return self._model.surenesses_related(expected, same_language)


class HitConfidence:
    """The confidence of passages, by the candidates that were found for a question."""

    def __init__(
        self,
        snapshot: Archive,
        query: HitQuery,
        hits: Candidates,
        cohort: NearTexts | None = None,
    ) -> None:
        """`hits` have their own cosines, `cohort` are texts near the query, None for a passage."""
        self._model = load_relevance()
        search = self._model.search
        self._unit = _query_unit(snapshot)
        self._nearer = 0.0 if query.text else search.passages_nearer * self._unit
        self._known = search.known_from.share(snapshot.manifest.articles) if query.text else 0.0
        own = coverage_of(snapshot).articles_in(query.language)
        self._archive = ArchiveFacts(snapshot.row_count, own, self._unit)
        self._language = query.language
        worst_first = hits.cosine.argsort()  # so that the best one of each article stays
        articles = hits.article[worst_first].tolist()
        found = dict(zip(articles, hits.cosine[worst_first].tolist(), strict=True))
        best = np.array(list(found.values()), np.float64)
        background = search.background(best, self._unit)
        is_unknown = query.is_spelled and not hits.words.any()  # of invented words no hit is near
        nearest = math.inf if is_unknown else float(best.max(initial=-1.0))
        self._around = Surroundings(background, nearest)
        self._cohort, self._centered = cohort, snapshot.centered

    def of_each(self, hits: Candidates) -> Surenesses:
        """Return how sure hits are by their cosines and the query's words in their articles.

        They may be other hits than those that show what is near the query.
        """
        others = (hits.language != self._language) * self._known
        cosines = hits.cosine - self._nearer
        return self._of(HitFacts(cosines, hits.coverage, others, self._other_subjects(hits)))

    def _other_subjects(self, hits: Candidates) -> Numbers | None:
        """Return how near the query is to texts on other subjects than each hit's."""
        if self._cohort is None:
            return None
        alike = self._model.search.alike(self._archive)
        return self._cohort.on_other_subjects(self._centered(hits.row), alike)

    def of_neighbours(self, hits: Candidates, cosines: Numbers) -> Numbers:
        """Return the probabilities of hits by their cosines to the nearest sure hit.

        In other languages a query is far from most passages, so only that cosine counts. In its own
        language the query's cosine counts too. None is as probable as a sure hit.
        """
        search = self._model.search
        nothing = np.zeros(len(cosines))
        facts = HitFacts(
            cosines - search.passages_nearer * self._unit, np.full(len(cosines), np.nan), nothing
        )
        others = self._of(facts).probability  # two passages are compared: no cohort
        own = search.neighbours.probabilities(hits.probability, cosines / self._unit)
        found = np.where(hits.language == self._language, own, others)
        return np.minimum(found, least_hit("sure").probability)

    def _of(self, facts: HitFacts) -> Surenesses:
        expected = self._model.search.expected(facts, self._around, self._archive)
        return self._model.surenesses("search", expected)


def least_hit(confidence: Confidence) -> Sureness:
    """Return the level of the least sure hit that has a confidence."""
    return load_relevance().sureness_at("search", confidence)


def _allowed_share(snapshot: Archive, query: RelatedQuery, allowed: Scope) -> float:
    """Return the share of passages that may be answers; the query's own passages do not count."""
    own = int(np.count_nonzero(allowed.holds(snapshot.spans(query.positions).rows)))
    return (allowed.count - own) / max(snapshot.row_count, 1)


def _is_known(snapshot: Archive) -> bool:
    """Return whether the constants were chosen with the model of a snapshot."""
    name = snapshot.manifest.encoder.name.rpartition("/")[2]
    return name.removesuffix(BUNDLED_SUFFIX) == load_relevance().model


def _article_unit(snapshot: Archive) -> float:
    """Return the spread of the scores of articles, relative to where the constants were chosen.

    An archive of the same model may spread wider, such as one of single sentences. If it seems to
    spread less, its sample holds few subjects.
    """
    return _article_unit_of(snapshot, snapshot.unrelated["articles"].apart.spread)


def _unit_between(snapshot: Archive) -> float:
    """Return the same for pairs in two languages, whose scores are stretched to be comparable."""
    return _article_unit_of(snapshot, snapshot.unrelated["articles"].comparable_spread)


def _article_unit_of(snapshot: Archive, spread: float) -> float:
    relative = spread / load_relevance().related.spread
    return min(max(relative, 1.0), MOST_SPREAD) if _is_known(snapshot) else relative


def _query_unit(snapshot: Archive) -> float:
    """Return the spread of cosines of the model, relative to where the constants were chosen."""
    if _is_known(snapshot):
        return 1.0
    return snapshot.unrelated["passages"].apart.spread / load_relevance().search.spread
