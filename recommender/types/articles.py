"""Define articles, and the paragraphs and passages that they are cut into."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from recommender import clock
from recommender.types.notices import Notice, Refusal

UNKNOWN_LANGUAGE = "und"


class Role(StrEnum):
    """The kind of a paragraph: a headline, a caption, a date line and so on."""

    TITLE = "title"
    STANDFIRST = "standfirst"
    DATELINE = "dateline"
    BYLINE = "byline"
    SUBHEAD = "subhead"
    BODY = "body"
    QUOTE = "quote"
    LIST = "list"
    CAPTION = "caption"
    CREDIT = "credit"
    BOILERPLATE = "boilerplate"
    TABLE = "table"
    NOTE = "note"


class Status(StrEnum):
    """Whether the public may see an article, by the word of its source and by the clock.

    `scheduled` and `expired` follow from times, unless the source says them; a `protected` article
    needs a password.
    """

    PUBLISHED = "published"
    DRAFT = "draft"
    PRIVATE = "private"
    PENDING = "pending"
    SCHEDULED = "scheduled"
    TRASHED = "trashed"
    PROTECTED = "protected"
    EXPIRED = "expired"


def status_at(status: str, embargo: str, expires: str) -> Status:
    """Return the status that an article with these fields has now."""
    if status:
        return Status(status)
    if embargo and not clock.has_begun(embargo):
        return Status.SCHEDULED
    if expires and clock.has_begun(expires):
        return Status.EXPIRED
    return Status.PUBLISHED


# The role of a block as markup or the archive gives it: start, end, role and the reason.
Mark = tuple[int, int, str, str]


@dataclass(frozen=True)
class Article:
    """One article as its source gave it.

    `text` is the source's text with line ends as newlines; every offset points into it. `date`
    keeps its precision: `2022`, `2022-12` or `2022-12-28`, or empty. `marks` are roles of blocks
    that come from the source's markup (a heading, a caption) or from the archive (boilerplate).

    `status` is empty for a published article. The public may see it from `embargo` on and before
    `expires`: dates, or ISO times; empty for no limit. Two fields are not stored: `notices` name
    values that the reader could not use. `version` is the time or number by which the newest of
    several articles with one id is chosen.
    """

    id: str
    title: str
    text: str
    language: str = UNKNOWN_LANGUAGE
    date: str = ""
    author: str = ""
    source: str = ""
    url: str = ""
    section: str = ""
    path: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    marks: Sequence[Mark] = ()
    status: str = ""
    embargo: str = ""
    expires: str = ""
    notices: Sequence[Notice] = field(default=(), compare=False, repr=False)
    version: str = field(default="", compare=False, repr=False)

    @property
    def status_now(self) -> Status:
        """The status of the article now."""
        return status_at(self.status, self.embargo, self.expires)

    def record(self) -> dict[str, Any]:
        """Return the fields in a stable order, as they are stored and shown."""
        names = ("id", "title", "language", "date", "author", "source", "url", "section", "path")
        fields: dict[str, Any] = {name: getattr(self, name) for name in names}
        limits = {name: getattr(self, name) for name in ("status", "embargo", "expires")}
        fields |= {name: value for name, value in limits.items() if value}
        fields |= {"metadata": dict(self.metadata), "text": self.text}
        return fields | {"marks": [list(mark) for mark in self.marks]} if self.marks else fields

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over every field: it changes when anything shown or encoded changes."""
        fields = self.record()
        text = fields.pop("text")
        rest = json.dumps(fields, sort_keys=True, separators=(",", ":"))  # ASCII, without a newline
        return hashlib.sha256(f"{rest}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A block of the source text, or the title field as paragraph 0.

    `number` counts the blocks of the text from 1. A block with two roles, such as a date line
    before its text, gives two paragraphs of one number. `start` and `end` are character offsets
    into `Article.text`, both 0 for a title field. `language` is set if the paragraph, such as a
    quote, clearly is in another language than the article.
    """

    number: int
    role: Role
    text: str
    start: int
    end: int
    reason: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article with the paragraphs it was cut into."""

    article: Article
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that is encoded, one row of the index; or one that is kept for word search only.

    `part` is 0 for a paragraph that was not split. A passage may join short paragraphs: `number` is
    then that of the first, and `text` runs from its start to the end of the last. The parts of a
    title field (number 0) have offsets into the title; a whole title has none. `heading` is the
    subhead above the passage, at `heading_start` to `heading_end` of the article's text. `language`
    is set if it is another than the article's.
    """

    article_id: str
    number: int
    part: int
    role: Role
    text: str
    start: int
    end: int
    heading: str = ""
    heading_start: int = 0
    heading_end: int = 0
    language: str = ""

    @property
    def id(self) -> str:
        """The id of the passage: `<article id>#<number>`, and `.<part>` of a split paragraph."""
        suffix = f".{self.part}" if self.part else ""
        return f"{self.article_id}#{self.number}{suffix}"


@dataclass(frozen=True, slots=True)
class CutArticle:
    """An article with its language named, its paragraphs, and the passages made of them.

    `words_only` are the passages without a vector, which only word search finds.
    """

    article: Article
    paragraphs: tuple[Paragraph, ...]
    passages: tuple[Passage, ...]
    words_only: tuple[Passage, ...] = ()


# A reader of sources yields these.
Found = Article | Refusal | Notice
