"""Render the answer of `show`: an article with its paragraphs and their roles."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rich.cells import cell_len

from recommender.render.text_layout import (
    INDENT,
    INDENT_BELOW,
    SOFT_HYPHEN,
    Page,
    dotted,
    joined,
    marked,
    one_line,
    packed,
    paragraph,
    titled,
    visible,
)
from recommender.types import Paragraph, Role, Status, StoredArticle

# Roles with separate lines: items, or rows.
_IN_LINES = frozenset({Role.LIST, Role.TABLE})


@dataclass(frozen=True, slots=True)
class Shown:
    """Render the answer of `show`."""

    stored: StoredArticle

    def json(self) -> dict[str, Any]:
        """Return the answer as one object of JSON."""
        article = self.stored.article
        return article.record() | {"status": article.status_now, "paragraphs": self.rows()}

    def rows(self) -> list[dict[str, Any]]:
        """Return a record for each paragraph."""
        language = self.stored.article.language
        return [
            asdict(paragraph) | {"language": paragraph.language or language}
            for paragraph in self.stored.paragraphs
        ]

    def text(self, page: Page) -> str:
        """Return the article for a terminal, each paragraph with its role."""
        article = self.stored.article
        status = "" if article.status_now is Status.PUBLISHED else article.status_now
        known = (article.id, status, article.language, article.date, article.author, article.source)
        head = [*map(page.strong, paragraph(titled(article.title), page))]
        head += map(page.faint, packed(known, page, indent=0))
        if article.url:
            head.append(page.faint(one_line(article.url)))
        return joined([head, *(_block(one, page) for one in self.stored.paragraphs)])

    def markdown(self) -> str:
        """Return the article in Markdown."""
        article = self.stored.article
        return (
            f"# {marked(article.title)}\n\n"
            + "\n\n".join(
                _marked(one) for one in self.stored.paragraphs if one.role is not Role.TITLE
            )
            + "\n"
        )


def _block(one: Paragraph, page: Page) -> list[str]:
    """Return a paragraph below its number and role, the items of a list in lines of their own."""
    name = page.faint(f"#{one.number} {dotted((one.role, one.language))}")
    if one.role not in _IN_LINES:
        return [name, *paragraph(one.text, page, INDENT)]
    return [name, *(line for item in _lines_of(one) for line in _item(item, page))]


def _item(text: str, page: Page) -> list[str]:
    """Return a line of a list or a table as it is, or broken if it is wider than the page."""
    line = " " * INDENT + visible(text.expandtabs())
    if cell_len(line) <= page.width:
        return [line]
    first, *more = paragraph(text, page, INDENT + INDENT_BELOW)
    return [first[INDENT_BELOW:], *more]


def _lines_of(one: Paragraph) -> list[str]:
    lines = one.text.replace(SOFT_HYPHEN, "").splitlines()
    return [line.rstrip() for line in lines if line.strip()]


def _marked(one: Paragraph) -> str:
    """Return a paragraph in Markdown."""
    if one.role in _IN_LINES:
        return "\\\n".join(map(marked, _lines_of(one)))
    return f"{'## ' if one.role is Role.SUBHEAD else ''}{marked(one.text)}"
