"""Remember the vectors that were read last: the stages of one search read the same ones again.

What an index finds is compared on the stored vectors. Then the best of it are read for feedback,
for a second search near the first, and to compare hits with the surest. A row is read from its file
and centred once for all of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, Self

import numpy as np

from recommender.arrays import Mask, Rows, Vectors
from recommender.index import Source

# So many reads are remembered: those of a search, and of another one with moved vectors.
REMEMBERED = 2
# Reads of more rows are not remembered: they are not of a search, and take memory.
MOST_ROWS = 512
# Reads that bring fewer new rows are not remembered: they would displace one that brought many.
LEAST_NEW = 48
# A segment with fewer rows is not worth the memory.
LEAST_SEGMENT = 10_000


class _Read(NamedTuple):
    """Rows in order, the place of each among `vectors`, and the vectors, (n, dim).

    `known` are the rows as a set, which tells soonest that none of others is among them.
    """

    rows: Rows
    places: Rows
    vectors: Vectors
    known: frozenset[int]

    @classmethod
    def of(cls, rows: Rows, vectors: Vectors) -> Self:
        """Return what was read of some rows."""
        order = rows.argsort()
        return cls(rows[order], order, vectors, frozenset(rows.tolist()))

    def find(self, rows: Rows) -> tuple[Mask, Rows]:
        """Return which of `rows` were read, and the places of those."""
        at = self.rows.searchsorted(rows)
        is_known = self.rows.take(at, mode="clip") == rows
        return is_known, self.places[at[is_known]]


class RecentRows:
    """Reads the rows of a source; safe to share between threads.

    What was read last is one tuple, which is replaced as a whole. So a thread sees the reads of
    another one or does not, and memory does not grow with threads.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._reads: tuple[_Read, ...] = ()

    def read(self, rows: Rows) -> Vectors:
        """Return the vectors of rows, (len(rows), dim), which must not be written to."""
        if not 0 < len(rows) <= MOST_ROWS:
            return self._source.read(rows)
        numbers = rows.tolist()
        reads = [read for read in self._reads if not read.known.isdisjoint(numbers)]
        if not reads:
            return self._remembered(rows, self._source.read(rows), len(rows))
        found = np.empty((len(rows), self._source.dim), np.float32)
        left = np.arange(len(rows))
        for read in reads:
            is_known, places = read.find(rows[left])
            if len(places) == len(rows):
                return read.vectors[places]
            if len(places):
                found[left[is_known]] = read.vectors[places]
                left = left[~is_known]
            if not len(left):
                return found
        found[left] = self._source.read(rows[left])
        return self._remembered(rows, found, len(left))

    def _remembered(self, rows: Rows, found: Vectors, new: int) -> Vectors:
        """Return what was found of rows, and remember it if many of them are new."""
        if new >= LEAST_NEW:
            found.flags.writeable = False
            self._reads = (_Read.of(rows, found), *self._reads[: REMEMBERED - 1])
        return found


def remembering(source: Source) -> Source:
    """Return a source that remembers what was read of it last, if it has many rows."""
    if source.rows < LEAST_SEGMENT:
        return source
    return replace(source, read=RecentRows(source).read)
