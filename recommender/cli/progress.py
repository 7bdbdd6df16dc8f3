"""Show how far a build is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recommender.types import OnProgress

SECONDS_BETWEEN_LINES = 10
WORDS = {
    "read": "articles read",
    "encode": "passages encoded",
    "ask": "questions asked",
    "export": "articles exported",
    "group": "articles grouped",
    "sample": "texts read",
    "compare": "texts compared",
    "publish": "passages published",
    "recall": "questions compared with exact search",
}


@contextmanager
def progress(quiet: bool, as_json: bool = False) -> Iterator[OnProgress]:
    """Yield what `build` calls with its progress, which is shown on standard error."""
    if as_json:
        yield _Lines(_json_line)
    elif quiet:
        yield lambda stage, done, total: None
    elif sys.stderr.isatty():
        with _bars() as on_progress:
            yield on_progress
    else:
        yield _Lines(_text_line)


@contextmanager
def _bars() -> Iterator[OnProgress]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}
        started: dict[str, float] = {}

        def show(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(WORDS[stage], total=total, rate="")
                started[stage] = time.monotonic()
            seconds = time.monotonic() - started[stage]
            rate = f"{done / seconds:,.0f}/s" if seconds > 1 else ""
            bars.update(tasks[stage], completed=done, total=total, rate=rate)

        yield show


class _Lines:
    """Write a line every few seconds, and one when a stage that had work to do ends."""

    def __init__(self, line: Callable[[str, int, int | None, float], str]) -> None:
        self._line = line
        self._started: dict[str, float] = {}
        self._shown = time.monotonic()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        started = self._started.setdefault(stage, now)
        if total == 0 or (done != total and now - self._shown < SECONDS_BETWEEN_LINES):
            return
        self._shown = now
        rate = done / max(now - started, 1e-3)
        with suppress(OSError):  # the reader of standard error is gone; the build goes on
            print(self._line(stage, done, total, rate), file=sys.stderr, flush=True)


def _text_line(stage: str, done: int, total: int | None, rate: float) -> str:
    of_all = f" of {total:,}" if total else ""
    line = f"{done:,}{of_all} {WORDS[stage]}, {rate:,.0f}/s"
    if not total or done == total:
        return line
    return f"{line}, {_duration((total - done) / max(rate, 1e-3))} left"


def _duration(seconds: float) -> str:
    """Return a duration as hours, minutes and whole seconds."""
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"


def _json_line(stage: str, done: int, total: int | None, rate: float) -> str:
    return event_line(stage, done=done, total=total, per_second=round(rate, 1))


def event_line(event: str, **facts: Any) -> str:
    """Return one line of the JSON log: the event, its time and its facts."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"time": now, "event": event, **facts})
