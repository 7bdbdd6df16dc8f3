"""Choose the articles that are worth aligning with an article: cheap, and seldom wrong."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from recommender.answers.archive import Archive, Scope
from recommender.answers.article_vectors import ArticleVectors, RelatedQuery, spread
from recommender.answers.editorial import Ruling
from recommender.arrays import Rows, Scores, Vectors

# Neighbours fetched for each passage of the query.
NEIGHBOURS = 100
# Articles that are aligned: at least so many, and so many for each answer that is asked for.
ALIGNED, ALIGNED_EACH = 150, 2
# A pair of passages that was not found is taken to score so much below the least that was. With
# half or twice as much, fewer of the best articles are among the aligned ones.
UNSEEN = 0.2
# So many passages of an article are searched with, evenly over it; all are aligned. Of the ten best
# of 300 articles among 448,000 passages this found 99.3%; searching with all found 99.5%.
PASSAGES = 16


def find_candidates(snapshot: Archive, query: RelatedQuery, allowed: Scope) -> list[int]:
    """Return the positions of articles near the query, before editors' rules, likeliest first."""
    count = min(NEIGHBOURS, snapshot.row_count)
    vectors = np.concatenate([sampled_vectors(article) for article in query.articles])
    neighbours = snapshot.nearest(vectors, count, allowed, "articles")
    return candidates_among(snapshot, query.language, *neighbours)


def sampled_vectors(article: ArticleVectors) -> Vectors:
    """Return the vectors of the passages to search with, spread evenly over the article."""
    return article.vectors[spread(range(len(article.vectors)), PASSAGES)]


def aligned_count(k: int) -> int:
    """Return how many articles are aligned to find the best `k`."""
    return max(ALIGNED, ALIGNED_EACH * k)


def apply_rules(
    snapshot: Archive, ruling: Ruling, candidates: Iterable[int], allowed: Scope
) -> list[int]:
    """Return the pinned articles that filters allow, then the candidates editors do not exclude."""
    pins = [position for position in ruling.pinned if _is_allowed(snapshot, position, allowed)]
    others = (one for one in candidates if one not in ruling.excluded and one not in ruling.pinned)
    return [*pins, *others]


def candidates_among(snapshot: Archive, language: str, scores: Scores, rows: Rows) -> list[int]:
    """Return the articles of the found rows, those first that are likely to align best.

    `scores` and `rows` are (passages of the query, neighbours). A pair of passages that was not
    found is taken to score `UNSEEN` less than the least found one.
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
    back = unseen.mean() + above / snapshot.spans(positions).counts
    likely = (best.mean(axis=0) + back) / 2
    fair = snapshot.unrelated["articles"].comparable(
        likely, snapshot.columns.are_in(positions, language)
    )
    likeliest: list[int] = positions[np.lexsort((positions, -fair))].tolist()
    return likeliest


def _is_allowed(snapshot: Archive, position: int, allowed: Scope) -> bool:
    rows = snapshot.rows(position)
    return bool(rows) and bool(allowed.holds(np.array(rows[:1]))[0])
