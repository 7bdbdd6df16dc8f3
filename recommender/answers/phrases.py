"""Find the rows that hold the phrases of a query and none of the words it excludes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from recommender.answers.query import Query
from recommender.arrays import Mask, Positions
from recommender.store.snapshot import Snapshot
from recommender.text.folding import folded
from recommender.text.words import pattern_of, words_of

# If a single word is in more rows than this, the postings are believed and the texts are not read.
# Only one in some thousand words shares its hash with another.
VERIFIED_ROWS = 5_000


def rows_meeting(
    snapshot: Snapshot, query: Query, of_articles: bool, allowed: Mask | None
) -> tuple[Query, Mask | None]:
    """Return the query as it is answered, and the rows that meet its conditions (`rows_holding`).

    If the text may be a headline, phrases that empty the answer are given up: those beside other
    words, and those that nothing in the archive holds. The notice of the query says so.
    """
    mask = rows_holding(snapshot, query, of_articles, allowed)
    if not query.phrases or mask is None or mask.any():
        return query, mask
    nothing = f"nothing holds {query.quoted}"
    if query.other_words or not _is_held(snapshot, query, of_articles):
        if query.is_headline:
            notice = f"{nothing}; answered as if there were no quotation marks"
            return replace(query, phrases=(), notice=notice), allowed
        advice = "without the quotation marks there may be an answer"
        return replace(query, notice=f"{nothing}; {advice}"), mask
    return query, mask


def _is_held(snapshot: Snapshot, query: Query, of_articles: bool) -> bool:
    """Return whether anything in the archive meets the conditions, whatever the filters."""
    mask = rows_holding(snapshot, query, of_articles, snapshot.columns.live_rows)
    return mask is None or bool(mask.any())


def rows_holding(
    snapshot: Snapshot, query: Query, of_articles: bool, allowed: Mask | None
) -> Mask | None:
    """Return one flag for each row: whether it is allowed and meets the query's conditions.

    The result is None if all rows are. A passage must hold every phrase and no excluded word. With
    `of_articles`, the passages of an article may hold the phrases between them; the rows that hold
    at least one of them are then flagged. Words-only rows have flags too
    (`Snapshot.all_row_count`).
    """
    if not (query.phrases or query.excluded):
        return allowed
    mask = np.ones(snapshot.all_row_count, np.bool_) if allowed is None else allowed.copy()
    if query.phrases:
        held = [_flags(snapshot, phrase, mask) for phrase in query.phrases]
        mask &= _with_all(held, snapshot, of_articles)
    for phrase in query.excluded:
        # An excluded word in any passage of an article excludes it, also in one without phrases.
        excluded = _flags(snapshot, phrase, allowed if of_articles else mask)
        mask &= ~(_whole_articles(snapshot, excluded) if of_articles else excluded)
    return mask


def _with_all(held: Sequence[Mask], snapshot: Snapshot, of_articles: bool) -> Mask:
    """Return the flags of the rows that meet every condition, alone or with their articles."""
    if not of_articles:
        every: Mask = np.all(held, axis=0)
        return every
    whole = np.all([_whole_articles(snapshot, flags) for flags in held], axis=0)
    found: Mask = whole & np.any(held, axis=0)
    return found


def _whole_articles(snapshot: Snapshot, flags: Mask) -> Mask:
    """Return flags for all rows of the articles that have a flagged row."""
    articles = np.zeros(len(snapshot.columns.live_articles), np.bool_)
    articles[snapshot.articles_of(np.flatnonzero(flags))] = True
    whole: Mask = articles[snapshot.articles_of(np.arange(snapshot.all_row_count))]
    return whole


def _flags(snapshot: Snapshot, phrase: str, allowed: Mask | None) -> Mask:
    """Return one flag for each row: whether it is allowed and its text holds a phrase."""
    rows = snapshot.words.holding(phrase)
    if rows is None:
        rows = np.arange(snapshot.all_row_count)
    if allowed is not None:
        rows = rows[allowed[rows]]
    flags = np.zeros(snapshot.all_row_count, np.bool_)
    flags[rows if _is_known(phrase, rows) else _verified(snapshot, phrase, rows)] = True
    return flags


def _is_known(phrase: str, rows: Positions) -> bool:
    """Return whether the postings of a phrase are believed without reading the texts."""
    word = folded(phrase).strip()
    return len(rows) > VERIFIED_ROWS and words_of(word) == {word}


def _verified(snapshot: Snapshot, phrase: str, rows: Positions) -> Positions:
    """Return the rows among `rows` whose text holds the phrase."""
    pattern = pattern_of(phrase)
    position, article, found = -1, None, []
    for row, owner in zip(rows.tolist(), snapshot.articles_of(rows).tolist(), strict=True):
        if article is None or owner != position:
            position, article = owner, snapshot.article(owner)
        if pattern.search(folded(snapshot.passage(row, article).text)):
            found.append(row)
    return np.array(found, dtype=np.int64)
