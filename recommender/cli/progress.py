"""Shows how far a build is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from recommender.render.text_layout import one_line
from recommender.types import NoticeCount, NoticeKind, Refusal

if TYPE_CHECKING:
    from recommender.types import OnProgress

# Rows of a file that are named for one reason; of the others their number tells enough.
NAMED_ROWS = 3

SECONDS_BETWEEN_LINES = 10
WORDS = {
    "read": "articles read",
    "encode": "passages encoded",
    "ask": "questions asked",
    "export": "articles exported",
}

NOTICE_WORDS = {
    NoticeKind.UNPUBLISHED: "not published",
    NoticeKind.REPLACED: "replaced",
    NoticeKind.DATE: "dates",
    NoticeKind.FIELD: "fields",
    NoticeKind.STATUS: "status",
}


@contextmanager
def progress(quiet: bool, as_json: bool = False) -> Iterator[OnProgress]:
    """Yield what `build` calls with its progress; everything is shown on standard error."""
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
    """Writes a line every few seconds, and the last one of each stage that had something to do."""

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
        with suppress(OSError):  # nobody listens any more: no reason to stop the build
            print(self._line(stage, done, total, rate), file=sys.stderr, flush=True)


def _text_line(stage: str, done: int, total: int | None, rate: float) -> str:
    of_all = f" of {total:,}" if total else ""
    line = f"{done:,}{of_all} {WORDS[stage]}, {rate:,.0f}/s"
    if not total or done == total:
        return line
    return f"{line}, {_duration((total - done) / max(rate, 1e-3))} left"


def _duration(seconds: float) -> str:
    """Return a duration as hours, minutes and seconds, which it is rounded to."""
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"


def _json_line(stage: str, done: int, total: int | None, rate: float) -> str:
    return event_line(stage, done=done, total=total, per_second=round(rate, 1))


def event_line(event: str, **facts: Any) -> str:
    """Return one line of the JSON log: what happened, when, and the facts of it."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"time": now, "event": event, **facts})


def notice_lines(counts: Iterable[NoticeCount]) -> Iterator[str]:
    """Yield a line for each thing that was counted and not refused."""
    for one in counts:
        places = ", ".join(map(one_line, one.places))
        more = ", …" if one.count > len(one.places) else ""
        example = f", for example {one_line(one.example)!r}" if one.example else ""
        what = f"{NOTICE_WORDS[one.kind]}: {one.count:,} {one_line(one.reason)}{example}"
        yield f"{what} ({places}{more})"


def left_out_lines(refusals: Iterable[Refusal]) -> Iterator[str]:
    """Yield a line for each refusal, but for rows of a file beyond the first few one for all."""
    counts: Counter[tuple[str, str]] = Counter()
    for refusal in refusals:
        file, _, row = refusal.place.rpartition(":")
        if row.isdigit():
            counts[file, refusal.reason] += 1
            if counts[file, refusal.reason] > NAMED_ROWS:
                continue
        yield f"left out: {one_line(refusal.place)}: {one_line(refusal.reason)}"
    for (file, reason), count in counts.items():
        if more := max(count - NAMED_ROWS, 0):
            rows = "row" if more == 1 else "rows"
            yield f"left out: {one_line(file)}: {more:,} more {rows}: {one_line(reason)}"
