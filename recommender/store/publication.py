"""Know which articles of a snapshot the public may see now.

Few articles have a status or a time. A segment lists them: position, status, `embargo`, `expires`.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from typing import Self

import numpy as np

from recommender import clock
from recommender.arrays import Mask, Positions, are_first
from recommender.types import Article, Status

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Outside every date of a calendar.
_NEVER_BEFORE, _NEVER_AFTER = np.iinfo(np.int64).min, np.iinfo(np.int64).max

# An article in the list of a segment: position, status, embargo and expires.
Listed = tuple[int, str, str, str]


def listed(position: int, article: Article) -> Listed | None:
    """Return the entry of an article in the list, None if it is simply published."""
    limits = (article.status, article.embargo, article.expires)
    return (position, *limits) if any(limits) else None


@dataclass(frozen=True, slots=True)
class Limited:
    """An article, by its position in a snapshot, that is not simply published."""

    position: int
    status: str
    embargo: str
    expires: str


@dataclass(frozen=True)
class Withheld:
    """The articles that are not public from one moment to another, in microseconds of UTC.

    `positions` are in order, and so are those of each status in `by_status`. `next_release` is when
    the first of them becomes public, empty if no time is known.
    """

    since: int
    until: int
    positions: Positions
    by_status: Mapping[str, Positions]
    next_release: str

    @cached_property
    def counts(self) -> Counter[str]:
        """How many articles have each status."""
        return Counter({name: len(positions) for name, positions in self.by_status.items()})

    @cached_property
    def as_set(self) -> frozenset[int]:
        """The positions as a set."""
        return frozenset(self.positions.tolist())

    @cached_property
    def id(self) -> str:
        """A name of the positions: other positions have another name."""
        return hashlib.sha256(self.positions.tobytes()).hexdigest()[:16]


class Publications:
    """The articles of a snapshot that are not simply published; safe to share between threads.

    Each time is read once. Which articles are withheld is computed again only after a time at which
    it changes.
    """

    def __init__(self, listed: Iterable[Limited]) -> None:
        self.listed = sorted(listed, key=lambda one: one.position)
        self._now: Withheld | None = None

    @classmethod
    def of(cls, parts: Iterable[tuple[int, Mask, Sequence[Listed]]]) -> Self:
        """Take for each segment its first position, a flag for each live article, and its list."""
        return cls(
            Limited(first + position, *limits)
            for first, live, entries in parts
            for position, *limits in entries
            if live[position]
        )

    def __bool__(self) -> bool:
        return bool(self.listed)

    def now(self) -> Withheld:
        """Return the articles that are not public now."""
        known, moment = self._now, _microseconds(clock.now())
        if known is None or not known.since <= moment < known.until:
            known = self._now = self._at(moment)
        return known

    def withheld(self) -> Positions:
        """Return the positions of the articles that are not public now, in order."""
        return self.now().positions

    def counts(self) -> Counter[str]:
        """Return how many articles are not public now, by status."""
        return Counter(self.now().counts)

    def having(self, status: str) -> Positions:
        """Return the positions of the articles that have a status now; it is not `published`."""
        return self.now().by_status.get(status, _NONE)

    def next_release(self) -> str:
        """Return when the first of them becomes public, empty if no time is known."""
        return self.now().next_release

    def _at(self, moment: int) -> Withheld:
        statuses, begins, ends, changes = self._times
        is_scheduled = ~statuses & (begins > moment)
        is_expired = ~statuses & ~is_scheduled & (ends <= moment)
        hidden = np.flatnonzero(statuses | is_scheduled | is_expired)
        by_status = defaultdict[str, list[int]](list)
        for at in hidden.tolist():
            one = self.listed[at]
            at_this_time = Status.SCHEDULED if is_scheduled[at] else Status.EXPIRED
            by_status[str(one.status or at_this_time)].append(one.position)
        waiting = np.flatnonzero(is_scheduled)
        first = int(waiting[np.argmin(begins[waiting])]) if len(waiting) else None
        place = int(np.searchsorted(changes, moment, "right"))
        return Withheld(
            since=int(changes[place - 1]) if place else _NEVER_BEFORE,
            until=int(changes[place]) if place < len(changes) else _NEVER_AFTER,
            positions=_shared([self.listed[one].position for one in hidden.tolist()]),
            by_status={name: _shared(found) for name, found in by_status.items()},
            next_release="" if first is None else self.listed[first].embargo,
        )

    @cached_property
    def _times(self) -> tuple[Mask, Positions, Positions, Positions]:
        """The articles with a status, when each begins and ends, and when any of that changes."""
        read = cache(_start)
        statuses = np.array([bool(one.status) for one in self.listed], np.bool_)
        begins, ends = (
            np.array([read(moment) if moment else none for moment in moments], np.int64)
            for moments, none in (
                ([one.embargo for one in self.listed], _NEVER_BEFORE),
                ([one.expires for one in self.listed], _NEVER_AFTER),
            )
        )
        # `np.unique` loads numpy.ma, which takes a tenth of a command's time.
        moments = np.sort(np.concatenate([begins[~statuses], ends[~statuses]]))
        return statuses, begins, ends, moments[are_first(moments)]


def _shared(positions: Sequence[int]) -> Positions:
    """Return positions as an array that nobody can change, since all callers get the same one."""
    found = np.array(positions, np.int64)
    found.setflags(write=False)
    return found


_NONE = _shared(())


def _start(moment: str) -> int:
    """Return when a date or time begins; any other text has begun (`clock.has_begun`)."""
    try:
        return _microseconds(clock.start_of(moment))
    except ValueError:
        return _NEVER_BEFORE


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
