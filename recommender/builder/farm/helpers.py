"""Let processes of this machine do tasks.

They are started without anything that the program itself has loaded or opened. So a build may use
them from any thread of any program. If a process is lost, for example because memory is low, its
task is done again.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from threading import Lock
from typing import Any

from recommender import errors
from recommender.builder.farm.helper import COUNT, DONE, REFUSED, write_line
from recommender.builder.farm.tasks import Task, Workbench
from recommender.errors import ProcessLost, RecommenderError
from recommender.passages.cutter import TokenCounter
from recommender.settings import Settings
from recommender.system.processes import ONE_THREAD, command_of

# So many tasks are handed out for each process, so that none is idle.
WAITING = 2
# A task whose process was lost is done again at most so often.
TRIES = 3


class Helpers:
    """Processes that do tasks; this one does the first `here_first`, or all with a `count` of 1."""

    def __init__(
        self, settings: Settings, counter: TokenCounter, count: int, here_first: int = 0
    ) -> None:
        self._settings = settings
        self._counter = counter
        self._count = count
        self._bench = Workbench(settings, counter)
        self._here_first = here_first
        self._done = 0
        self._lock = Lock()
        self._counting = Lock()
        self._idle: list[_Helper] = []
        self._all: list[_Helper] = []
        self._is_closed = False
        self._threads: ThreadPoolExecutor | None = None

    def map(self, tasks: Iterable[Task]) -> Iterator[Any]:
        """Yield the result of each task, in order; few are taken from `tasks` ahead of that.

        Raises `ProcessLost` if a task cannot be done because its process ends each time.
        """
        waiting: deque[Future[Any]] = deque()
        for task in tasks:
            if self._count == 1 or self._done < self._here_first:
                self._done += 1
                yield self._bench.do(task)
                continue
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._count, "helpers of a build")
            waiting.append(self._threads.submit(self._do, task))
            if len(waiting) > WAITING * self._count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def close(self) -> None:
        """End the processes, whatever they do."""
        with self._lock:
            self._is_closed = True
        for helper in self._all:
            helper.close()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
            self._threads = None

    def _do(self, task: Task) -> Any:
        for _ in range(TRIES):
            helper = self._taken()
            try:
                result = helper.do(task)
            except ProcessLost:
                helper.close()
                continue
            with self._lock:
                self._idle.append(helper)
            return result
        raise ProcessLost(
            "each process that cut articles was ended, probably for lack of memory; "
            "build again with --processes 1"
        )

    def _taken(self) -> _Helper:
        with self._lock:
            if self._is_closed:
                raise ProcessLost("the build has ended")
            if self._idle:
                return self._idle.pop()
            helper = _Helper(self._settings, self._counter, self._counting)
            self._all.append(helper)
            return helper


class _Helper:
    """A process that does one task at a time."""

    def __init__(self, settings: Settings, counter: TokenCounter, counting: Lock) -> None:
        self._counter = counter
        self._counting = counting
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command_of("recommender.builder.farm.helper", "main()"),
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            env=os.environ | ONE_THREAD,
        )
        with suppress(OSError):
            self._say({"settings": asdict(settings)})

    def do(self, task: Task) -> Any:
        """Do a task; raise `ProcessLost` if the process ends before."""
        answer = self._asked(task)
        while answer[0] == COUNT:
            with self._counting:  # tokenizers do not support several threads
                counts = self._counter.count_tokens(answer[1])
            answer = self._asked(counts)
        if answer[0] == DONE:
            return answer[1]
        if answer[0] == REFUSED:
            raise OSError(*answer[1:])
        raise _error(*answer[1:])

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        self._process.wait()

    def _say(self, value: Any) -> None:
        assert self._process.stdin is not None
        write_line(self._process.stdin, value)

    def _asked(self, value: Any) -> list[Any]:
        """Return the answer to a task, or to the counts that it asked for."""
        assert self._process.stdout is not None
        try:
            self._say(value)
            answer = json.loads(self._process.stdout.readline())
        except (OSError, ValueError) as error:
            raise ProcessLost("a process that does a share of the work has ended") from error
        return list(answer)


def _error(kind: str, message: str) -> RecommenderError:
    """Return the error that a task raised."""
    found = getattr(errors, kind, None)
    if isinstance(found, type) and issubclass(found, RecommenderError):
        return found(message)
    return RecommenderError(f"a process that did a share of the work failed: {message}")
