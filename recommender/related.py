"""Ranks articles for an article by aligning their passages, which are the evidence too."""

from __future__ import annotations

import numpy as np

from recommender.alignment import align
from recommender.index import Mask
from recommender.segment import Vectors
from recommender.snapshot import Snapshot
from recommender.strength import strength
from recommender.types import Article, ArticleRef, Evidence, Recommendation

# Neighbours fetched for each passage of an article, and articles then aligned in full.
NEIGHBOURS = 100
CANDIDATES = 200
SHOWN_PAIRS = 3


def find_related(snapshot: Snapshot, position: int, k: int, allowed: Mask) -> list[Recommendation]:
    """Return the `k` articles whose passages align best with those of the article at `position`.

    `allowed` has one flag a row: False for what is never answered.
    """
    rows = snapshot.rows(position)
    vectors = snapshot.centered(rows)
    scored = []
    for candidate in _candidates(snapshot, vectors, allowed):
        score, pairs = align(vectors, snapshot.centered(snapshot.rows(candidate)))
        scored.append((score, candidate, pairs))
    scored.sort(key=lambda found: (-found[0], found[1]))
    article = snapshot.article(position)
    return [
        _recommendation(snapshot, article, rows, candidate, score, pairs)
        for score, candidate, pairs in scored[:k]
    ]


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
    snapshot: Snapshot,
    article: Article,
    rows: range,
    candidate: int,
    score: float,
    pairs: Vectors,
) -> Recommendation:
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
        relation="related",
        evidence=tuple(evidence),
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
