"""Reduce scores by the days between an article and the date that was asked about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

import numpy as np

from recommender import clock
from recommender.answers.archive import Archive
from recommender.arrays import Numbers
from recommender.store.records import date_number

# A score is halved at most so many times. So it stays above 0, and older articles are ranked by how
# well they match.
MOST_HALVINGS = 1_000


class Recency(NamedTuple):
    """Halve a score for each `half_life` days between an article and the `day` asked about.

    An article without a date counts as if it had the archive's median distance in days. So it is
    neither preferred nor lost.
    """

    half_life: float
    day: int
    median_distance: float

    def days_apart(self, date: int) -> float:
        """Return the days between `day` and a date (yyyymmdd, 00 for an unknown month or day)."""
        return abs(day_number(date) - self.day) if date else self.median_distance

    def share(self, date: int) -> float:
        """Return the factor that reduces the score of an article of this date: over 0 to 1."""
        return float(0.5 ** min(self.days_apart(date) / self.half_life, MOST_HALVINGS))

    def shares(self, dates: Iterable[int]) -> Numbers:
        """Return the factor for each of several dates, (dates,)."""
        return np.array([*map(self.share, dates)], np.float64)


def reduced(scores: Numbers, shares: Numbers) -> Numbers:
    """Return scores reduced by their dates; those below 0 stay, since a factor would raise them."""
    return np.where(scores > 0, scores * shares, scores)


def recency(archive: Archive, half_life: float, asked: str) -> Recency | None:
    """Return how dates count for a question about the date `asked`; None if `half_life` is 0.

    An empty `asked` means today.
    """
    if not half_life:
        return None
    day = day_number(date_number(asked)) if asked else clock.now().toordinal()
    return Recency(half_life, day, _median_distance(archive.date_counts(), day))


def _median_distance(counts: Mapping[int, int], day: int) -> float:
    """Return the median of the days between dated articles and a day; 0 if none has a date."""
    found = [(abs(day_number(date) - day), count) for date, count in counts.items() if date]
    if not found:
        return 0.0
    distances, each = np.array(sorted(found), np.int64).T
    ends = np.cumsum(each)
    middle = [(int(ends[-1]) - 1) // 2, int(ends[-1]) // 2]
    return float(distances[np.searchsorted(ends, middle, "right")].mean())


def day_number(yyyymmdd: int) -> int:
    """Return the ordinal of a date (`date.toordinal`); for a month or year, that of its middle."""
    year, month, day = yyyymmdd // 10_000, yyyymmdd // 100 % 100, yyyymmdd % 100
    return date(year, month or 7, day or (15 if month else 1)).toordinal()


def day_of_month(yyyymmdd: int) -> int:
    """Return `day_number`, or 0 if a date is not known to the month."""
    return day_number(yyyymmdd) if yyyymmdd // 100 % 100 else 0
