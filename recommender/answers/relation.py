"""Name the relation of two articles: copy, translation, update, same story or related."""

from __future__ import annotations

import math
from collections.abc import Iterable, Set
from typing import Literal

import numpy as np
import numpy.typing as npt

from recommender.answers.article_vectors import ArticleVectors
from recommender.answers.recency import day_of_month
from recommender.arrays import Vectors
from recommender.store.records import date_number
from recommender.types import Article

Relation = Literal["copy", "translation", "update", "same story", "related", "newest"]

# Two articles are copies if `COPY_COVERAGE` of each one's characters are in passages that match the
# other at `COPY_COSINE` of raw vectors, and `COPY_SAME_TEXT` of them in passages that are equal.
# Equal passages are required because notices made from one form, which differ in a name, are as
# near in meaning. Passages count by their length, so that another headline makes no new article.
COPY_COSINE = 0.98
COPY_COVERAGE = 0.8
COPY_SAME_TEXT = 0.5
_NONE: frozenset[bytes] = frozenset()
# Articles with more pairs of passages are copies by their equal passages alone.
COPY_PAIRS = 1 << 22
# Two articles in two languages are translations if `TRANSLATION_COVERAGE` of the passages of both
# have a partner: each is the best match of the other, at `TRANSLATION_COSINE` or more. The mean of
# the partners is `TRANSLATION_MEAN` or more, `TRANSLATION_ORDER` of them follow in the same order,
# and the number of passages differs by `TRANSLATION_LENGTH` at most. Of 250 pairs of translated
# Debian news 96% pass, of 400 pairs of different news and of 311 pairs of the seeds none.
TRANSLATION_COSINE = 0.4
TRANSLATION_MEAN = 0.55
TRANSLATION_COVERAGE = 0.7
TRANSLATION_ORDER = 0.8
TRANSLATION_LENGTH = 1.5
# In fewer passages than this, their order says nothing.
TRANSLATION_PASSAGES = 3
# An update of a report shares so much of the shorter text, by characters, within so many days.
UPDATE_SHARED = 0.5
UPDATE_DAYS = 7
# Two articles tell the same story if they align well, hold most of each other's headlines, and are
# near in time; headlines in two languages cannot be compared, so meaning has to match better unless
# they are days apart. Labels call all pairs of `wikinews_en` that pass one story, and 0.91 of those
# of `itn`. A date that is not known is no evidence against it.
STORY_SCORE = 0.5
STORY_COVERAGE = 0.45
STORY_SCORE_APART = 0.57
STORY_DAYS = 14
STORY_NEAR_DAYS = 3


def relation(
    one: ArticleVectors,
    other: ArticleVectors,
    score: float,
    pairs: Vectors | None = None,
    coverage: float = math.nan,
) -> Relation:
    """Return the relation of two articles.

    `score` is that of their alignment, `pairs` the cosine of each pair of passages, shape
    (passages of one, passages of other), if they are known. `coverage` is the share of both
    headlines' rare words that the other article holds, NaN if it is not known.
    """
    if is_copy(one, other):
        return "copy"
    if is_translation(one, other, pairs):
        return "translation"
    if _is_update(one, other):
        return "update"
    return "same story" if _is_same_story(one, other, score, coverage) else "related"


def _is_same_story(
    one: ArticleVectors, other: ArticleVectors, score: float, coverage: float
) -> bool:
    days = days_apart(one.article, other.article)
    if days > STORY_DAYS:
        return False
    if one.language != other.language:
        is_near = all((one.article.date, other.article.date)) and days <= STORY_NEAR_DAYS
        return score >= (STORY_SCORE if is_near else STORY_SCORE_APART)
    return score >= STORY_SCORE and coverage >= STORY_COVERAGE


def _is_update(one: ArticleVectors, other: ArticleVectors) -> bool:
    """Return whether one report took over much of the other, a few days apart at most."""
    if one.language != other.language:
        return False
    if days_apart(one.article, other.article) > UPDATE_DAYS:
        return False
    shared = _shared_texts(one, other)
    return bool(shared) and max(_share(one, shared), _share(other, shared)) >= UPDATE_SHARED


def is_copy(one: ArticleVectors, other: ArticleVectors) -> bool:
    """Return whether two articles hold nearly the same text, in either order."""
    if one.language != other.language:
        return False
    shared = _shared_texts(one, other)
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


def _shared_texts(one: ArticleVectors, other: ArticleVectors) -> Set[bytes]:
    """Return the hashes of the texts that both articles hold."""
    ours, theirs = one.text_lengths.keys(), other.text_lengths.keys()
    return _NONE if ours.isdisjoint(theirs) else ours & theirs  # most have none: found sooner


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


def is_translation(
    one: ArticleVectors, other: ArticleVectors, pairs: Vectors | None = None
) -> bool:
    """Return whether two articles are one text in two languages, passage by passage.

    Reports on one event in two languages are none. Both have the same date, if both have one.
    """
    if one.language == other.language:
        return False
    fewest, most = sorted((len(one.vectors), len(other.vectors)))
    if fewest < TRANSLATION_PASSAGES or most > TRANSLATION_LENGTH * fewest:
        return False
    dates = one.article.date, other.article.date  # read last: they are in the articles' records
    if all(dates) and dates[0] != dates[1]:
        return False
    return _is_parallel(one.vectors @ other.vectors.T if pairs is None else pairs)


def _is_parallel(pairs: Vectors) -> bool:
    """Return whether nearly all passages of both articles have a partner, in the same order."""
    ours, theirs = pairs.argmax(axis=1), pairs.argmax(axis=0)
    places = np.arange(len(ours))
    cosines = pairs[places, ours]
    partners = (theirs[ours] == places) & (cosines >= TRANSLATION_COSINE)
    count = int(partners.sum())
    if count < max(TRANSLATION_COVERAGE * max(pairs.shape), 2):
        return False
    ordered = (np.diff(ours[partners]) > 0).mean()
    return bool(ordered >= TRANSLATION_ORDER and cosines[partners].mean() >= TRANSLATION_MEAN)


def days_apart(first: Article, second: Article) -> int:
    """Return the days between two articles; 0 if a date is not known to the month."""
    days, others = (day_of_month(date_number(one.date)) for one in (first, second))
    return abs(days - others) if days and others else 0
