"""Write articles that clients send: queued, several at once, each with a state to ask for.

A write waits for others to end, also for a build at night. What waits is written before the
service stops; only a crash loses it, so a client asks for the state before it forgets an article.
Writes of one article are done in the order they came.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any, Literal

from recommender.articles.clean import whole
from recommender.encoders.base import Encoder
from recommender.errors import ArticleNotFound, IndexLocked, RecommenderError
from recommender.serve.archive import Archive
from recommender.serve.problems import Refused, described
from recommender.types import Article, BuildReport

MAX_WAITING = 500
# Of the bodies that wait; they take some times as much as values.
MAX_WAITING_BYTES = 64 * 1024 * 1024
MAX_AT_ONCE = 200
REMEMBERED = 1_000

Kind = Literal["put", "delete"]
State = Literal["waiting", "writing", "done", "failed"]
# Writes a line about an event and its facts.
Log = Callable[..., None]


@dataclass
class Write:
    """What became of one request: its state, and what the write did once it is done.

    `added`, `changed`, `removed` and `same` count articles, for writes that were done at once of
    all of them together. `left_out` says which could not be read, by their place in the request,
    and why. `missing` are ids that were to be removed and name no article.
    """

    id: str
    kind: Kind
    state: State = "waiting"
    snapshot: str = ""
    added: int = 0
    changed: int = 0
    removed: int = 0
    same: int = 0
    left_out: list[dict[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    code: str = ""
    detail: str = ""

    def json(self) -> dict[str, Any]:
        """Return the state as a client reads it."""
        return asdict(self)


@dataclass
class _Job:
    write: Write
    items: Sequence[Any]
    size: int
    ids: frozenset[str]


class Writer:
    """Writes one after the other; safe to share by threads."""

    def __init__(self, folder: Path, archive: Archive, log: Log) -> None:
        self._folder = folder
        self._archive = archive
        self._log = log
        self._waiting: deque[_Job] = deque()
        self._waiting_bytes = 0
        self._known: OrderedDict[str, Write] = OrderedDict()
        self._lock = threading.Lock()
        self._is_closing = False
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="write")

    def put(self, articles: Sequence[Any], size: int = 0) -> Write:
        """Add or replace articles, rows or `Article`, that came as `size` bytes.

        Raises `Refused` (503) if too many wait, (422) if two have the same id.
        """
        return self._enqueue("put", articles, size)

    def delete(self, ids: Sequence[str]) -> Write:
        """Remove articles by their ids; raise `Refused` (503) if too many wait."""
        return self._enqueue("delete", list(dict.fromkeys(ids)))

    def find(self, id: str) -> Write | None:
        """Return one of the last writes by its id."""
        return self._known.get(id)

    def close(self) -> None:
        """Write what waits and end; what waits for another writer fails."""
        with self._lock:
            self._is_closing = True
        self._executor.shutdown(wait=True)

    def _enqueue(self, kind: Kind, items: Sequence[Any], size: int = 0) -> Write:
        write = Write(token_hex(8), kind)
        ids = [id_of(item) for item in items]
        job = _Job(write, items, size, frozenset(ids))
        if len(job.ids) < len(ids):
            twice = next(id for id in ids if ids.count(id) > 1)
            raise Refused(422, "bad_query", f"id {twice[:80]!r} is given twice; give each once")
        with self._lock:
            if self._is_full(size) or self._is_closing:
                reason = "Too many writes wait already. Try again in a moment."
                raise Refused(503, "busy", reason, {"Retry-After": "5"})
            self._waiting.append(job)
            self._waiting_bytes += size
            self._known[write.id] = write
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            self._executor.submit(self._work)  # under the lock: none after the shutdown
        return write

    def _is_full(self, size: int) -> bool:
        """Return whether one more write does not fit; a large one fits if none waits."""
        is_heavy = self._waiting_bytes + size > MAX_WAITING_BYTES
        return len(self._waiting) >= MAX_WAITING or (bool(self._waiting) and is_heavy)

    def _work(self) -> None:
        """Write the jobs that wait first, are of one kind and name no article twice."""
        with self._lock:
            jobs: list[_Job] = []
            ids: set[str] = set()
            while self._waiting and len(jobs) < MAX_AT_ONCE:
                following = self._waiting[0]
                is_same_kind = not jobs or following.write.kind == jobs[0].write.kind
                if not is_same_kind or not ids.isdisjoint(following.ids):
                    break
                jobs.append(self._waiting.popleft())
                ids |= following.ids
                self._waiting_bytes -= following.size
        if jobs:
            self._try(jobs)

    def _try(self, jobs: Sequence[_Job]) -> None:
        """Write jobs together; if anything is wrong with one, each by itself."""
        for job in jobs:
            job.write.state = "writing"
        try:
            report, missing = self._write(jobs)
        except Exception as error:  # the next writes are not to wait for ever
            if not isinstance(error, RecommenderError):
                self._log("write failed", reason=described(error))
            if len(jobs) > 1:
                self._each(jobs)
            else:
                self._failed(jobs[0].write, error)
            return
        if len(jobs) > 1 and report and report.left_out:
            self._each(jobs)  # what is written already is the same by now
        else:
            self._done(jobs, report, missing)

    def _each(self, jobs: Sequence[_Job]) -> None:
        for job in jobs:
            self._try([job])

    def _write(self, jobs: Sequence[_Job]) -> tuple[BuildReport | None, frozenset[str]]:
        """Return the report, None if there was nothing to do, and the ids that name no article."""
        from recommender.builder.write import add  # a service that only answers needs none of it

        items = [item for job in jobs for item in job.items]
        while True:
            try:
                if jobs[0].write.kind == "put":
                    return add(items, into=self._folder, model=self._encoder()), frozenset()
                return self._removed(items)
            except IndexLocked:  # a build may take an hour
                if self._is_closing:
                    raise
            except ArticleNotFound:  # another writer removed it meanwhile: look again
                continue

    def _removed(self, ids: Sequence[str]) -> tuple[BuildReport | None, frozenset[str]]:
        """Remove those that are there; the rules are not needed, and may be unreadable."""
        from recommender.builder.opened import OPENED
        from recommender.builder.write import remove

        find = OPENED.snapshot(self._folder).find
        missing = frozenset(id for id in ids if find(whole(id)) is None)
        known = [id for id in ids if id not in missing]
        return (remove(known, into=self._folder) if known else None), missing

    def _encoder(self) -> Encoder:
        """Return the encoder that answers too, so that it is in memory once."""
        return self._archive.edition.recommender.load_encoder()

    def _done(
        self, jobs: Sequence[_Job], report: BuildReport | None, missing: frozenset[str]
    ) -> None:
        try:
            self._archive.refresh()
        except Exception as error:  # it is written; a reader looks again in a second
            self._log("reload failed", reason=described(error))
        for job in jobs:
            write = job.write
            write.missing = [id for id in job.items if id in missing] if missing else []
            if report is not None:
                write.snapshot = report.snapshot
                for name in ("added", "changed", "removed", "same"):
                    setattr(write, name, getattr(report, name))
                write.left_out = [
                    {"place": one.place, "reason": one.reason} for one in report.left_out
                ]
            if write.kind == "delete":
                write.removed = len(job.ids) - len(write.missing)
            write.state = "done"

    def _failed(self, write: Write, error: Exception) -> None:
        is_ours = isinstance(error, RecommenderError)
        detail = str(error) if is_ours else "The service failed; its log says more."
        write.code = error.code if isinstance(error, RecommenderError) else "internal"
        write.detail = detail.replace(str(self._folder), "the index")[:500]
        write.state = "failed"


def id_of(item: Any) -> str:
    """Return the id of an article, a row or an id as the index names it."""
    if isinstance(item, Article):
        return item.id.strip()
    return str(item["id"] if isinstance(item, dict) else item)
