"""Leave out a record that is not public: it withdraws the article of its id."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from recommender.articles.files import SourceFile
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Article, Notice, NoticeKind, Status


def is_left_out(status: str, settings: Settings) -> bool:
    """Return whether what has a status is not even read further: nothing can make it public."""
    return status not in ("", Status.SCHEDULED) and not settings.include_unpublished


class Record(NamedTuple):
    """The place of a record, its status, and a function that gives its id and its version.

    `named` may raise `SourceError`; then the record has no id.
    """

    place: str
    status: str
    named: Callable[[], tuple[str, str]] = lambda: ("", "")

    def left_out(self) -> Notice:
        """Return the notice of a record that is not public: it withdraws the article of its id."""
        id = version = ""
        with suppress(SourceError):
            id, version = self.named()
        return Notice(self.place, NoticeKind.UNPUBLISHED, self.status, "", id, version)


def emptied(file: SourceFile, status: str, why: str) -> Notice:
    """Return the notice of a file without text whose fields say that it is not public.

    Raises `SourceError` with the reason if it is public, or will be.
    """
    if status in ("", Status.SCHEDULED):
        raise SourceError(why)
    return Record(file.name, status, lambda: (file.id, "")).left_out()


def read_or_left_out(
    read: Callable[[], Article | Notice], record: Record, settings: Settings
) -> Article | Notice:
    """Return the result of `read`; a record that is not public and cannot be read is a notice."""
    try:
        return read()
    except SourceError:
        if is_left_out(record.status, settings):
            return record.left_out()
        raise
