"""List the articles of a snapshot, newest first, that pass filters and hold words in names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from recommender.answers.answer import ListAnswer
from recommender.answers.archive import Archive
from recommender.answers.filters import check_listing, where_of, why_none_passes
from recommender.answers.naming import (
    MAX_NAME_CHARACTERS,
    SUGGESTED,
    hidden_articles,
    shown,
)
from recommender.answers.options import NO_FILTERS, ListOptions
from recommender.errors import QueryError, TooLarge
from recommender.store.names import key_of
from recommender.types import UNKNOWN_LANGUAGE, ArticleRef, Filters


def list_articles(snapshot: Archive, words: str, options: ListOptions) -> ListAnswer:
    """Return the newest articles whose names hold all the words, and how many there are.

    A word may be a part of a word. Names are the id, the address, the path and the title. If no
    article matches, the answer has the articles with the most similar names. Only the records of
    the returned articles are read, or for `where` more.

    Raises `QueryError` for a filter that needs a question, `TooLarge` for too many words.
    """
    filters = options.filters
    check_listing(filters, snapshot)
    if not isinstance(words, str):
        raise QueryError(f"the words are of the type {type(words).__name__}; give a text")
    if len(words) > MAX_NAME_CHARACTERS:
        raise TooLarge(f"{shown(words, 40)}: over {MAX_NAME_CHARACTERS:,} characters; give less")
    where = where_of(snapshot, filters, UNKNOWN_LANGUAGE)
    positions = snapshot.positions(where, key_of(words).split())
    newest = positions[np.argsort(-snapshot.columns.dates_of(positions), kind="stable")]
    nearest = _nearest(snapshot, words, options.filters) if not len(positions) else []
    return ListAnswer(
        words=words,
        options=options,
        snapshot=snapshot.name,
        total=len(positions),
        articles=_named(snapshot, newest[options.offset : options.offset + options.k].tolist()),
        nearest=_named(snapshot, nearest),
        notices=() if len(positions) else why_none_is_listed(snapshot, filters),
    )


def why_none_is_listed(snapshot: Archive, filters: Filters) -> tuple[str, ...]:
    """Return why no article passes the filters; empty if some do."""
    why = why_none_passes(snapshot, filters, UNKNOWN_LANGUAGE)
    return (why,) if why else ()


def _nearest(snapshot: Archive, words: str, filters: Filters) -> list[int]:
    """Return the articles with the most similar names among those that pass the filters."""
    key = key_of(words)
    if not key:
        return []
    hidden: Iterable[int] = hidden_articles(snapshot)
    if filters != NO_FILTERS:
        hidden = _left_out(snapshot, filters)
    return snapshot.names.nearest(key, hidden, SUGGESTED)


def _left_out(snapshot: Archive, filters: Filters) -> Iterator[int]:
    """Yield the articles that do not pass; an engine compares no names, so it is not asked."""
    passing = snapshot.positions(where_of(snapshot, filters, UNKNOWN_LANGUAGE))
    yield from np.setdiff1d(np.arange(snapshot.article_count), passing).tolist()


def _named(snapshot: Archive, positions: Sequence[int]) -> tuple[ArticleRef, ...]:
    articles = snapshot.articles(positions)
    return tuple(ArticleRef(**ArticleRef.fields_of(one)) for one in articles)
