"""Compute what headline words, days and lengths add to the scores of related articles."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from recommender.answers.archive import Archive
from recommender.answers.article_vectors import ArticleVectors, RelatedQuery, StoredArticleVectors
from recommender.answers.recency import day_of_month
from recommender.answers.word_coverage import coverage_of
from recommender.arrays import Numbers, Positions
from recommender.scoring.relevance import PairFacts, PairTerms, load_relevance
from recommender.store.headlines import Hashes, words_of_headline
from recommender.store.records import date_number

# Headline words are compared only for so many articles, those that align best.
READ_HEADLINES = 30


def headline_words(query: RelatedQuery) -> Hashes:
    """Return the words of the query's headlines, which `facts_beside` looks up."""
    return np.concatenate([words_of_headline(one.article.title) for one in query.articles])


class Beside(NamedTuple):
    """What the facts of pairs add to their scores, the coverage of headlines, and lengths.

    `length` is the number of characters in the shorter text of each pair.
    """

    terms: PairTerms
    coverage: Numbers
    length: Numbers


def facts_beside(
    snapshot: Archive,
    query: RelatedQuery,
    others: Sequence[StoredArticleVectors],
    scores: Numbers,
) -> Beside:
    """Return what words, dates and lengths add to the scores of articles for a query.

    If the query has several articles, each is compared with the one that it fits best.
    """
    model = load_relevance().related
    facts = [_facts_beside(snapshot, article, others, scores) for article in query.articles]
    each = [model.terms(one) for one in facts]
    if len(facts) == 1:  # nearly always
        return Beside(each[0], facts[0].coverage, facts[0].length)
    best = np.argmax([terms.total for terms in each], axis=0)
    columns = zip(*each, strict=True)
    return Beside(
        PairTerms(*(np.choose(best, list(column)) for column in columns)),
        np.choose(best, [one.coverage for one in facts]),
        np.choose(best, [one.length for one in facts]),
    )


def _facts_beside(
    snapshot: Archive,
    article: ArticleVectors,
    others: Sequence[StoredArticleVectors],
    scores: Numbers,
) -> PairFacts:
    """Return the facts of each of the others; only those with the best `scores` get words.

    Only the lengths of those are read; the others count as no shorter than the article.
    """
    words = coverage_of(snapshot)
    positions = np.array([other.position for other in others], np.int64)
    coverage = np.full(len(others), np.nan)
    own = float(sum(article.text_lengths.values()))
    length = np.full(len(others), own)
    best = np.argsort(-scores, kind="stable")[:READ_HEADLINES]
    headlines = snapshot.summaries.headlines(positions[best])
    coverage[best] = words.of_headlines(article, positions[best], headlines)
    length[best] = np.minimum(own, headlines.characters)
    counts = np.array([len(other.vectors) for other in others], np.float64)
    passages = max(len(article.vectors), 1)
    ratio = np.maximum(counts / passages, passages / np.maximum(counts, 1))
    return PairFacts(
        coverage,
        length,
        _days(snapshot, article, positions),
        ratio,
        snapshot.manifest.articles,
        words.articles_in(article.language),
    )


def _days(snapshot: Archive, article: ArticleVectors, positions: Positions) -> Numbers:
    """Return the days between the articles, NaN if a date is not known to the month."""
    own = _ordinal(date_number(article.article.date))
    numbers = snapshot.columns.dates_of(positions).tolist()
    return np.abs(np.array([*map(_ordinal, numbers)], np.float64) - own)


@lru_cache(maxsize=1 << 16)
def _ordinal(number: int) -> float:
    """Return the day of a date as yyyymmdd, NaN if it is not known to the month."""
    return float(day_of_month(number) or "nan")
