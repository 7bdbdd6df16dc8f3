"""Search the vectors and the words of a snapshot within the rows that may be answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommender.arrays import Positions, Rows, Scores, Vectors
from recommender.index import NO_ROWS, PassageIndex, SearchPurpose
from recommender.index.bm25 import LexicalIndex
from recommender.index.postings import Numbers
from recommender.index.word_scores import WordScores
from recommender.scoring.space import Space
from recommender.scoring.strength import Unrelated
from recommender.store.columns import Columns
from recommender.store.derived import Derived
from recommender.store.row_map import RowMap
from recommender.store.scope import RowScope, RowScores, scope_of
from recommender.types import Where


class SnapshotSearch:
    """The searches in a snapshot, and the space that scores are in."""

    columns: Columns
    derived: Derived
    row_map: RowMap

    def articles_of(self, rows: Positions) -> Positions:
        """Return the article position of each row."""
        return self.row_map.articles_of(rows)

    @property
    def space(self) -> Space:
        """The space that the index and all scores are in."""
        return self.derived.space

    @property
    def unrelated(self) -> dict[str, Unrelated]:
        """How pairs of unrelated `passages` and `articles` score."""
        return self.derived.unrelated

    @property
    def index(self) -> PassageIndex:
        """The search index over all rows that have a vector."""
        return self.derived.index

    @property
    def lexical(self) -> LexicalIndex:
        """The words of the rows that have a vector."""
        return self.derived.lexical

    @property
    def words(self) -> LexicalIndex:
        """The words of all rows, also those without a vector."""
        return self.derived.words

    def scope(self, where: Where) -> RowScope:
        """Return the rows of the articles that pass."""
        return scope_of(self.row_map, self.columns, where)

    def every_row(self) -> RowScope:
        """Return all rows, also of articles that the public may not see."""
        return RowScope(self.row_map, self.columns, self.columns.live_rows)

    def nearest(
        self,
        vectors: Vectors,
        k: int,
        scope: RowScope,
        purpose: SearchPurpose = "texts",
        excluded: range = NO_ROWS,
    ) -> tuple[Scores, Rows]:
        """Return the scores and rows nearest to each vector (`PassageIndex.search`)."""
        return self.index.search(vectors, k, scope.mask, purpose, excluded)

    def nearest_articles(
        self, groups: Sequence[Vectors], own: Sequence[range], k: int, scope: RowScope
    ) -> list[tuple[Scores, Rows]]:
        """Return for each group of vectors the nearest rows of other articles."""
        return self.index.search_each(groups, own, k, scope.mask, "articles")

    def word_scores(self, text: str, *, every: bool = False) -> RowScores:
        """Return how well the words of rows match a text; `every` adds rows without a vector.

        The scores of both differ, since rarity counts among the rows that are included.
        """
        return RowScores(WordScores(self.words if every else self.lexical, text))

    def first_holders(
        self, terms: Numbers, language: str, most: int
    ) -> list[tuple[int, Positions]]:
        """Return how many rows of a language hold each term, and the articles of the first rows."""
        runs = self.lexical.first_rows(terms, language, most)
        every = np.concatenate([np.empty(0, np.int64), *(rows for _, rows in runs)])
        ends = np.cumsum([len(rows) for _, rows in runs])[:-1]
        each = np.split(self.articles_of(every), ends) if runs else []
        return [(count, own) for (count, _), own in zip(runs, each, strict=True)]
