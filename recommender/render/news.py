"""Render the news of saved searches."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from recommender.answers.news import NewsAnswer
from recommender.render.of_answer import OfAnswer
from recommender.render.text_layout import (
    Page,
    code,
    headed,
    joined,
    marked,
    one_line,
    paragraph,
    titled,
    wrapped,
)
from recommender.types import NewsItem


@dataclass(frozen=True, slots=True)
class News(OfAnswer[NewsAnswer]):
    """Render the answer of `news`."""

    def text(self, page: Page) -> str:
        """Return the news of each search below its name."""
        entries = [
            [*map(page.strong, paragraph(f"New for {watch}:", page)), *_lines(list(items), page)]
            for watch, items in groupby(self.answer.items, key=lambda one: one.watch)
        ]
        return joined(entries or [paragraph(self._nothing(), page)])

    def markdown(self) -> str:
        """Return the news of each search as a list in Markdown."""
        lists = (
            f"**New for {marked(watch)}**\n\n" + "".join(map(_item, items)) + "\n"
            for watch, items in groupby(self.answer.items, key=lambda one: one.watch)
        )
        return "".join(lists) or f"{marked(self._nothing())}\n"

    def _nothing(self) -> str:
        if self.answer.is_first:
            return "This is the first look: what comes from now on is new."
        count = self.answer.watches - len(self.answer.problems)
        if self.answer.problems and not count:
            return "No saved search could be asked."
        return f"Nothing new for {count:,} saved search{'' if count == 1 else 'es'}."


def _lines(items: list[NewsItem], page: Page) -> list[str]:
    lines: list[str] = []
    for one in items:
        about = one.language, one.date, one.confidence, one.article_id
        lines += headed("  ", one.title, about, page, is_strong=False)
        lines += wrapped(one_line(one.text), page.width, indent=4)
    return lines


def _item(one: NewsItem) -> str:
    facts = ", ".join(marked(word) for word in (one.language, one.date, one.confidence) if word)
    title = marked(titled(one.title))
    return f"- **{title}** ({facts}) `{code(one.article_id)}`\n"
