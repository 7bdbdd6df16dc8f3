"""Ranks articles for an article by aligning their passages, which are the evidence too."""

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
from recommender.answers.editorial import MAX_RULES, EditorialRule, Ruling
from recommender.answers.hit_query import Selection
from recommender.answers.recency import Recency
from recommender.answers.relation import Relation, is_copy, relation
from recommender.arrays import Mask, Rows, Scores, Vectors
from recommender.scoring.diversity import DIVERSE_AMONG, mmr_order
from recommender.store.snapshot import Snapshot
from recommender.types import ArticleRef, Evidence, Recommendation

# Neighbours fetched for each passage that is searched with, and articles then aligned in full, at
# least, and for each that is wanted.
NEIGHBOURS = 100
ALIGNED, ALIGNED_EACH = 150, 2
# What a pair of passages that was not found is taken to score, below the least that was. With half
# or twice as much fewer of the best articles are among those that are aligned.
UNSEEN = 0.2
# So many passages of an article are searched with, evenly over it; all are aligned. Of the ten best
# of 300 articles among 448,000 passages this left 99.3%, as searching with all of them did 99.5%.
PASSAGES = 16
SHOWN_PAIRS = 3
# Copies of one text score alike against any article: further apart than this none are looked for.
COPIES_APART = 0.2

# What likeness to an article that answers should be unlike takes off the score.
UNLIKE_WEIGHT = 0.5

# By default weaker answers are left out: none is better than the least bad. Of unrelated pairs one
# in ten reaches this; of labelled pairs 99% of those of one event in two languages (`itn`), all of
# one story, and 79% of those of one topic only (`wikinews_en`). In fewer articles than these,
# strength tells too little.
MIN_STRENGTH = 90
FEW_ARTICLES = 20


class RelatedCandidate(NamedTuple):
    """A candidate: how well it aligns, and its score.

    `fair` is that score made comparable between languages (`Unrelated.comparable`), `unlike` how
    well it aligns with what answers should be unlike, `share` what its date leaves of the score,
    `nearest` how well it aligns with the most like of the answers before it, `pin` the rule that
    puts it first.
    """

    other: StoredArticleVectors
    aligned: float
    fair: float
    score: float
    strength: float = 0.0
    unlike: float = 0.0
    share: float = 1.0
    nearest: float = 0.0
    pin: EditorialRule | None = None


ExplainRelated = Callable[
    [RelatedQuery, Sequence[Recommendation], Sequence[RelatedCandidate]], list[Recommendation]
]


def find_related(
    snapshot: Snapshot,
    asked: RelatedQuery,
    choice: Selection,
    allowed: Mask,
    include_copies: bool = False,
    explain: ExplainRelated | None = None,
) -> list[Recommendation]:
    """Return the articles whose passages align best with those of the articles asked for.

    `allowed` has one flag a row: False for what is never answered. Copies of the articles
    themselves are left out unless `include_copies`; those of another are named with the best of
    them.
    """
    found = find_candidates(snapshot, asked, allowed)[: articles_for(choice.k)]
    candidates = ruled(snapshot, asked.ruling, found, allowed)
    sides = stored_articles(snapshot, candidates)
    return rank_related(snapshot, asked, sides, choice, include_copies, explain)


def ruled(
    snapshot: Snapshot, ruling: Ruling, candidates: Iterable[int], allowed: Mask | None
) -> list[int]:
    """Return the candidates with those that editors pin before them, less those they bar.

    What filters leave out stays out.
    """
    pins = [position for position in ruling.pinned if _is_allowed(snapshot, position, allowed)]
    others = (one for one in candidates if one not in ruling.excluded and one not in ruling.pinned)
    return [*pins, *others]


def _is_allowed(snapshot: Snapshot, position: int, allowed: Mask | None) -> bool:
    rows = snapshot.rows(position)
    return bool(rows) and (allowed is None or bool(allowed[rows.start]))


def articles_for(k: int) -> int:
    """Return how many articles are aligned to find the `k` that align best."""
    return max(ALIGNED, ALIGNED_EACH * k)


def find_candidates(snapshot: Snapshot, asked: RelatedQuery, allowed: Mask) -> list[int]:
    """Return the articles near the passages, before editors have their say (`candidates_among`)."""
    count = min(NEIGHBOURS, snapshot.row_count)
    vectors = np.concatenate([telling(side) for side in asked.articles])
    neighbours = snapshot.index.search(vectors, count, allowed, "articles")
    return candidates_among(snapshot, asked.language, *neighbours)


