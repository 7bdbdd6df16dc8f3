"""Ranks articles for an article by aligning their passages, which are the evidence too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommender.alignment import align
from recommender.index import Mask
from recommender.relation import is_copy, relation
from recommender.segment import Vectors
from recommender.snapshot import Snapshot
from recommender.strength import strength
from recommender.types import ArticleRef, Evidence, Recommendation

# Neighbours fetched for each passage of an article, and articles then aligned in full.
NEIGHBOURS = 100
CANDIDATES = 200
SHOWN_PAIRS = 3
# Copies of one text score alike against any article: further apart than this none are looked for.
COPIES_APART = 0.1

Scored = tuple[float, int, Vectors]


def find_related(
    snapshot: Snapshot, position: int, k: int, allowed: Mask, include_copies: bool = False
) -> list[Recommendation]:
    """Return the `k` articles whose passages align best with those of the article at `position`.

    `allowed` has one flag a row: False for what is never answered. Copies of the article itself
    are left out unless `include_copies`; those of another are named with the best of them.
    """
    rows = snapshot.rows(position)
    vectors = snapshot.centered(rows)
    scored = []
    for candidate in _candidates(snapshot, vectors, allowed):
        score, pairs = align(vectors, snapshot.centered(snapshot.rows(candidate)))
        scored.append((score, candidate, pairs))
    scored.sort(key=lambda found: (-found[0], found[1]))
    without = None if include_copies else position
    return [
        _recommendation(snapshot, position, found, copies)
        for found, copies in _folded(snapshot, scored, k, without)
    ]


def _folded(
    snapshot: Snapshot, scored: Sequence[Scored], k: int, without: int | None
) -> list[tuple[Scored, list[int]]]:
    """Return the first `k`, each with the articles after it that are copies of it.

    Copies of the article at `without` are left out.
    """
    kept: list[tuple[Scored, list[int]]] = []
    for found in scored:
        score, candidate, _ = found
        if len(kept) == k and score < kept[-1][0][0] - COPIES_APART:
            break
        if without is not None and is_copy(snapshot, without, candidate):
            continue
        for (best, first, _), copies in kept:
            if best - score <= COPIES_APART and is_copy(snapshot, first, candidate):
                copies.append(candidate)
                break
        else:
            if len(kept) < k:
                kept.append((found, []))
    return kept


def _candidates(snapshot: Snapshot, vectors: Vectors, allowed: Mask) -> list[int]:
    """Return articles worth aligning: those whose passages are nearest to the most of ours."""
    k = min(NEIGHBOURS, snapshot.row_count)
    scores, rows = snapshot.index.search(vectors, k, allowed)
    if not rows.size:
        return []
    floor = scores[np.isfinite(scores)].min(initial=1.0)
    sums: dict[int, float] = {}
    for row_scores, row_rows in zip(scores, rows, strict=True):
        found = row_rows >= 0
        articles = snapshot.articles_of(row_rows[found])
        best: dict[int, float] = {}
        for article, score in zip(articles.tolist(), row_scores[found].tolist(), strict=True):
            best.setdefault(article, score)
        for article, score in best.items():
            sums[article] = sums.get(article, 0.0) + score - floor
    return sorted(sums, key=lambda article: (-sums[article], article))[:CANDIDATES]


def _recommendation(
    snapshot: Snapshot, position: int, found: Scored, copies: Sequence[int]
) -> Recommendation:
    score, candidate, pairs = found
    article, rows = snapshot.article(position), snapshot.rows(position)
    other = snapshot.article(candidate)
    other_rows = snapshot.rows(candidate)
    evidence = []
    for ours, theirs in _best_pairs(pairs):
        passage = snapshot.passage(rows[ours], article)
        match = snapshot.passage(other_rows[theirs], other)
        evidence.append(
            Evidence(passage.id, match.id, float(pairs[ours, theirs]), passage.text, match.text)
        )
    return Recommendation(
        **ArticleRef.fields_of(other),
        score=score,
        strength=strength(score, snapshot.manifest["unrelated"]["articles"]),
        relation=relation(snapshot, position, candidate, score, pairs),
        evidence=tuple(evidence),
        copies=tuple(snapshot.article(copy).id for copy in copies),
    )


def _best_pairs(pairs: Vectors) -> list[tuple[int, int]]:
    """Return the best (row, column) pairs, no row and no column twice."""
    left = pairs.copy()
    found = []
    for _ in range(min(SHOWN_PAIRS, *left.shape)):
        ours, theirs = divmod(int(left.argmax()), left.shape[1])
        found.append((ours, theirs))
        left[ours, :] = left[:, theirs] = -np.inf
    return found
