"""Find the rows that hold the phrases of a query and none of the words it excludes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import numpy as np

from recommender.answers.archive import Archive, Scope
from recommender.answers.query import Query
from recommender.arrays import Positions, Rows
from recommender.text.folding import folded
from recommender.text.words import pattern_of, words_of

# If a single word is in more rows than this, the postings are trusted and the texts are not read.
# Only one in some thousand words shares its hash with another.
VERIFIED_ROWS = 5_000
# The texts of so many rows are read at a time.
READ_TOGETHER = 500


def rows_meeting(
    archive: Archive, query: Query, of_articles: bool, allowed: Scope
) -> tuple[Query, Scope]:
    """Return the query as it is answered, and the rows that meet its conditions (`rows_holding`).

    If the text may be a headline, a phrase is dropped when it would leave no answer: one beside
    other words, or one that no passage of the archive holds. The notice of the query says so.
    """
    scope = rows_holding(archive, query, of_articles, allowed)
    if not query.phrases or not scope.is_empty:
        return query, scope
    every = replace(query, excluded=())
    if query.excluded and not rows_holding(archive, every, of_articles, allowed).is_empty:
        held = f"all that holds {query.quoted} also holds an excluded word"
        return replace(query, notice=f"{held}; exclude fewer words"), scope
    is_held = _is_held(archive, query, of_articles)
    if is_held and not query.other_words:
        return query, scope
    nothing = f"nothing {'that passes the filters ' * is_held}holds {query.quoted}"
    if query.is_headline:
        notice = f"{nothing}; answered as if there were no quotation marks"
        return replace(query, phrases=(), notice=notice), allowed
    advice = "without the quotation marks there may be an answer"
    return replace(query, notice=f"{nothing}; {advice}"), scope


def _is_held(archive: Archive, query: Query, of_articles: bool) -> bool:
    """Return whether any passage of the archive meets the conditions, whatever the filters."""
    return not rows_holding(archive, query, of_articles, archive.every_row()).is_empty


def rows_holding(archive: Archive, query: Query, of_articles: bool, allowed: Scope) -> Scope:
    """Return the allowed rows that meet the query's conditions, also rows without a vector.

    A passage must hold every phrase and no excluded word. With `of_articles`, different passages of
    an article may hold the phrases; the rows that hold at least one of them remain.
    """
    scope = allowed
    if query.phrases:
        held = [_rows_with(archive, phrase, allowed) for phrase in query.phrases]
        scope = allowed.only(_in_all(archive, held) if of_articles else reduce(_shared, held))
    for phrase in query.excluded:
        # An excluded word in any passage excludes the article, also if the query has no phrases.
        rows = _rows_with(archive, phrase, allowed if of_articles else scope)
        if of_articles:
            scope = scope.without_articles(np.unique(archive.articles_of(rows)))
        else:
            scope = scope.without(rows)
    return scope


def rows_with_all(archive: Archive, phrases: Sequence[str], rows: Rows) -> Rows:
    """Return the rows among `rows` whose texts hold every phrase."""
    for phrase in phrases:
        sharing = archive.words.holding(phrase)
        some = rows if sharing is None else rows[np.isin(rows, sharing)]
        rows = _verified(archive, phrase, some)
    return rows


def _shared(one: Rows, other: Rows) -> Rows:
    return np.intersect1d(one, other, assume_unique=True)


def _in_all(archive: Archive, held: Sequence[Rows]) -> Rows:
    """Return the rows that hold a phrase, in the articles that hold all phrases."""
    owners = [archive.articles_of(rows) for rows in held]
    whole = reduce(_shared, map(np.unique, owners))
    some = [rows[np.isin(own, whole)] for rows, own in zip(held, owners, strict=True)]
    return np.unique(np.concatenate(some))


def _rows_with(archive: Archive, phrase: str, allowed: Scope) -> Rows:
    """Return the allowed rows whose text holds a phrase, in order."""
    rows = archive.words.holding(phrase)
    rows = allowed.rows if rows is None else rows[allowed.holds(rows)]
    return rows if _is_known(phrase, rows) else _verified(archive, phrase, rows)


def _is_known(phrase: str, rows: Positions) -> bool:
    """Return whether the postings of a phrase are trusted without reading the texts."""
    word = folded(phrase).strip()
    return len(rows) > VERIFIED_ROWS and words_of(word) == {word}


def _verified(archive: Archive, phrase: str, rows: Rows) -> Rows:
    """Return the rows among `rows` whose text holds the phrase."""
    pattern = pattern_of(phrase)
    found = [np.empty(0, np.int64)]
    for start in range(0, len(rows), READ_TOGETHER):
        some = rows[start : start + READ_TOGETHER]
        owners = archive.articles_of(some).tolist()
        distinct = list(dict.fromkeys(owners))
        articles = dict(zip(distinct, archive.articles(distinct), strict=True))
        held = [
            pattern.search(folded(archive.passage(row, articles[owner]).text)) is not None
            for row, owner in zip(some.tolist(), owners, strict=True)
        ]
        found.append(some[np.array(held, np.bool_)])
    return np.concatenate(found)
