"""Read the clock: all answers take the time from here, so that tests can set it.

Code that only records or measures a time asks the system.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_REST_OF_DATE = {4: "-01-01", 7: "-01"}


def now() -> datetime:
    """Return the time, in the time zone of this machine."""
    return datetime.now().astimezone()


def start_of(moment: str) -> datetime:
    """Return when a date (`2022`, `2022-12`, `2022-12-28`) or an ISO time begins.

    A time without a zone is one of this machine's zone (`TZ`). Raises `ValueError` for text that is
    neither.
    """
    return zoned(datetime.fromisoformat(moment + _REST_OF_DATE.get(len(moment), "")))


def zoned(time: datetime) -> datetime:
    """Return a time with its zone; one without is of this machine's zone."""
    if time.tzinfo is not None:
        return time
    try:
        return time.astimezone()
    except (OverflowError, ValueError, OSError):  # the first and last years that there are
        return time.replace(tzinfo=UTC)


def has_begun(moment: str) -> bool:
    """Return whether a date or time has begun; for any other text, False."""
    try:
        return start_of(moment) <= now()
    except ValueError:
        return True


def can_be_ahead(date: str) -> bool:
    """Return whether a time on a date (`2022-12-28`) may be in the future, in any time zone.

    This test is cheap. Only the times of the few articles of today or later are then read to the
    second.
    """
    return date >= _before_today(now, int(time.time()) // 60)[: len(date)]


@lru_cache(maxsize=1)
def _before_today(clock: Callable[[], datetime], minute: int) -> str:
    """Return the date two days before now; it is computed again each minute."""
    return (clock() - timedelta(days=2)).date().isoformat()
