"""Render a list of articles."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.answers.answer import ListAnswer
from recommender.render.of_answer import OfAnswer
from recommender.render.text_layout import Page, code, headed, joined, marked, one_line
from recommender.types import ArticleRef, Status

# Another article may hold the words but not pass the filters.
NOTHING_CALLED = "Nothing found. The nearest names are:"


@dataclass(frozen=True, slots=True)
class Listed(OfAnswer[ListAnswer]):
    """Render the answer of `list`."""

    def text(self, page: Page) -> str:
        """Return two lines for each article, and how many there are; or the nearest by name."""
        nearest = [_entry(one, page) for one in self.answer.nearest]
        entries = [_entry(one, page) for one in self.answer.articles]
        return joined([*entries, [page.faint(self._count())], *nearest])

    def markdown(self) -> str:
        """Return the articles as a list in Markdown, and how many there are."""
        articles = "".join(map(_item, self.answer.articles))
        nearest = "".join(map(_item, self.answer.nearest))
        return (
            articles
            + ("\n" if articles else "")
            + self._count()
            + "\n"
            + (f"\n{nearest}" if nearest else "")
        )

    def _count(self) -> str:
        total, listed = self.answer.total, len(self.answer.articles)
        if not total:
            return NOTHING_CALLED if self.answer.nearest else "Nothing found."
        first = "" if listed == total else f"The newest {listed:,} of "
        return f"{first}{total:,} {'article' if total == 1 else 'articles'}."


def _item(one: ArticleRef) -> str:
    facts = marked(", ".join(filter(None, _facts(one))))
    return f"- **{marked(one.title)}** ({facts}) `{code(one.article_id)}`\n"


def _entry(one: ArticleRef, page: Page) -> list[str]:
    head = headed("", one.title, _facts(one), page)
    return [*head, page.faint(f"  {one_line(one.article_id)}")]


def _facts(one: ArticleRef) -> tuple[str, ...]:
    status = "" if one.status is Status.PUBLISHED else str(one.status)
    return status, one.language, one.date, one.section
