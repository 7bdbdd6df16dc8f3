"""Define what a reader reports of a source: refusals and notices."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    FORMAT = "format"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something of a source that a build counts and does not refuse.

    `reason` is what it is counted by: the status of what is unpublished, or the type that is no
    article (`attachment`); the suffix of the name of a file in a format that is not read. `example`
    is the value that was not understood. `withdraws` is the id of an article that is no longer
    public, of a record without a text, and `version` says when that was written.
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
