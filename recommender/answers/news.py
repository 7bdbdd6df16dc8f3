"""Find what is new for saved searches since the last look, and remember what was looked at.

An article is new if it may be shown now and was not among those of the last look: it came with a
build or a write, or its embargo ended. The first look says nothing and only remembers. What is
remembered lies beside the index, in a file of its own. A look that is broken off says the same
again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np

from recommender import clock
from recommender.answers.hits import find_hits_among
from recommender.answers.records import Shown
from recommender.answers.search import question_of
from recommender.answers.snapshot_encoder import LoadEncoder
from recommender.answers.watchlist import Watch
from recommender.arrays import Mask
from recommender.errors import RecommenderError, StorageError
from recommender.safe_open import MOST_BYTES, Depth, read_bytes
from recommender.scoring.shingles import Hashes
from recommender.store.files import place
from recommender.store.snapshot import Snapshot
from recommender.system.log import logger_of
from recommender.types import ArticleRef, Hit, NewsItem

# The ids of the articles of the last look, by their hashes in order, and the last news.
WATCHED, LAST_NEWS = ".watched", ".news.json"
_HEAD = b"recommender watched 1\n\n\n"  # a whole number of hashes long
# So many news are kept for a feed.
KEPT_NEWS = 100

_LOG = logger_of(__name__)


@dataclass(frozen=True, slots=True)
class WatchProblem:
    """A saved search that could not be answered, and why."""

    watch: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsAnswer(Shown):
    """What is new for saved searches, search by search, the best match first.

    `looked_at` counts the new articles. `is_first` says that nothing was remembered, so that none
    is new. `problems` name the searches that could not be answered. `kept` holds the records of the
    last news of this look and earlier ones, the newest first, for a feed.
    """

    snapshot: str
    watches: int
    looked_at: int
    is_first: bool
    items: tuple[NewsItem, ...]
    problems: tuple[WatchProblem, ...] = ()
    kept: tuple[dict[str, Any], ...] = ()

    def found(self) -> Sequence[NewsItem]:
        """Return the news."""
        return self.items

    def rows(self) -> list[dict[str, Any]]:
        """Return a record for each of the news."""
        return [asdict(one) for one in self.items]

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as the command line gives it with `--format json`."""
        return {
            "snapshot": self.snapshot,
            "watches": self.watches,
            "looked_at": self.looked_at,
            "is_first": self.is_first,
            "news": self.rows(),
            "problems": [asdict(one) for one in self.problems],
        }


def look_for_news(
    snapshot: Snapshot, watches: Sequence[Watch], load_encoder: LoadEncoder
) -> NewsAnswer:
    """Return the news of saved searches since the last look, and remember this one.

    Raises `StorageError` if it cannot be remembered.
    """
    visible = snapshot.columns.live_articles.copy()
    visible[snapshot.columns.withheld] = False
    hashes = snapshot.columns.id_hashes
    now = np.unique(hashes[visible])
    before = _read_watched(snapshot.folder)
    new: Mask = visible & ~np.isin(hashes, now if before is None else before)
    found = [_look(snapshot, one, new, load_encoder) for one in watches] if new.any() else []
    items = tuple(item for each in found if not isinstance(each, WatchProblem) for item in each)
    kept = (*map(asdict, items), *_read_last(snapshot.folder))[:KEPT_NEWS]
    try:
        if items:
            with place(snapshot.folder / LAST_NEWS) as stream:
                stream.write(json.dumps(kept, default=str, indent=1).encode())
        if before is None or not np.array_equal(before, now):
            with place(snapshot.folder / WATCHED) as stream:
                stream.write(_HEAD + now.astype("<u8").tobytes())
    except OSError as error:
        raise StorageError(
            f"{error.filename or snapshot.folder}: what is new cannot be remembered: "
            f"{error.strerror}"
        ) from error
    return NewsAnswer(
        snapshot=snapshot.name,
        watches=len(watches),
        looked_at=int(np.count_nonzero(new)),
        is_first=before is None,
        items=items,
        problems=tuple(one for one in found if isinstance(one, WatchProblem)),
        kept=kept,
    )


def _look(
    snapshot: Snapshot, watch: Watch, new: Mask, load_encoder: LoadEncoder
) -> list[NewsItem] | WatchProblem:
    """Return the new articles that answer a search; one that cannot be asked stops no other."""
    try:
        asked = question_of(snapshot, watch.search, watch.options, load_encoder)
        hits = find_hits_among(snapshot, asked.vectors, asked.query, asked.allowed, new)
    except RecommenderError as error:
        _LOG.warning("saved search %r: %s", watch.name, error)
        return WatchProblem(watch.name, str(error))
    return list(_items(watch, hits))


def _items(watch: Watch, hits: Sequence[Hit]) -> Iterator[NewsItem]:
    found = clock.now().astimezone(UTC).isoformat(timespec="seconds")
    names = ArticleRef.__dataclass_fields__
    for hit in hits:
        yield NewsItem(
            **{name: getattr(hit, name) for name in names},
            watch=watch.name,
            found=found,
            confidence=hit.confidence,
            strength=hit.strength,
            passage_id=hit.passage_id,
            text=hit.text,
        )


def _read_watched(folder: Path) -> Hashes | None:
    """Return the hashes of the last look, None if there was none or its file is damaged."""
    try:
        data = read_bytes(folder / WATCHED, Depth.INDEX)
    except OSError:
        return None
    if not data.startswith(_HEAD) or len(data) % 8:
        return None
    return np.frombuffer(data, "<u8", offset=len(_HEAD)).astype(np.uint64)


def _read_last(folder: Path) -> list[dict[str, Any]]:
    """Return the records of earlier news; what a stranger made of the file is passed over."""
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
