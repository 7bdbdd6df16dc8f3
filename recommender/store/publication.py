"""Know which articles of a snapshot the public may see, by the clock.

Few articles have a status or a time. A segment lists them: position, status, `embargo`, `expires`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from recommender import clock
from recommender.arrays import Mask, Positions
from recommender.types import Article, Status, status_at

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

    @property
    def status_now(self) -> Status:
        """Its status by the clock."""
        return status_at(self.status, self.embargo, self.expires)


class Publications:
    """The articles of a snapshot that are not simply published."""

    def __init__(self, listed: Iterable[Limited]) -> None:
        self.listed = list(listed)

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

    def withheld(self) -> Positions:
        """Return the positions of the articles that the public may not see now, in order."""
        return np.array(sorted(one.position for one in self._hidden()), dtype=np.int64)

    def counts(self) -> Counter[str]:
        """Return how many articles the public may not see now, by status."""
        return Counter(str(one.status_now) for one in self._hidden())

    def next_release(self) -> str:
        """Return when the first of them becomes public, empty if no time is known."""
        times = (one.embargo for one in self._hidden() if one.status_now is Status.SCHEDULED)
        return min(filter(None, times), key=clock.start_of, default="")

    def _hidden(self) -> Iterator[Limited]:
        return (one for one in self.listed if one.status_now is not Status.PUBLISHED)
