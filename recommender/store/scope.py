"""Hold the rows of a snapshot that may be answers, and how rows match the words of a text.

The rows are an array with a flag for each. Both stay inside the store: ranking asks only about the
rows that it needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask, Positions, Rows, Scores, Spans
from recommender.index.word_scores import WordScores
from recommender.store.columns import Columns
from recommender.store.row_map import RowMap
from recommender.types import Status, Where

# For at most so many articles, rows are cleared article by article.
FEW_ARTICLES = 64


@dataclass(frozen=True)
class RowScope:
    """The rows that may be answers; `mask` has a flag for each row, None if all may be."""

    row_map: RowMap
    columns: Columns
    mask: Mask | None = None

    @property
    def rows(self) -> Rows:
        """The rows in order, also those without a vector."""
        return np.flatnonzero(self._flags)

    @property
    def words_only(self) -> Rows:
        """The rows without a vector, in order."""
        count = self.row_map.row_count
        return count + np.flatnonzero(self._flags[count:])

    @property
    def is_empty(self) -> bool:
        """Whether there is no row."""
        return not self._flags.any()

    @property
    def count(self) -> int:
        """How many rows with a vector there are."""
        count = self.row_map.row_count
        return count if self.mask is None else int(np.count_nonzero(self.mask[:count]))

    def holds(self, rows: Rows) -> Mask:
        """Return a flag for each of `rows`."""
        return np.ones(len(rows), np.bool_) if self.mask is None else self.mask[rows]

    def only(self, rows: Rows) -> RowScope:
        """Return the scope of those `rows` that are in this one."""
        mask = np.zeros(self.row_map.all_row_count, np.bool_)
        mask[rows] = self.holds(rows)
        return RowScope(self.row_map, self.columns, mask)

    def without(self, rows: Rows) -> RowScope:
        """Return the scope of the other rows."""
        mask = self._flags.copy()
        mask[rows] = False
        return RowScope(self.row_map, self.columns, mask)

    def among(self, positions: Positions) -> RowScope:
        """Return the scope of the rows of some articles."""
        mask = self._flags & self.columns.rows_of_articles(self._articles(positions))
        return RowScope(self.row_map, self.columns, mask)

    def without_articles(self, positions: Positions) -> RowScope:
        """Return the scope of the rows of all other articles."""
        if len(positions) > FEW_ARTICLES:
            mask = self._flags & ~self.columns.rows_of_articles(self._articles(positions))
            return RowScope(self.row_map, self.columns, mask)
        mask = self._flags.copy()
        for position in positions.tolist():
            for rows in (self.row_map.rows(position), self.row_map.words_only_rows(position)):
                mask[rows.start : rows.stop] = False
        return RowScope(self.row_map, self.columns, mask)

    @property
    def _flags(self) -> Mask:
        return np.ones(self.row_map.all_row_count, np.bool_) if self.mask is None else self.mask

    def _articles(self, positions: Positions) -> Mask:
        flags = np.zeros(int(self.row_map.first_articles[-1]), np.bool_)
        flags[positions] = True
        return flags


class RowScores(NamedTuple):
    """How well rows match the words of a text."""

    words: WordScores

    def of(self, rows: Rows) -> Scores:
        """Return the scores of some rows."""
        return self.words.of(rows)

    def best_of(self, spans: Spans) -> list[float]:
        """Return the best score in each run of rows; no run is empty."""
        if not len(spans.counts):
            return []
        best: list[float] = np.maximum.reduceat(self.words.of(spans.rows), spans.places).tolist()
        return best

    def above(self, share: float, scope: RowScope, most: int | None = None) -> Rows:
        """Return the rows of a scope that score more than a share of the best one, in order.

        With `most`, rows that come after so many better ones may be left out.
        """
        return self.words.reaching(share, scope.mask, most).rows


def scope_of(row_map: RowMap, columns: Columns, where: Where) -> RowScope:
    """Return the rows of the articles that pass."""
    if where.is_open and not len(_withheld(columns, where)):
        return RowScope(row_map, columns, columns.live_rows)
    flags = articles_passing(row_map, columns, where)
    return RowScope(row_map, columns, columns.rows_of_articles(flags))


def articles_passing(
    row_map: RowMap, columns: Columns, where: Where, among: Mask | None = None
) -> Mask:
    """Return a flag for each article that passes; with `among`, only articles flagged there pass.

    Languages and dates are columns. Only for fields are records read (`FieldValues`).
    """
    shown = columns.live_articles.copy()
    shown[_withheld(columns, where)] = False
    if among is not None:
        shown &= among
    for status in where.statuses:
        shown &= _have_status(columns, status)
    masks = [np.empty(0, np.bool_)]
    ends = np.cumsum([len(segment) for segment in row_map.segments])[:-1]
    for segment, live in zip(row_map.segments, np.split(shown, ends), strict=True):
        flags = live & dates_passing(segment.articles["date"].astype(np.int64), where)
        if where.tags is not None and len(flags):
            spoken = np.array([tag in where.tags for tag in segment.languages], dtype=np.bool_)
            flags &= spoken[segment.article_languages]
        for name, value in where.stored_fields:
            segment.fields.keep_holding(flags, name, value)
        masks.append(flags)
    return np.concatenate(masks)


def _withheld(columns: Columns, where: Where) -> Positions:
    """Return the articles that may not be answers now."""
    return columns.publications.withheld() if where.published_only else columns.withheld


def _have_status(columns: Columns, status: str) -> Mask:
    """Return which articles have a status now."""
    is_public = status == Status.PUBLISHED
    flags = np.full(len(columns.live_articles), is_public)
    publications = columns.publications
    flags[publications.withheld() if is_public else publications.having(status)] = not is_public
    return flags


def last_days(dates: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the last day of the period of each date; the last day of every month counts as 31."""
    return dates + np.where(dates % 10_000 == 0, 1231, np.where(dates % 100 == 0, 31, 0))


def dates_passing(dates: npt.NDArray[np.int64], where: Where) -> Mask:
    """Return which dates (yyyymmdd, 00 where unknown) pass."""
    flags = np.ones(len(dates), dtype=np.bool_)
    ends = last_days(dates)
    if where.since:
        flags &= ends >= where.since
    if where.until:
        flags &= dates <= where.until
    if where.as_of:
        flags &= ends <= where.as_of
    if where.is_of_dates:
        flags &= dates > 0
    return flags
