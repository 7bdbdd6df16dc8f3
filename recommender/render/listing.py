"""Render a list of articles."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.answers.answer import ListAnswer
from recommender.render.of_answer import OfAnswer
from recommender.render.text_layout import Page, code, headed, joined, marked, one_line
from recommender.types import ArticleRef, Status


@dataclass(frozen=True, slots=True)
class Listed(OfAnswer[ListAnswer]):
    """Render the answer of `list`."""

    def text(self, page: Page) -> str:
        """Return two lines for each article, and how many there are."""
        entries = [_entry(one, page) for one in self.answer.articles]
        return joined([*entries, [page.faint(self._count())]])

    def markdown(self) -> str:
        """Return the articles as a list in Markdown."""
        articles = "".join(
            f"- **{marked(one.title)}** ({marked(', '.join(filter(None, _facts(one))))}) "
            f"`{code(one.article_id)}`\n"
            for one in self.answer.articles
        )
        return articles + ("\n" if articles else "") + self._count() + "\n"

    def _count(self) -> str:
        total, listed = self.answer.total, len(self.answer.articles)
        if not total:
            return "Nothing found."
        first = "" if listed == total else f"The newest {listed:,} of "
        return f"{first}{total:,} {'article' if total == 1 else 'articles'}."


def _entry(one: ArticleRef, page: Page) -> list[str]:
    head = headed("", one.title, _facts(one), page)
    return [*head, page.faint(f"  {one_line(one.article_id)}")]


def _facts(one: ArticleRef) -> tuple[str, ...]:
    status = "" if one.status is Status.PUBLISHED else str(one.status)
    return status, one.language, one.date, one.section
