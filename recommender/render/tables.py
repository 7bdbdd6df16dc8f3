"""Render records of the same fields as a table that fits the page."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recommender.render.facts import plain
from recommender.render.text_layout import Page, marked, one_line

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """Records of the same fields, one a line."""

    records: Sequence[Record]

    def json(self) -> dict[str, Any]:
        """Return all records."""
        return {"records": self.rows()}

    def rows(self) -> list[dict[str, Any]]:
        """Return each record."""
        return [dict(record) for record in self.records]

    def text(self, page: Page) -> str:
        """Return the table in aligned columns."""
        return in_columns(self.records, page)

    def markdown(self) -> str:
        """Return a table in Markdown."""
        names = _names(self.records)
        lines = [[_cell(record, name) for name in names] for record in self.records]
        rows = [names, ["---"] * len(names), *([marked(cell) for cell in line] for line in lines)]
        return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def in_columns(records: Sequence[Record], page: Page) -> str:
    """Return records in columns no wider than the page; numbers end at the right of theirs.

    Columns stand closer, and then break their cells, only if there is no room otherwise.
    """
    from rich.console import Console  # only commands that print a table wait for it
    from rich.table import Table as Columns
    from rich.text import Text

    stream = io.StringIO()
    console = Console(file=stream, width=page.width, color_system=None, legacy_windows=False)
    names = _names(records)
    columns = Columns(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    for name in names:
        is_number = all(isinstance(record.get(name, 0), int | float) for record in records)
        columns.add_column(Text(name), justify="right" if is_number else "left", overflow="fold")
    for record in records:
        columns.add_row(*(Text(_cell(record, name)) for name in names))
    unbounded = console.options.update_width(10_000)
    if console.measure(columns, options=unbounded).maximum > page.width:
        columns.padding = (0, 1, 0, 0)
    console.print(columns)
    return "".join(line.rstrip() + "\n" for line in stream.getvalue().splitlines())


def _names(records: Sequence[Record]) -> list[str]:
    """Return the fields that any record has, in order."""
    return list(dict.fromkeys(name for record in records for name in record))


def _cell(record: Record, name: str) -> str:
    return one_line(plain(record.get(name, "")))
