"""Turns answers into text, JSON, JSON Lines, CSV and Markdown: one renderer for every edge.

Whatever comes from a source file is escaped for where it goes: no control or direction-changing
character reaches a terminal, no formula a spreadsheet, no markup a Markdown page.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Protocol

from rich.cells import cell_len, chop_cells

from recommender.types import ArticleRef, BuildReport, Hit, Recommendation, StoredArticle

SNIPPET_LINES = 3
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&])")


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MD = "md"


@dataclass(frozen=True, slots=True)
class Page:
    """Where text goes: its width in columns, and whether it may carry colour."""

    width: int = 80
    color: bool = False

    def strong(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self.color else text

    def faint(self, text: str) -> str:
        return f"\x1b[2m{text}\x1b[0m" if self.color else text


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


def one_line(text: str) -> str:
    """Return `text` for a terminal: white space folded, unsafe characters spelled out."""
    return _UNSAFE.sub(_spelled, " ".join(text.split()))


@dataclass(frozen=True, slots=True)
class Hits:
    """The answer to `search` and `similar`."""

    query: Mapping[str, Any]
    snapshot: str
    encoder: str
    hits: Sequence[Hit]

    def json(self) -> dict[str, Any]:
        return {
            "query": dict(self.query),
            "snapshot": self.snapshot,
            "encoder": self.encoder,
            "hits": self.rows(),
        }

    def rows(self) -> list[dict[str, Any]]:
        return [asdict(hit) for hit in self.hits]

    def text(self, page: Page) -> str:
        if not self.hits:
            return "Nothing found.\n"
        entries = [
            [
                f"{page.strong(f'{rank:>2}. {one_line(hit.title)}')}  {_about(hit, page)}",
                *wrapped(one_line(hit.text), page.width, indent=4),
                page.faint(f"    {one_line(hit.passage_id)}{_under(hit)}"),
            ]
            for rank, hit in enumerate(self.hits, 1)
        ]
        return joined(entries)

    def markdown(self) -> str:
        return "".join(
            f"{rank}. **{marked(hit.title)}** {_about_md(hit)}\n"
            f"   > {marked(hit.text)}\n   >\n   > `{_code(hit.passage_id)}`\n"
            for rank, hit in enumerate(self.hits, 1)
        )


@dataclass(frozen=True, slots=True)
class Related:
    """The answer to `related`: what was found for `articles`, and unlike those in `unlike`."""

    articles: Sequence[ArticleRef]
    snapshot: str
    encoder: str
    recommendations: Sequence[Recommendation]
    unlike: Sequence[ArticleRef] = ()

    def json(self) -> dict[str, Any]:
        return {
            "article": asdict(self.articles[0]),
            **self._others(),
            "snapshot": self.snapshot,
            "encoder": self.encoder,
            "recommendations": self.rows(),
        }

    def _others(self) -> dict[str, Any]:
        """Return what only a question of several articles has."""
        if len(self.articles) == 1 and not self.unlike:
            return {}
        return {
            "articles": [asdict(article) for article in self.articles],
            "unlike": [asdict(article) for article in self.unlike],
        }

    def rows(self) -> list[dict[str, Any]]:
        return [asdict(found) for found in self.recommendations]

    def text(self, page: Page) -> str:
        heading = self._heading(page)
        if not self.recommendations:
            return joined([heading, ["Nothing found."]])
        entries = []
        for rank, found in enumerate(self.recommendations, 1):
            lines = [
                f"{page.strong(f'{rank:>2}. {one_line(found.title)}')}  {_about(found, page)}",
                page.faint(f"    {one_line(found.article_id)}  {found.relation}{_copies(found)}"),
            ]
            for pair in found.evidence[:1]:
                lines += wrapped(one_line(pair.other_text), page.width, indent=4)
            entries.append([*lines, page.faint(f"    {self._ties(found)}")])
        return joined([heading, *entries])

    def _heading(self, page: Page) -> list[str]:
        """Return a line for each article that was named."""
        words = ["Related to", *["and"] * (len(self.articles) - 1), *["unlike"] * len(self.unlike)]
        named = (*self.articles, *self.unlike)
        return [
            f"{word} {page.strong(one_line(article.title))}"
            for word, article in zip(words, named, strict=True)
        ]

    def _ties(self, found: Recommendation) -> str:
        """Return the pairs of passages; ours by the whole id where several articles were named."""
        ours = _local if len(self.articles) == 1 else one_line
        return ", ".join(
            f"{ours(pair.passage_id)} ↔ {_local(pair.other_passage_id)} {pair.score:.3f}"
            for pair in found.evidence
        )

    def markdown(self) -> str:
        return "".join(
            f"{rank}. **{marked(found.title)}** {_about_md(found)} `{_code(found.article_id)}`"
            f" {found.relation}{_copies(found)}\n"
            + "".join(f"   > {marked(pair.other_text)}\n" for pair in found.evidence[:1])
            for rank, found in enumerate(self.recommendations, 1)
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """The answer to `show`."""

    stored: StoredArticle

    def json(self) -> dict[str, Any]:
        return self.stored.article.record() | {"paragraphs": self.rows()}

    def rows(self) -> list[dict[str, Any]]:
        return [asdict(paragraph) for paragraph in self.stored.paragraphs]

    def text(self, page: Page) -> str:
        article = self.stored.article
        known = (article.id, article.language, article.date, article.author, article.source)
        head = [page.strong(one_line(article.title)), page.faint(dotted(known))]
        if article.url:
            head.append(page.faint(one_line(article.url)))
        blocks = [
            [
                page.faint(f"#{paragraph.number} {paragraph.role}"),
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


def to_json(value: Any, indent: int | None = None) -> str:
    """Return JSON whose strings hold no character that a terminal would act on."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str, allow_nan=False)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


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
    text = _UNSAFE.sub(_spelled, text)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def _spelled(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _about(found: Hit | Recommendation, page: Page) -> str:
    known = (found.language, found.date, f"{found.strength:.0f}", f"{found.score:.3f}")
    return page.faint(dotted(known))


def _about_md(found: Hit | Recommendation) -> str:
    known = (found.language, found.date, f"{found.strength:.0f}")
    return "(" + ", ".join(marked(one) for one in known if one) + ")"


def dotted(words: Sequence[str]) -> str:
    return " · ".join(one_line(word) for word in words if word)


def _under(hit: Hit) -> str:
    return f" · under: {one_line(hit.heading)}" if hit.heading else ""


def _copies(found: Recommendation) -> str:
    count = len(found.copies)
    return f" · +{count} {'copy' if count == 1 else 'copies'}" if count else ""


def _local(passage_id: str) -> str:
    return "#" + passage_id.rpartition("#")[2]


def wrapped(text: str, width: int, indent: int, limit: int | None = SNIPPET_LINES) -> list[str]:
    """Break `text` into lines of `width` columns, wide characters counted as two."""
    room = max(width - indent, 20)
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and cell_len(lines[-1]) + 1 + cell_len(word) <= room:
            lines[-1] += f" {word}"
            continue
        pieces = chop_cells(word, room) or [""]
        lines += pieces if lines[-1] else []
        if not lines[0]:
            lines = pieces
    if limit is not None and len(lines) > limit:
        lines = [*lines[: limit - 1], lines[limit - 1].rstrip() + " …"]
    return [" " * indent + line for line in lines]


def joined(entries: Sequence[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(entry) for entry in entries) + "\n"


def marked(text: str) -> str:
    return _MARKUP.sub(r"\\\1", one_line(text))


def _code(text: str) -> str:
    return one_line(text).replace("`", "'")


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
