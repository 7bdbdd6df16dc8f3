"""Choose between several versions of one article: the newest counts, equal ones are ignored.

Feeds, archives and rows hold an article again after an update. The newest version is known only
after everything was read. So the first reading of a source collects versions, and the second one
yields the newest of each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from recommender.articles.known_rows import KnownRow, RowsMisled
from recommender.articles.outline import Outline, Withdrawn
from recommender.text.date_fields import exact_time
from recommender.types import Article, Notice, NoticeKind, Refusal

# A version is given by an article, or by its outline.
Told = TypeVar("Told", Article, Outline)

REPLACED, REPEATED = "older version of an article", "repetition of an article"


class Version(NamedTuple):
    """The place of a version of an article, its age as far as stated, and a hash of its content.

    One that the public may not see has no content.
    """

    place: str
    age: str
    content: int | None

    def is_whole(self, file: str = "") -> bool:
        """Return whether a file is this one article, not a record in `file`: it has no versions."""
        return self.place == file or ":" not in self.place


@dataclass
class Versions:
    """The versions of the articles of a source, by id.

    `is_complete` says that all was read: only the newest version of each is then admitted.
    `is_stale` says that an older version was admitted before the newest one was read.
    """

    is_complete: bool = False
    is_stale: bool = False
    # In the first reading: the newest version so far of each article, then of those with several.
    _newest: dict[str, Version] = field(default_factory=dict)
    _several: set[str] = field(default_factory=set)
    _refused: dict[tuple[str, int | None], str] = field(default_factory=dict)
    _admitted: dict[str, str] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)

    @property
    def has_several(self) -> bool:
        """Whether an article has several versions."""
        return bool(self._several)

    def begin(self) -> None:
        """Start a reading of the source."""
        self._admitted.clear()

    def complete(self) -> None:
        """Note that the whole source was read."""
        if not self.is_complete:
            self._newest = {id: self._newest[id] for id in self._several}
            self.is_complete = True

    def admit_known(self, row: KnownRow) -> None:
        """Note a row that is known; raise `RowsMisled` if another article has its id."""
        if row.id in self._known or row.id in self._newest:
            raise RowsMisled
        self._known.add(row.id)

    def admit(self, article: Told, file: str) -> Told | Refusal | Notice:
        """Return the article, or why it is skipped or refused; `file` is the one that holds it."""
        found = Version(article.path, article.version, _content_of(article))
        if article.id in self._known:
            raise RowsMisled
        if self.is_complete:
            return self._settled(article, found)
        before = self._newest.setdefault(article.id, found)
        if before.content is None:
            return self._after_withdrawal(article, found, before, file)
        return article if before is found else self._compared(article.id, found, before, file)

    def withdraw(self, article: Article | Withdrawn, file: str) -> None:
        """Note a version that the public may not see: if it is the newest, no other version counts.

        A file with a single article only concerns that article: `a.md` says nothing about `a.html`.
        """
        found = Version(article.path, article.version, None)
        if found.is_whole(file):
            return
        if article.id in self._known:
            raise RowsMisled
        if self.is_complete:
            return
        before = self._newest.setdefault(article.id, found)
        if before is not found and self._order(found, before, file) >= 0:
            self._several.add(article.id)
            self._newest[article.id] = found
            self.is_stale = True

    def _settled(self, article: Told, found: Version) -> Told | Refusal | Notice:
        newest = self._newest.get(article.id, found)
        if found.content == newest.content and article.id not in self._admitted:
            self._admitted[article.id] = found.place
            return article
        if reason := self._refused.get((article.id, found.content)):
            return Refusal(found.place, reason)
        if newest is found:  # it came while the source was read
            return Refusal(found.place, _taken(article.id, self._admitted[article.id]))
        return _passed_over(found, newest)

    def _after_withdrawal(
        self, article: Told, found: Version, before: Version, file: str
    ) -> Told | Notice:
        """Return an article whose record was withdrawn before, if the article is newer."""
        self._several.add(article.id)
        if found.is_whole(file) or self._order(found, before, file) < 0:
            return _passed_over(found, before)
        self._newest[article.id] = found
        return article

    def _compared(self, id: str, found: Version, before: Version, file: str) -> Refusal | Notice:
        self._several.add(id)
        order = self._order(found, before, file)
        if order and found.content == before.content:
            return _passed_over(found, before)
        if not order:
            reason = self._refused[id, found.content] = _taken(id, before.place)
            return Refusal(found.place, reason)
        if order > 0:
            self._newest[id] = found
            self.is_stale = True
        return _passed_over(*((before, found) if order > 0 else (found, before)))

    def _order(self, found: Version, before: Version, file: str) -> int:
        """Return 1 if a version is newer than one before it, -1 if it is older, 0 if it is unknown.

        Of records in files of different days, the one whose file name comes later is newer.
        """
        if found.is_whole(file) or before.is_whole():
            return 0
        if order := _by_age(found, before):
            return order
        is_same_file = before.place.startswith(f"{file}:")
        return int(not is_same_file or found.content == before.content)


def _taken(id: str, place: str) -> str:
    return f"id {id!r} is taken by {place}"


def _content_of(article: Article | Outline) -> int:
    if isinstance(article, Outline):
        return article.sameness
    return hash((article.title, article.text, article.date))


def _passed_over(found: Version, newest: Version) -> Notice:
    reason = REPEATED if found.content == newest.content else REPLACED
    return Notice(found.place, NoticeKind.REPLACED, reason)


def _by_age(found: Version, before: Version) -> int:
    ages = [_age(one.age) for one in (found, before)]
    if None in ages or ages[0] == ages[1]:
        return 0
    return 1 if (ages[0] or 0.0) > (ages[1] or 0.0) else -1


def _age(text: str) -> float | None:
    """Return the age of a version as a number: its version, or its time."""
    try:
        if len(text) < 4:
            return float(text)
    except ValueError:
        return None
    time = exact_time(text)
    return time.timestamp() if time else None
