"""Says what an article is to another: a copy, a translation, the same story or background."""

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

# A copy: passages with this share of the characters of each article have a twin at this cosine of
# raw vectors in the other, and this share stands in both to the letter. Letters are asked for since
# formulaic notices that differ in a name are as near in meaning. Passages are weighed by length, so
# that a headline of one's own makes no new article.
COPY_COSINE = 0.98
COPY_COVERAGE = 0.8
COPY_SAME_TEXT = 0.5
# A translation: these shares of both articles' passages match, in order. Of 220 pairs of Debian
# news translated into another language 90% pass, of 5,274 pairs of different news 0.1%.
TRANSLATION_COSINE = 0.4
TRANSLATION_COVERAGE = 0.7
TRANSLATION_ORDER = 0.7
# Order tells something from so many passages on.
TRANSLATION_PASSAGES = 3
# The same story: an aligned score that three in four labelled pairs of Wikinews on one story reach
# (242 pairs), and less than one in four on one topic only (868 pairs). Nine in ten of the
# former are at most 82 days apart.
STORY_SCORE = 0.4
STORY_DAYS = 100


def relation(one: ArticleVectors, other: ArticleVectors, score: float, pairs: Vectors) -> Relation:
    """Return what two articles are to each other, from their aligned `score` and `pairs`."""
    if is_copy(one, other):
        return "copy"
    if one.language != other.language and _is_parallel(pairs):
        return "translation"
    near = days_apart(one.article, other.article) <= STORY_DAYS
    return "same story" if score >= STORY_SCORE and near else "background"


def is_copy(one: ArticleVectors, other: ArticleVectors) -> bool:
    """Tell whether two articles hold one text, or hardly another; it matters not which is first."""
    if one.language != other.language:
        return False
    shared = one.text_lengths.keys() & other.text_lengths.keys()
    if not shared or min(_share(one, shared), _share(other, shared)) < COPY_SAME_TEXT:
        return False  # before the vectors are read, since hardly any pair gets further
    hashes, lengths = one.texts
    other_hashes, other_lengths = other.texts
    same = hashes[:, None] == other_hashes[None, :]
    twins = one.raw @ other.raw.T >= COPY_COSINE
    return _covered(twins | same, lengths, other_lengths) >= COPY_COVERAGE


def _share(side: ArticleVectors, shared: Iterable[bytes]) -> float:
    """Return the share of an article's characters that are of texts with these hashes."""
    lengths = side.text_lengths
    return sum(lengths[digest] for digest in shared) / sum(lengths.values())


def _covered(
    matches: npt.NDArray[np.bool_], lengths: npt.NDArray[np.int64], others: npt.NDArray[np.int64]
) -> float:
    """Return the share of the characters that match, of the article that has the least."""
    ours = lengths[matches.any(axis=1)].sum() / lengths.sum()
    theirs = others[matches.any(axis=0)].sum() / others.sum()
    return float(min(ours, theirs))


def _is_parallel(pairs: Vectors) -> bool:
    """Tell whether nearly all passages of both articles match, in the same order."""
    if min(pairs.shape) < TRANSLATION_PASSAGES:
        return False
    ours, theirs = pairs.max(axis=1), pairs.max(axis=0)
    covered = min((side >= TRANSLATION_COSINE).mean() for side in (ours, theirs))
    steps = (np.diff(pairs.argmax(axis=1)) >= 0, np.diff(pairs.argmax(axis=0)) >= 0)
    ordered = np.mean([step.mean() for step in steps])
    return bool(covered >= TRANSLATION_COVERAGE and ordered >= TRANSLATION_ORDER)


def days_apart(first: Article, second: Article) -> int:
    """Return the days between two articles, 0 where a date is not known to the month."""
    days, others = _day(first.date), _day(second.date)
    return abs(days - others) if days and others else 0


def _day(text: str) -> int:
    parts = [int(part) for part in text.split("-")] if text.count("-") else []
    return date(parts[0], parts[1], parts[2] if parts[2:] else 15).toordinal() if parts else 0
