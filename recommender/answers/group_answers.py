"""Hold the answers about a whole archive: stories, duplicates, and what came before a draft."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from recommender.answers.options import DuplicatesOptions, RelatedOptions, StoriesOptions
from recommender.answers.records import Shown, record_of
from recommender.types import ArticleRef, Duplicates, Recommendation, Story


@dataclass(frozen=True, slots=True, kw_only=True)
class StoriesAnswer(Shown):
    """The answer of `stories`: the latest ones first, and their `total` number.

    `notices` say in words why there is none.
    """

    options: StoriesOptions
    snapshot: str
    total: int
    stories: tuple[Story, ...]
    notices: tuple[str, ...] = ()

    def found(self) -> Sequence[ArticleRef]:
        """Return the articles, story after story, each in the order of time."""
        return [one for story in self.stories for one in story.articles]

    def rows(self) -> list[dict[str, Any]]:
        """Return a record for each article, with the number and the title of its story."""
        return [
            {"story": number, "story_title": story.title, **asdict(one)}
            for number, story in enumerate(self.stories, 1)
            for one in story.articles
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as the command line gives it with `--format json`."""
        return {
            "snapshot": self.snapshot,
            "total": self.total,
            "notices": list(self.notices),
            "stories": [asdict(story) for story in self.stories],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatesAnswer(Shown):
    """The answer of `duplicates`: the largest groups first, and their `total` number.

    `notices` say in words why there is none.
    """

    options: DuplicatesOptions
    snapshot: str
    total: int
    groups: tuple[Duplicates, ...]
    notices: tuple[str, ...] = ()

    def found(self) -> Sequence[ArticleRef]:
        """Return the articles, group after group, each with its first article first."""
        return [one for group in self.groups for one in (group.first, *group.others)]

    def rows(self) -> list[dict[str, Any]]:
        """Return a record for each article that repeats another; it names that other article."""
        return list(self._rows())

    def _rows(self) -> Iterator[dict[str, Any]]:
        for number, group in enumerate(self.groups, 1):
            for one in group.others:
                yield {"group": number, "repeats": group.first.article_id, **asdict(one)}

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as the command line gives it with `--format json`."""
        return {
            "snapshot": self.snapshot,
            "total": self.total,
            "notices": list(self.notices),
            "groups": [asdict(group) for group in self.groups],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeAnswer(Shown):
    """The answer of `before`: articles on the subject of others, the oldest first.

    Only articles up to the date `until` are listed; it is empty for no limit. Articles without a
    date are listed only without a limit, and come last. `nearest` is the best article if none is
    sure enough. `notices` say in words why there is no answer.
    """

    articles: tuple[ArticleRef, ...]
    options: RelatedOptions
    snapshot: str
    encoder: str
    until: str
    recommendations: tuple[Recommendation, ...]
    nearest: Recommendation | None = None
    notices: tuple[str, ...] = ()

    def found(self) -> Sequence[Recommendation]:
        """Return the recommendations in the order of time."""
        return self.recommendations

    def rows(self) -> list[dict[str, Any]]:
        """Return a record for each recommendation."""
        return [record_of(one) for one in self.recommendations]

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as the command line gives it with `--format json`."""
        return {
            "articles": [asdict(article) for article in self.articles],
            "snapshot": self.snapshot,
            "encoder": self.encoder,
            "until": self.until,
            "notices": list(self.notices),
            "recommendations": self.rows(),
            "nearest": record_of(self.nearest) if self.nearest else None,
        }
