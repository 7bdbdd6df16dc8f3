"""Look up articles of a snapshot by their ids, and list the ids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from operator import index

import numpy as np

from recommender.errors import QueryError
from recommender.store.columns import Columns
from recommender.store.row_map import RowMap


def id_text(value: object) -> str:
    """Return an id or another name as text; numbers and UUIDs are written as rows have them.

    Raises `QueryError` for any other value.
    """
    if isinstance(value, str):
        return str(value)
    if not isinstance(value, bool):
        with suppress(TypeError):  # `index` raises it for anything but one whole number
            return str(index(value))  # type: ignore[arg-type]  # of any type
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        if hasattr(value, "urn"):  # a UUID; its module takes a while to import
            return str(value)
    raise QueryError(f"{value!r:.80} is not an id of an article; give a text or a number")


class ArticleIds:
    """The ids of the live articles, which no later build removed."""

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
