"""Rank articles for an article by aligning their passages, which are also the evidence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from recommender.answers.archive import Archive, Scope
from recommender.answers.article_vectors import (
    RelatedQuery,
    StoredArticleVectors,
    align_articles,
    pairs_of,
    stored_articles,
)
from recommender.answers.confidence import RelatedConfidence, least_confidence
from recommender.answers.editorial import EditorialRule
from recommender.answers.fallback import newest_of_section, prepared
from recommender.answers.hit_query import Selection
from recommender.answers.pair_facts import facts_beside, headline_words
from recommender.answers.related_candidates import apply_rules, find_candidates
from recommender.answers.relation import Relation, relation
from recommender.answers.scored_candidates import CandidateScores, ScoredCandidates
from recommender.answers.version_folding import (
    Folded,
    RelatedCandidate,
    VersionFolding,
    named_translations,
)
from recommender.arrays import Vectors
from recommender.scoring.diversity import DIVERSE_AMONG, mmr_order
from recommender.scoring.nearby import aligned_count
from recommender.scoring.relevance import load_relevance
from recommender.types import ArticleRef, Evidence, Recommendation, Translation

SHOWN_PAIRS = 3
# The share of its similarity to an article in `unlike` that an article loses.
UNLIKE_WEIGHT = 0.5


class FoundRelated(NamedTuple):
    """The recommendations, and the nearest article if none is sure enough.

    `translations` are those of the query's articles, without those among the recommendations.
    """

    recommendations: list[Recommendation]
    nearest: Recommendation | None = None
    translations: tuple[Translation, ...] = ()


class Related(NamedTuple):
    """An article by its position, its relation to the query, its score and its copies."""

    position: int
    relation: Relation
    score: float
    copies: tuple[int, ...]


ExplainRelated = Callable[
    [RelatedQuery, Sequence[Recommendation], Sequence[RelatedCandidate]], list[Recommendation]
]


def find_related(
    snapshot: Archive,
    query: RelatedQuery,
    selection: Selection,
    allowed: Scope,
    explain: ExplainRelated | None = None,
) -> FoundRelated:
    """Return the articles that align best with the query, or the nearest one if none is sure.

    `allowed` are the rows that may be answers. Copies of the query's articles are left out unless
    they are asked for; copies of an answer are named with it.
    """
    count = aligned_count(selection.k, diverse=selection.diverse)
    found = find_candidates(snapshot, query, allowed)[:count]
    compared = apply_rules(snapshot, query.ruling, found, allowed)
    candidates = stored_articles(snapshot, compared, headline_words(query))
    pipeline = RelatedPipeline(snapshot, query, selection, allowed)
    answers = pipeline.run(candidates, explain)
    return FoundRelated(answers, None if answers else pipeline.nearest(), pipeline.translations)


def find_excluded(
    snapshot: Archive, query: RelatedQuery, selection: Selection, allowed: Scope
) -> list[tuple[StoredArticleVectors, EditorialRule]]:
    """Return the articles that only an editors' rule excludes, best first."""
    rules = query.ruling.excluded
    if not rules:
        return []
    candidates = find_candidates(snapshot, query, allowed)
    if not any(one in rules for one in candidates):
        return []
    most = aligned_count(1)
    # The other candidates show what is common in this archive, and so how sure each is.
    candidates = [one for at, one in enumerate(candidates) if at < most or one in rules]
    pipeline = RelatedPipeline(snapshot, query, selection, allowed)
    scored = pipeline.scored(stored_articles(snapshot, candidates))
    found = [one for one in pipeline.strong(scored) if one.other.position in rules]
    found.sort(key=lambda one: (-one.score, one.other.position))
    return [(one.other, rules[one.other.position]) for one in found]


