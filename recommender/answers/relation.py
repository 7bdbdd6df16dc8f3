"""Name the relation of two articles: copy, translation, update, same story or related."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from recommender.answers.article_vectors import ArticleVectors
from recommender.answers.recency import day_of_month
from recommender.answers.versions import version
from recommender.arrays import Vectors
from recommender.store.names import key_of
from recommender.store.records import date_number
from recommender.text.function_words import content_words
from recommender.text.numbers import shared_share
from recommender.text.words import words_of
from recommender.types import Article

Relation = Literal["copy", "translation", "update", "same story", "related", "newest"]

# Two articles in two languages are translations if `TRANSLATION_COVERAGE` of the passages of both
# have a partner: each is the best match of the other, at `TRANSLATION_COSINE` or more. The mean
# cosine of the partners must be `TRANSLATION_MEAN` or more, `TRANSLATION_ORDER` of them must follow
# in the same order, and the numbers of passages may differ by `TRANSLATION_LENGTH` at most.
TRANSLATION_COSINE = 0.4
TRANSLATION_MEAN = 0.55
TRANSLATION_COVERAGE = 0.7
TRANSLATION_ORDER = 0.8
TRANSLATION_LENGTH = 1.5
# The text with fewer numbers must also share so many of them with the other: notices of one form
# are parallel but differ in their numbers. Of 9,008 pairs of Debian articles in two languages that
# were near, 85% of those that pass are translations; without this test, 70% are.
TRANSLATION_NUMBERS = 0.8
# At most so many numbers may be written out in words in one of the texts.
WRITTEN_OUT = 2
# In fewer passages than this, their order says nothing. Then all must have a partner and match at
# `SHORT_MEAN`. So many numbers of two digits or more must be in both, and hardly any in only one.
TRANSLATION_PASSAGES = 3
SHORT_MEAN = 0.7
SHORT_NUMBERS = 3
# An update of a report is at most so many days younger.
UPDATE_DAYS = 7
# Two articles tell the same story if they align well, hold most of each other's headlines, and are
# near in time. Headlines in two languages cannot be compared, so meaning must match better, unless
# the articles are days apart. Of the pairs that pass, all of `wikinews_en` and 0.91 of `itn` are
# labelled as one story. An unknown date is no evidence against it.
STORY_SCORE = 0.5
STORY_COVERAGE = 0.45
STORY_SCORE_APART = 0.57
STORY_DAYS = 14
STORY_NEAR_DAYS = 3
# If one of two texts holds less of the words of their common headline, that names a column.
COLUMN_WORDS = 0.5


def relation(
    one: ArticleVectors,
    other: ArticleVectors,
    score: float,
    pairs: Vectors | None = None,
    coverage: float = math.nan,
) -> Relation:
    """Return the relation of the other article to the first, such as its update.

    All relations but `update` hold in both directions; seen from an update, the earlier version is
    `same story`. `score` is that of their alignment. `pairs` are the cosines of each pair of
    passages, shape (passages of one, passages of other), if they are known. `coverage` is the share
    of both headlines' rare words that the other article holds, NaN if it is not known.
    """
    found = version(one, other)
    if found == "copy":
        return "copy"
    if is_translation(one, other, pairs):
        return "translation"
    if found and days_apart(one.article, other.article) <= UPDATE_DAYS:
        return "same story" if found == "earlier" else "update"
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
    if score < STORY_SCORE or not coverage >= STORY_COVERAGE:
        return False
    return days == 0 or not _is_column(one, other)


def _is_column(one: ArticleVectors, other: ArticleVectors) -> bool:
    """Return whether the headline of both is the name of a column, which tells no event.

    Then it comes back on another day, above a text that does not hold its words.
    """
    if key_of(one.article.title) != key_of(other.article.title):
        return False
    words = content_words(one.article.title, one.language)
    held = min(len(words & words_of(each.body)) for each in (one, other))
    return held < COLUMN_WORDS * max(len(words), 1)


def is_translation(
    one: ArticleVectors, other: ArticleVectors, pairs: Vectors | None = None
) -> bool:
    """Return whether two articles are one text in two languages, passage by passage.

    Reports on one event in two languages are not. Both must have the same date, if both have one,
    and the same numbers. Texts of two passages are compared by their numbers only.
    """
    if one.language == other.language:
        return False
    fewest, most = sorted((len(one.vectors), len(other.vectors)))
    if fewest < 2 or most > TRANSLATION_LENGTH * fewest:
        return False
    if one.date and other.date and one.date != other.date:
        return False
    is_short = fewest < TRANSLATION_PASSAGES
    pairs = one.vectors @ other.vectors.T if pairs is None else pairs
    return _is_parallel(pairs, is_short) and _have_same_numbers(one, other, is_short)


def _is_parallel(pairs: Vectors, is_short: bool) -> bool:
    """Return whether nearly all passages of both articles have a partner, in the same order."""
    fewest = max((1.0 if is_short else TRANSLATION_COVERAGE) * max(pairs.shape), 2)
    cosines = pairs.max(axis=1)
    near = cosines >= TRANSLATION_COSINE
    if np.count_nonzero(near) < fewest:
        return False
    ours, theirs = pairs.argmax(axis=1), pairs.argmax(axis=0)
    partners = (theirs[ours] == np.arange(len(ours))) & near
    places = ours[partners]
    if len(places) < fewest:
        return False
    # Passages that moved break the order of one text more often than that of the other.
    orders = places, theirs[np.sort(places)]
    ordered = min(np.count_nonzero(order[1:] > order[:-1]) for order in orders)
    if ordered / (len(places) - 1) < TRANSLATION_ORDER:
        return False
    least = SHORT_MEAN if is_short else TRANSLATION_MEAN
    return bool(cosines[partners].mean() >= least)


def _have_same_numbers(one: ArticleVectors, other: ArticleVectors, is_short: bool) -> bool:
    """Return whether two parallel texts hold the same numbers; so do those without any."""
    ours, theirs = one.numbers, other.numbers
    if not is_short:
        if min(len(ours), len(theirs)) == 0:
            return len(ours | theirs) <= WRITTEN_OUT
        return shared_share(ours, theirs) >= TRANSLATION_NUMBERS
    every = {run for run in ours | theirs if len(run) > 1}
    shared = len(every & ours & theirs)
    return shared >= max(SHORT_NUMBERS, TRANSLATION_NUMBERS * len(every))


def days_apart(first: Article, second: Article) -> int:
    """Return the days between two articles; 0 if a date is not known to the month."""
    days, others = (day_of_month(date_number(one.date)) for one in (first, second))
    return abs(days - others) if days and others else 0
