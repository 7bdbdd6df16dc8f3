"""Work on batches in several processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from recommender.errors import ProcessLost
from recommender.system.processes import ONE_THREAD

# So many batches wait for each process: enough that none is idle, few enough to fit in memory.
WAITING = 2

_work: Callable[[Any], Any] | None = None


def in_processes(
    maker: str, arguments: tuple[Any, ...], batches: Iterable[Any], count: int
) -> Iterator[Any]:
    """Yield the result of each batch, in order, from `count` processes.

    `maker` is `module:function`: called with `arguments` in each process, it returns the function
    that works on a batch. The processes end with this one, even if it is killed; this one handles
    an interrupt. Raises `ProcessLost` if something else ended a process, such as the system when
    memory is low.
    """
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, context, _start, (maker, arguments))
    waiting: deque[Future[Any]] = deque()
    try:
        for batch in batches:
            with _one_thread_each():  # a process starts when there is work for it
                waiting.append(pool.submit(_do, batch))
            if len(waiting) > WAITING * count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise ProcessLost(
            "a process was ended during its work, probably for lack of memory; run the same "
            "command again, with --processes 1 if it fails again"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes that start meanwhile compute with one thread.

    The first import of a process may be a library that computes.
    """
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _start(maker: str, arguments: tuple[Any, ...]) -> None:
    global _work
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    module, _, function = maker.partition(":")
    _work = getattr(import_module(module), function)(*arguments)


def _do(batch: Any) -> Any:
    assert _work is not None
    return _work(batch)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
