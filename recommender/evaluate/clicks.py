"""Count which recommendations were shown and clicked, compare lists, and make labels of clicks.

Counts are kept by day, list, article and position in an SQLite file. When it reaches its largest
size, the oldest days are deleted. No personal data are kept: no address, no time of day, no
session.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np

from recommender import clock
from recommender.errors import QueryError, StorageError
from recommender.evaluate.metrics import Figure

MAX_POSITION = 100
MAX_LISTS = 20
MAX_PAGES = 65_536  # of 4 KB each
PAGES_OF_A_COUNT = 256  # more than one count may need
RESAMPLES = 1_000
# Fewer clicks than this say nothing about a pair of articles.
LEAST_CLICKS = 3
_LIST = re.compile(r"[A-Za-z0-9._-]{1,40}", re.ASCII)
_Z = 1.96  # of a 95% interval

# A click does not wait for the disk: a power loss may lose the last ones, and nothing else.
_SCHEMA = f"""
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA max_page_count = {MAX_PAGES};
CREATE TABLE IF NOT EXISTS lists (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts (
  day TEXT NOT NULL, list TEXT NOT NULL, from_id TEXT NOT NULL, to_id TEXT NOT NULL,
  position INTEGER NOT NULL, shown INTEGER NOT NULL, clicked INTEGER NOT NULL,
  PRIMARY KEY (day, list, from_id, to_id, position)
) WITHOUT ROWID;
"""
_ADD = """
INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET shown = shown + excluded.shown, clicked = clicked + excluded.clicked
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """How often one position of one list was shown and clicked, and the click rate."""

    list: str
    position: int
    shown: int
    clicked: int
    rate: Figure


@dataclass(frozen=True, slots=True)
class Difference:
    """How much higher the click rate of one list is than that of another, with its interval."""

    list: str
    than: str
    rate: Figure
    other_rate: Figure
    difference: Figure


class _Full(Exception):
    """The file of clicks has its largest size; there may be room on the disk."""


class ClickStore:
    """The counts in one file; safe to share by threads and processes."""

    def __init__(self, path: Path) -> None:
        """Take a file, which is made with the first count."""
        self._path = path

    def shown(self, name: str, from_id: str, to_ids: Sequence[str]) -> None:
        """Count that a list was shown beside an article; the first of `to_ids` is in position 1.

        Raises `QueryError` for a name of a list or a length that cannot be counted, `StorageError`
        if the file cannot be written.
        """
        if not 1 <= len(to_ids) <= MAX_POSITION:
            raise QueryError(f"shown holds {len(to_ids)} ids; give 1 to {MAX_POSITION}")
        day = _day()
        rows = [(day, name, from_id, to, at, 1, 0) for at, to in enumerate(to_ids, 1)]
        self._add(name, rows)

    def clicked(self, name: str, from_id: str, to_id: str, position: int) -> None:
        """Count a click; raises the errors of `shown`."""
        if not 1 <= position <= MAX_POSITION:
            raise QueryError(f"position is {position}; give a number from 1 to {MAX_POSITION}")
        self._add(name, [(_day(), name, from_id, to_id, position, 0, 1)])

    def _add(self, name: str, rows: Sequence[tuple[str | int, ...]]) -> None:
        if not _LIST.fullmatch(name):
            raise QueryError(
                f"list {name[:50]!r}: give up to 40 letters, digits, dots, dashes or underscores"
            )
        while True:
            try:
                self._insert(name, rows)
                return
            except _Full as error:
                if not self._drop_oldest_day():
                    raise StorageError(
                        f"{self._path}: is full; it takes clicks tomorrow"
                    ) from error

    def _insert(self, name: str, rows: Sequence[tuple[str | int, ...]]) -> None:
        with self._opened() as database:
            known = {one for (one,) in database.execute("SELECT name FROM lists")}
            if name not in known:
                if len(known) >= MAX_LISTS:
                    raise QueryError(f"{MAX_LISTS} lists are counted already; use one of them")
                database.execute("INSERT OR IGNORE INTO lists VALUES (?)", (name,))
            database.executemany(_ADD, rows)

    def _drop_oldest_day(self) -> bool:
        """Drop the counts of the oldest day before today; return whether there was one."""
        with self._opened() as database:
            [(oldest,)] = database.execute("SELECT min(day) FROM counts WHERE day < ?", (_day(),))
            database.execute("DELETE FROM counts WHERE day = ?", (oldest,))
        return oldest is not None

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            database = sqlite3.connect(self._path, timeout=5)
            try:
                database.executescript(_SCHEMA)
                with database:
                    yield database
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_FULL and _is_at_bound(database):
                    raise _Full from error
                raise
            finally:
                database.close()
        except sqlite3.Error as error:
            raise StorageError(
                f"{self._path}: cannot be used for clicks: {error}; name the file of "
                "`serve --clicks FILE`"
            ) from error

    def positions(self) -> list[Seen]:
        """Return the counts of each position of each list."""
        query = (
            "SELECT list, position, sum(shown), sum(clicked) FROM counts "
            "GROUP BY list, position ORDER BY list, position"
        )
        return [
            Seen(name, position, shown, clicked, rate_of(clicked, shown))
            for name, position, shown, clicked in self._rows(query)
        ]

    def compare(self, name: str, than: str, seed: int = 0) -> Difference:
        """Return how two lists differ; the interval is a bootstrap over the articles beside them.

        Raises `QueryError` for a list that was never shown.
        """
        query = (
            "SELECT from_id, sum(shown), sum(clicked) FROM counts WHERE list = ? GROUP BY from_id"
        )
        counts = []
        for one in (name, than):
            rows = self._rows(query, one)
            if not sum(shown for _, shown, _ in rows):
                raise QueryError(f"{one[:50]!r} was never shown; known: {', '.join(self.lists())}")
            counts.append({id: (shown, clicked) for id, shown, clicked in rows})
        ids = sorted({*counts[0], *counts[1]})
        table = np.array([[one.get(id, (0, 0)) for one in counts] for id in ids], np.float64)
        return _difference(name, than, table.reshape(len(ids), 4), seed)

    def lists(self) -> list[str]:
        """Return the names of the lists that were counted."""
        return [name for (name,) in self._rows("SELECT name FROM lists ORDER BY name")]

    def labels(self, least: int = LEAST_CLICKS) -> list[tuple[str, str, float]]:
        """Return pairs of articles with their relevance: clicks divided by expected clicks.

        The expected clicks are those of an average article in the same positions (COEC: clicks over
        expected clicks). So the first position gives no advantage. Pairs with fewer than `least`
        clicks are left out.
        """
        rates = {(one.list, one.position): one.rate.value for one in self.positions()}
        query = (
            "SELECT from_id, to_id, list, position, sum(shown), sum(clicked) FROM counts "
            "GROUP BY from_id, to_id, list, position"
        )
        clicks: dict[tuple[str, str], float] = {}
        expected: dict[tuple[str, str], float] = {}
        for from_id, to_id, name, position, shown, clicked in self._rows(query):
            pair = from_id, to_id
            clicks[pair] = clicks.get(pair, 0) + clicked
            expected[pair] = expected.get(pair, 0) + shown * rates[name, position]
        return [
            (*pair, round(count / expected[pair], 3))
            for pair, count in sorted(clicks.items())
            if count >= least and expected[pair] > 0
        ]

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        if not self._path.is_file():
            raise QueryError(f"{self._path}: no such file; `serve --clicks FILE` makes it")
        with self._opened() as database:
            return database.execute(query, values).fetchall()


def rate_of(clicked: int, shown: int) -> Figure:
    """Return a click rate with its 95% interval (Wilson 1927, good for few clicks too)."""
    if not shown:
        return Figure(0.0, 0.0, 1.0)
    share = min(clicked / shown, 1.0)
    middle = share + _Z**2 / (2 * shown)
    width = _Z * sqrt(share * (1 - share) / shown + _Z**2 / (4 * shown**2))
    scale = 1 + _Z**2 / shown
    bounds = max((middle - width) / scale, 0.0), min((middle + width) / scale, 1.0)
    return Figure(*(round(one, 5) for one in (share, *bounds)))


def _difference(name: str, than: str, table: Any, seed: int) -> Difference:
    """Return how two rates differ; `table` has shown and clicked of both, an article a row."""
    generator = np.random.default_rng(seed)
    count = len(table)
    # One at a time: all together would not fit into the memory.
    sums = np.stack(
        [table[generator.integers(count, size=count)].sum(axis=0) for _ in range(RESAMPLES)]
    )
    differences = _rate(sums[:, 0], sums[:, 1]) - _rate(sums[:, 2], sums[:, 3])
    low, high = np.quantile(differences, (0.025, 0.975))
    shown, clicked, other_shown, other_clicked = (int(one) for one in table.sum(axis=0))
    rate, other = rate_of(clicked, shown), rate_of(other_clicked, other_shown)
    figures = (rate.value - other.value, float(low), float(high))
    return Difference(name, than, rate, other, Figure(*(round(one, 5) for one in figures)))


def _rate(shown: Any, clicked: Any) -> Any:
    return clicked / np.maximum(shown, 1)


def _is_at_bound(database: sqlite3.Connection) -> bool:
    """Return whether the file, rather than the disk, is full."""
    [(pages,)] = database.execute("PRAGMA page_count")
    [(most,)] = database.execute("PRAGMA max_page_count")
    return int(pages) + PAGES_OF_A_COUNT >= int(most)


def _day() -> str:
    return clock.now().strftime("%Y-%m-%d")
