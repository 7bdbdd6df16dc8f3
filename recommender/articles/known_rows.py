"""Recognise rows that have not changed since the last build, by a hash of their line.

Such a row need not be parsed again: the index holds its article. Only plain rows are recognised,
which depend neither on the clock nor on another row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from recommender import clock
from recommender.types import Article

DIGEST_BYTES = 16
# The rows of larger archives are read each time, since their hashes would take too much memory.
MOST_ROWS = 1_000_000


class RowsMisled(Exception):
    """Another article has the id of a known row, or the index lacks it: read all rows."""


@dataclass(frozen=True, slots=True)
class KnownRow:
    """A row as the last build read it: its place now, its id, and its content's hash."""

    path: str
    id: str
    content: bytes


@dataclass
class KnownRows:
    """The rows of the last build, and those that this build notes for the next one.

    `key` depends on the index, the settings and the release: under another one no row is known.
    Without a key, none is.
    """

    key: bytes
    before: Mapping[bytes, tuple[str, bytes]] = field(default_factory=dict)
    now: dict[bytes, tuple[str, bytes]] = field(default_factory=dict)
    _last: tuple[str, bytes] = ("", b"")

    def find(self, file: str, place: str, line: bytes) -> KnownRow | None:
        """Return the row that a line of a file is, if it was there before."""
        if not self.key:
            return None
        whole = hashlib.blake2b(file.encode("utf-8", "surrogateescape"), key=self.key)
        whole.update(b"\0" + line)
        digest = whole.digest()[:DIGEST_BYTES]
        self._last = (place, digest)
        found = self.before.get(digest)
        if found is None:
            return None
        self._note(digest, found)
        return KnownRow(place, *found)

    def note(self, article: Article, content: bytes) -> None:
        """Note the article that was just read, unless the clock may decide about it."""
        if digest := self.digest_of(article):
            self.note_digest(digest, article.id, content)

    def digest_of(self, article: Article) -> bytes:
        """Return the digest of the row of the article that was just read, empty for none."""
        place, digest = self._last
        is_plain = not (article.status or article.embargo or article.expires or article.notices)
        is_past = not (article.date and clock.can_be_ahead(article.date))
        return digest if self.key and place == article.path and is_plain and is_past else b""

    def note_digest(self, digest: bytes, id: str, content: bytes) -> None:
        """Note the digest by which the row of an article is recognised."""
        self._note(digest, (id, content))

    def again(self) -> KnownRows:
        """Return the same for a reading in which no row is known."""
        return KnownRows(self.key)

    def _note(self, digest: bytes, row: tuple[str, bytes]) -> None:
        if len(self.now) < MOST_ROWS:
            self.now[digest] = row
