"""Remember the vectors that were read last: the stages of one search read the same ones again.

The passages that an index finds are compared by their stored vectors. The best of them are read
again for feedback, for a second search near the first, and to compare hits with the surest. A row
is read from its file and centred once for all of these.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, Self

import numpy as np

from recommender.arrays import Mask, Rows, Vectors
from recommender.index import Source

# So many reads are remembered: those of a search, and of another one with moved vectors.
REMEMBERED = 2
# A read of more rows is not remembered: it does not come from a search, and takes memory.
MOST_ROWS = 512
# A read that adds fewer new rows is not remembered: it would displace one that added many.
LEAST_NEW = 48
# A segment with fewer rows is not worth the memory.
LEAST_SEGMENT = 10_000


class _Read(NamedTuple):
    """Rows in order, the place of each among `vectors`, and the vectors, (n, dim).

    `known` are the rows as a set, by which disjoint rows are recognised fast.
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

    The last reads are one tuple, which is replaced as a whole. So a thread sees all or none of
    another thread's changes, and memory does not grow with the number of threads.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._reads: tuple[_Read, ...] = ()

    def read(self, rows: Rows) -> Vectors:
        """Return the vectors of rows, (len(rows), dim); they must not be changed."""
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
        """Return the vectors of rows, and remember them if many of the rows are new."""
        if new >= LEAST_NEW:
            found.flags.writeable = False
            self._reads = (_Read.of(rows, found), *self._reads[: REMEMBERED - 1])
        return found


def remembering(source: Source) -> Source:
    """Return a source that remembers its last reads, if it has many rows."""
    if source.rows < LEAST_SEGMENT:
        return source
    return replace(source, read=RecentRows(source).read)
