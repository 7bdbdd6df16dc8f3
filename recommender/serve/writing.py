"""Write articles that clients send: queued, several at once, each with a state to ask for.

A write waits for others to end, also for a build at night. What waits is written before the
service stops; only a crash loses it, so a client asks for the state before it forgets an article.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any, Literal

from recommender.encoders.base import Encoder
from recommender.errors import IndexLocked, RecommenderError
from recommender.serve.archive import Archive
from recommender.serve.problems import Refused
from recommender.types import BuildReport

MAX_WAITING = 500
MAX_AT_ONCE = 200
REMEMBERED = 1_000

Kind = Literal["put", "delete"]
State = Literal["waiting", "writing", "done", "failed"]
# Writes a line about an event and its facts.
Log = Callable[..., None]


@dataclass
class Write:
    """What became of one request: its state, and what the write did once it is done.

    `added`, `changed`, `removed` and `same` count articles. `left_out` says which could not be
    read, by their place in the request, and why. `missing` are ids that were to be removed and
    name no article.
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


class Writer:
    """Writes one after the other; safe to share by threads."""

    def __init__(self, folder: Path, archive: Archive, log: Log) -> None:
        self._folder = folder
        self._archive = archive
        self._log = log
        self._waiting: deque[_Job] = deque()
        self._known: OrderedDict[str, Write] = OrderedDict()
        self._lock = threading.Lock()
        self._is_closing = False
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="write")

    def put(self, articles: Sequence[Any]) -> Write:
        """Add or replace articles, rows or `Article`; raise `Refused` if too many wait."""
        return self._enqueue("put", articles)

    def delete(self, ids: Sequence[str]) -> Write:
        """Remove articles by their ids; raise `Refused` if too many wait."""
        return self._enqueue("delete", ids)

    def find(self, id: str) -> Write | None:
        """Return one of the last writes by its id."""
        return self._known.get(id)

    def close(self) -> None:
        """Write what waits and end; what waits for another writer fails."""
        self._is_closing = True
        self._executor.shutdown(wait=True)

    def _enqueue(self, kind: Kind, items: Sequence[Any]) -> Write:
        write = Write(token_hex(8), kind)
        with self._lock:
            if len(self._waiting) >= MAX_WAITING or self._is_closing:
                reason = "Too many writes wait already. Try again in a moment."
                raise Refused(503, "busy", reason, {"Retry-After": "5"})
            self._waiting.append(_Job(write, items))
            self._known[write.id] = write
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        self._executor.submit(self._work)
        return write

    def _work(self) -> None:
        """Write the jobs that wait first and are of one kind."""
        with self._lock:
            jobs: list[_Job] = []
            while self._waiting and len(jobs) < MAX_AT_ONCE:
                if jobs and self._waiting[0].write.kind != jobs[0].write.kind:
                    break
                jobs.append(self._waiting.popleft())
        if jobs:
            self._try(jobs)

    def _try(self, jobs: Sequence[_Job]) -> None:
        """Write jobs together; if anything is wrong with one, each by itself."""
        for job in jobs:
            job.write.state = "writing"
        try:
            report, missing = self._write(jobs)
            if len(jobs) > 1 and (missing or (report and report.left_out)):
                self._each(jobs)  # what is written already is the same by now
            else:
                self._done(jobs, report, missing)
        except RecommenderError as error:
            if len(jobs) > 1:
                self._each(jobs)
            else:
                self._failed(jobs[0].write, error.code, str(error))
        except Exception as error:  # the next writes are not to wait for ever
            for job in jobs:
                self._failed(job.write, "internal", "The service failed; its log says more.")
            self._log("write failed", reason=type(error).__name__)

    def _each(self, jobs: Sequence[_Job]) -> None:
        for job in jobs:
            self._try([job])

    def _write(self, jobs: Sequence[_Job]) -> tuple[BuildReport | None, list[str]]:
        """Return the report, None if there was nothing to do, and the ids that name no article."""
        from recommender.builder.write import add  # a service that only answers needs none of it

        items = [item for job in jobs for item in job.items]
        while True:
            try:
                if jobs[0].write.kind == "put":
                    return add(items, into=self._folder, model=self._encoder()), []
                return self._removed(items)
            except IndexLocked:  # a build may take an hour
                if self._is_closing:
                    raise

    def _removed(self, ids: Sequence[str]) -> tuple[BuildReport | None, list[str]]:
        from recommender.builder.write import remove

        self._archive.refresh()
        find = self._archive.edition.recommender.snapshot.find
        missing = [id for id in ids if find(id) is None]
        known = [id for id in dict.fromkeys(ids) if id not in missing]
        return (remove(known, into=self._folder) if known else None), missing

    def _encoder(self) -> Encoder:
        """Return the encoder that answers too, so that it is in memory once."""
        return self._archive.edition.recommender.load_encoder()

    def _done(
        self, jobs: Sequence[_Job], report: BuildReport | None, missing: Sequence[str]
    ) -> None:
        with suppress(RecommenderError):  # it is written; a reader looks again in a second
            self._archive.refresh()
        for job in jobs:
            write = job.write
            write.missing = list(missing)
            if report is not None:
                write.snapshot = report.snapshot
                for name in ("added", "changed", "removed", "same"):
                    setattr(write, name, getattr(report, name))
                write.left_out = [
                    {"place": one.place, "reason": one.reason} for one in report.left_out
                ]
            write.state = "done"

    def _failed(self, write: Write, code: str, detail: str) -> None:
        write.code = code
        write.detail = detail.replace(str(self._folder), "the index")[:500]
        write.state = "failed"
