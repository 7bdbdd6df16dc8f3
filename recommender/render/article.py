"""Render the answer of `show`: an article with its paragraphs and their roles."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from recommender.render.text_layout import Page, dotted, joined, marked, one_line, wrapped
from recommender.types import Status, StoredArticle


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
        """Return the article in Markdown."""
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