def telling(side: ArticleVectors) -> Vectors:
    """Return the vectors of the passages that others are searched with."""
    count = len(side.vectors)
    if count <= PASSAGES:
        return side.vectors
    return side.vectors[np.linspace(0, count - 1, PASSAGES).astype(np.int64)]


def find_excluded(
    snapshot: Snapshot, asked: RelatedQuery, min_strength: float | None, allowed: Mask
) -> list[tuple[StoredArticleVectors, EditorialRule]]:
    """Return what only a rule of the editors keeps from being an answer, best first."""
    rules = asked.ruling.excluded
    if not rules:
        return []
    candidates = [one for one in find_candidates(snapshot, asked, allowed) if one in rules]
    scored = _scored(snapshot, asked, stored_articles(snapshot, candidates))
    found = list(_strong(snapshot, asked, scored, min_strength))
    found.sort(key=lambda one: (-one.score, one.other.position))
    return [(one.other, rules[one.other.position]) for one in found]


def rank_related(
    snapshot: Snapshot,
    asked: RelatedQuery,
    candidates: Sequence[StoredArticleVectors],
    choice: Selection,
    include_copies: bool = False,
    explain: ExplainRelated | None = None,
) -> list[Recommendation]:
    """Return those of the candidates that align best with the articles asked for."""
    scored = _scored(snapshot, asked, candidates)
    scored = [_in_time(snapshot, found, choice.recency) for found in scored]
    order = {position: at for at, position in enumerate(asked.ruling.pinned, -MAX_RULES)}
    scored.sort(
        key=lambda found: (
            order.get(found.other.position, 0),
            -found.score,
            found.other.position,
        )
    )
    strong = _strong(snapshot, asked, scored, choice.min_strength)
    without = () if include_copies else asked.articles
    wanted = max(choice.k, DIVERSE_AMONG) if choice.diverse else choice.k
    folded = _folded(strong, wanted, without)
    if choice.diverse:
        folded = _diverse(folded, choice.k)
    answers = [_recommendation(snapshot, asked, found, copies) for found, copies in folded]
    return explain(asked, answers, [found for found, _ in folded]) if explain else answers


def least_strength(snapshot: Snapshot) -> int:
    """Return the strength under which answers are left out by default."""
    return MIN_STRENGTH if snapshot.manifest.articles >= FEW_ARTICLES else 0


def _strong(
    snapshot: Snapshot, asked: RelatedQuery, scored: Iterable[RelatedCandidate], least: float | None
) -> Iterator[RelatedCandidate]:
    """Yield those that are pinned or as strong as asked, by default `MIN_STRENGTH`.

    Few are asked for of those there are, so that each is told its strength only then.
    """
    if least is None:
        least = least_strength(snapshot)
    unrelated = snapshot.unrelated["articles"]
    for found in scored:
        strength = unrelated.strength(found.aligned, asked.language, found.other.language)
        if found.pin is not None or strength >= least:
            yield found._replace(strength=strength)


def _in_time(
    snapshot: Snapshot, found: RelatedCandidate, recency: Recency | None
) -> RelatedCandidate:
    """Return the candidate with what its date leaves of its score."""
    if recency is None:
        return found
    date = int(snapshot.columns.dates[found.other.position])
    return found._replace(score=recency.applied(found.score, date), share=recency.share(date))


def _diverse(
    folded: Sequence[tuple[RelatedCandidate, list[StoredArticleVectors]]], k: int
) -> list[tuple[RelatedCandidate, list[StoredArticleVectors]]]:
    """Return `k` of the candidates, each with regard to how it aligns with those before it.

    What is pinned stays where it is.
    """
    pins = [one for one in folded if one[0].pin is not None][:k]
    if len(pins) == k:
        return pins
    folded = [one for one in folded if one[0].pin is None]
    sides = [found.other for found, _ in folded]

    def likeness(at: int) -> Vectors:
        return np.array(align_articles(sides[at], sides), np.float32)

    order = mmr_order([found.score for found, _ in folded], likeness, k - len(pins))
    others = [(folded[at][0]._replace(nearest=nearest), folded[at][1]) for at, nearest in order]
    return [*pins, *others]


