"""Remember the last look for news beside the index: its articles, and what searches missed.

A search that could not be answered is owed the articles that were new then. These files are written
without the writer's lock. A file that does not have our form is ignored.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recommender.errors import StorageError
from recommender.safe_open import MOST_BYTES, Depth, read_bytes
from recommender.scoring.shingles import Hashes
from recommender.store.files import place

# The articles of the last look, and the last news, also of looks that are not remembered yet.
WATCHED, LAST_NEWS = ".watched", ".news.json"
_HEAD = b"recommender watched 1\n\n\n"  # a whole number of hashes long
_HEAD_OWED = b"recommender watched 2\n\n\n"  # then a line of JSON, then the hashes
# Beyond so many, the oldest owed articles are dropped: a search may fail for ever.
MOST_OWED, MOST_DEBTS = 100_000, 20
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Owed:
    """The hashes of articles that some searches, by name, have not looked at yet."""

    watches: frozenset[str]
    articles: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LookMemory:
    """What is known of a look; `known` is None before the first, `mark` names this memory."""

    known: Hashes | None
    owed: tuple[Owed, ...] = ()
    mark: str = ""
    is_written: bool = False

    def owed_to(self, watch: str) -> Hashes:
        """Return the hashes of the articles that a search has not looked at yet, in order."""
        return _hashes(at for one in self.owed if watch in one.watches for at in one.articles)

    def after(
        self, now: Hashes, fresh: Hashes, watches: Sequence[str], failed: Sequence[str]
    ) -> LookMemory:
        """Return the memory after a look at the articles `now`, of which `fresh` were new."""
        still = frozenset(failed)
        owed: dict[frozenset[str], dict[int, None]] = {}
        debts = [*self.owed, Owed(still, tuple(fresh.tolist()))]
        for one in debts:
            if names := one.watches & still & frozenset(watches):
                owed.setdefault(names, {}).update(dict.fromkeys(one.articles))
        kept = tuple(
            Owed(names, tuple(articles)[-MOST_OWED:])
            for names, articles in owed.items()
            if articles
        )[-MOST_DEBTS:]
        same = self.known is not None and np.array_equal(self.known, now) and kept == self.owed
        return LookMemory(now, kept, self.mark if same else secrets.token_hex(8), same)

    def write(self, folder: Path) -> None:
        """Write the memory beside the index; raise `StorageError` if it cannot be written."""
        if self.is_written or self.known is None:
            return
        owed = [{"watches": sorted(one.watches), "articles": one.articles} for one in self.owed]
        line = json.dumps({"mark": self.mark, "owed": owed}).encode()
        line += b" " * (-(len(line) + 1) % 8) + b"\n"
        _place(folder / WATCHED, _HEAD_OWED + line + self.known.astype("<u8").tobytes())


def read_memory(folder: Path) -> LookMemory:
    """Return the memory of the last look; it is empty without a look or if its file is damaged."""
    nothing = LookMemory(None)
    try:
        data = read_bytes(folder / WATCHED, Depth.INDEX)
    except OSError:
        return nothing
    if len(data) % 8:
        return nothing
    if data.startswith(_HEAD):
        return LookMemory(_read_hashes(data, len(_HEAD)))
    end = data.find(b"\n", len(_HEAD_OWED)) + 1
    if not data.startswith(_HEAD_OWED) or not 0 < end <= MOST_BYTES >> 2 or end % 8:
        return nothing
    try:
        line = json.loads(data[len(_HEAD_OWED) : end])
        owed = tuple(
            Owed(frozenset(map(str, one["watches"])), _numbers(one["articles"]))
            for one in line["owed"]
        )
        mark = str(line["mark"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return nothing
    return LookMemory(_read_hashes(data, end), owed, mark)


def read_news(folder: Path) -> list[dict[str, Any]]:
    """Return the records of earlier news, the newest first."""
    try:
        found = json.loads(read_bytes(folder / LAST_NEWS, Depth.INDEX, MOST_BYTES >> 4))
    except (OSError, ValueError, RecursionError):
        return []
    names = ("watch", "found", "article_id", "title", "url", "date", "text")
    return [
        one
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict) and all(isinstance(one.get(name), str) for name in names)
    ]


def keep_news(folder: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Keep the records of news; raise `StorageError` if that cannot be."""
    _place(folder / LAST_NEWS, json.dumps(rows, default=str, indent=1).encode())


def _place(path: Path, data: bytes) -> None:
    """Put a file at `path`; a writer that starts meanwhile may remove the unfinished file."""
    for tried in range(1, _TRIES + 1):
        try:
            with place(path) as stream:
                stream.write(data)
            return
        except FileNotFoundError as error:
            if tried == _TRIES:
                raise _refusal(path, error) from error
        except OSError as error:
            raise _refusal(path, error) from error


def _refusal(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{error.filename or path}: what is new cannot be remembered: {error.strerror}"
    )


def _read_hashes(data: bytes, start: int) -> Hashes:
    return np.frombuffer(data, "<u8", offset=start).astype(np.uint64)


def _numbers(values: Any) -> tuple[int, ...]:
    return tuple(np.array(values, np.uint64).ravel().tolist())


def _hashes(values: Iterable[int]) -> Hashes:
    return np.unique(np.array([*values], np.uint64))
