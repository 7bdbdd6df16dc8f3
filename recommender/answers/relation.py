"""Name the relation of two articles: a copy, a translation, the same story or background."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from recommender.answers.article_vectors import ArticleVectors
from recommender.arrays import Vectors
from recommender.types import Article

Relation = Literal["copy", "translation", "same story", "background"]

# Two articles are copies if `COPY_COVERAGE` of each one's characters are in passages that match the
# other at `COPY_COSINE` of raw vectors, and `COPY_SAME_TEXT` of them in passages that are equal.
# Equal passages are required because notices made from one form, which differ in a name, are as
# near in meaning. Passages count by their length, so that another headline makes no new article.
COPY_COSINE = 0.98
COPY_COVERAGE = 0.8
COPY_SAME_TEXT = 0.5
# Articles with more pairs of passages are copies by their equal passages alone.
COPY_PAIRS = 1 << 22
# Two articles in two languages are translations if `TRANSLATION_COVERAGE` of the passages of both
# match at `TRANSLATION_COSINE`, and `TRANSLATION_ORDER` of the matches are in the same order. Of
# 220 pairs of translated Debian news 90% pass, of 5,274 pairs of different news 0.1%.
TRANSLATION_COSINE = 0.4
TRANSLATION_COVERAGE = 0.7
TRANSLATION_ORDER = 0.7
# In fewer passages than this, their order says nothing.
TRANSLATION_PASSAGES = 3
# Two articles tell the same story if they align at least this well and are at most this many days
# apart. Of labelled pairs of Wikinews, three in four of 242 on one story reach the score, and less
# than one in four of 868 on one topic only. Nine in ten on one story are at most 82 days apart.
STORY_SCORE = 0.4
STORY_DAYS = 100


def relation(one: ArticleVectors, other: ArticleVectors, score: float, pairs: Vectors) -> Relation:
    """Return the relation of two articles.

    `score` is that of their alignment, `pairs` the cosine of each pair of passages, shape
    (passages of one, passages of other).
    """
    if is_copy(one, other):
        return "copy"
    if one.language != other.language and _is_parallel(pairs):
        return "translation"
    near = days_apart(one.article, other.article) <= STORY_DAYS
    return "same story" if score >= STORY_SCORE and near else "background"


def is_copy(one: ArticleVectors, other: ArticleVectors) -> bool:
    """Return whether two articles hold nearly the same text, in either order."""
    if one.language != other.language:
        return False
    shared = one.text_lengths.keys() & other.text_lengths.keys()
    equal = min(_share(one, shared), _share(other, shared)) if shared else 0.0
    if equal < COPY_SAME_TEXT:
        return False  # hardly any pair gets further, and the vectors need not be read
    hashes, lengths = one.texts
    other_hashes, other_lengths = other.texts
    if len(hashes) * len(other_hashes) > COPY_PAIRS:
        return equal >= COPY_COVERAGE
    same = hashes[:, None] == other_hashes[None, :]
    twins = one.raw @ other.raw.T >= COPY_COSINE
    return _covered(twins | same, lengths, other_lengths) >= COPY_COVERAGE


def _share(article: ArticleVectors, shared: Iterable[bytes]) -> float:
    """Return the share of an article's characters that are in texts with these hashes."""
    lengths = article.text_lengths
    return sum(lengths[digest] for digest in shared) / sum(lengths.values())


def _covered(
    matches: npt.NDArray[np.bool_], lengths: npt.NDArray[np.int64], others: npt.NDArray[np.int64]
) -> float:
    """Return the share of characters in matching passages, the smaller one of both articles."""
    ours = lengths[matches.any(axis=1)].sum() / lengths.sum()
    theirs = others[matches.any(axis=0)].sum() / others.sum()
    return float(min(ours, theirs))


def _is_parallel(pairs: Vectors) -> bool:
    """Return whether nearly all passages of both articles match, in the same order."""
    if min(pairs.shape) < TRANSLATION_PASSAGES:
        return False
    ours, theirs = pairs.max(axis=1), pairs.max(axis=0)
    covered = min((best >= TRANSLATION_COSINE).mean() for best in (ours, theirs))
    steps = (np.diff(pairs.argmax(axis=1)) >= 0, np.diff(pairs.argmax(axis=0)) >= 0)
    ordered = np.mean([step.mean() for step in steps])
    return bool(covered >= TRANSLATION_COVERAGE and ordered >= TRANSLATION_ORDER)


def days_apart(first: Article, second: Article) -> int:
    """Return the days between two articles; 0 if a date is not known to the month."""
    days, others = _day(first.date), _day(second.date)
    return abs(days - others) if days and others else 0


def _day(text: str) -> int:
    """Return the ordinal of a date, in the middle of a month without a day; 0 for a year alone."""
    parts = [int(part) for part in text.split("-")] if text.count("-") else []
    return date(parts[0], parts[1], parts[2] if parts[2:] else 15).toordinal() if parts else 0
