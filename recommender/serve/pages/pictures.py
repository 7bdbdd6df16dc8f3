"""Draw with numbers: where the marks of an inline picture lie. Templates write the SVG."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recommender.answers.comparison import Comparison
from recommender.answers.recency import day_number
from recommender.store.records import date_number
from recommender.types import ArticleRef, StoredArticle

WIDTH = 600


@dataclass(frozen=True, slots=True)
class Dot:
    """An article on a line of time, `x` of `WIDTH` from its start."""

    x: int
    article: ArticleRef


@dataclass(frozen=True, slots=True)
class Timeline:
    """Articles with a date in the order of time, and those without one."""

    dots: tuple[Dot, ...]
    undated: tuple[ArticleRef, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Two passages that correspond: how far down each article they lie, from 0 to `height`."""

    number: int
    left: int
    right: int


def timeline(articles: Iterable[ArticleRef]) -> Timeline:
    """Place articles on a line from the oldest to the newest."""
    known = sorted(((day_of(one.date), one) for one in articles if one.date), key=lambda it: it[0])
    undated = tuple(one for one in articles if not one.date)
    if not known:
        return Timeline((), undated)
    first, last = known[0][0], known[-1][0]
    span = max(last - first, 1)
    dots = [Dot(round((day - first) / span * WIDTH), one) for day, one in known]
    return Timeline(tuple(dots), undated)


def day_of(text: str) -> int:
    """Return the day of a date as a number; the middle of a month or year without a day."""
    return day_number(date_number(text))


def overlap(found: Comparison, height: int = 200) -> list[Link]:
    """Place the pairs of a comparison between two columns of `height`."""
    return [
        Link(
            number,
            _depth(found.one, pair.passage_id, height),
            _depth(found.other, pair.other_passage_id, height),
        )
        for number, pair in enumerate(found.pairs, 1)
    ]


def _depth(stored: StoredArticle, passage_id: str, height: int) -> int:
    """Return how far down an article the middle of a paragraph lies; a title is at the top."""
    number = paragraph_number(passage_id)
    length = max(len(stored.article.text), 1)
    middles = ((one.start + one.end) / 2 for one in stored.paragraphs if one.number == number)
    return round(next(middles, 0) / length * height)


def paragraph_number(passage_id: str) -> int:
    """Return the number of the paragraph in which a passage begins."""
    return int(passage_id.rpartition("#")[2].partition(".")[0])


def bars(counts: Sequence[tuple[str, int]]) -> list[tuple[str, int, int]]:
    """Return (name, count, width) of each bar; the longest has the full width."""
    most = max((count for _, count in counts), default=1)
    return [(name, count, max(round(count / most * WIDTH), 1)) for name, count in counts]
