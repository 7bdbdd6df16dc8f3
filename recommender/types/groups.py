"""Define groups of articles: copies of one text, and stories over time and languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from recommender.types.answers import ArticleRef

# `copy`: the same text except for case, spaces and punctuation. `near copy`: most of each text is
# in the other. `part`: most of one text is in the other, which is much longer.
Sameness = Literal["copy", "near copy", "part"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate(ArticleRef):
    """An article that repeats the text of the first article of its group.

    `shared` is the share of its text that the first article holds, `share_of_first` the share of
    the first article's text that it holds, both from 0 to 1.
    """

    sameness: Sameness
    shared: float
    share_of_first: float


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Articles with the same text: the earliest, and those that repeat it, the closest first."""

    first: ArticleRef
    others: tuple[Duplicate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryArticle(ArticleRef):
    """An article of a story.

    `tied_to` is the article of the story that it is closest to, `relation` its relation to that
    one, and `score` how close the two are.
    """

    relation: str
    tied_to: str
    score: float


@dataclass(frozen=True, slots=True)
class Story:
    """Articles that tell one story, the oldest first; those without a date are last.

    `central` is the id of the article closest to all others, whose `title` the story has. `first`
    and `last` are the dates of the oldest and the newest article, empty if none has a date.
    `languages` counts the articles of each language, the most frequent first.
    """

    title: str
    central: str
    first: str
    last: str
    languages: Mapping[str, int]
    articles: tuple[StoryArticle, ...]
