"""Distinguish tables of data from tables that only lay out a page, in any format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from recommender.text.words import length_of

# A cell of data is short. A longer one, or one of several long paragraphs, holds running text.
MAX_CELL_CHARACTERS = 300
MIN_PARAGRAPH_CHARACTERS = 80
# A letter of Han, kana or Hangul says as much as so many others.
SAYS = 3


class Cell(NamedTuple):
    """A cell: the text of each of its paragraphs, and whether it holds a table or a heading."""

    paragraphs: Sequence[str]
    has_table: bool = False
    has_heading: bool = False


def is_layout(rows: Iterable[Sequence[Cell]], has_head: bool = False) -> bool:
    """Return whether a table only lays out running text; one with a head or a caption does not.

    A table lays out text if it has one column or holds another table. It also does if a cell is too
    long for data, or holds a heading above a paragraph.
    """
    filled = [[cell for cell in row if _has_text(cell)] for row in rows]
    filled = [row for row in filled if row]
    if any(cell.has_table for row in filled for cell in row):
        return True
    if has_head:
        return False
    if all(len(row) == 1 for row in filled):
        return True
    return any(_is_running_text(cell) for row in filled for cell in row)


def row_of(cells: Iterable[str]) -> str:
    """Return the cells of a row of data as one line."""
    return " | ".join(" ".join(cell.split()) for cell in cells)


def _has_text(cell: Cell) -> bool:
    return cell.has_table or any(text.strip() for text in cell.paragraphs)


def _is_running_text(cell: Cell) -> bool:
    sizes = [length_of(text.strip(), SAYS) for text in cell.paragraphs]
    long = sum(size >= MIN_PARAGRAPH_CHARACTERS for size in sizes)
    is_headed = cell.has_heading and len(sizes) > 1 and long > 0
    return sum(sizes) > MAX_CELL_CHARACTERS or long > 1 or is_headed
