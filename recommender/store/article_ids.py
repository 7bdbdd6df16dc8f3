"""Look up articles of a snapshot by their ids, and list the ids."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from recommender.store.columns import Columns
from recommender.store.row_map import RowMap


class ArticleIds:
    """The ids of the live articles: those that no later build removed."""

    def __init__(self, row_map: RowMap, columns: Columns) -> None:
        self._map = row_map
        self._columns = columns

    def find(self, article_id: str) -> int | None:
        """Return the position of the article with an id, or None."""
        for first, segment in zip(self._map.first_articles, self._map.segments, strict=False):
            position = segment.lines.find(article_id)
            if position is not None and self._columns.live_articles[first + position]:
                return int(first) + position
        return None

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Yield the position and the id of each article in order."""
        for position in np.flatnonzero(self._columns.live_articles).tolist():
            segment, local = self._map.segment_of(position)
            yield position, segment.lines.id(local)
