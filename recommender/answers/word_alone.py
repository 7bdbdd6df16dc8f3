"""Put first what holds a word alone, where few articles do.

The model knows little of a word alone, such as a name, and in an archive of many languages such a
word is often taken for one of another language.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from recommender.answers.archive import Archive, Scope
from recommender.answers.candidates import Candidates
from recommender.answers.hit_candidates import CandidateFinder
from recommender.answers.hit_query import HitQuery
from recommender.answers.literal_hits import at_least_likely, with_first
from recommender.arrays import Rows, are_among
from recommender.index.bm25 import searchable_words
from recommender.text.function_words import content_words

# A word tells what is meant if so many articles hold it, or this share of the archive's.
FEW_ARTICLES = 3
FEW_SHARE = 0.05
# A word in more passages is common, in an archive of whatever size.
FEW_ROWS = 500


class WordAlone:
    """The passages that hold a query of one word; none if it has several, or a common one."""

    def __init__(self, finder: CandidateFinder) -> None:
        """Take the finder of the candidates of a query."""
        self._finder = finder

    @cached_property
    def _rows(self) -> Rows:
        finder = self._finder
        return rows_with_word(finder.snapshot, finder.query, finder.allowed)

    def added(self, hits: Candidates) -> Candidates:
        """Return the hits, followed by the passages that hold the word and are not among them."""
        if not len(self._rows):
            return hits
        return self._finder.together(hits, self._finder.ranked(self._finder.vectors, self._rows))

    def first(self, hits: Candidates) -> Candidates:
        """Return the hits; those that hold the word come first and are at least likely."""
        if not len(self._rows):
            return hits
        which = are_among(hits.row, self._rows)
        if self._finder.is_by_article:
            which = are_among(hits.article, self._finder.snapshot.articles_of(self._rows))
        return with_first(at_least_likely(hits, which), which)


def rows_with_word(archive: Archive, query: HitQuery, allowed: Scope) -> Rows:
    """Return the allowed rows that hold the only word of a query, if few articles hold it."""
    none = np.empty(0, np.int64)
    if query.is_quoted or len(searchable_words(query.text)) != 1:
        return none
    rows = archive.lexical.holding(query.text, FEW_ROWS)
    if rows is None or not len(rows):
        return none
    few = max(FEW_ARTICLES, FEW_SHARE * archive.manifest.articles)
    is_common = len(np.unique(archive.articles_of(rows))) > few
    if is_common or not content_words(query.text, query.language):
        return none
    return rows[allowed.holds(rows)]
