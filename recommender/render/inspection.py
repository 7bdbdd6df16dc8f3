"""Render how articles were cut, and the blocks that recur across an archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from recommender.passages.boilerplate import Recurrence
from recommender.passages.cutter import LANGUAGE_NOTE
from recommender.passages.inspect import Cut, Inspection
from recommender.render.text_layout import (
    Page,
    headed,
    joined,
    marked,
    one_line,
    packed,
    paragraph,
    titled,
    wrapped,
)

MAX_SHOWN_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class Inspected:
    """Render the answer of `inspect`."""

    found: Sequence[Inspection]

    def json(self) -> dict[str, Any]:
        """Return the answer as one object of JSON."""
        return {
            "articles": [
                one.article.record() | {"paragraphs": [_row(one, cut) for cut in one.cuts]}
                for one in self.found
            ]
        }

    def rows(self) -> list[dict[str, Any]]:
        """Return a record for each line."""
        return [_row(one, cut) for one in self.found for cut in one.cuts]

    def text(self, page: Page) -> str:
        """Return the answer for a terminal."""
        entries = []
        for one in self.found:
            article = one.article
            note = article.metadata.get(LANGUAGE_NOTE, "")
            language = f"{article.language} ({note})" if note else article.language
            known = (article.id, language, article.date, article.author, article.source)
            title = map(page.strong, paragraph(titled(article.title), page))
            entries.append([*title, *map(page.faint, packed(known, page, indent=0))])
            entries += [_lines(cut, article.language, page) for cut in one.cuts]
        return joined(entries) if entries else ""

    def markdown(self) -> str:
        """Return the answer as a table in Markdown."""
        lines = ["| # | role | tokens | what becomes of it | text |", "|---|---|---|---|---|"]
        for one in self.found:
            for cut in one.cuts:
                cells = (
                    f"#{cut.paragraph.number}",
                    cut.paragraph.role,
                    str(cut.tokens),
                    _fate(cut),
                    cut.paragraph.text[:MAX_SHOWN_CHARACTERS],
                )
                lines.append("| " + " | ".join(marked(cell) for cell in cells) + " |")
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Recurring:
    """Render the answer of `boilerplate`."""

    found: Sequence[Recurrence]
    path: str

    def json(self) -> dict[str, Any]:
        """Return the answer as one object of JSON."""
        return {"file": self.path, "blocks": self.rows()}

    def rows(self) -> list[dict[str, Any]]:
        """Return a record for each line."""
        return [asdict(one) for one in self.found]

    def text(self, page: Page) -> str:
        """Return the answer for a terminal."""
        if not self.found:
            return "No block recurs in this archive.\n"
        entries = [
            [
                *headed("", one.verdict, _recurs(one), page),
                *wrapped(one_line(one.text), page.width, indent=4),
            ]
            for one in self.found
        ]
        return joined(entries) + f"\nTo keep a block, change its first word in {self.path}\n"

    def markdown(self) -> str:
        """Return the answer as a table in Markdown."""
        return "| verdict | articles | language | text |\n|---|---|---|---|\n" + "".join(
            f"| {one.verdict} | {one.articles} | {marked(one.language)} | {marked(one.text)} |\n"
            for one in self.found
        )


def _lines(cut: Cut, article_language: str, page: Page) -> list[str]:
    found = cut.paragraph
    language = cut.language if cut.language != article_language else ""
    facts = (f"{cut.tokens} tokens", language, _fate(cut), found.reason)
    return [
        *headed("", f"#{found.number} {found.role}", facts, page),
        *wrapped(one_line(found.text), page.width, indent=4),
    ]


def _recurs(one: Recurrence) -> tuple[str, ...]:
    """Return where a block recurs."""
    return f"in {one.articles:,} articles", one.language, f"as in {one.example}"


def _fate(cut: Cut) -> str:
    """Return in words how a paragraph is treated."""
    own = f"#{cut.paragraph.number}"
    within = [id.rpartition("#")[2] for id in cut.passages]
    match cut.policy:
        case "encode" if within and f"#{within[0].partition('.')[0]}" != own:
            return f"encoded with #{within[0]}"
        case "encode":
            return f"encoded in {len(within)} parts" if len(within) > 1 else "encoded"
        case "context":
            return "heading of what follows"
        case "words":
            return "found by its words only"
    return "left out"


def _row(one: Inspection, cut: Cut) -> dict[str, Any]:
    return {
        "article_id": one.article.id,
        **asdict(cut.paragraph),
        "policy": cut.policy,
        "tokens": cut.tokens,
        "language": cut.language,
        "encoded": bool(cut.passages) and cut.policy == "encode",
        "passages": list(cut.passages),
    }
