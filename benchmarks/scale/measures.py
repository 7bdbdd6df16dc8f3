"""Measure calls in a process: their milliseconds, calls a second, and the memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

T = TypeVar("T")

WARM_CALLS = 50
THREADS = (1, 2, 4)
SECONDS_EACH = 3.0


def latencies(call: Callable[[T], object], asked: Sequence[T]) -> dict[str, float]:
    """Return the percentiles of a call's milliseconds, one call at a time."""
    for one in asked[:WARM_CALLS]:
        call(one)
    taken = []
    for one in asked:
        started = time.perf_counter()
        call(one)
        taken.append(1000 * (time.perf_counter() - started))
    shares = {"p50": 50, "p95": 95, "p99": 99}
    return {name: round(float(np.percentile(taken, at)), 3) for name, at in shares.items()}


def rates(call: Callable[[T], object], asked: Sequence[T]) -> dict[str, float]:
    """Return calls a second from 1, 2 and 4 threads."""
    return {str(count): _rate(call, asked, count) for count in THREADS}


def _rate(call: Callable[[T], object], asked: Sequence[T], threads: int) -> float:
    done = [0] * threads
    started = time.perf_counter()

    def ask(number: int) -> None:
        while time.perf_counter() < started + SECONDS_EACH:
            call(asked[(number + done[number] * threads) % len(asked)])
            done[number] += 1

    workers = [threading.Thread(target=ask, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return round(sum(done) / (time.perf_counter() - started), 1)


def memory() -> dict[str, float]:
    """Return this process's resident megabytes: all, its own, and of files that others share."""
    facts: dict[str, float] = {}
    for line in Path("/proc/self/smaps_rollup").read_text(encoding="utf-8").splitlines()[1:]:
        name, _, rest = line.partition(":")
        facts[name] = int(rest.split()[0]) / 1024
    return {
        "resident_mb": round(facts["Rss"], 1),
        "own_mb": round(facts["Anonymous"], 1),
        "files_mb": round(facts["Rss"] - facts["Anonymous"], 1),
    }
