"""Render named facts, one a line: the answer of `status`, the report of `build`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len

from recommender.render.text_layout import Page, hanging, marked, one_line

# Names are padded to one column, at least so wide.
NAME_WIDTH = 12


@dataclass(frozen=True, slots=True)
class Facts:
    """Named facts.

    Those in `unspoken` are for programs: text and Markdown leave them out. Those in `counted` are
    lists, of which text and Markdown show the length.
    """

    facts: Mapping[str, Any]
    unspoken: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()

    def json(self) -> dict[str, Any]:
        """Return the facts as they are."""
        return dict(self.facts)

    def rows(self) -> list[dict[str, Any]]:
        """Return the facts as one record."""
        return [dict(self.facts)]

    def text(self, page: Page) -> str:
        """Return a line for each fact; a long value goes on in lines below its beginning."""
        lines = [(name.replace("_", " "), value) for name, value in self._lines()]
        width = max([NAME_WIDTH, *(cell_len(name) for name, _ in lines)]) + 1
        lines = [(name + " " * (width - cell_len(name)), value) for name, value in lines]
        return "".join(f"{one}\n" for label, value in lines for one in hanging(label, value, page))

    def markdown(self) -> str:
        """Return a table of two columns."""
        lines = "".join(f"| {marked(name)} | {marked(value)} |\n" for name, value in self._lines())
        return "| | |\n|---|---|\n" + lines

    def _lines(self) -> list[tuple[str, str]]:
        return [
            (name, one_line(plain(len(value) if name in self.counted else value)))
            for name, value in self.facts.items()
            if name not in self.unspoken
        ]


def plain(value: Any) -> str:
    """Return a value in the form for a person; for a list of records, its length."""
    match value:
        case Mapping():
            known = {name: one for name, one in value.items() if one is not None}
            return ", ".join(f"{name} {plain(one)}" for name, one in known.items()) or "none"
        case list() | tuple() if all(isinstance(one, list | tuple | Mapping) for one in value):
            return str(len(value))
        case list() | tuple():
            return ", ".join(map(plain, value))
        case int() if not isinstance(value, bool):
            return f"{value:,}"
        case _:
            return str(value)
