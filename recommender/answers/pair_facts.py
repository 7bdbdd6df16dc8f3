"""Gather the facts of articles beside an article: headline words, days and lengths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommender.answers.archive import Archive
from recommender.answers.article_vectors import ArticleVectors, StoredArticleVectors
from recommender.answers.recency import day_of_month
from recommender.answers.word_coverage import coverage_of
from recommender.scoring.relevance import Numbers, PairFacts
from recommender.store.records import date_number

# Headlines are read of so many articles, those that align best: each is a record on disk.
READ_HEADLINES = 30


def facts_beside(
    snapshot: Archive,
    article: ArticleVectors,
    others: Sequence[StoredArticleVectors],
    scores: Numbers,
) -> PairFacts:
    """Return the facts of each of the others; those with the best `scores` get their words."""
    words = coverage_of(snapshot)
    coverage = np.full(len(others), np.nan)
    length = np.zeros(len(others))
    best = np.argsort(-scores, kind="stable")[:READ_HEADLINES].tolist()
    coverage[best] = words.of_headlines(article, [others[at] for at in best])
    length[best] = _characters(article)
    length[best] = np.minimum(length[best], [_characters(others[at]) for at in best])
    counts = np.array([len(other.compared) for other in others], np.float64)
    passages = max(len(article.vectors), 1)
    ratio = np.maximum(counts / passages, passages / np.maximum(counts, 1))
    return PairFacts(
        coverage,
        length,
        _days(snapshot, article, others),
        ratio,
        snapshot.manifest.articles,
        words.articles_in(article.language),
    )


def _characters(article: ArticleVectors) -> int:
    """Return the characters of an article's passages, which are mapped: no record is read."""
    return sum(article.text_lengths.values())


def _days(
    snapshot: Archive, article: ArticleVectors, others: Sequence[StoredArticleVectors]
) -> Numbers:
    """Return the days between the articles, NaN if a date is not known to the month."""
    own = _ordinal(date_number(article.article.date))
    numbers = snapshot.columns.dates_of([other.position for other in others]).tolist()
    return np.abs(np.array([_ordinal(number) for number in numbers], np.float64) - own)


def _ordinal(number: int) -> float:
    """Return the day of a date as yyyymmdd, NaN if it is not known to the month."""
    return float(day_of_month(number) or "nan")
