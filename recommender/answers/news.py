"""Find what is new for saved searches since the last look, and remember what was looked at.

An article is new if it may be shown now and was not among those of the last look: it came with a
build or a write, or its embargo ended. The first look reports nothing and only remembers. A look is
remembered once its news are delivered. If it is broken off, the next look finds the same news, with
the time at which they were first found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np

from recommender import clock
from recommender.answers.hits import find_hits_among
from recommender.answers.look_memory import LookMemory, keep_news, read_memory, read_news
from recommender.answers.naming import hidden_articles
from recommender.answers.records import Shown
from recommender.answers.search import check_question, question_of
from recommender.answers.snapshot_encoder import LoadEncoder
from recommender.answers.watchlist import Watch
from recommender.arrays import Positions
from recommender.errors import RecommenderError
from recommender.store.json_records import WrongField, read_record
from recommender.store.snapshot import Snapshot
from recommender.system.log import logger_of
from recommender.types import ArticleRef, Hit, NewsItem

# The news that are kept for a feed: so many, and all of one look.
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

    `looked_at` counts the new articles. `is_first` says that there was no look before, so nothing
    is new. `problems` name the searches that could not be answered: they look at the same articles
    again. `kept` holds the records of the last news, of this look and earlier ones, the newest
    first, for a feed.
    """

    snapshot: str
    watches: int
    looked_at: int
    is_first: bool
    items: tuple[NewsItem, ...]
    problems: tuple[WatchProblem, ...] = ()
    kept: tuple[dict[str, Any], ...] = ()
    folder: Path = field(default=Path(), repr=False, compare=False)
    memory: LookMemory | None = field(default=None, repr=False, compare=False)

    def remember(self) -> None:
        """Remember this look, so that the next one does not report its news again.

        Call it once the news are delivered. Raises `StorageError` if it cannot be remembered.
        """
        if self.memory is not None:
            self.memory.write(self.folder)

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
    """Return the news of saved searches since the last look; `remember` of it ends the look.

    The news are kept for the feed of later looks. Raises `StorageError` if they cannot be.
    """
    folder, hashes = snapshot.folder, snapshot.columns.id_hashes
    visible = snapshot.columns.live_articles.copy()
    visible[snapshot.columns.withheld] = False
    now = np.unique(hashes[visible])
    before = read_memory(folder)
    known = now if before.known is None else before.known
    fresh = now[~np.isin(now, known)]
    found: list[NewsItem] = []
    problems: list[WatchProblem] = []
    for watch in watches:
        wanted = np.union1d(fresh, before.owed_to(watch.name))
        new = np.flatnonzero(visible & np.isin(hashes, wanted))
        outcome = _look(snapshot, watch, new, load_encoder)
        if isinstance(outcome, WatchProblem):
            problems.append(outcome)
        else:
            found += outcome
    earlier = read_news(folder)
    items = _as_found_first(found, earlier, before.mark)
    kept = _kept(items, earlier, before.mark)
    if items:
        keep_news(folder, kept)
    failed = [one.watch for one in problems]
    return NewsAnswer(
        snapshot=snapshot.name,
        watches=len(watches),
        looked_at=len(fresh),
        is_first=before.known is None,
        items=items,
        problems=tuple(problems),
        kept=kept,
        folder=folder,
        memory=before.after(now, fresh, [one.name for one in watches], failed),
    )


def last_news(snapshot: Snapshot) -> tuple[NewsItem, ...]:
    """Return the news of the last looks, the newest first, of articles that may be shown now."""
    return tuple(_shown_now(snapshot, read_news(snapshot.folder)))


def _shown_now(snapshot: Snapshot, rows: Iterable[Any]) -> Iterator[NewsItem]:
    hidden = hidden_articles(snapshot)
    for row in rows:
        try:
            item = read_record(NewsItem, row)
        except WrongField:  # a stranger may have written the file
            continue
        position = snapshot.find(item.article_id)
        if position is not None and position not in hidden:
            yield item


def _as_found_first(
    items: Sequence[NewsItem], earlier: Sequence[dict[str, Any]], mark: str
) -> tuple[NewsItem, ...]:
    """Return news with the times at which an earlier look, not remembered, found them."""
    times = {_key(one): one["found"] for one in earlier if one.get("look") == mark}
    return tuple(replace(one, found=times.get(_key(asdict(one)), one.found)) for one in items)


def _kept(
    items: Sequence[NewsItem], earlier: Sequence[dict[str, Any]], mark: str
) -> tuple[dict[str, Any], ...]:
    """Return the records to keep, the newest first; each search has an article once."""
    if not items:
        return tuple(earlier)
    rows = [{**asdict(one), "look": mark} for one in items]
    here = set(map(_key, rows))
    older = (one for one in earlier if _key(one) not in here)
    return (*rows, *older)[: max(KEPT_NEWS, len(rows))]


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return row["watch"], row["article_id"]


def _look(
    snapshot: Snapshot, watch: Watch, new: Positions, load_encoder: LoadEncoder
) -> list[NewsItem] | WatchProblem:
    """Return the new articles that answer a search; a failed search does not stop the others.

    A search that is wrong is reported at once, even if nothing is new.
    """
    try:
        if not len(new):
            check_question(snapshot, watch.search, watch.options)
            return []
        # Each new article is reported: a copy that is left out now would never be reported.
        options = replace(watch.options, include_copies=True)
        asked = question_of(snapshot, watch.search, options, load_encoder)
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
