"""List the articles of a snapshot, newest first: those that pass filters and are called so."""

from __future__ import annotations

import numpy as np

from recommender.answers.answer import ListAnswer
from recommender.answers.archive import Archive
from recommender.answers.filters import check_listing, where_of
from recommender.answers.naming import MAX_NAME_CHARACTERS, shown
from recommender.answers.options import ListOptions
from recommender.errors import TooLarge
from recommender.store.names import key_of
from recommender.types import UNKNOWN_LANGUAGE, ArticleRef


def list_articles(snapshot: Archive, words: str, options: ListOptions) -> ListAnswer:
    """Return the newest articles whose names hold all the words, and how many there are.

    A word may be a part of a word; names are the id, the address, the path and the title. Records
    are read of the articles that are returned only, or for `where`.

    Raises `QueryError` for a filter that needs a question, `TooLarge` for too many words.
    """
    filters = options.filters
    check_listing(filters, snapshot)
    if len(words) > MAX_NAME_CHARACTERS:
        raise TooLarge(f"{shown(words, 40)}: over {MAX_NAME_CHARACTERS:,} characters; give less")
    where = where_of(snapshot, filters, UNKNOWN_LANGUAGE)
    positions = snapshot.positions(where, key_of(words).split())
    newest = positions[np.argsort(-snapshot.columns.dates_of(positions), kind="stable")]
    articles = snapshot.articles(newest[options.offset : options.offset + options.k].tolist())
    return ListAnswer(
        words=words,
        options=options,
        snapshot=snapshot.name,
        total=len(positions),
        articles=tuple(ArticleRef(**ArticleRef.fields_of(one)) for one in articles),
    )
