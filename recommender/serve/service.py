"""Hold what the requests of one process share: the archive, the threads and the counters."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from recommender import clock
from recommender.answers.recommender import Recommender
from recommender.serve.access import Access, Doorkeeper
from recommender.serve.archive import Archive, Edition
from recommender.serve.guard import WriteLine, write_log
from recommender.serve.metrics import Metric, Requests
from recommender.serve.options import ServeOptions
from recommender.serve.pool import AnswerPool
from recommender.serve.problems import described
from recommender.serve.writing import Writer
from recommender.version import __version__

Answer = TypeVar("Answer")


@dataclass
class Service:
    """Answers from the newest snapshot, on a bounded number of threads."""

    options: ServeOptions
    archive: Archive
    pool: AnswerPool
    long_pool: AnswerPool
    doorkeeper: Doorkeeper
    requests: Requests = field(default_factory=Requests)
    write: WriteLine = write_log
    is_stopping: bool = False
    writer: Writer | None = None
    # What runs as long as the service does.
    beside: list[Callable[[], AbstractAsyncContextManager[Any]]] = field(default_factory=list)

    @classmethod
    def start(
        cls,
        options: ServeOptions,
        open: Callable[[Path | str], Recommender] | None = None,
        write: WriteLine = write_log,
    ) -> Service:
        """Open the index; `open` may do so another way.

        Raises a `SnapshotError` if there is none.
        """
        archive = Archive(options, open)
        pool, doorkeeper = AnswerPool(options.limits), Doorkeeper(options)
        long_pool = AnswerPool(replace(options.limits, threads=1, queue=0))
        service = cls(options, archive, pool, long_pool, doorkeeper, write=write)
        if options.write_token:
            service.writer = Writer(Path(options.index), archive, service.log)
        return service

    async def answer(self, ask: Callable[[Edition], Answer], *, is_long: bool = False) -> Answer:
        """Return what `ask` makes of the edition that answers now.

        What `is_long` has a thread of its own, on which nothing waits: others are refused.
        """
        edition = self.archive.edition
        pool = self.long_pool if is_long else self.pool
        return await pool.run(lambda: ask(edition))

    def tag(self, access: Access, *question: str | bytes) -> str:
        """Return the ETag of the answer to a question: another whenever the answer may differ."""
        edition = self.archive.edition
        withheld = edition.recommender.snapshot.publications.now()
        state = f"{__version__} {edition.id} {access} {clock.now().date()} {withheld.id}"
        parts = [one.encode() if isinstance(one, str) else one for one in (state, *question)]
        digest = hashlib.sha256(b"\0".join(parts)).hexdigest()
        return f'W/"{digest[:32]}"'

    @asynccontextmanager
    async def lifespan(self, _: object) -> AsyncIterator[None]:
        """Look for newer snapshots while the service runs, and let answers end when it stops."""
        await asyncio.to_thread(self._warm)
        task = asyncio.create_task(self._follow())
        try:
            async with AsyncExitStack() as stack:
                for run in self.beside:
                    await stack.enter_async_context(run())
                yield
        finally:
            self.is_stopping = True
            self.archive.stopping.set()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self.pool.close()
            self.long_pool.close()
            if self.writer is not None:
                await asyncio.to_thread(self.writer.close)

    def _warm(self) -> None:
        """Load the model before the first question; what needs none is answered without it."""
        try:
            self.archive.edition.recommender.search("a", k=1)
        except Exception as error:
            self.log("model not loaded", reason=described(error))

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(self.options.reload_seconds)
            try:
                if await asyncio.to_thread(self.archive.refresh):
                    name = self.archive.edition.recommender.name
                    self.log("reloaded", snapshot=name)
            except Exception as error:  # the service goes on with the snapshot that it has
                self.log("reload failed", reason=described(error))

    def log(self, event: str, **facts: str) -> None:
        """Write a line of JSON about something that is no request."""
        self.write(json.dumps({"event": event, **facts}))

    def metrics(self) -> list[Metric]:
        """Return the figures of this process."""
        edition = self.archive.edition
        manifest = edition.recommender.snapshot.manifest
        taken = self.pool.taken + self.long_pool.taken
        refused = self.pool.refused + self.long_pool.refused
        return [
            *self.requests.metrics(),
            _one("recommender_answers_waiting", "gauge", "Answers that run or wait.", taken),
            _one(
                "recommender_busy_total",
                "counter",
                "Requests refused as too many.",
                refused,
            ),
            _one(
                "recommender_reloads_total",
                "counter",
                "Newer snapshots or rules taken up.",
                self.archive.reloads,
            ),
            _one(
                "recommender_reload_failures_total",
                "counter",
                "Newer snapshots or rules that could not be read.",
                self.archive.failures,
            ),
            _one("recommender_articles", "gauge", "Articles of the index.", manifest.articles),
            _one("recommender_passages", "gauge", "Passages of the index.", manifest.passages),
            Metric(
                "recommender_snapshot",
                "gauge",
                "The snapshot that answers.",
                [({"name": edition.recommender.name, "created": manifest.created}, 1)],
            ),
        ]


def _one(name: str, kind: str, help: str, value: float) -> Metric:
    return Metric(name, kind, help, [({}, value)])
