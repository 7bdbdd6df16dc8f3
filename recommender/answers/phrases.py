"""Which rows hold the phrases of a query and none of the words it excludes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommender.answers.query import Query
from recommender.arrays import Mask, Positions
from recommender.store.snapshot import Snapshot
from recommender.text.words import normalized, pattern_of, words_of

# A single word in more rows than this is taken from the postings without reading the texts: one in
# some thousand words shares its hash with another.
VERIFIED_ROWS = 5_000


def rows_holding(
    snapshot: Snapshot, query: Query, of_articles: bool, allowed: Mask | None
) -> Mask | None:
    """Return one flag a row that meets the query's conditions and is allowed; None where all are.

    A passage must hold every phrase and no excluded word. Of articles, any passages may hold them
    between them, and a row that holds one of the phrases stands for its article. What is kept for
    word search only has flags too (`Snapshot.all_row_count`).
    """
    if not (query.phrases or query.excluded):
        return allowed
    mask = np.ones(snapshot.all_row_count, np.bool_) if allowed is None else allowed.copy()
    if query.phrases:
        held = [_flags(snapshot, phrase, mask) for phrase in query.phrases]
        mask &= _with_all(held, snapshot, of_articles)
    for phrase in query.excluded:
        # Of an article any passage counts, those without the phrases too.
        excluded = _flags(snapshot, phrase, allowed if of_articles else mask)
        mask &= ~(_whole_articles(snapshot, excluded) if of_articles else excluded)
    return mask


def _with_all(held: Sequence[Mask], snapshot: Snapshot, of_articles: bool) -> Mask:
    if not of_articles:
        every: Mask = np.all(held, axis=0)
        return every
    whole = np.all([_whole_articles(snapshot, flags) for flags in held], axis=0)
    found: Mask = whole & np.any(held, axis=0)
    return found


def _whole_articles(snapshot: Snapshot, flags: Mask) -> Mask:
    """Return the flags with those set of all rows of articles that have one set."""
    articles = np.zeros(len(snapshot.columns.live_articles), np.bool_)
    articles[snapshot.articles_of(np.flatnonzero(flags))] = True
    whole: Mask = articles[snapshot.articles_of(np.arange(snapshot.all_row_count))]
    return whole


def _flags(snapshot: Snapshot, phrase: str, allowed: Mask | None) -> Mask:
    """Return one flag a row whose text holds a phrase; only `allowed` rows are looked at."""
    rows = snapshot.words.holding(phrase)
    if rows is None:
        rows = np.arange(snapshot.all_row_count)
    if allowed is not None:
        rows = rows[allowed[rows]]
    flags = np.zeros(snapshot.all_row_count, np.bool_)
    flags[rows if _is_known(phrase, rows) else _verified(snapshot, phrase, rows)] = True
    return flags


def _is_known(phrase: str, rows: Positions) -> bool:
    """Tell whether the postings of a phrase need no look at the texts."""
    word = normalized(phrase).strip()
    return len(rows) > VERIFIED_ROWS and words_of(word) == {word}


def _verified(snapshot: Snapshot, phrase: str, rows: Positions) -> Positions:
    """Return those of `rows` whose text holds the phrase."""
    pattern = pattern_of(phrase)
    position, article, found = -1, None, []
    for row, owner in zip(rows.tolist(), snapshot.articles_of(rows).tolist(), strict=True):
        if article is None or owner != position:
            position, article = owner, snapshot.article(owner)
        if pattern.search(normalized(snapshot.passage(row, article).text)):
            found.append(row)
    return np.array(found, dtype=np.int64)
