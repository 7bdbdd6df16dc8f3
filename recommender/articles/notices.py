"""Count what is read and not built, without refusing it: by reason, with the first few places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from recommender.types import Notice, NoticeCount, NoticeKind

PLACES = 3
# A source may give a reason of its own to every article; further ones are counted together.
MAX_REASONS = 200
OTHER = "other"


@dataclass
class Notices:
    """Notices, counted as they pass by."""

    _counts: dict[tuple[NoticeKind, str], NoticeCount] = field(default_factory=dict)

    def add(self, notice: Notice) -> None:
        """Count a notice."""
        key = notice.kind, notice.reason
        if key not in self._counts and len(self._counts) >= MAX_REASONS:
            key = notice.kind, OTHER
        before = self._counts.get(key) or NoticeCount(*key, 0, (), notice.example)
        places = (*before.places, notice.place)[:PLACES]
        self._counts[key] = NoticeCount(*key, before.count + 1, places, before.example)

    def counts(self) -> tuple[NoticeCount, ...]:
        """Return the counts, the most frequent first within each kind."""
        kinds = list(NoticeKind)
        return tuple(
            sorted(self._counts.values(), key=lambda one: (kinds.index(one.kind), -one.count))
        )


def unpublished_of(counts: Iterable[NoticeCount]) -> dict[str, int]:
    """Return how much is unpublished, by reason."""
    return {one.reason: one.count for one in counts if one.kind is NoticeKind.UNPUBLISHED}


def passed_over_of(counts: Iterable[NoticeCount]) -> dict[str, int]:
    """Return how many files are of formats that are not read, by the suffix of their names."""
    return {one.reason: one.count for one in counts if one.kind is NoticeKind.FORMAT}
