"""Know the articles of a snapshot: their ids and names, and which may be shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from recommender.arrays import Positions
from recommender.store.article_ids import ArticleIds
from recommender.store.columns import Columns
from recommender.store.derived import Derived
from recommender.store.names import ArticleNames
from recommender.store.publication import Publications
from recommender.store.row_map import RowMap
from recommender.store.scope import articles_passing
from recommender.store.segment import Segment
from recommender.types import Where


class SnapshotCatalog:
    """The articles of a snapshot by their positions, ids, names and dates."""

    segments: Sequence[Segment]
    columns: Columns
    derived: Derived
    row_map: RowMap
    _ids: ArticleIds

    @property
    def article_count(self) -> int:
        """The number of positions; removed articles keep theirs."""
        return int(self.row_map.first_articles[-1])

    @property
    def publications(self) -> Publications:
        """The live articles that are not simply published."""
        return self.columns.publications

    @property
    def tags(self) -> list[str]:
        """The language tags of the articles, in order."""
        return sorted({tag for segment in self.segments for tag in segment.languages})

    @property
    def names(self) -> ArticleNames:
        """The ids, addresses, paths and titles of the live articles."""
        return self.derived.names

    def withheld(self, published_only: bool = False) -> Positions:
        """Return the articles that may not answer now, or all that are not public now."""
        return self.columns.publications.withheld() if published_only else self.columns.withheld

    def positions(self, where: Where, words: Sequence[str] = ()) -> Positions:
        """Return the articles that pass and whose names hold all the words, in order."""
        called = self.names.holding(words) if words else None
        return np.flatnonzero(articles_passing(self.row_map, self.columns, where, called))

    def newest(self, count: int) -> Positions:
        """Return the newest articles that have a date, newest first."""
        dated = np.flatnonzero(self.columns.live_articles & (self.columns.dates > 0))
        return dated[np.argsort(-self.columns.dates[dated], kind="stable")[:count]]

    def date_counts(self) -> dict[int, int]:
        """Return how many live articles have each date (yyyymmdd), 0 for those without."""
        dates = self.columns.dates[self.columns.live_articles]
        found, counts = np.unique(dates, return_counts=True)
        return dict(zip(found.tolist(), counts.tolist(), strict=True))

    def find(self, article_id: str) -> int | None:
        """Return the position of a live article, or None."""
        return self._ids.find(article_id)

    def find_each(self, article_ids: Iterable[str]) -> dict[str, int]:
        """Return the position of each id that a live article has."""
        found = ((article_id, self.find(article_id)) for article_id in article_ids)
        return {article_id: position for article_id, position in found if position is not None}

    def ids(self) -> Iterator[str]:
        """Return the ids of the live articles in order."""
        return (article_id for _, article_id in self._ids)

    def positions_and_ids(self) -> Iterator[tuple[int, str]]:
        """Return the position and the id of each live article in order."""
        return iter(self._ids)
