"""Combine the ranking by meaning with shared words and with the vectors of the best hits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommender.arrays import Numbers, Positions, Vectors

# What the words of the best match add to its cosine.
WORDS_WEIGHT = 0.25
# The scores of different candidates are at least this far apart, so that every sort keeps their
# order.
APART = 1e-6
# Pseudo-relevance feedback blends a query with this many of its best hits at most.
FEEDBACK_HITS = 10
# The weight of a hit grows by e for each 1/50 of cosine to the query.
FEEDBACK_SHARPNESS = 50
# The weight of the hits in the blend, against that of the query itself.
FEEDBACK = 0.5


def reorder(scores: Numbers, words: Numbers, groups: Sequence[str]) -> tuple[Positions, Numbers]:
    """Return the positions of all candidates and their scores, reordered by words in each group.

    `scores` are cosines, best first; `words` are BM25 scores, 0 to 1; a group is a language. Within
    a group, candidates are sorted by score + `WORDS_WEIGHT` * words. The first of them then takes
    the group's best score, the second its second best, and so on. So words never decide between
    languages, since only texts of one language share them.
    """
    known: dict[str, int] = {}
    numbers = np.array([known.setdefault(group, len(known)) for group in groups], np.int64)
    keys = -np.round(scores + WORDS_WEIGHT * words, 5)
    slots, order = numbers.argsort(kind="stable"), np.lexsort((keys, numbers))
    each = _taken(numbers[slots].tolist(), scores[slots].tolist(), keys[order].tolist())
    taken = np.array(each, np.float64)
    best_first = np.lexsort((order, -taken))
    return order[best_first], taken[best_first]


def _taken(groups: Sequence[int], slots: Sequence[float], keys: Sequence[float]) -> list[float]:
    """Return the score that each candidate takes, group by group in the order by words.

    `slots` are the group's scores, best first. Candidates with equal `keys` take one score.
    """
    found: list[float] = []
    last, best, score = -1, 0.0, 0.0
    for group, slot, key in zip(groups, slots, keys, strict=True):
        if group != last:
            last, best, score = group, key, slot
        elif key > best:
            best, score = key, min(slot, score - APART)
        found.append(score)
    return found


def feedback_vectors(vectors: Vectors, found: Vectors) -> Vectors:
    """Return a query's vectors, each blended with the passages that match it best.

    This is [pseudo-relevance feedback](https://nlp.stanford.edu/IR-book/html/htmledition/pseudo-relevance-feedback-1.html).
    `vectors` has shape (pieces of the query, dim), `found` holds the hits, (n, dim). It helps texts
    in other languages: a text of the same content is nearer to the hits than to the question. A hit
    counts by its cosine to the query. The score of a passage becomes `1 - FEEDBACK` of its cosine
    to the query, plus `FEEDBACK` of the hits' cosine to the query times its cosine to them. So the
    scores of a query without an answer stay low. Shared words do not choose the hits: in a language
    without an answer, the least bad hit would count.
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