class RelatedPipeline:
    """Turns candidates into recommendations. `run` calls the stages in this order:

    1. scores      align the candidates with the query; add what words, dates and lengths say
                   (`relevance.py`); take off the similarity to `unlike`
    2. dates       a half-life lowers the scores of distant articles
    3. order       pinned articles first, then by score
    4. confidence  answers that are less sure than asked for, or too weak, are left out
    5. versions    copies and translations of one text become one answer
    6. diversity   similar answers move down (MMR), if asked
    7. fallback    the newest articles of the section fill a short list, if asked
    8. evidence    the best pairs of passages, and the relation
    """

    def __init__(
        self,
        snapshot: Archive,
        query: RelatedQuery,
        selection: Selection,
        allowed: Scope,
    ) -> None:
        self._snapshot = snapshot
        self._query = query
        self._selection = selection
        self._allowed = allowed
        self._unrelated = snapshot.unrelated["articles"]
        self._least = least_confidence(snapshot, selection)
        self._ordered: Iterable[RelatedCandidate] = ()
        self._versions = VersionFolding(query, selection)

    def run(
        self, candidates: Sequence[StoredArticleVectors], explain: ExplainRelated | None = None
    ) -> list[Recommendation]:
        """Return the recommendations, best first, explained if a function for that is given."""
        folded = self._chosen(candidates)
        answers = [self._recommendation(one) for one in folded]
        if explain is None:
            return answers
        return explain(self._query, answers, [one.found for one in folded])

    def relations(self, candidates: Sequence[StoredArticleVectors]) -> list[Related]:
        """Return the relations of the articles of `run` to the query, without their evidence."""
        return [
            Related(
                one.found.other.position,
                self._relation(one.found),
                one.found.score,
                tuple(copy.position for copy in one.copies),
            )
            for one in self._chosen(candidates)
        ]

    def _chosen(self, candidates: Sequence[StoredArticleVectors]) -> list[Folded]:
        selection = self._selection
        scored = self.scored(candidates)
        if selection.recency is not None:
            dates = self._snapshot.columns.dates_of(scored.positions).tolist()
            scored.reduce(selection.recency.shares(dates))
        scored.sort()
        self._ordered = scored
        wanted = max(selection.k, DIVERSE_AMONG) if selection.diverse else selection.k
        folded = self._versions.fold(self.strong(scored), wanted)
        if selection.diverse:
            folded = self._diverse(folded)
        if selection.fallback == "newest":
            folded = self._filled(folded)
        return folded

    def nearest(self) -> Recommendation | None:
        """Return the best of the candidates of `run`, also a loose one; None if there are none.

        Loose translations are left out but not named: a batch, which shows no nearest article,
        would not find them, and 60% of those in Debian are translations.
        """
        versions = VersionFolding(self._query, self._selection)
        folded = versions.fold(self._with_strength(self._ordered), 1)
        return self._recommendation(folded[0]) if folded else None

    @property
    def translations(self) -> tuple[Translation, ...]:
        """The translations of the query's articles that `run` left out of the answers."""
        return self._named(self._versions.translated)

    def _named(self, translations: Sequence[StoredArticleVectors]) -> tuple[Translation, ...]:
        return named_translations(translations) if self._selection.translations == "fold" else ()

    def scored(self, candidates: Sequence[StoredArticleVectors]) -> ScoredCandidates:
        """Align the candidates, and lower the scores of those similar to articles in `unlike`."""
        query = self._query
        unlike = np.zeros(len(candidates))
        for other in query.unlike:
            unlike = np.maximum(unlike, align_articles(other, candidates))
        aligned = np.array(align_articles(query, candidates))
        positions = np.array([one.position for one in candidates], np.int64)
        same = self._snapshot.columns.are_in(positions, query.language)
        fair = self._unrelated.comparable(aligned, same)
        beside = facts_beside(self._snapshot, query, candidates, fair)
        matches = fair + beside.terms.total
        wholes = np.array([one.whole for one in candidates])
        confidence = RelatedConfidence(self._snapshot, query, self._allowed, fair, wholes)
        scores = CandidateScores(
            aligned=aligned,
            fair=fair,
            score=matches - UNLIKE_WEIGHT * unlike,
            terms=beside.terms,
            sureness=confidence.of_each(matches, same, beside.length),
            unlike=unlike,
            coverage=beside.coverage,
        )
        return ScoredCandidates(candidates, scores, query.ruling.pinned)

    def strong(self, candidates: ScoredCandidates) -> Iterator[RelatedCandidate]:
        """Yield candidates that are pinned, or sure and strong enough, with their strengths.

        Strengths are computed one by one, since only few candidates are needed.
        """
        least = self._selection.min_strength or 0
        for found in self._with_strength(candidates.sure(self._least)):
            if found.pin is not None or found.strength >= least:
                yield found

    def _with_strength(self, candidates: Iterable[RelatedCandidate]) -> Iterator[RelatedCandidate]:
        for found in candidates:
            yield found._replace(
                strength=self._unrelated.strength(
                    found.aligned, self._query.language, found.other.language
                )
            )

    def _diverse(self, folded: Sequence[Folded]) -> list[Folded]:
        """Return `k` answers, each chosen to differ from those before it; pins stay."""
        k = self._selection.k
        pins = [one for one in folded if one.found.pin is not None][:k]
        if len(pins) == k:
            return pins
        folded = [one for one in folded if one.found.pin is None]
        articles = [one.found.other for one in folded]

        def similarity(at: int) -> Vectors:
            return np.array(align_articles(articles[at], articles), np.float32)

        order = mmr_order([one.found.score for one in folded], similarity, k - len(pins))
        others = [
            folded[at]._replace(found=folded[at].found._replace(nearest=nearest))
            for at, nearest in order
        ]
        return [*pins, *others]

    def _filled(self, folded: Sequence[Folded]) -> list[Folded]:
        """Return `k` answers: those found, followed by the newest of the article's section."""
        filled, first = list(folded), self._query.articles[0]
        barred = {*self._query.positions, *self._query.ruling.excluded}
        known = {one.other.position: one for one in self._ordered}
        newest = newest_of_section(self._snapshot, first, self._allowed)
        for position in prepared(self._snapshot, newest, self._selection.k - len(filled)):
            if len(filled) >= self._selection.k:
                break
            if position in barred or any(one.found.other.position == position for one in filled):
                continue
            found = known.get(position) or self._far(position)
            if self._versions.is_version_of_query(found.other):
                continue
            joined = self._versions.joined(found, filled)
            if joined is not None:
                joined.append(found.other)
            else:
                filled.append(Folded(found._replace(is_fallback=True), [], []))
        return filled

    def _far(self, position: int) -> RelatedCandidate:
        """Return an article that is not a candidate, with the score that it has when aligned."""
        other = StoredArticleVectors(self._snapshot, position)
        [aligned] = align_articles(self._query, [other])
        score = float(aligned)
        sureness = load_relevance().sureness("related", math.inf)
        found = RelatedCandidate(other, score, score, score, confidence=sureness.confidence)
        strength = self._unrelated.strength(score, self._query.language, other.language)
        return found._replace(probability=sureness.probability, strength=strength)

    def _recommendation(self, folded: Folded) -> Recommendation:
        found = folded.found
        also_in = self._named(folded.translations)
        pairs = pairs_of(self._query, found.other)
        evidence = []
        for ours, theirs in () if found.is_fallback else _best_pairs(pairs):
            passage, match = self._query.passage(ours), found.other.passage(theirs)
            cosine = float(pairs[ours, theirs])
            evidence.append(Evidence(passage.id, match.id, cosine, passage.text, match.text))
        return Recommendation(
            **ArticleRef.fields_of(found.other.article),
            score=found.score,
            strength=found.strength,
            confidence=found.confidence,
            probability=found.probability,
            relation=self._relation(found, pairs),
            evidence=tuple(evidence),
            copies=tuple(copy.article.id for copy in folded.copies),
            translations=tuple(one.article_id for one in also_in),
            also_in=also_in,
            pinned=found.pin is not None,
        )

    def _relation(self, found: RelatedCandidate, pairs: Vectors | None = None) -> Relation:
        """Return the relation of a candidate to the query's article that it aligns best with.

        `pairs` are the cosines of the query and the candidate, if they are known.
        """
        if found.is_fallback:
            return "newest"
        articles = self._query.articles
        if len(articles) == 1:
            return relation(articles[0], found.other, found.aligned, pairs, found.coverage)
        aligned = [(align_articles(one, [found.other])[0], one) for one in articles]
        score, best = max(aligned, key=lambda one: one[0])
        return relation(best, found.other, score, pairs_of(best, found.other), found.coverage)


def _best_pairs(pairs: Vectors) -> list[tuple[int, int]]:
    """Return the best (row, column) pairs; no row and no column occurs twice."""
    left = pairs.copy()
    found = []
    for _ in range(min(SHOWN_PAIRS, *left.shape)):
        ours, theirs = divmod(int(left.argmax()), left.shape[1])
        found.append((ours, theirs))
        left[ours, :] = left[:, theirs] = -np.inf
    return found
