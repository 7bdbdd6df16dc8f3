"""Rank passages, or articles by their best passages, for the vectors of a query."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from recommender.answers.archive import Archive, Scope, WordScores
from recommender.answers.confidence import HitConfidence, least_confidence, likely_hit
from recommender.answers.hit_candidates import CandidateFinder, best_first, rows_of
from recommender.answers.hit_query import Candidate, HitQuery, Selection
from recommender.answers.recency import Recency
from recommender.answers.word_coverage import coverage_of
from recommender.arrays import Positions, Vectors
from recommender.scoring.diversity import DIVERSE_AMONG, mmr_order
from recommender.scoring.fusion import feedback_vectors, reorder
from recommender.scoring.relevance import Numbers, is_as_sure, load_relevance
from recommender.types import Article, ArticleRef, Confidence, Hit

# So many of the surest hits speak for passages that are near them.
SURE_HITS = 5
# So many of the best other hits are compared with those.
NEAR_SURE = 100

ExplainHits = Callable[[Sequence[Hit], Sequence[Candidate]], list[Hit]]


class FoundHits(NamedTuple):
    """The hits, and the nearest one if there are none that are sure enough."""

    hits: list[Hit]
    nearest: Hit | None


def find_hits(
    snapshot: Archive,
    vectors: Vectors,
    query: HitQuery,
    allowed: Scope,
    explain: ExplainHits | None = None,
) -> FoundHits:
    """Return the best passages for any of `vectors`, each once, or the best one of each article.

    `allowed` are the rows that may answer.
    """
    pipeline = HitPipeline(CandidateFinder(snapshot, vectors, query, allowed))
    hits = pipeline.run(explain)
    return FoundHits(hits, None if hits else pipeline.nearest())


def find_hits_among(
    snapshot: Archive, vectors: Vectors, query: HitQuery, allowed: Scope, articles: Positions
) -> list[Hit]:
    """Return the hits of `find_hits` in some articles, as sure as they are of all.

    They are found however many better ones there are in other articles.
    """
    some = allowed.among(articles)
    if some.is_empty:
        return []
    every = HitPipeline(CandidateFinder(snapshot, vectors, query, allowed)).judged()
    return HitPipeline(CandidateFinder(snapshot, vectors, query, some), every).run()


class HitPipeline:
    """Turns a query into hits. `run` calls the stages in this order:

    1. candidates   the nearest passages and, for `hybrid`, those that share most words
    2. words        shared words reorder the candidates within each language (`fusion.reorder`)
    3. feedback     the best hits move the query's vectors for texts in other languages
    4. coverage     articles that hold the query's rare words rise (`relevance.py`)
    5. confidence   how many hits as good chance would give; less sure ones are left out
    6. selection    strength, dates, diversity, `k`
    7. words only   rows without a vector that hold a quoted phrase follow
    8. strength     the percentile of each hit among unrelated pairs
    9. hits         the stored texts are read
    """

    def __init__(self, finder: CandidateFinder, among: Sequence[Candidate] = ()) -> None:
        """Take a finder; how sure its hits are follows from those of the archive in `among`."""
        self._finder = finder
        self._among = among
        self._snapshot = finder.snapshot
        self._query = finder.query
        self._judged: list[Candidate] = []

    def run(self, explain: ExplainHits | None = None) -> list[Hit]:
        """Return the hits, best first, explained if a function for that is given."""
        candidates = self._judged = self.judged()
        least = self._least()
        shown = [one for one in candidates if is_as_sure(one.confidence, least)]
        selected = self._selected(shown, self._query.selection)
        if self._query.ranking == "hybrid" and self._query.is_quoted:
            as_they_come = replace(self._query.selection, diverse=False)
            selected += self._selected(self._finder.words_only(candidates), as_they_come)
            selected = selected[: self._query.selection.k]
        selected = self._with_strength(selected)
        hits = self._hits(selected)
        return explain(hits, selected) if explain else hits

    def _least(self) -> Confidence:
        """Return the confidence that hits need: by words alone, all that share words are shown."""
        selection = self._query.selection
        if self._query.ranking == "words" and selection.confidence is None:
            return "loose"
        return least_confidence(self._snapshot, selection)

    def judged(self) -> list[Candidate]:
        """Return all candidates with how sure they are, best first, before any is left out."""
        return self._with_confidence(self._candidates())

    def nearest(self) -> Hit | None:
        """Return the best of the candidates of `run`, however loose; None if there are none."""
        hits = self._hits(self._with_strength(self._judged[:1]))
        return hits[0] if hits else None

    def _candidates(self) -> list[Candidate]:
        """Return all that may be answered, best first."""
        if self._query.ranking == "words":
            return self._finder.by_words()
        nearest = self._finder.nearest(self._finder.vectors)
        if self._query.ranking != "hybrid" or not nearest:
            return nearest
        words = self._snapshot.word_scores(self._query.text)
        hits = best_first(self._finder.together(nearest, self._finder.sharing_words(words)))
        hits = self._reordered(hits, words)
        if any(hit.language != self._query.language for hit in hits):
            hits = self._with_feedback(hits, nearest, words)
        return self._with_coverage(hits)

    def _reordered(self, hits: Sequence[Candidate], words: WordScores) -> list[Candidate]:
        """Reorder hits within each language by the words they share with the text."""
        shares = self._finder.words_of_each(hits, words)
        order = reorder([hit.score for hit in hits], shares, [hit.language for hit in hits])
        return [
            hits[at]._replace(meaning=score, score=score, words=shares[at]) for at, score in order
        ]

    def _with_feedback(
        self, hits: Sequence[Candidate], nearest: Sequence[Candidate], words: WordScores
    ) -> list[Candidate]:
        """Search again with the vectors moved to the nearest passages, for other languages.

        Hits in the query's language keep the order that the query itself gave them.
        """
        moved = feedback_vectors(self._finder.vectors, self._snapshot.centered(rows_of(nearest)))
        found = self._finder.nearest(moved)
        own = rows_of([hit for hit in hits if hit.language == self._query.language])
        known = set(rows_of(found).tolist())
        own = own[[row not in known for row in own.tolist()]]
        found = self._finder.together(found, self._finder.ranked(moved, own))
        found = self._reordered(best_first(found), words)
        every = self._finder.together(hits, found)
        own_cosines = {hit.row: hit.cosine for hit in hits}
        every, found = (self._finder.with_cosines(some, own_cosines) for some in (every, found))
        in_order = iter([hit for hit in every if hit.language == self._query.language])
        return [
            next(in_order)._replace(score=hit.score)
            if hit.language == self._query.language
            else hit._replace(by_feedback=True)
            for hit in found
        ]

    def _with_coverage(self, hits: Sequence[Candidate]) -> list[Candidate]:
        """Raise passages in the query's language whose article holds the query's rare words.

        So words decide between languages too: an article that holds few of them falls back.
        """
        own_articles = coverage_of(self._snapshot).articles_in(self._query.language)
        coverage = self._coverage(hits)
        bonus = load_relevance().search.bonus(coverage, own_articles)
        return best_first(
            hit._replace(score=hit.score + more, bonus=more, coverage=share)
            for hit, more, share in zip(hits, bonus.tolist(), coverage.tolist(), strict=True)
        )

    def _coverage(self, hits: Sequence[Candidate]) -> Numbers:
        """Return the share of the query's rare words that the article of each hit holds."""
        words = coverage_of(self._snapshot)
        return words.of_text(self._query.text, self._query.language, rows_of(hits))

    def _with_confidence(self, hits: Sequence[Candidate]) -> list[Candidate]:
        """Return the hits with the query's words in their articles, and with how sure they are."""
        if self._query.ranking != "hybrid" and self._query.text:
            shares = self._coverage(hits).tolist()
            hits = [hit._replace(coverage=share) for hit, share in zip(hits, shares, strict=True)]
        confidence = HitConfidence(self._snapshot, self._query, self._among or hits)
        each = zip(hits, confidence.of_each(hits), strict=True)
        found = [hit._replace(**sureness._asdict()) for hit, sureness in each]
        if self._query.is_quoted:  # what holds the quoted phrase is what was asked for
            return [_at_least_likely(hit) for hit in found]
        return self._with_neighbours(found, confidence) if self._query.text else found

    def _with_neighbours(
        self, hits: Sequence[Candidate], confidence: HitConfidence
    ) -> list[Candidate]:
        """Return the hits; those that are near one that is sure, which few words find, are likely.

        A short query is far from most passages, in other languages above all.
        """
        sure = [hit for hit in hits if hit.confidence == "sure"][:SURE_HITS]
        loose = [at for at, hit in enumerate(hits) if hit.confidence == "loose"][:NEAR_SURE]
        found = list(hits)
        if not sure or not loose:
            return found
        vectors = self._snapshot.centered(rows_of([hits[at] for at in loose]))
        nearest = (vectors @ self._snapshot.centered(rows_of(sure)).T).max(axis=1)
        near = confidence.of_neighbours(nearest.astype(np.float64))
        for at, sureness in zip(loose, near, strict=True):
            if sureness.probability > hits[at].probability:
                found[at] = hits[at]._replace(**sureness._asdict())
        return found

    def _selected(self, candidates: Sequence[Candidate], choice: Selection) -> list[Candidate]:
        """Return the answers among the candidates, which are best first."""
        kept = list(candidates)
        if least := choice.min_strength:
            kept = [found for found in self._with_strength(kept) if found.strength >= least]
        if choice.recency is not None:
            kept = self._in_time(kept, choice.recency)
        if not choice.diverse:
            return kept[: choice.k]
        kept = kept[: max(choice.k, DIVERSE_AMONG)]
        vectors = self._snapshot.centered(rows_of(kept))
        scores = [found.score for found in kept]
        order = mmr_order(scores, lambda at: vectors @ vectors[at], choice.k)
        return [kept[at]._replace(nearest=nearest) for at, nearest in order]

    def _in_time(self, hits: Sequence[Candidate], recency: Recency) -> list[Candidate]:
        """Return the hits by the part of their scores that their dates leave."""
        positions = self._snapshot.articles_of(rows_of(hits))
        dates = self._snapshot.columns.dates_of(positions).tolist()
        return best_first(
            hit._replace(score=recency.applied(hit.score, date), share=recency.share(date))
            for hit, date in zip(hits, dates, strict=True)
        )

    def _with_strength(self, hits: Sequence[Candidate]) -> list[Candidate]:
        """Return the hits with their strengths; rows without a vector have none."""
        unrelated = self._snapshot.unrelated["passages"]
        language, count = self._query.language, self._snapshot.row_count
        return [
            hit._replace(strength=unrelated.strength(hit.meaning, language, hit.language))
            if hit.row < count
            else hit
            for hit in hits
        ]

    def _hits(self, selected: Sequence[Candidate]) -> list[Hit]:
        """Return the hits with their texts."""
        positions = self._snapshot.articles_of(rows_of(selected)).tolist()
        articles = self._snapshot.articles(positions)
        return [self._hit(*one) for one in zip(selected, articles, strict=True)]

    def _hit(self, found: Candidate, article: Article) -> Hit:
        passage = self._snapshot.passage(found.row, article)
        return Hit(
            **ArticleRef.fields_of(article),
            passage_id=passage.id,
            role=passage.role,
            heading=passage.heading,
            text=passage.text,
            start=passage.start,
            end=passage.end,
            score=found.score,
            strength=found.strength,
            confidence=found.confidence,
            probability=found.probability,
            cosine=found.cosine,
            passage_language=passage.language or article.language,
            words_only=found.row >= self._snapshot.row_count,
        )


def _at_least_likely(hit: Candidate) -> Candidate:
    return hit._replace(**likely_hit()._asdict()) if hit.confidence == "loose" else hit
