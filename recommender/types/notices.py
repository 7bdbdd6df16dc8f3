"""Define what a reader reports of a source: refusals and notices."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file, row or article that a build left out of the answers, and why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class LanguageDoubt:
    """An article whose declared language is clearly wrong, and the language that was detected."""

    article_id: str
    reason: str


class NoticeKind(StrEnum):
    """The kinds of notices."""

    UNPUBLISHED = "unpublished"
    REPLACED = "replaced"
    DATE = "date"
    FIELD = "field"
    STATUS = "status"
    ENCODING = "encoding"
    FORMAT = "format"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about a source that a build counts but does not refuse.

    `reason` groups notices: the status of an unpublished article, a type that is not an article
    (`attachment`), or the suffix of a file whose format is not read. `example` is a value that was
    not understood. `withdraws` is the id of an article that is no longer public, given by a record
    without a text, and `version` says when that record was written.
    """

    place: str
    kind: NoticeKind
    reason: str
    example: str = ""
    withdraws: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class NoticeCount:
    """How often there was a notice, with the first few places and the first example."""

    kind: NoticeKind
    reason: str
    count: int
    places: tuple[str, ...]
    example: str = ""
