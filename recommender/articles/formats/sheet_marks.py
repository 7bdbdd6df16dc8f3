"""Find the merged cells of a sheet, and its formulas without a value."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from recommender.articles.zip_files import part_bytes
from recommender.errors import SourceError

MAX_MERGED = 10_000
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]{0,60}?ref=\"([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})\""
)
# A cell with a formula and no value. Libraries that write workbooks do not compute values.
_UNCOMPUTED = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f(?:\s[^<>]{0,200})?/>)\s*(?:<(?:\w+:)?v\s*/>|<v></v>)?\s*</(?:\w+:)?c>"
)


class SheetMarks(NamedTuple):
    """The merged cells of a sheet, and how many of its formulas have no value.

    `merged` holds, by their first row, the column of merged cells and their last row.
    """

    merged: Mapping[int, Sequence[tuple[int, int]]]
    uncomputed: int


def sheet_marks(archive: zipfile.ZipFile, part: str) -> SheetMarks:
    """Return the marks in the part of a workbook that holds a sheet; none if it is too large."""
    try:
        data = part_bytes(archive, part)
    except SourceError:
        return SheetMarks({}, 0)
    merged: dict[int, list[tuple[int, int]]] = {}
    for count, found in enumerate(_MERGED.finditer(data)):
        column, first, last = found.groups()
        if count == MAX_MERGED:
            break
        if int(last) > int(first):
            merged.setdefault(int(first), []).append((_position(column), int(last)))
    return SheetMarks(merged, sum(1 for _ in _UNCOMPUTED.finditer(data)))


class MergedCells:
    """The values of merged cells. Each counts for all rows that its cell spans."""

    def __init__(self, marks: SheetMarks) -> None:
        self._merged = marks.merged
        self._open: dict[int, tuple[int, Any]] = {}

    def filled(self, number: int, cells: Sequence[Any]) -> Sequence[Any]:
        """Return a row with the values of merged cells that reach into it. Rows come in order."""
        if not self._merged:
            return cells
        row = list(cells)
        self._open = {at: one for at, one in self._open.items() if number <= one[0]}
        for at, (_, value) in self._open.items():
            row += [None] * (at + 1 - len(row))  # a row ends with its last cell
            if row[at] in (None, ""):
                row[at] = value
        for at, last in self._merged.get(number, ()):
            if at < len(row):
                self._open[at] = (last, row[at])
        return row


def _position(letters: bytes) -> int:
    """Return the position of a column from 0: A is 0, Z 25, AA 26."""
    found = 0
    for letter in letters:
        found = 26 * found + letter - ord("A") + 1
    return found - 1
