"""Rank passages, or articles by their best passages, for the vectors of a query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from recommender.answers.archive import Archive, Scope, WordScores
from recommender.answers.candidates import Candidate, Candidates
from recommender.answers.confidence import HitConfidence, least_confidence, least_hit
from recommender.answers.copy_folding import CopyFolding
from recommender.answers.covered_hits import coverage_for, with_coverage
from recommender.answers.hit_candidates import CandidateFinder, first_places
from recommender.answers.hit_query import HitQuery, Selection
from recommender.answers.literal_hits import (
    at_least_likely,
    naming_date,
    put_first,
    with_identifiers,
    with_numbers,
)
from recommender.answers.options import MAX_K
from recommender.answers.recency import Recency, reduced
from recommender.answers.word_alone import WordAlone
from recommender.arrays import Mask, Positions, Vectors, are_among
from recommender.scoring.cohort import NearTexts
from recommender.scoring.diversity import DIVERSE_AMONG, mmr_order
from recommender.scoring.fusion import feedback_vectors, reorder
from recommender.scoring.sureness import level_of
from recommender.types import Article, ArticleRef, Confidence, Hit

# So many of the surest hits make passages near them likely.
SURE_HITS = 5
# So many of the best other hits are compared with those.
NEAR_SURE = 100
# If copies take the places of other hits, so many times as many candidates are compared, up to a
# number that is the same for every `k`. So a larger `k` never returns fewer hits.
DEEPER = 4
MOST_CANDIDATES = DEEPER * MAX_K

ExplainHits = Callable[[Sequence[Hit], Sequence[Candidate]], list[Hit]]


class FoundHits(NamedTuple):
    """The hits, the nearest one if no hit is sure enough, and whether a date of the query leads."""

    hits: list[Hit]
    nearest: Hit | None
    is_date_first: bool


def find_hits(
    snapshot: Archive,
    vectors: Vectors,
    query: HitQuery,
    allowed: Scope,
    explain: ExplainHits | None = None,
) -> FoundHits:
    """Return the best passages for any of `vectors`, each once, or the best one of each article.

    `allowed` are the rows that may be answers.
    """
    while True:
        pipeline = HitPipeline(CandidateFinder(snapshot, vectors, query, allowed))
        selected = pipeline.selected()
        if not pipeline.lacks_hits or query.depth >= MOST_CANDIDATES:
            break
        query = query._replace(least_depth=min(DEEPER * query.depth, MOST_CANDIDATES))
    hits = pipeline.hits(selected, explain)
    return FoundHits(hits, None if hits else pipeline.nearest(), pipeline.is_date_first)


def find_hits_among(
    snapshot: Archive, vectors: Vectors, query: HitQuery, allowed: Scope, articles: Positions
) -> list[Hit]:
    """Return the hits that `find_hits` would find in some articles, with the same confidence.

    They are found even if other articles have many better ones.
    """
    some = allowed.among(articles)
    if some.is_empty:
        return []
    of_some = query
    if dated := query.dated:
        of_some = query._replace(dated=dated._replace(scope=dated.scope.among(articles)))
    every = HitPipeline(CandidateFinder(snapshot, vectors, query, allowed)).judged()
    pipeline = HitPipeline(CandidateFinder(snapshot, vectors, of_some, some), every)
    return pipeline.hits(pipeline.selected())


class HitPipeline:
    """Turns a query into hits. `selected` calls the first stages in this order, `hits` the others:

    1. candidates   the nearest passages and, for `hybrid`, those that share most words
    2. words        shared words reorder the candidates within each language (`fusion.reorder`)
    3. feedback     the best hits move the query's vectors for texts in other languages
    4. coverage     articles that hold the query's rare words rise (`covered_hits.py`)
    5. confidence   how many hits as good chance would give; less sure ones are left out
    6. the date     what is of the date that the query names comes first
    7. selection    strength, dates, copies of a better hit, diversity, `k`
    8. words only   rows without a vector that hold a quoted phrase follow
    9. strength     the percentile of each hit among unrelated pairs
    10. hits        the stored texts are read
    """

    def __init__(self, finder: CandidateFinder, among: Candidates | None = None) -> None:
        """Take a finder; the confidence of its hits depends on the archive in `among`."""
        self._finder = finder
        self._among = among
        self._snapshot = finder.snapshot
        self._query = finder.query
        self._judged: Candidates | None = None
        self._word_alone = WordAlone(finder)
        self._copies = CopyFolding(finder.snapshot, finder.query)
        self.lacks_hits = False
        self.is_date_first = False

    def selected(self) -> Candidates:
        """Return the candidates that are the hits, best first."""
        candidates = self._judged = self._in_order()
        least = level_of(self._least())
        shown = candidates.take(candidates.level >= least) if least else candidates
        selected = self._selected(shown, self._query.selection)
        is_full, k = len(shown) >= self._query.depth, self._query.selection.k
        self.lacks_hits = is_full and len(selected) < k <= len(selected) + self._copies.count
        if self._query.ranking == "hybrid" and self._query.is_quoted:
            as_they_come = self._query.selection._replace(diverse=False)
            more = self._copies.found_among(self._finder.words_only(candidates))
            more = self._selected(more, as_they_come)
            selected = selected.followed_by(more).take(slice(k))
        return selected

    def _in_order(self) -> Candidates:
        """Return all candidates, best first; what is of the date that the query names comes first.

        An article of that date is as sure as if only those of the date were searched.
        """
        judged, confidence = self._with_confidence()
        candidates = self._with_neighbours(self._copies.found_among(judged), confidence)
        if (dated := self._query.dated) is None:
            return candidates
        pipeline = HitPipeline(replace(self._finder, allowed=dated.scope), self._among)
        of_date = _without_loose(pipeline.judged())
        named = _without_loose(naming_date(self._snapshot, dated.period.words, judged))
        first = self._finder.together(of_date, named)
        self.is_date_first = len(first) > 0
        every = self._finder.together(first, candidates)
        return self._copies.found_among(put_first(every, len(first)))

    def hits(self, selected: Candidates, explain: ExplainHits | None = None) -> list[Hit]:
        """Return the selected hits, with explanations if a function for them is given."""
        found = [*self._with_strength(selected).each()]
        hits = self._hits(found)
        return explain(hits, found) if explain else hits

    def _least(self) -> Confidence:
        """Return the confidence that hits need; with words alone, none is needed."""
        selection = self._query.selection
        if self._query.ranking == "words" and selection.confidence is None:
            return "loose"
        return least_confidence(self._snapshot, selection)

    def judged(self) -> Candidates:
        """Return all candidates, best first, each with the confidence that it has by itself."""
        return self._with_confidence()[0]

    def nearest(self) -> Hit | None:
        """Return the best of all candidates, also a loose one; None if there are none."""
        if self._judged is None or not len(self._judged):
            return None
        best = self._with_strength(self._judged.take(slice(1)))
        [hit] = self._hits([*best.each()])
        return hit

    def _candidates(self) -> Candidates:
        """Return all candidates that may be answers, best first."""
        if self._query.ranking == "words":
            return self._finder.by_words()
        nearest = self._finder.nearest(self._finder.vectors)
        if self._query.ranking != "hybrid" or not len(nearest):
            return nearest
        words = self._snapshot.word_scores(self._query.text)
        hits = self._finder.together(nearest, self._finder.sharing_words(words)).best_first()
        hits = self._reordered(hits, words)
        if (hits.language != self._query.language).any():
            hits = self._with_feedback(hits, nearest, words)
        return with_coverage(self._snapshot, self._query, self._word_alone.added(hits))

    def _reordered(self, hits: Candidates, words: WordScores) -> Candidates:
        """Reorder hits within each language by the words they share with the text."""
        shares = self._finder.words_of_each(hits, words)
        order, scores = reorder(hits.score, shares, hits.language.tolist())
        found = replace(hits, words=shares).take(order)
        return replace(found, meaning=scores, score=scores)

    def _with_feedback(
        self, hits: Candidates, nearest: Candidates, words: WordScores
    ) -> Candidates:
        """Search again with the vectors moved towards the nearest passages, for other languages.

        Hits in the query's language keep the order that the query itself gave them.
        """
        moved = feedback_vectors(self._finder.vectors, self._snapshot.centered(nearest.row))
        found = self._finder.nearest(moved)
        own = hits.row[hits.language == self._query.language]
        own = own[~are_among(own, found.row)]
        found = self._finder.together(found, self._finder.ranked(moved, own))
        found = self._reordered(found.best_first(), words)
        found = self._finder.with_cosines(found, hits)
        is_own = found.language == self._query.language
        in_order = self._in_own_language(hits, found, is_own)
        order, places = np.arange(len(found)), np.flatnonzero(is_own)
        order[places] = len(found) + np.arange(len(places))
        moved_ones = replace(found, by_feedback=np.ones(len(found), np.bool_))
        mixed = moved_ones.followed_by(in_order).take(order)
        return replace(mixed, score=found.score)

    def _in_own_language(self, hits: Candidates, found: Candidates, is_own: Mask) -> Candidates:
        """Return as many hits as `is_own` flags among those that moved vectors found.

        They are in the query's language, in the order of the query itself. The best passage of an
        article may be in one language for the query, and in another one for the moved vectors.
        """
        others, own = found.take(~is_own), found.take(is_own)
        known = hits.take(hits.language == self._query.language)
        known = self._finder.together(others, known).take(slice(len(others), None))
        return self._finder.together(known, own).take(slice(len(own)))

    def _with_confidence(self) -> tuple[Candidates, HitConfidence]:
        """Return the candidates with their coverage of the query's words, and their confidence."""
        hits = self._candidates()
        if self._query.ranking != "hybrid" and self._query.text:
            hits = replace(hits, coverage=coverage_for(self._snapshot, self._query, hits))
        among = hits if self._among is None else self._among
        confidence = HitConfidence(self._snapshot, self._query, among, self._near_texts())
        found = replace(hits, **confidence.of_each(hits)._asdict())
        if self._query.is_quoted:  # a hit that holds the quoted phrase is what was asked for
            found = at_least_likely(found)
        elif self._query.text:
            if self._query.ranking == "hybrid":
                found = at_least_likely(found, found.headline > 0)
                found = with_numbers(self._snapshot, self._query.text, found)
                found = self._word_alone.first(found)
            found = with_identifiers(self._snapshot, self._query, found)
        return found, confidence

    def _near_texts(self) -> NearTexts | None:
        """Return the texts of the cohort near the query; None for a passage, or if unknown."""
        return self._snapshot.space.near_texts(self._finder.vectors) if self._query.text else None

    def _with_neighbours(self, hits: Candidates, confidence: HitConfidence) -> Candidates:
        """Return the hits; those near a sure hit are likely, if few words found that hit.

        A short query is far from most passages, above all in other languages.
        """
        if self._query.is_quoted or not self._query.text or self._query.identifiers.is_all:
            return hits
        sure = np.flatnonzero(hits.level == level_of("sure"))[:SURE_HITS]
        loose = np.flatnonzero(hits.level == level_of("loose"))[:NEAR_SURE]
        if not len(sure) or not self._may_be_shown(hits, loose):
            return hits
        vectors = self._snapshot.centered(hits.row[loose])
        nearest = (vectors @ self._snapshot.centered(hits.row[sure]).T).max(axis=1)
        near = confidence.of_neighbours(hits.take(loose), nearest.astype(np.float64))
        is_likely = near >= least_hit("likely").probability
        level, probability = hits.level.copy(), hits.probability.copy()
        level[loose[is_likely]] = level_of("likely")
        probability[loose[is_likely]] = near[is_likely]
        return replace(hits, level=level, probability=probability)

    def _may_be_shown(self, hits: Candidates, loose: Positions) -> bool:
        """Return whether a hit at the places `loose` is shown, or would be if it were likely."""
        k = self._query.selection.k
        shown = np.flatnonzero(hits.level >= level_of(self._least()))
        shown = shown[first_places(hits.copy_of[shown])]
        is_full = self._query.selection.takes_first and len(shown) >= k
        return bool(len(loose)) and not (is_full and loose[0] > shown[k - 1])

    def _selected(self, candidates: Candidates, choice: Selection) -> Candidates:
        """Return the answers among the candidates, which are best first."""
        kept = candidates
        if least := choice.min_strength:
            kept = self._with_strength(kept)
            kept = kept.take(kept.strength >= least)
        if choice.recency is not None:
            kept = self._in_time(kept, choice.recency)
        kept = self._copies.folded(kept)
        if not choice.diverse:
            return kept.take(slice(choice.k))
        kept = kept.take(slice(max(choice.k, DIVERSE_AMONG)))
        vectors = self._snapshot.centered(kept.row)
        order = mmr_order(kept.score.tolist(), lambda at: vectors @ vectors[at], choice.k)
        chosen = kept.take(np.array([at for at, _ in order], np.int64))
        return replace(chosen, nearest=np.array([nearest for _, nearest in order], np.float64))

    def _in_time(self, hits: Candidates, recency: Recency) -> Candidates:
        """Return the hits with the scores that a half-life leaves."""
        dates = self._snapshot.columns.dates_of(hits.article).tolist()
        share = recency.shares(dates)
        return replace(hits, score=reduced(hits.score, share), share=share).best_first()

    def _with_strength(self, hits: Candidates) -> Candidates:
        """Return the hits with their strengths; rows without a vector have none."""
        unrelated = self._snapshot.unrelated["passages"]
        language, count = self._query.language, self._snapshot.row_count
        each = zip(hits.row.tolist(), hits.meaning.tolist(), hits.language.tolist(), strict=True)
        strength = [
            unrelated.strength(meaning, language, theirs) if row < count else 0.0
            for row, meaning, theirs in each
        ]
        return replace(hits, strength=np.array(strength, np.float64))

    def _hits(self, selected: Sequence[Candidate]) -> list[Hit]:
        """Return the hits with their texts; an article is read once for all of its hits."""
        places: dict[int, list[int]] = {}
        for place, one in enumerate(selected):
            places.setdefault(one.article, []).append(place)
        hits: dict[int, Hit] = {}
        others = [other for one in selected for other in self._copies.of(one)]
        positions = [*dict.fromkeys([*places, *others])]
        ids: dict[int, str] = {}
        for position, article in zip(positions, self._snapshot.articles(positions), strict=True):
            ids[position] = article.id
            own = places.get(position, [])
            fields = ArticleRef.fields_of(article) if own else {}
            for place in own:
                hits[place] = self._hit(selected[place], article, fields)
        for place, one in enumerate(selected):
            if copies := self._copies.of(one):
                hits[place] = replace(hits[place], copies=tuple(ids[other] for other in copies))
        return [hits[place] for place in range(len(selected))]

    def _hit(self, found: Candidate, article: Article, fields: Mapping[str, Any]) -> Hit:
        passage = self._snapshot.passage(found.row, article)
        return Hit(
            **fields,
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


def _without_loose(hits: Candidates) -> Candidates:
    return hits.take(hits.level >= level_of("likely"))
