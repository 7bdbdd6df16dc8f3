"""Render groups of articles: stories with timelines, copies, and what preceded a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recommender.answers.group_answers import BeforeAnswer, DuplicatesAnswer, StoriesAnswer
from recommender.render.answers import status_of, versions
from recommender.render.of_answer import OfAnswer
from recommender.render.text_layout import (
    Page,
    code,
    dotted,
    headed,
    joined,
    marked,
    one_line,
    paragraph,
    shortened,
    titled,
)
from recommender.types import (
    ArticleRef,
    Duplicate,
    Duplicates,
    Recommendation,
    Story,
    StoryArticle,
)

NO_DATE = "no date"
# A date is padded to so many columns.
DATE_WIDTH = 10


@dataclass(frozen=True, slots=True)
class Stories(OfAnswer[StoriesAnswer]):
    """Render the answer of `stories`."""

    def text(self, page: Page) -> str:
        """Return each story with its timeline: a line for each article."""
        entries = [
            [
                *headed(f"{rank:>2}. ", story.title, _about(story), page),
                *(line for one in story.articles for line in _lines(one, page, [_tie(one, story)])),
            ]
            for rank, story in enumerate(self.answer.stories, 1)
        ]
        return joined([*entries, [*map(page.faint, paragraph(self._count(), page))]])

    def markdown(self) -> str:
        """Return each story as a heading and a list in Markdown."""
        return (
            "".join(
                f"## {marked(titled(story.title))}\n\n{marked(dotted(_about(story)))}\n\n"
                + "".join(_item(one, _tie(one, story)) for one in story.articles)
                + "\n"
                for story in self.answer.stories
            )
            + f"{self._count()}\n"
        )

    def _count(self) -> str:
        total, shown = self.answer.total, len(self.answer.stories)
        if not total:
            return "No two articles tell the same story."
        return _of_all(shown, total, "story", "stories", "The latest") + "."


@dataclass(frozen=True, slots=True)
class Copies(OfAnswer[DuplicatesAnswer]):
    """Render the answer of `duplicates`."""

    def text(self, page: Page) -> str:
        """Return each group: the first article, then those that repeat it."""
        entries = [
            [
                *headed(f"{rank:>2}. ", group.first.title, _facts(group.first), page),
                page.faint(f"    {one_line(group.first.article_id)}"),
                *(line for one in group.others for line in _lines(one, page, [_overlap(one)])),
            ]
            for rank, group in enumerate(self.answer.groups, 1)
        ]
        return joined([*entries, [*map(page.faint, paragraph(self._count(), page))]])

    def markdown(self) -> str:
        """Return each group as an article with a list below it in Markdown."""
        return "".join(map(_group_md, self.answer.groups)) + f"{self._count()}\n"

    def _count(self) -> str:
        total, shown = self.answer.total, len(self.answer.groups)
        if not total:
            return "No two articles hold the same text. Texts of a few words are not compared."
        return _of_all(shown, total, "text", "texts", "The most frequent") + " with copies."


@dataclass(frozen=True, slots=True)
class Before(OfAnswer[BeforeAnswer]):
    """Render the answer of `before`."""

    def text(self, page: Page) -> str:
        """Return a line for each article, the oldest first."""
        until = f", up to {self.answer.until}" if self.answer.until else ""
        named = dotted([titled(one.title) for one in self.answer.articles])
        room = page.width - len(f"Before {until}")
        heading = [f"Before {page.strong(shortened(named, room))}{until}"]
        found = self.answer.recommendations
        lines = [line for one in found for line in _lines(one, page, _how_near(one))]
        return joined([heading, lines or paragraph(self._nothing(), page)])

    def markdown(self) -> str:
        """Return the articles as a list in Markdown."""
        items = (_item(one, dotted(_how_near(one))) for one in self.answer.recommendations)
        return "".join(items) or f"{marked(self._nothing())}\n"

    def _nothing(self) -> str:
        nearest = self.answer.nearest
        if nearest is None:
            return "Nothing was published before on this."
        named = f"{titled(nearest.title)} ({one_line(nearest.article_id)})"
        return f"Nothing close was published before; the nearest is {named}."


def _lines(one: ArticleRef, page: Page, about: Sequence[str]) -> list[str]:
    """Return an article in a timeline: its date, its title and its facts."""
    date = one_line(one.date) or NO_DATE
    facts = status_of(one), one.language, *about, one.article_id
    return headed(f"    {date:<{DATE_WIDTH}}  ", one.title, facts, page, is_strong=False)


def _item(one: ArticleRef, about: str) -> str:
    facts = ", ".join(marked(word) for word in (status_of(one), one.language, about) if word)
    date = marked(one.date or NO_DATE)
    return f"- {date} **{marked(titled(one.title))}** ({facts}) `{code(one.article_id)}`\n"


def _group_md(group: Duplicates) -> str:
    first = f"**{marked(titled(group.first.title))}** ({marked(dotted(_facts(group.first)))})"
    items = "".join(f"  {_item(one, _overlap(one))}" for one in group.others)
    return f"- {first} `{code(group.first.article_id)}`\n{items}\n"


def _facts(one: ArticleRef) -> tuple[str, ...]:
    return status_of(one), one.language, one.date


def _about(story: Story) -> tuple[str, ...]:
    """Return how many articles a story has, in which languages, and from when to when."""
    dates = dict.fromkeys((story.first, story.last))
    return f"{len(story.articles):,} articles", _languages(story), " to ".join(dates)


def _languages(story: Story) -> str:
    counts: Mapping[str, int] = story.languages
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{language} {count:,}" for language, count in counts.items())


def _tie(one: StoryArticle, story: Story) -> str:
    """Return an article's relation to the one that it is closest to; the first has none."""
    return "" if one == story.articles[0] else one.relation


def _overlap(one: Duplicate) -> str:
    if one.sameness == "copy":
        return "copy"
    return f"{one.sameness}: {one.shared:.0%} of it, {one.share_of_first:.0%} of the first"


def _how_near(one: Recommendation) -> list[str]:
    return [one.relation, one.confidence, *versions(one)]


def _of_all(shown: int, total: int, one: str, several: str, which: str) -> str:
    named = f"{total:,} {one if total == 1 else several}"
    return named if shown == total else f"{which} {shown:,} of {named}"
