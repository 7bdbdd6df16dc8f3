"""Say how sure hits are by the numbers, identifiers and dates of the query in their articles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommender.answers.archive import Archive
from recommender.answers.candidates import Candidates
from recommender.answers.confidence import least_hit
from recommender.answers.hit_candidates import first_places
from recommender.answers.hit_query import HitQuery
from recommender.arrays import Mask, are_among
from recommender.scoring.sureness import level_of
from recommender.text.numbers import telling_numbers
from recommender.types import Article, Confidence

# Identifiers are looked for in so many articles, or in twice as many as are asked for.
READ_ARTICLES = 64
# Hits that come first score so much more. Without it, no two scores are so far apart.
COMES_FIRST = 2.0


def at_least_likely(hits: Candidates, which: Mask | bool = True) -> Candidates:
    """Return the hits; the loose ones among `which` become likely."""
    is_loose, likely = (hits.level == level_of("loose")) & which, least_hit("likely")
    return replace(
        hits,
        level=np.where(is_loose, level_of("likely"), hits.level),
        probability=np.where(is_loose, likely.probability, hits.probability),
    )


def with_numbers(snapshot: Archive, text: str, hits: Candidates) -> Candidates:
    """Return the hits; those that hold the numbers of a text become likely.

    Words cannot compare numbers.
    """
    numbers = telling_numbers(text)
    if not numbers:
        return hits
    from recommender.answers.phrases import rows_with_all  # hardly any query needs it

    rows = rows_with_all(snapshot, numbers, np.sort(hits.row))
    return at_least_likely(hits, np.isin(hits.row, rows))


def with_identifiers(snapshot: Archive, query: HitQuery, hits: Candidates) -> Candidates:
    """Return the hits; none is sure if its article lacks an identifier of the query.

    If the query consists of identifiers alone, such hits are loose, and hits that hold a name as it
    is written are likely. In a hybrid search those come first.
    """
    asked = query.identifiers
    if not (asked.names or asked.is_all):
        return hits
    first = hits.article[first_places(hits.article)]
    first = first[: max(READ_ARTICLES, 2 * query.selection.k)]
    texts = map(_letters_of, snapshot.articles(first.tolist()))
    found = [(held := asked.are_in(text), held or asked.may_be_in(text)) for text in texts]
    flags = np.array(found, np.bool_).reshape(-1, 2).T
    is_held, may_be = (are_among(hits.article, first[some]) for some in flags)
    if not asked.is_all:
        hits = _below("sure", hits, ~may_be)
    else:
        hits = _below("likely", hits, ~may_be)
        hits = at_least_likely(hits, is_held & bool(asked.names))
    return with_first(hits, is_held) if asked.names and query.ranking == "hybrid" else hits


def naming_date(snapshot: Archive, date: str, hits: Candidates) -> Candidates:
    """Return the hits that name the date of the query, or whose articles begin with it.

    `date` are its words, empty if it only limits the time: then no hit is one. An article of
    another date may be on that of the query, as its headline says.
    """
    if not date:
        return hits.take(slice(0))
    from recommender.answers.phrases import rows_with_all  # few queries need it

    heads = np.array([span.start for span in snapshot.spans(hits.article).ranges()], np.int64)
    rows = np.unique(np.concatenate([hits.row, heads]))
    named = rows_with_all(snapshot, [date], rows)
    return hits.take(are_among(hits.row, named) | are_among(heads, named))


def put_first(hits: Candidates, count: int) -> Candidates:
    """Return the hits with the first `count` of them first; the others are then not sure."""
    which = np.arange(len(hits)) < count
    return with_first(_below("sure", hits, ~which), which) if count else hits


def with_first(hits: Candidates, which: Mask) -> Candidates:
    """Return the hits with those of `which` first."""
    if not which.any():
        return hits
    more = np.where(which, COMES_FIRST, 0.0)
    return replace(hits, score=hits.score + more, bonus=hits.bonus + more).best_first()


def _letters_of(article: Article) -> str:
    """Return the names of an article, its date and its text."""
    names = (article.id, article.title, article.url, article.path)
    return "\n".join((*names, article.date, article.text))


def _below(confidence: Confidence, hits: Candidates, which: Mask) -> Candidates:
    """Return the hits; those among `which` become less sure than a confidence."""
    least = least_hit(confidence)
    level = np.minimum(hits.level, level_of(confidence) - 1)
    probability = np.minimum(hits.probability, least.probability)
    return replace(
        hits,
        level=np.where(which, level, hits.level),
        probability=np.where(which, probability, hits.probability),
    )
