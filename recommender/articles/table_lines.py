"""Split the lines of a table into records, whatever its quotation marks mean.

Exports quote cells by RFC 4180, escape marks by a backslash, leave marks in a quoted cell as they
are, or do not quote at all. So each line with a mark is read in all these ways, until one gives as
many cells as the header has.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

from recommender.errors import SourceError

MARK = '"'
# A quoted cell may hold so many lines.
MAX_LINES = 2_000


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a row, the line it begins in, and why it cannot be used, if it cannot."""

    cells: Sequence[str]
    line: int
    problem: str = ""


@dataclass
class TableLines:
    """The lines of a table, read one after the other; any may be put back."""

    stream: IO[str]
    limit: int
    delimiter: str = ","
    number: int = 0
    _waiting: deque[str] = field(default_factory=deque)
    _quotes: bool = False

    def take(self) -> str | None:
        """Return the next line with its end, None after the last.

        Raises `SourceError` for a line that is longer than any text.
        """
        line = self._waiting.popleft() if self._waiting else self.stream.readline(self.limit)
        if len(line) >= self.limit:
            raise SourceError(f"has a line of over {self.limit:,} bytes; split the text")
        if not line:
            return None
        self.number += 1
        return line

    def put_back(self, *lines: str) -> None:
        """Put lines back, so that they come next."""
        self.number -= len(lines)
        self._waiting.extendleft(reversed(lines))

    def records(self, width: int) -> Iterator[Record]:
        """Yield the records, of `width` cells if they are complete; 0 for any number.

        Blank lines are left out.
        """
        while (line := self.take()) is not None:
            if not line.strip():
                continue
            number = self.number
            if MARK in line:
                yield self._quoted(line, number, width)
            else:
                yield Record(self._split(line), number)

    def _quoted(self, line: str, number: int, width: int) -> Record:
        """Return the record that begins with a line that holds a mark."""
        short: tuple[Sequence[str], int] | None = None
        for escape in (None, "\\"):
            cells, used = self._by_library(line, escape)
            if cells is not None and self._is_whole(cells, [line, *used], width):
                self._quotes = True
                return Record(cells, number)
            self.put_back(*used)
            if cells is not None and short is None and self._may_be_short(cells, used, width):
                short = cells, len(used)
        if short is not None:
            for _ in range(short[1]):
                self.take()
            return Record(short[0], number)
        return self._by_itself(line, number, width)

    def _by_itself(self, line: str, number: int, width: int) -> Record:
        """Return the record of a line whose marks are not those of quoted cells, or are broken."""
        literal = self._split(line)
        loose = self._loosely_quoted(line)
        if len(loose) == width and not self._is_cut(literal[-1]):
            return Record(loose, number)
        is_open = any(cell.startswith(MARK) for cell in literal) and line.count(MARK) % 2
        is_cut = is_open and (len(literal) > width or self._is_cut(literal[-1]))
        if len(literal) < width or is_cut:
            return self._cut_off(literal, number, width)
        return Record(literal, number)

    def _by_library(self, line: str, escape: str | None) -> tuple[list[str] | None, list[str]]:
        """Return the cells by the rules of the csv module, and the further lines that they took."""
        used: list[str] = []
        size = len(line)

        def lines() -> Iterator[str]:
            nonlocal size
            yield line
            while len(used) < MAX_LINES and size < self.limit and (more := self.take()) is not None:
                used.append(more)
                size += len(more)
                yield more

        reader = csv.reader(lines(), delimiter=self.delimiter, escapechar=escape, strict=True)
        try:
            return next(reader, []), used
        except csv.Error:
            return None, used

    def _is_whole(self, cells: Sequence[str], lines: Sequence[str], width: int) -> bool:
        """Return whether cells are a record, and no mark in a text has swallowed other records.

        A text holds commas but hardly a tab: in tables with tabs, lines that are records show it.
        """
        if width and len(cells) != width:
            return False
        if len(lines) == 1 or (self.delimiter != "\t" and width < 4):
            return True
        return not all(len(self._split(line)) == width for line in lines)

    def _may_be_short(self, cells: Sequence[str], used: Sequence[str], width: int) -> bool:
        """Return whether cells are a record that lacks its last ones, or has too many."""
        return not used or (
            len(cells) < width and not any(len(self._split(line)) == width for line in used)
        )

    def _split(self, line: str) -> list[str]:
        return line.rstrip("\r\n").split(self.delimiter)

    def _loosely_quoted(self, line: str) -> list[str]:
        """Return the cells of a line in which a mark ends a cell only before a delimiter.

        An outer pair of marks stays unless the inner marks open and close by themselves.
        """
        cells: list[str] = []
        rest = line.rstrip("\r\n") + self.delimiter
        closing = MARK + self.delimiter
        while rest:
            if rest.startswith(MARK) and closing in rest[1:]:
                cell, _, rest = rest[1:].partition(closing)
                cells.append(cell if _opens_first(cell) else f"{MARK}{cell}{MARK}")
            else:
                cell, _, rest = rest.partition(self.delimiter)
                cells.append(cell)
        return cells

    def _is_cut(self, cell: str) -> bool:
        """Return whether a table that quotes its cells ends within this one."""
        if not self._quotes or not cell.startswith(MARK) or cell.endswith(MARK):
            return False
        following = self.take()
        if following is None:
            return True
        self.put_back(following)
        return False

    def _cut_off(self, cells: Sequence[str], number: int, width: int) -> Record:
        """Return the refusal of a row that opens a cell which nothing closes.

        The lines below belong to it, up to the first that is a row by itself.
        """
        while (line := self.take()) is not None:
            if len(self._split(line)) >= width:
                self.put_back(line)
                break
        problem = (
            "opens a cell with a quotation mark that nothing closes; close it, or export the file "
            "again if it ends too soon"
        )
        return Record(cells, number, problem)


def _opens_first(cell: str) -> bool:
    """Return whether the first mark within a cell opens a quotation: the outer pair is not text."""
    at = cell.find(MARK)
    return at <= 0 or not cell[at - 1].isalnum()
