"""Turns answers into text, JSON, JSON Lines, CSV and Markdown: one renderer for every edge.

Whatever comes from a source file is escaped for where it goes: no control or direction-changing
character reaches a terminal, no formula a spreadsheet, no markup a Markdown page.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Protocol

from rich.cells import cell_len

from recommender.render.text_layout import (
    Page,
    dotted,
    joined,
    marked,
    one_line,
    to_json,
    visible,
    wrapped,
)
from recommender.types import BuildReport, Status, StoredArticle


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MD = "md"


class Answer(Protocol):
    """What can be rendered."""

    def json(self) -> dict[str, Any]: ...

    def rows(self) -> list[dict[str, Any]]:
        """Return the flat records of CSV and JSON Lines."""

    def text(self, page: Page) -> str: ...

    def markdown(self) -> str: ...


def render(answer: Answer, format: Format, page: Page) -> str:
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


@dataclass(frozen=True, slots=True)
class Shown:
    """The answer to `show`."""

    stored: StoredArticle

    def json(self) -> dict[str, Any]:
        article = self.stored.article
        return article.record() | {"status": article.status_now, "paragraphs": self.rows()}

    def rows(self) -> list[dict[str, Any]]:
        language = self.stored.article.language
        return [
            asdict(paragraph) | {"language": paragraph.language or language}
            for paragraph in self.stored.paragraphs
        ]

    def text(self, page: Page) -> str:
        article = self.stored.article
        status = "" if article.status_now is Status.PUBLISHED else article.status_now
        known = (article.id, status, article.language, article.date, article.author, article.source)
        head = [page.strong(one_line(article.title)), page.faint(dotted(known))]
        if article.url:
            head.append(page.faint(one_line(article.url)))
        blocks = [
            [
                page.faint(f"#{paragraph.number} {dotted((paragraph.role, paragraph.language))}"),
                *wrapped(one_line(paragraph.text), page.width, indent=4, limit=None),
            ]
            for paragraph in self.stored.paragraphs
        ]
        return joined([head, *blocks])

    def markdown(self) -> str:
        article = self.stored.article
        return (
            f"# {marked(article.title)}\n\n"
            + "\n\n".join(
                f"{'## ' if paragraph.role == 'subhead' else ''}{marked(paragraph.text)}"
                for paragraph in self.stored.paragraphs
                if paragraph.role != "title"
            )
            + "\n"
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """Named facts, one a line: the answer to `status`, the report of `build`.

    Those in `unspoken` are for programs: text and Markdown leave them out.
    """

    facts: Mapping[str, Any]
    unspoken: frozenset[str] = frozenset()

    @classmethod
    def of_report(cls, report: BuildReport) -> Facts:
        return cls(asdict(report))

    def json(self) -> dict[str, Any]:
        return dict(self.facts)

    def rows(self) -> list[dict[str, Any]]:
        return [dict(self.facts)]

    def text(self, page: Page) -> str:
        return "".join(f"{name.replace('_', ' '):<12} {value}\n" for name, value in self._lines())

    def markdown(self) -> str:
        lines = "".join(f"| {marked(name)} | {marked(value)} |\n" for name, value in self._lines())
        return "| | |\n|---|---|\n" + lines

    def _lines(self) -> list[tuple[str, str]]:
        return [
            (name, one_line(_plain(value)))
            for name, value in self.facts.items()
            if name not in self.unspoken
        ]


def _plain(value: Any) -> str:
    match value:
        case Mapping():
            known = {name: one for name, one in value.items() if one is not None}
            return ", ".join(f"{name} {_plain(one)}" for name, one in known.items())
        case list() | tuple() if all(isinstance(one, list | tuple | Mapping) for one in value):
            return str(len(value))
        case list() | tuple():
            return ", ".join(map(_plain, value))
        case int() if not isinstance(value, bool):
            return f"{value:,}"
        case _:
            return str(value)


def _to_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return ""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return stream.getvalue()


def _cell(value: Any) -> Any:
    """Return a CSV cell; a text that a spreadsheet would run as a formula gets a quote before."""
    if isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else to_json(value)
    text = visible(text)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


@dataclass(frozen=True, slots=True)
class Table:
    """Records of the same fields, one a line."""

    records: Sequence[Mapping[str, Any]]

    def json(self) -> dict[str, Any]:
        return {"records": self.rows()}

    def rows(self) -> list[dict[str, Any]]:
        return [dict(record) for record in self.records]

    def text(self, page: Page) -> str:
        names, lines = self._cells()
        widths = [
            max(cell_len(cell) for cell in column) for column in zip(names, *lines, strict=True)
        ]
        return "".join(
            "  ".join(
                cell + " " * (width - cell_len(cell))
                for cell, width in zip(line, widths, strict=True)
            ).rstrip()
            + "\n"
            for line in (names, *lines)
        )

    def markdown(self) -> str:
        names, lines = self._cells()
        rows = [names, ["---"] * len(names), *([marked(cell) for cell in line] for line in lines)]
        return "".join(f"| {' | '.join(row)} |\n" for row in rows)

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        names = list(dict.fromkeys(name for record in self.records for name in record))
        lines = [
            [one_line(_plain(record.get(name, ""))) for name in names] for record in self.records
        ]
        return names, lines