def _scored(
    snapshot: Snapshot, asked: RelatedQuery, sides: Sequence[StoredArticleVectors]
) -> list[RelatedCandidate]:
    """Align the candidates; what they have of articles to be unlike is taken off their scores."""
    unlike = np.zeros(len(sides))
    for other in asked.unlike:
        unlike = np.maximum(unlike, align_articles(other, sides))
    aligned = np.array(align_articles(asked, sides))
    same = np.array([side.language == asked.language for side in sides], np.bool_)
    fair = snapshot.unrelated["articles"].comparable(aligned, same)
    scores = fair - UNLIKE_WEIGHT * unlike
    pins = [asked.ruling.pinned.get(side.position) for side in sides]
    each = zip(sides, *(a.tolist() for a in (aligned, fair, scores, unlike)), pins, strict=True)
    return [
        RelatedCandidate(side, aligned, fair, score, unlike=less, pin=pin)
        for side, aligned, fair, score, less, pin in each
    ]


def _folded(
    scored: Iterable[RelatedCandidate], k: int, without: Sequence[ArticleVectors]
) -> list[tuple[RelatedCandidate, list[StoredArticleVectors]]]:
    """Return the first `k`, each with the articles after it that are copies of it.

    Copies of the articles in `without` are left out.
    """
    kept: list[tuple[RelatedCandidate, list[StoredArticleVectors]]] = []
    for found in scored:
        if len(kept) == k and found.score < min(best.score for best, _ in kept) - COPIES_APART:
            break
        if found.pin is None and any(is_copy(side, found.other) for side in without):
            continue
        for best, copies in kept:
            if best.score - found.score <= COPIES_APART and is_copy(best.other, found.other):
                copies.append(found.other)
                break
        else:
            if len(kept) < k:
                kept.append((found, []))
    return kept


def candidates_among(snapshot: Snapshot, language: str, scores: Scores, rows: Rows) -> list[int]:
    """Return the articles near ours in `language`, those first that are likely to align best.

    `scores` and `rows` are what a search found for each of our passages, `NEIGHBOURS` at most. A
    pair of passages that it did not find is taken to score `UNSEEN` less than the least it found.
    """
    found = rows >= 0
    if not found.any():
        return []
    unseen = np.min(scores, axis=1, initial=1.0, where=found) - UNSEEN
    positions, articles = np.unique(snapshot.articles_of(rows[found]), return_inverse=True)
    best = np.repeat(unseen[:, None], len(positions), axis=1)
    np.maximum.at(best, (np.nonzero(found)[0], articles), scores[found])
    theirs, firsts, places = np.unique(rows[found], return_index=True, return_inverse=True)
    best_of_theirs = np.full(len(theirs), -1.0, np.float32)
    np.maximum.at(best_of_theirs, places, scores[found])
    above = np.bincount(articles[firsts], best_of_theirs - unseen.mean(), len(positions))
    back = unseen.mean() + above / snapshot.columns.row_counts[positions]
    likely = (best.mean(axis=0) + back) / 2
    same = snapshot.columns.are_in(positions, language)
    fair = snapshot.unrelated["articles"].comparable(likely, same)
    likeliest: list[int] = positions[np.lexsort((positions, -fair))].tolist()
    return likeliest


def _recommendation(
    snapshot: Snapshot,
    asked: RelatedQuery,
    found: RelatedCandidate,
    copies: Sequence[ArticleVectors],
) -> Recommendation:
    pairs = pairs_of(asked, found.other)
    evidence = []
    for ours, theirs in _best_pairs(pairs):
        passage, match = asked.passage(ours), found.other.passage(theirs)
        cosine = float(pairs[ours, theirs])
        evidence.append(Evidence(passage.id, match.id, cosine, passage.text, match.text))
    return Recommendation(
        **ArticleRef.fields_of(found.other.article),
        score=found.score,
        strength=found.strength,
        relation=_relation(asked, found, pairs),
        evidence=tuple(evidence),
        copies=tuple(side.article.id for side in copies),
    )


def _relation(asked: RelatedQuery, found: RelatedCandidate, pairs: Vectors) -> Relation:
    """Return what a candidate is to the one of the articles asked for that it aligns best with."""
    if len(asked.articles) == 1:
        return relation(asked.articles[0], found.other, found.aligned, pairs)
    aligned = [(align_articles(side, [found.other])[0], side) for side in asked.articles]
    score, side = max(aligned, key=lambda one: one[0])
    return relation(side, found.other, score, pairs_of(side, found.other))


def _best_pairs(pairs: Vectors) -> list[tuple[int, int]]:
    """Return the best (row, column) pairs, no row and no column twice."""
    left = pairs.copy()
    found = []
    for _ in range(min(SHOWN_PAIRS, *left.shape)):
        ours, theirs = divmod(int(left.argmax()), left.shape[1])
        found.append((ours, theirs))
        left[ours, :] = left[:, theirs] = -np.inf
    return found
