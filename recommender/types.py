"""Define the nouns of the data path: articles, paragraphs, passages, answers, reports."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from recommender import clock

# Called with the stage ("read" or "encode"), the number done and the number in all, if it is known.
OnProgress = Callable[[str, int, int | None], None]

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

    `scheduled` and `expired` follow from times, unless the source says them; `protected` is behind
    a password.
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
    """Return the status by the clock of an article with these fields."""
    if status:
        return Status(status)
    if embargo and not clock.has_begun(embargo):
        return Status.SCHEDULED
    if expires and clock.has_begun(expires):
        return Status.EXPIRED
    return Status.PUBLISHED


# The role of a block by its markup or the archive: start, end, role and the reason.
Mark = tuple[int, int, str, str]


@dataclass(frozen=True)
class Article:
    """One article as its source gave it.

    `text` is the source's text with line ends as newlines; every offset points into it.
    `date` keeps its precision: `2022`, `2022-12` or `2022-12-28`, or empty. `marks` are roles of
    blocks that the source's own markup gives (a heading, a caption), or the archive (boilerplate).

    `status` is empty for a published article. The public may see it from `embargo` on and before
    `expires`: dates, or ISO times; empty for no limit. Two fields are counted or compared, and not
    stored: `notices` name values that its reader could not use, `version` is the time or number by
    which the newest of several articles with one id is known.
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
        """Its status by the clock."""
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

    `number` counts the blocks of the text from 1; a block that holds two roles (an inline date
    line before its text) gives two paragraphs of one number. `start` and `end` are character
    offsets into `Article.text` (both 0 for a title field). `language` is set if it clearly is
    another than the article's, as in a quote.
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

    `part` is 0 for a paragraph that was not split. A passage may join short paragraphs: `number`
    is then the first's, and `text` runs from its start to the end of the last. The parts
    of a title field (number 0) have offsets into the title, a whole one has none. `heading` is the
    subhead it stands under, at `heading_start` to `heading_end` of the article's text. `language`
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRef:
    """The fields that name an article in an answer."""

    article_id: str
    title: str
    language: str
    date: str
    author: str
    source: str
    url: str
    section: str
    path: str
    metadata: Mapping[str, Any]
    status: Status = Status.PUBLISHED

    @classmethod
    def fields_of(cls, article: Article) -> dict[str, Any]:
        """Return the fields of an article that all kinds of answers have."""
        names = ("title", "language", "date", "author", "source", "url", "section", "path")
        fields = {name: getattr(article, name) for name in names}
        fields |= {"article_id": article.id, "metadata": article.metadata}
        return fields | {"status": article.status_now}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The articles that an answer may come from; the defaults leave none out.

    `languages` is `any`; or `same` or `other`, compared with the question; or codes with commas
    between them. Dates are `2022`, `2022-12` or `2022-12-28`. `since` and `until` include the date.
    `as_of` keeps articles that surely existed at its end. An article without a date passes none of
    the three. `where` holds values of fields, of the article or its metadata. `published_only`
    leaves out articles that the public may not see now, if the index holds any.
    """

    languages: str = "any"
    since: str = ""
    until: str = ""
    as_of: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    published_only: bool = False


@dataclass(frozen=True, slots=True)
class ScorePart:
    """A part of a score, or of the reason for an answer's place, in words.

    `name` is meaning, words, answers, article, languages, dates, unlike, diversity, relation or
    pin. `value` is its number, None if only words say it.
    """

    name: str
    value: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Sentences:
    """One sentence of a passage, or several in a row, with offsets into the passage's text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Match:
    """The sentences that carry the match of two passages, and the cosine of the best two.

    `sentences` are those of `passage_id`. A query has neither an id nor sentences.
    """

    passage_id: str
    other_passage_id: str
    score: float
    sentences: tuple[Sentences, ...]
    other_sentences: tuple[Sentences, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why something is an answer: the parts of its score, and the sentences that match."""

    parts: tuple[ScorePart, ...]
    matches: tuple[Match, ...]


def shown_strength(strength: float) -> str:
    """Return a strength as a whole number, from 99 on with a tenth; only 100 itself is `100`."""
    return f"{strength:.0f}" if strength < 98.5 else f"{math.floor(strength * 10) / 10:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit(ArticleRef):
    """A passage with its score, its strength (0-100, see `strength.py`) and its own cosine.

    Hits are ranked by `score`. By meaning it is the cosine of the place that the hit takes in its
    language; for articles, that of the best passage and of the best few. A half-life lowers it. By
    words alone it is how many words the passage shares with the query (1 for the best match).
    `strength` leaves dates out. A passage that is kept for word search only has no vector: its
    `cosine` and `strength` are 0. `passage_language` may differ from the article's `language`, as
    for a quote.
    """

    passage_id: str
    role: Role
    heading: str
    text: str
    start: int
    end: int
    score: float
    strength: float
    cosine: float
    passage_language: str
    words_only: bool = False
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A pair of passages that ties two articles."""

    passage_id: str
    other_passage_id: str
    score: float
    text: str
    other_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation(ArticleRef):
    """An article related to another, with the passages that say why, best pair first.

    `relation` is `copy`, `translation`, `same story` or `background` (`relation.py`). `copies` are
    the ids of other articles that hold the same text.
    """

    score: float
    strength: float
    relation: str
    evidence: tuple[Evidence, ...]
    copies: tuple[str, ...] = ()
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Excluded:
    """An article that only a rule of the editors keeps out of the answers."""

    article_id: str
    title: str
    rule: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file, row or article that a build left out of the answers, and why."""

    place: str
    reason: str


class NoticeKind(StrEnum):
    """The kinds of notices."""

    UNPUBLISHED = "unpublished"
    REPLACED = "replaced"
    DATE = "date"
    FIELD = "field"
    STATUS = "status"
    ENCODING = "encoding"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something of a source that a build counts and does not refuse.

    `reason` is what it is counted by: of what is unpublished, the status, or the type that is no
    article (`attachment`). `example` is the value that was not understood.
    """

    place: str
    kind: NoticeKind
    reason: str
    example: str = ""


# A reader of sources yields these.
Found = Article | Refusal | Notice


@dataclass(frozen=True, slots=True)
class NoticeCount:
    """How often there was a notice, with the first few places and the first example."""

    kind: NoticeKind
    reason: str
    count: int
    places: tuple[str, ...]
    example: str = ""


@dataclass(frozen=True, slots=True)
class LanguageDoubt:
    """An article whose declared language is clearly wrong, and what was found instead."""

    article_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The report of a build.

    If the source had not changed, or the gate refused (`refused` says why), `published` is False,
    and `snapshot` is the live one or the candidate. `same`, `added`, `changed` and `removed` count
    articles against the snapshot that was live. `encoded` counts the texts that were encoded,
    `reused` the passages that had a vector from an earlier build, `words_only` the passages that
    are kept for word search only. `reasons` says why unchanged articles were cut again.
    `language_doubts` names articles of this build that are in another language than they declare.
    `notices` count what was passed over without a refusal; those of unpublished articles are also
    in `unpublished`, by reason.
    """

    snapshot: str
    published: bool
    encoder: str
    articles: int
    passages: int
    same: int
    added: int
    changed: int
    removed: int
    encoded: int
    reused: int
    seconds: float
    languages: Mapping[str, int]
    roles: Mapping[str, int]
    left_out: tuple[Refusal, ...]
    reasons: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    language_doubts: tuple[LanguageDoubt, ...] = ()
    words_only: int = 0
    unpublished: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[NoticeCount, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export did: `asked` articles were answered, the others had been; files written and
    articles whose files were removed; everything else in the folder was as it should be.

    `withheld` articles of the index are not for the public now; the first of them is from
    `withheld_until` on, where a time is known.
    """

    folder: str
    snapshot: str
    articles: int
    asked: int
    written: int
    removed: int
    seconds: float
    withheld: int = 0
    withheld_until: str = ""
