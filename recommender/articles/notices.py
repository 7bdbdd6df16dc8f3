"""Count articles and files that are not built and not refused: by reason, with examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from recommender.types import Notice, NoticeCount, NoticeKind, Status

PLACES = 3
# A source may give each article a reason of its own; further reasons are counted together.
MAX_REASONS = 200
OTHER = "other"


@dataclass
class Notices:
    """Notices, counted as they come; those that wait for a time count separately."""

    _counts: dict[tuple[NoticeKind, str, bool], NoticeCount] = field(default_factory=dict)

    def add(self, notice: Notice) -> None:
        """Count a notice."""
        reason = notice.reason
        key = notice.kind, reason, reason == Status.SCHEDULED and not notice.example
        if key not in self._counts and len(self._counts) >= MAX_REASONS:
            reason = OTHER
            key = notice.kind, reason, False
        before = self._counts.get(key) or NoticeCount(notice.kind, reason, 0, (), notice.example)
        places = (*before.places, notice.place)[:PLACES]
        self._counts[key] = replace(before, count=before.count + 1, places=places)

    def counts(self) -> tuple[NoticeCount, ...]:
        """Return the counts, the most frequent first within each kind."""
        kinds = list(NoticeKind)
        return tuple(
            sorted(self._counts.values(), key=lambda one: (kinds.index(one.kind), -one.count))
        )


def unpublished_of(counts: Iterable[NoticeCount]) -> dict[str, int]:
    """Return how many articles are unpublished, by reason."""
    found = Counter[str]()
    for one in counts:
        if one.kind is NoticeKind.UNPUBLISHED:
            found[one.reason] += one.count
    return dict(found)


def without_time_of(counts: Iterable[NoticeCount]) -> int:
    """Return how many articles wait for an unknown time, and so are not built."""
    waiting = (one for one in counts if one.reason == Status.SCHEDULED and not one.example)
    return sum(one.count for one in waiting)


def passed_over_of(counts: Iterable[NoticeCount]) -> dict[str, int]:
    """Return how many files are of formats that are not read, by the suffix of their names."""
    return {one.reason: one.count for one in counts if one.kind is NoticeKind.FORMAT}
