"""Hold the rows of an engine's archive that may be answers, as conditions.

No array has an element for each row: only the rows that are asked for are tested.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from recommender.arrays import Mask, Positions, Rows
from recommender.engines.engine import Engine, Filter, Records
from recommender.errors import QueryError
from recommender.store.scope import dates_passing

NOTHING = np.empty(0, np.int64)
# For more rows than these the engine says which pass; fewer are tested here.
ASKED_IN_FULL = 2_000


class Known(Protocol):
    """What a scope needs from its archive."""

    engine: Engine
    row_count: int
    shares: Records

    def articles_of(self, rows: Rows) -> Positions:
        """Return the article of each row."""

    def facts_of(self, positions: Positions) -> Records:
        """Return the facts (`ARTICLE`) of articles."""


@dataclass(frozen=True)
class EngineScope:
    """The rows that pass a filter; `is_open` if all do."""

    archive: Known
    filter: Filter

    @property
    def is_open(self) -> bool:
        """Whether every row passes."""
        one = self.filter
        rests = (one.without, one.without_articles)
        return (
            one.where.is_open
            and one.only is None
            and one.among is None
            and not any(map(len, rests))
        )

    @property
    def rows(self) -> Rows:
        """The rows of a scope that `only` made; raises `QueryError` for another one."""
        if self.filter.only is None:
            raise QueryError(
                "no word of the phrase can be looked up in the engine; quote more of the text"
            )
        return self.filter.only

    @property
    def words_only(self) -> Rows:
        """Those `rows` that have no vector."""
        return self.rows[self.rows >= self.archive.row_count]

    @property
    def is_empty(self) -> bool:
        """Whether there is no row."""
        if self.filter.only is not None:
            return not len(self.filter.only)
        if self.archive.engine.count(self.filter):
            return False
        # Articles may have rows that are kept for word search only.
        return not len(self.archive.engine.passing(replace(self.filter, without=NOTHING)))

    @cached_property
    def count(self) -> int:
        """How many rows with a vector there are."""
        one = self.filter
        if one.fields or one.only is not None or one.among is not None or len(one.without):
            return self.archive.engine.count(one)
        shares = self.archive.shares
        every = int(shares["passages"][self._passing(shares)].sum())
        left_out = self.archive.facts_of(one.without_articles)
        return every - int(left_out["rows"][self._passing(left_out)].sum())

    def _passing(self, facts: Records) -> Mask:
        """Return which facts (of a language tag and a date) pass the columns of the filter."""
        flags = dates_passing(facts["date"].astype(np.int64), self.filter.where)
        if self.filter.tags is not None:
            flags &= np.isin(facts["tag"], self.filter.tags)
        return flags

    def holds(self, rows: Rows) -> Mask:
        """Return a flag for each of `rows`."""
        if self.is_open or not len(rows):
            return np.ones(len(rows), np.bool_)
        if self.filter.only is not None:
            return np.isin(rows, self.filter.only)
        if len(rows) > ASKED_IN_FULL:
            return np.isin(rows, self.archive.engine.subset(self.filter, rows))
        flags = self._passing_rows(rows)
        if self.filter.fields and flags.any():
            some = self.archive.engine.subset(self.filter, rows[flags])
            flags &= np.isin(rows, some)
        return flags

    def _passing_rows(self, rows: Rows) -> Mask:
        """Return which rows pass everything but the fields of the filter."""
        owners = self.archive.articles_of(rows)
        one = self.filter
        flags = self._passing(self.archive.facts_of(owners))
        flags &= ~np.isin(owners, one.without_articles) & ~np.isin(rows, one.without)
        return flags if one.among is None else flags & np.isin(owners, one.among)

    def only(self, rows: Rows) -> EngineScope:
        """Return the scope of those `rows` that are in this one."""
        return self._of(replace(self.filter, only=rows[self.holds(rows)]))

    def without(self, rows: Rows) -> EngineScope:
        """Return the scope of the other rows."""
        one = self.filter
        if one.only is not None:
            return self._of(replace(one, only=one.only[~np.isin(one.only, rows)]))
        return self._of(replace(one, without=np.union1d(one.without, rows)))

    def among(self, positions: Positions) -> EngineScope:
        """Return the scope of the rows of some articles."""
        before = self.filter.among
        both = positions if before is None else np.intersect1d(before, positions)
        narrower = replace(self.filter, among=both)
        return self._narrowed(lambda owners: np.isin(owners, positions), narrower)

    def without_articles(self, positions: Positions) -> EngineScope:
        """Return the scope of the rows of all other articles."""
        every = np.union1d(self.filter.without_articles, positions)
        narrower = replace(self.filter, without_articles=every)
        return self._narrowed(lambda owners: ~np.isin(owners, positions), narrower)

    def _narrowed(self, keeps: Callable[[Positions], Mask], narrower: Filter) -> EngineScope:
        """Return the scope of the articles that `keeps` marks; known rows are tested here."""
        only = self.filter.only
        if only is None:
            return self._of(narrower)
        return self._of(replace(self.filter, only=only[keeps(self.archive.articles_of(only))]))

    def _of(self, filter: Filter) -> EngineScope:
        return EngineScope(self.archive, filter)
