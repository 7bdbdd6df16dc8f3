"""Rank articles for an article by aligning their passages, which are the evidence too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from recommender.answers.article_vectors import (
    ArticleVectors,
    RelatedQuery,
    StoredArticleVectors,
    align_articles,
    pairs_of,
    stored_articles,
)
from recommender.answers.confidence import RelatedConfidence, least_confidence
from recommender.answers.editorial import MAX_RULES, EditorialRule
from recommender.answers.hit_query import Selection
from recommender.answers.pair_facts import facts_beside
from recommender.answers.related_candidates import aligned_count, apply_rules, find_candidates
from recommender.answers.relation import Relation, is_copy, relation
from recommender.arrays import Mask, Vectors
from recommender.scoring.diversity import DIVERSE_AMONG, mmr_order
from recommender.scoring.relevance import Numbers, PairTerms, is_as_sure, load_relevance
from recommender.store.snapshot import Snapshot
from recommender.types import ArticleRef, Confidence, Evidence, Recommendation

SHOWN_PAIRS = 3
# Copies of one text score alike against any article: none are looked for further apart than this.
COPIES_APART = 0.2
# The share of its similarity to an article in `unlike` that an article loses.
UNLIKE_WEIGHT = 0.5


class RelatedCandidate(NamedTuple):
    """A candidate: how well it aligns, and its score.

    `fair` is `aligned`, made comparable between languages (`Unrelated.comparable`). `terms` holds
    the parts of the score that words, dates and lengths add (`relevance.PairTerms`). `unlike` says
    how well it aligns with what answers should differ from, `share` how much its date leaves of
    the score, `nearest` how well it aligns with the most similar answer before it. `pin` is the
    rule that puts it first.
    """

    other: StoredArticleVectors
    aligned: float
    fair: float
    score: float
    terms: tuple[float, ...] = (0.0, 0.0, 0.0)
    confidence: Confidence = "loose"
    strength: float = 0.0
    unlike: float = 0.0
    share: float = 1.0
    nearest: float = 0.0
    pin: EditorialRule | None = None


class FoundRelated(NamedTuple):
    """The recommendations, and the nearest article if there are none that are sure enough."""

    recommendations: list[Recommendation]
    nearest: Recommendation | None


Folded = tuple[RelatedCandidate, list[StoredArticleVectors]]
ExplainRelated = Callable[
    [RelatedQuery, Sequence[Recommendation], Sequence[RelatedCandidate]], list[Recommendation]
]


def find_related(
    snapshot: Snapshot,
    query: RelatedQuery,
    selection: Selection,
    allowed: Mask,
    include_copies: bool = False,
    explain: ExplainRelated | None = None,
) -> FoundRelated:
    """Return the articles whose passages align best with those of the query, or the nearest one.

    `allowed` has one flag a row: False for rows that are never answered. Copies of the query's
    articles are left out unless `include_copies`; those of an answer are named with it.
    """
    found = find_candidates(snapshot, query, allowed)[: aligned_count(selection.k)]
    candidates = stored_articles(snapshot, apply_rules(snapshot, query.ruling, found, allowed))
    pipeline = RelatedPipeline(snapshot, query, selection, allowed, include_copies)
    answers = pipeline.run(candidates, explain)
    return FoundRelated(answers, None if answers else pipeline.nearest())


def find_excluded(
    snapshot: Snapshot, query: RelatedQuery, selection: Selection, allowed: Mask
) -> list[tuple[StoredArticleVectors, EditorialRule]]:
    """Return the articles that only a rule of the editors keeps out, best first."""
    rules = query.ruling.excluded
    if not rules:
        return []
    candidates = find_candidates(snapshot, query, allowed)
    if not any(one in rules for one in candidates):
        return []
    most = aligned_count(1)
    # The others say what is common in this archive, and so how sure each is.
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
    5. copies      copies of one text become one answer
    6. diversity   similar answers move down (MMR), if asked
    7. evidence    the best pairs of passages, and the relation
    """

    def __init__(
        self,
        snapshot: Snapshot,
        query: RelatedQuery,
        selection: Selection,
        allowed: Mask | None,
        include_copies: bool = False,
    ) -> None:
        self._snapshot = snapshot
        self._query = query
        self._selection = selection
        self._allowed = allowed
        self._include_copies = include_copies
        self._unrelated = snapshot.unrelated["articles"]
        self._least = least_confidence(snapshot, selection)
        self._ordered: list[RelatedCandidate] = []

    def run(
        self, candidates: Sequence[StoredArticleVectors], explain: ExplainRelated | None = None
    ) -> list[Recommendation]:
        """Return the recommendations, best first, explained if a function for that is given."""
        selection = self._selection
        scored = (self._in_time(found) for found in self.scored(candidates))
        self._ordered = self._in_order(scored)
        wanted = max(selection.k, DIVERSE_AMONG) if selection.diverse else selection.k
        folded = self._folded(self.strong(self._ordered), wanted)
        if selection.diverse:
            folded = self._diverse(folded)
        answers = [self._recommendation(found, copies) for found, copies in folded]
        if explain is None:
            return answers
        return explain(self._query, answers, [found for found, _ in folded])

    def nearest(self) -> Recommendation | None:
        """Return the best of the candidates of `run`, however loose; None if there are none."""
        folded = self._folded(self._with_strength(self._ordered), 1)
        return self._recommendation(*folded[0]) if folded else None

    def scored(self, candidates: Sequence[StoredArticleVectors]) -> list[RelatedCandidate]:
        """Align the candidates, and lower the scores of those similar to articles in `unlike`."""
        query = self._query
        unlike = np.zeros(len(candidates))
        for other in query.unlike:
            unlike = np.maximum(unlike, align_articles(other, candidates))
        aligned = np.array(align_articles(query, candidates))
        same = np.array([one.language == query.language for one in candidates], np.bool_)
        fair = self._unrelated.comparable(aligned, same)
        terms = self._terms(candidates, fair)
        matches = fair + terms.total
        scores = matches - UNLIKE_WEIGHT * unlike
        confidence = RelatedConfidence(self._snapshot, query, self._allowed, fair)
        sure = [confidence.of(match) for match in matches.tolist()]
        columns = (column.tolist() for column in (aligned, fair, scores, unlike, *terms))
        pinned = query.ruling.pinned
        return [
            RelatedCandidate(
                *(one, match, even, score, tuple(added), confident),
                unlike=less,
                pin=pinned.get(one.position),
            )
            for one, confident, match, even, score, less, *added in zip(
                candidates, sure, *columns, strict=True
            )
        ]

    def _terms(self, candidates: Sequence[StoredArticleVectors], fair: Numbers) -> PairTerms:
        """Return what words, dates and lengths add, beside the query's article that fits best."""
        model = load_relevance().related
        articles = self._query.articles
        each = [
            model.terms(facts_beside(self._snapshot, article, candidates, fair))
            for article in articles
        ]
        best = np.argmax([terms.total for terms in each], axis=0)
        columns = zip(*each, strict=True)
        return PairTerms(*(np.choose(best, list(column)) for column in columns))

    def strong(self, candidates: Iterable[RelatedCandidate]) -> Iterator[RelatedCandidate]:
        """Yield candidates that are pinned, or sure and strong enough, with their strengths.

        Strength is computed lazily: few candidates are needed.
        """
        sure = (one for one in candidates if one.pin or is_as_sure(one.confidence, self._least))
        least = self._selection.min_strength or 0
        for found in self._with_strength(sure):
            if found.pin is not None or found.strength >= least:
                yield found

    def _with_strength(self, candidates: Iterable[RelatedCandidate]) -> Iterator[RelatedCandidate]:
        for found in candidates:
            yield found._replace(
                strength=self._unrelated.strength(
                    found.aligned, self._query.language, found.other.language
                )
            )

    def _in_time(self, found: RelatedCandidate) -> RelatedCandidate:
        """Return the candidate with the part of its score that its date leaves."""
        recency = self._selection.recency
        if recency is None:
            return found
        date = int(self._snapshot.columns.dates[found.other.position])
        return found._replace(score=recency.applied(found.score, date), share=recency.share(date))

    def _in_order(self, candidates: Iterable[RelatedCandidate]) -> list[RelatedCandidate]:
        """Return pinned articles in the editors' order, then the others by score."""
        pinned = {position: at for at, position in enumerate(self._query.ruling.pinned, -MAX_RULES)}

        def key(found: RelatedCandidate) -> tuple[int, float, int]:
            position = found.other.position
            return pinned.get(position, 0), -found.score, position

        return sorted(candidates, key=key)

    def _folded(self, candidates: Iterable[RelatedCandidate], k: int) -> list[Folded]:
        """Return the first `k`, each with the later articles that are copies of it.

        Copies of the query's articles are left out, unless they are asked for.
        """
        without: Sequence[ArticleVectors] = () if self._include_copies else self._query.articles
        kept: list[Folded] = []
        for found in candidates:
            if len(kept) == k and found.score < min(one.score for one, _ in kept) - COPIES_APART:
                break
            if found.pin is None and any(is_copy(one, found.other) for one in without):
                continue
            for best, copies in kept:
                if best.score - found.score <= COPIES_APART and is_copy(best.other, found.other):
                    copies.append(found.other)
                    break
            else:
                if len(kept) < k:
                    kept.append((found, []))
        return kept

    def _diverse(self, folded: Sequence[Folded]) -> list[Folded]:
        """Return `k` answers, each chosen for differing from those before it; pins stay."""
        k = self._selection.k
        pins = [one for one in folded if one[0].pin is not None][:k]
        if len(pins) == k:
            return pins
        folded = [one for one in folded if one[0].pin is None]
        articles = [found.other for found, _ in folded]

        def similarity(at: int) -> Vectors:
            return np.array(align_articles(articles[at], articles), np.float32)

        order = mmr_order([found.score for found, _ in folded], similarity, k - len(pins))
        others = [(folded[at][0]._replace(nearest=nearest), folded[at][1]) for at, nearest in order]
        return [*pins, *others]

    def _recommendation(
        self, found: RelatedCandidate, copies: Sequence[ArticleVectors]
    ) -> Recommendation:
        pairs = pairs_of(self._query, found.other)
        evidence = []
        for ours, theirs in _best_pairs(pairs):
            passage, match = self._query.passage(ours), found.other.passage(theirs)
            cosine = float(pairs[ours, theirs])
            evidence.append(Evidence(passage.id, match.id, cosine, passage.text, match.text))
        return Recommendation(
            **ArticleRef.fields_of(found.other.article),
            score=found.score,
            strength=found.strength,
            confidence=found.confidence,
            relation=self._relation(found, pairs),
            evidence=tuple(evidence),
            copies=tuple(copy.article.id for copy in copies),
        )

    def _relation(self, found: RelatedCandidate, pairs: Vectors) -> Relation:
        """Return the relation of a candidate to the query's article that it aligns best with."""
        articles = self._query.articles
        if len(articles) == 1:
            return relation(articles[0], found.other, found.aligned, pairs)
        aligned = [(align_articles(one, [found.other])[0], one) for one in articles]
        score, best = max(aligned, key=lambda one: one[0])
        return relation(best, found.other, score, pairs_of(best, found.other))


def _best_pairs(pairs: Vectors) -> list[tuple[int, int]]:
    """Return the best (row, column) pairs, no row and no column twice."""
    left = pairs.copy()
    found = []
    for _ in range(min(SHOWN_PAIRS, *left.shape)):
        ours, theirs = divmod(int(left.argmax()), left.shape[1])
        found.append((ours, theirs))
        left[ours, :] = left[:, theirs] = -np.inf
    return found
