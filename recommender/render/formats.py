"""Render answers as text, JSON, JSON Lines, CSV and Markdown: one renderer for every edge.

Every text of a source file is escaped for its place: no control or direction-changing character
reaches a terminal, no formula a spreadsheet, no markup a Markdown page.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol

from recommender.render.text_layout import Page, to_json, visible

# The signs that begin a formula in a spreadsheet; the last is a minus of mathematics.
_SIGNS = ("=", "+", "-", "@", "\N{MINUS SIGN}")


class Format(StrEnum):
    """The forms in which an answer is printed."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MD = "md"


class Renderable(Protocol):
    """An answer that has every form."""

    def json(self) -> dict[str, Any]:
        """Return the answer as one object of JSON."""

    def rows(self) -> list[dict[str, Any]]:
        """Return the flat records of CSV and JSON Lines."""

    def text(self, page: Page) -> str:
        """Return the answer for a terminal."""

    def markdown(self) -> str:
        """Return the answer for a page in Markdown."""


def render(answer: Renderable, format: Format, page: Page) -> str:
    """Return the answer as it is printed, the last line end included."""
    match format:
        case Format.JSON:
            return to_json(answer.json(), indent=2) + "\n"
        case Format.JSONL:
            return "".join(to_json(row) + "\n" for row in answer.rows())
        case Format.CSV:
            return _to_csv(answer.rows())
        case Format.MD:
            return answer.markdown()
        case Format.TEXT:
            return answer.text(page)


def _to_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return ""
    import csv  # few ask for it

    stream = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(stream, fieldnames=names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return stream.getvalue()


def _cell(value: Any) -> Any:
    """Return a CSV cell; a text that a spreadsheet would run as a formula gets a quote before."""
    if isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else to_json(value)
    text = visible(text)
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    """Return whether a spreadsheet may take a text for a formula.

    Some treat the wide, small and raised forms of a sign like the sign, and skip white space before
    it. A tab may end a cell.
    """
    start = unicodedata.normalize("NFKC", text.lstrip()[:1])
    return text.startswith(("\t", "\n")) or start in _SIGNS
