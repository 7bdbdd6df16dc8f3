"""Hold the snapshot that answers, move to a newer one, and know what the public may see."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Event, Lock
from typing import Any, TypeVar

from recommender.answers.editorial import EDITORIAL_FILE
from recommender.answers.ids import check_paragraph, place_of
from recommender.answers.naming import MAX_NAME_CHARACTERS, SUGGESTED, hidden_articles
from recommender.answers.recommender import Recommender
from recommender.engines.address import is_address
from recommender.errors import (
    AmbiguousName,
    ArticleNotFound,
    QueryError,
    RecommenderError,
)
from recommender.serve.options import ServeOptions
from recommender.serve.problems import Refused
from recommender.store.names import key_of

Answer = TypeVar("Answer")
# Facts that differ when a file has other content, without reading it.
_Stamp = tuple[int, int, int] | None


class LastAnswers:
    """Keeps a few answers by their questions; safe to share between threads."""

    def __init__(self, most: int = 6) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def has(self, asked: Hashable) -> bool:
        """Return whether an answer is kept."""
        with self._lock:
            return asked in self._answers

    def get(self, asked: Hashable, compute: Callable[[], Answer]) -> Answer:
        """Return the answer that is kept, or compute it and keep it."""
        with self._lock:
            if asked in self._answers:
                self._answers.move_to_end(asked)
                kept: Answer = self._answers[asked]
                return kept
        answer = compute()
        with self._lock:
            self._answers[asked] = answer
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
        return answer


@dataclass(frozen=True)
class Edition:
    """One snapshot with one content of the editors' rules. A request is answered by one."""

    recommender: Recommender
    stamp: _Stamp
    stopping: Event = field(default_factory=Event)

    @cached_property
    def id(self) -> str:
        """A name that changes whenever an answer may change."""
        return f"{self.recommender.name}:{self.recommender.rules.editorial.id}"

    @cached_property
    def long_answers(self) -> LastAnswers:
        """The last answers about the whole archive, which take long."""
        return LastAnswers()

    def go_on(self, *_: object) -> None:
        """Let a long computation continue; raise `Refused` (503) once the service stops."""
        if self.stopping.is_set():
            raise Refused(503, "stopping", "The service is stopping.", {"Retry-After": "5"})

    def withheld(self) -> frozenset[int]:
        """Return the positions of the articles that the public may not see now."""
        return self.recommender.snapshot.publications.now().as_set

    def named(self, name: str, *, is_desk: bool = False) -> str:
        """Return the id of the article or passage that a name means to a client.

        An article that the public may not see counts as missing, unless `is_desk`. Raises
        `UnknownArticle` if the name means none, `AmbiguousName` if it means several articles,
        `QueryError` for an empty one.
        """
        if not name.strip():
            raise QueryError("the name of an article is empty; give its id, address, path or title")
        snapshot = self.recommender.snapshot
        withheld = frozenset() if is_desk else self.withheld()
        try:
            place = place_of(snapshot, name, withheld)
        except ArticleNotFound:
            raise self._unknown(name, withheld) from None
        except AmbiguousName as error:
            found = [self.recommender.article(id) for id in error.ids]
            named = [{"article_id": one.article_id, "title": one.title} for one in found]
            raise SeveralArticles(str(error), named) from None
        if place.number is not None:
            check_paragraph(name, snapshot.stored(place.position), place.number)
        return place.id_in(snapshot.article(place.position))

    def article_id(self, name: str, *, is_desk: bool = False) -> str:
        """Return the id of the article that a name, also that of a passage, means; as `named`."""
        return self.recommender.article(self.named(name, is_desk=is_desk)).article_id

    def _unknown(self, name: str, withheld: frozenset[int]) -> UnknownArticle:
        """Return the error for a name, with the articles of the most similar names."""
        snapshot = self.recommender.snapshot
        hidden = hidden_articles(snapshot) | withheld
        key = key_of(name[:MAX_NAME_CHARACTERS])
        found = snapshot.names.nearest(key, hidden, SUGGESTED)
        articles = snapshot.articles(found)
        return UnknownArticle([{"article_id": one.id, "title": one.title} for one in articles])


class UnknownArticle(ArticleNotFound):
    """No article that the client may see has this name; `suggestions` have similar ones."""

    def __init__(self, suggestions: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__("no published article has this id, address, path or title")
        self.suggestions = tuple(suggestions)


class SeveralArticles(AmbiguousName):
    """A name means several articles that the client may see; `suggestions` have the first."""

    def __init__(self, message: str, suggestions: Sequence[Mapping[str, str]]) -> None:
        super().__init__(message)
        self.suggestions = tuple(suggestions)


class Archive:
    """Gives the edition that answers now; safe to share by threads."""

    def __init__(
        self, options: ServeOptions, open: Callable[[Path | str], Recommender] | None = None
    ) -> None:
        """Open the live snapshot; `open` does so another way, as with an encoder of one's own.

        Raises a `SnapshotError` if there is none, `SettingsError` for rules that cannot be read.
        """
        self._options = options
        self._open = open or self._open_folder
        self._lock = Lock()
        self.stopping = Event()
        self.reloads = 0
        self.failures = 0
        self.edition = self._opened()

    def refresh(self) -> bool:
        """Move to the newest snapshot and rules; return whether anything is new.

        If either cannot be read, the edition stays as it is, and the error is raised.
        """
        with self._lock:
            return self._refresh()

    def _refresh(self) -> bool:
        old = self.edition
        try:
            stamp = _stamp(self.rules_path)
            is_same = old.recommender.snapshot.live_name() == old.recommender.name
            if is_same and stamp == old.stamp:
                return False
            self.edition = self._renewed(old, stamp)
        except RecommenderError:
            self.failures += 1
            raise
        self.reloads += 1
        return True

    @property
    def rules_path(self) -> Path:
        """The file of the editors' rules."""
        if is_address(self._options.index):  # it has no folder: only a named file holds rules
            return Path(self._options.editorial or os.devnull)
        return Path(self._options.editorial or Path(self._options.index) / EDITORIAL_FILE)

    def _renewed(self, old: Edition, stamp: _Stamp) -> Edition:
        newer = copy(old.recommender)  # shares the loaded encoder
        newer.reload()
        newer.snapshot.publications.now()  # reads times here, in a thread, and not for a request
        if newer.snapshot.manifest.encoder != old.recommender.snapshot.manifest.encoder:
            newer = self._open(self._options.index)
        return Edition(newer, stamp, self.stopping)

    def _opened(self) -> Edition:
        stamp = _stamp(self.rules_path)
        return Edition(self._open(self._options.index), stamp, self.stopping)

    def _open_folder(self, folder: Path | str) -> Recommender:
        return Recommender.open(folder, editorial=self._options.editorial or None)


def _stamp(path: Path) -> _Stamp:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size, facts.st_ino
