"""Map the rows and articles of a snapshot to those of its segments.

A row of a snapshot is a passage. First come the passages with a vector, segment by segment. After
them, in the same order of segments, come the passages for word search only. Each such run of rows
of one segment is a shelf.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recommender.arrays import Positions, Spans, Vectors
from recommender.errors import ArticleNotFound, PassageNotFound
from recommender.store.records import PASSAGE_RECORD
from recommender.store.segment import Segment

# So many vectors are read at a time: results for more do not fit in a processor's cache.
ROWS_AT_ONCE = 1_024


class Found(NamedTuple):
    """Rows of one shelf: their places among the rows asked for, and their places on the shelf.

    For articles the shelf is their segment.
    """

    shelf: int
    places: Positions
    local: Positions


class RowMap:
    """The rows and articles of all segments, numbered from 0 on.

    Its methods raise `NotFound` for a position or a row that does not exist.
    """

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.segments = segments
        # Each shelf: the segment, and the records of its rows.
        self.shelves: list[tuple[Segment, npt.NDArray[Any]]] = [
            *((segment, segment.passages) for segment in segments),
            *((segment, segment.words_only) for segment in segments),
        ]
        self.first_articles = _firsts([len(segment) for segment in segments])
        self._first_rows = _firsts([len(records) for _, records in self.shelves])
        # As lists too: bisect finds a single position faster in a list.
        self._article_starts: list[int] = self.first_articles.tolist()
        self._row_starts: list[int] = self._first_rows.tolist()
        # How many rows have a vector, and how many there are with those that have none.
        self.row_count = int(self._first_rows[len(segments)])
        self.all_row_count = int(self._first_rows[-1])

    def segment_of(self, position: int) -> tuple[Segment, int]:
        """Return the segment that holds an article, and the article's position there."""
        number = self._number_of(position)
        return self.segments[number], position - self._article_starts[number]

    def rows(self, position: int) -> range:
        """Return the rows of an article's passages."""
        number = self._number_of(position)
        local = self.segments[number].rows(position - self._article_starts[number])
        first = self._row_starts[number]
        return range(first + local.start, first + local.stop)

    def words_only_rows(self, position: int) -> range:
        """Return the rows of an article's passages that have no vector."""
        number = self._number_of(position)
        local = self.segments[number].words_only_rows(position - self._article_starts[number])
        first = self._row_starts[len(self.segments) + number]
        return range(first + local.start, first + local.stop)

    def spans(self, positions: Positions) -> Spans:
        """Return the rows of the passages of several articles."""
        found = Spans(np.empty(len(positions), np.int64), np.empty(len(positions), np.int64))
        for number, places, local in self.find_articles(positions):
            own = self.segments[number].spans(local)
            found.firsts[places] = own.firsts + self._row_starts[number]
            found.counts[places] = own.counts
        return found

    def passage_counts(self, positions: Positions) -> Positions:
        """Return how many rows several articles have, without looking up the rows."""
        found = np.empty(len(positions), np.int64)
        for number, places, local in self.find_articles(positions):
            found[places] = self.segments[number].passage_counts(local)
        return found

    def find_articles(self, positions: Positions) -> Iterator[Found]:
        """Yield each segment that holds any of the articles, with the places of those articles."""
        if len(positions):
            first = self._number_of(int(positions.min()))
            if first == self._number_of(int(positions.max())):  # most have one large segment
                places = np.arange(len(positions))
                yield Found(first, places, positions - self._article_starts[first])
                return
        numbers = np.searchsorted(self.first_articles, positions, "right") - 1
        for number in set(numbers.tolist()):
            places = np.flatnonzero(numbers == number)
            yield Found(number, places, positions[places] - self._article_starts[number])

    def _number_of(self, position: int) -> int:
        """Return the number of the segment that holds an article."""
        number = bisect_right(self._article_starts, position) - 1
        if not 0 <= number < len(self.segments):
            count = self._article_starts[-1]
            raise ArticleNotFound(f"position {position}: there are {count} articles, from 0 on")
        return number

    def record(self, row: int) -> tuple[Segment, Any]:
        """Return the segment that holds a row, and the row's record."""
        number = bisect_right(self._row_starts, row) - 1
        if not 0 <= number < len(self.shelves):
            self._check(number, np.array([row]))
        segment, records = self.shelves[number]
        return segment, records[row - self._row_starts[number]]

    def records(self, rows: range | Positions) -> npt.NDArray[Any]:
        """Return the records of rows, or, if they are a range, of an article's passages."""
        if not isinstance(rows, range):
            found = np.empty(len(rows), PASSAGE_RECORD)
            for shelf, places, local in self.find(rows):
                found[places] = self.shelves[shelf][1][local]
            return found
        if not rows:  # after the last row there is no segment
            return self.segments[0].passages[:0]
        number = bisect_right(self._row_starts, rows.start) - 1
        first = self._row_starts[number]
        return self.segments[number].passages[rows.start - first : rows.stop - first]

    def find(self, rows: Positions) -> Iterator[Found]:
        """Yield each shelf that holds any of `rows`, with those rows."""
        if not len(rows):
            return
        ends = [int(rows.min()), int(rows.max())]
        lowest, highest = (bisect_right(self._row_starts, row) - 1 for row in ends)
        if lowest == highest:  # most snapshots have one large segment
            self._check(lowest, rows)
            yield Found(lowest, np.arange(len(rows)), rows - self._first_rows[lowest])
            return
        numbers = np.searchsorted(self._first_rows, rows, "right") - 1
        for number in set(numbers.tolist()):  # np.unique imports numpy.ma
            self._check(number, rows)
            places = np.flatnonzero(numbers == number)
            yield Found(number, places, rows[places] - self._first_rows[number])

    def gather(
        self,
        rows: Sequence[int] | Positions,
        dim: int,
        reads: Sequence[Callable[[Positions], Vectors]],
    ) -> Vectors:
        """Return the result of each segment's own `reads` for its rows, in the order of `rows`.

        Rows for word search only have zeros. The shape is (len(rows), `dim`).
        """
        numbers = np.asarray(rows, dtype=np.int64)
        shelves = list(self.find(numbers))
        if len(shelves) == 1 and shelves[0].shelf < len(reads) and len(numbers) <= ROWS_AT_ONCE:
            return reads[shelves[0].shelf](shelves[0].local)  # nearly all are
        found = np.zeros((len(numbers), dim), dtype=np.float32)
        for number, places, local in shelves:
            if number < len(self.segments):
                for first in range(0, len(local), ROWS_AT_ONCE):
                    some = slice(first, first + ROWS_AT_ONCE)
                    found[places[some]] = reads[number](local[some])
        return found

    def _check(self, number: int, rows: Positions) -> None:
        """Raise `PassageNotFound` if there is no shelf `number`, since one of `rows` is on none."""
        if not 0 <= number < len(self.shelves):
            wrong = rows.min() if number < 0 else rows.max()
            raise PassageNotFound(f"row {wrong}: there are {self.all_row_count} rows, from 0 on")

    def articles_of(self, rows: Positions) -> Positions:
        """Return the article position of each row."""
        found = np.empty(len(rows), dtype=np.int64)
        for number, places, local in self.find(rows):
            segment, records = self.shelves[number]
            first = self.first_articles[number % len(self.segments)]
            found[places] = segment.owners(records, local).astype(np.int64) + first
        return found


def _firsts(counts: Sequence[int]) -> Positions:
    """Return the first place of each of several runs of these lengths, and the end of the last."""
    return np.cumsum([0, *counts], dtype=np.int64)
