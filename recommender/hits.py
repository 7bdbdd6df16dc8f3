"""Ranks passages, or articles by their best passages, for the vectors of a query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np

from recommender.index import Mask
from recommender.segment import Vectors
from recommender.snapshot import Snapshot
from recommender.strength import strength
from recommender.types import ArticleRef, Hit

By = Literal["passage", "article"]
Ranking = Literal["hybrid", "meaning"]

# An article counts by its best passage and, by this share, by the mean of its best few: what
# keeps to a subject comes before what mentions it.
BEST_PASSAGES = 3
BEST_PASSAGES_SHARE = 0.35
# So many articles, by their best passage, are compared in full.
COMPARED_ARTICLES = 50
# So many passages, by meaning, are reordered by words.
COMPARED_PASSAGES = 200
# What the words of the best match add to its cosine.
WORDS_WEIGHT = 0.25


def find_hits(
    snapshot: Snapshot,
    vectors: Vectors,
    k: int,
    by: By,
    allowed: Mask | None,
    text: str = "",
) -> list[Hit]:
    """Return the best passages for any of `vectors`, each once, or the best one of each article.

    The score of a passage is its best cosine to one of the vectors. The words of `text` then
    reorder the hits within each language (see `reorder`). `allowed` has one flag a row: False
    for what is never answered; None allows all.
    """
    least = max(k, COMPARED_ARTICLES if by == "article" else COMPARED_PASSAGES if text else 1)
    wanted = least
    while True:
        scores, rows = snapshot.index.search(vectors, min(wanted, snapshot.row_count), allowed)
        best = _best_of_each(scores.ravel().tolist(), rows.ravel().tolist())
        if by == "article":
            best = _first_of_each_article(snapshot, best)
        if len(best) >= least or wanted >= snapshot.row_count or (rows < 0).any():
            break  # row -1: fewer rows are allowed than were asked for
        wanted *= 4  # an article with many passages that match filled the list: look further
    best = best[:least]
    if by == "article":
        best = _by_best_few(snapshot, vectors, best)
    if text:
        best = _by_words(snapshot, text, best, by)
    unrelated = snapshot.manifest["unrelated"]["passages"]
    return [_hit(snapshot, row, score, unrelated) for row, score in best[:k]]


def _by_best_few(
    snapshot: Snapshot, vectors: Vectors, hits: Sequence[tuple[int, float]]
) -> list[tuple[int, float]]:
    """Rank articles, each given by its best row, by their best few passages."""
    found = []
    positions = snapshot.articles_of(np.array([row for row, _ in hits], dtype=np.int64))
    for (row, score), position in zip(hits, positions.tolist(), strict=True):
        cosines = (snapshot.centered(snapshot.rows(position)) @ vectors.T).max(axis=1)
        few = float(np.sort(cosines)[-BEST_PASSAGES:].mean())
        found.append((row, (1 - BEST_PASSAGES_SHARE) * score + BEST_PASSAGES_SHARE * few))
    return sorted(found, key=lambda hit: (-hit[1], hit[0]))


def reorder(
    scores: Sequence[float], words: Sequence[float], groups: Sequence[str]
) -> list[tuple[int, float]]:
    """Return (position, score) of all, best first, words having reordered each group.

    `scores` are of meaning, best first. Within a group (a language) the order is that of score +
    `WORDS_WEIGHT` * words; the best then takes the group's best score, and so on: words, which
    only texts of one language share, never decide between languages.
    """
    members: dict[str, list[int]] = {}
    for position, group in enumerate(groups):
        members.setdefault(group, []).append(position)
    found = []
    for places in members.values():
        order = sorted(places, key=lambda at: (-scores[at] - WORDS_WEIGHT * words[at], at))
        found += [(at, scores[slot]) for slot, at in zip(places, order, strict=True)]
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _by_words(
    snapshot: Snapshot, text: str, hits: Sequence[tuple[int, float]], by: By
) -> list[tuple[int, float]]:
    """Reorder hits by the words they, or any passage of their articles, share with a text."""
    words = snapshot.lexical.score(text)
    rows = np.array([row for row, _ in hits], dtype=np.int64)
    shares = words[rows].tolist()
    if by == "article":
        for at, position in enumerate(snapshot.articles_of(rows).tolist()):
            own = snapshot.rows(position)
            shares[at] = float(words[own.start : own.stop].max())
    order = reorder([score for _, score in hits], shares, snapshot.languages_of(rows))
    return [(hits[at][0], score) for at, score in order]


def _best_of_each(scores: Iterable[float], rows: Iterable[int]) -> list[tuple[int, float]]:
    best: dict[int, float] = {}
    for score, row in zip(scores, rows, strict=True):
        if row >= 0 and score > best.get(row, -np.inf):
            best[row] = score
    return sorted(best.items(), key=lambda found: (-found[1], found[0]))


def _first_of_each_article(
    snapshot: Snapshot, hits: Sequence[tuple[int, float]]
) -> list[tuple[int, float]]:
    articles = snapshot.articles_of(np.array([row for row, _ in hits], dtype=np.int64))
    first: dict[int, tuple[int, float]] = {}
    for article, hit in zip(articles.tolist(), hits, strict=True):
        first.setdefault(article, hit)
    return list(first.values())


def _hit(snapshot: Snapshot, row: int, score: float, unrelated: Sequence[float]) -> Hit:
    position = int(snapshot.articles_of(np.array([row]))[0])
    article = snapshot.article(position)
    passage = snapshot.passage(row, article)
    return Hit(
        **ArticleRef.fields_of(article),
        passage_id=passage.id,
        role=passage.role,
        heading=passage.heading,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        score=score,
        strength=strength(score, unrelated),
    )
