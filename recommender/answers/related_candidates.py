"""Find the candidates for an article, which are then aligned with it; apply editors' rules."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from recommender.answers.archive import Archive, Scope
from recommender.answers.article_vectors import RelatedQuery
from recommender.answers.editorial import Ruling
from recommender.arrays import Mask, Positions, Rows, Scores
from recommender.scoring.nearby import (
    Neighbours,
    Subject,
    likeliest,
    neighbour_count,
    sampled,
)


def effort_of(snapshot: Archive) -> int:
    """Return the factor by which an archive needs more neighbours than usual."""
    return snapshot.manifest.measured.related_effort


def find_candidates(snapshot: Archive, query: RelatedQuery, allowed: Scope) -> list[int]:
    """Return the positions of articles near the query, likeliest first, before editors' rules."""
    vectors = np.concatenate([sampled(article.vectors) for article in query.articles])
    count = min(neighbour_count(len(vectors), effort_of(snapshot)), snapshot.row_count)
    neighbours = snapshot.nearest(vectors, count, allowed, "articles")
    return candidates_among(snapshot, query, *neighbours)


def candidates_among(
    snapshot: Archive, query: RelatedQuery, scores: Scores, rows: Rows
) -> list[int]:
    """Return the articles of the rows that were found, first those likely to align best.

    `scores` and `rows` are (passages of the query, neighbours).
    """
    subject = Subject(query.whole, query.language)
    return likeliest(snapshot, Neighbours(subject, scores, rows, effort_of(snapshot)))


def apply_rules(
    snapshot: Archive, ruling: Ruling, candidates: Iterable[int], allowed: Scope
) -> list[int]:
    """Return the allowed pinned articles, then the candidates that editors do not exclude."""
    pinned = np.array([*ruling.pinned], np.int64)
    pins = pinned[may_answer(snapshot, pinned, allowed)].tolist() if len(pinned) else []
    others = (one for one in candidates if one not in ruling.excluded and one not in ruling.pinned)
    return [*pins, *others]


def may_answer(snapshot: Archive, positions: Positions, allowed: Scope) -> Mask:
    """Return which articles have passages with a vector and may be answers."""
    spans = snapshot.spans(positions)
    flags: Mask = spans.counts > 0
    flags[flags] = allowed.holds(spans.firsts[flags])
    return flags
