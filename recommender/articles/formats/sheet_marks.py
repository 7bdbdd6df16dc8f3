"""Find what a sheet of a workbook says beside its values: merged cells, missing values."""

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
# A cell that holds a formula and no value: programs that write workbooks compute none.
_UNCOMPUTED = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f(?:\s[^<>]{0,200})?/>)\s*(?:<(?:\w+:)?v\s*/>|<v></v>)?\s*</(?:\w+:)?c>"
)


class SheetMarks(NamedTuple):
    """The merged cells of a sheet, and how many formulas of it have no value.

    `merged` has, by the row in which merged cells begin, the position of their column and the last
    of their rows.
    """

    merged: Mapping[int, Sequence[tuple[int, int]]]
    uncomputed: int


def sheet_marks(archive: zipfile.ZipFile, part: str) -> SheetMarks:
    """Return what a part of a workbook says of its cells, nothing of one that is too large."""
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
    """What the merged cells of a sheet say of each of its rows: a cell for all that it spans."""

    def __init__(self, marks: SheetMarks) -> None:
        self._merged = marks.merged
        self._open: dict[int, tuple[int, Any]] = {}

    def filled(self, number: int, cells: Sequence[Any]) -> Sequence[Any]:
        """Return a row, the next by its number, with the values of cells that reach into it."""
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
