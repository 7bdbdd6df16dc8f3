"""Compute answers on a limited number of threads, and refuse requests that would wait too long."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from recommender.serve.options import Limits
from recommender.serve.problems import Refused

Answer = TypeVar("Answer")

RETRY_SECONDS = "1"


class AnswerPool:
    """Runs functions on threads; at most so many at once, and so many waiting."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._executor = ThreadPoolExecutor(limits.threads, thread_name_prefix="answer")
        self._lock = threading.Lock()
        self._taken = 0
        self.refused = 0

    @property
    def taken(self) -> int:
        """How many functions run or wait."""
        return self._taken

    async def run(self, work: Callable[[], Answer]) -> Answer:
        """Return what `work` returns.

        Raises `Refused` (503, `busy`) if too many wait already or the answer takes too long. A
        function that has begun is not interrupted, and keeps its place until it ends.
        """
        with self._lock:
            if self._taken >= self._limits.threads + self._limits.queue:
                self.refused += 1
                raise _busy("Too many requests wait already. Try again in a moment.")
            self._taken += 1
        try:
            future = self._executor.submit(work)
        except BaseException:
            self._let_go()
            raise
        future.add_done_callback(self._let_go)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._limits.seconds)
        except TimeoutError:
            self.refused += 1
            raise _busy("The answer takes too long. Ask for less, or again in a moment.") from None

    def _let_go(self, _: Future[Any] | None = None) -> None:
        with self._lock:
            self._taken -= 1

    def close(self) -> None:
        """Wait for running functions; waiting ones are not started."""
        self._executor.shutdown(wait=True, cancel_futures=True)


def _busy(reason: str) -> Refused:
    return Refused(503, "busy", reason, {"Retry-After": RETRY_SECONDS})
