"""How much less an article counts for being far in time from what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from recommender.arrays import Positions
from recommender.store.records import date_number
from recommender.store.snapshot import Snapshot

# A score is halved so often at most: it stays above nothing, and what is longer ago is ranked by
# how well it matches.
MOST_HALVINGS = 1_000


@dataclass(frozen=True, slots=True)
class Recency:
    """Halves a score for each `half_life` days between an article and the `day` asked about.

    An article without a date counts as one at the median of the others' distances, so that it is
    neither preferred nor lost.
    """

    half_life: float
    day: int
    median_distance: float

    def days_apart(self, date: int) -> float:
        """Return the days between the asked day and a date (yyyymmdd, 00 where unknown)."""
        return abs(day_number(date) - self.day) if date else self.median_distance

    def share(self, date: int) -> float:
        """Return what is left of the score of an article of this date: over 0, at most 1."""
        return float(0.5 ** min(self.days_apart(date) / self.half_life, MOST_HALVINGS))

    def applied(self, score: float, date: int) -> float:
        """Return a score as it counts; what is no likeness (below 0) is left as it is."""
        return score * self.share(date) if score > 0 else score


def recency(snapshot: Snapshot, half_life: float, asked: str) -> Recency | None:
    """Return how dates count for what was asked on a date; None where `half_life` is 0.

    If `asked` is empty it is today.
    """
    if not half_life:
        return None
    day = day_number(date_number(asked)) if asked else date.today().toordinal()
    dates = snapshot.columns.dates[snapshot.columns.live_articles]
    distances = np.abs(_day_numbers(dates[dates > 0]) - day)
    return Recency(half_life, day, float(np.median(distances)) if len(distances) else 0.0)


def day_number(yyyymmdd: int) -> int:
    """Return the day of a date as `date.toordinal` counts; the middle of a month or year."""
    year, month, day = yyyymmdd // 10_000, yyyymmdd // 100 % 100, yyyymmdd % 100
    return date(year, month or 7, day or (15 if month else 1)).toordinal()


def _day_numbers(dates: Positions) -> Positions:
    """Return `day_number` of each date."""
    different, places = np.unique(dates, return_inverse=True)
    days = np.array([day_number(one) for one in different.tolist()], dtype=np.int64)
    return days[places]
