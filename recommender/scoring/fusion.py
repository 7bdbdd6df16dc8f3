"""Brings together what meaning, words and the best answers say of the same passages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommender.arrays import Vectors

# What the words of the best match add to its cosine.
WORDS_WEIGHT = 0.25
# The passages that speak for a query, at most, how much more the best of them does, and what they
# count for beside the query.
FEEDBACK_HITS = 10
FEEDBACK_SHARPNESS = 50
FEEDBACK = 0.5


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
        worth = {at: round(scores[at] + WORDS_WEIGHT * words[at], 5) for at in places}
        order = sorted(places, key=lambda at: (-worth[at], at))
        slots: dict[float, float] = {}  # what is worth the same, as copies are, has one score
        for slot, at in zip(places, order, strict=True):
            found.append((at, slots.setdefault(worth[at], scores[slot])))
    return sorted(found, key=lambda one: (-one[1], one[0]))


def feedback_vectors(vectors: Vectors, found: Vectors) -> Vectors:
    """Return a query's vectors, each moved to the passages that answer it best.

    `vectors` is (parts, dim), `found` (n, dim). Each hit counts as far as it matches the query: a
    text of the same content in another language is nearer to the hits than to the question. The
    score of a passage is `1 - FEEDBACK` of its cosine to the query plus `FEEDBACK` of the hits'
    cosine to the query times its cosine to them, so that a query without an answer keeps low
    scores. Words have no say: in a language without an answer, the least bad hit would count.
    """
    if not len(found):
        return vectors
    cosines = vectors @ found.T
    few = min(FEEDBACK_HITS, len(found))
    least = np.partition(cosines, -few, axis=1)[:, -few, None]
    shares = np.exp(FEEDBACK_SHARPNESS * (cosines - cosines.max(axis=1, keepdims=True)))
    shares = np.where(cosines >= least, shares, 0)
    shares /= shares.sum(axis=1, keepdims=True)
    moved: Vectors = (1 - FEEDBACK) * vectors + FEEDBACK * (shares * np.maximum(cosines, 0)) @ found
    return moved.astype(np.float32)
