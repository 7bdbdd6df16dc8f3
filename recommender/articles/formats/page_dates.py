"""Give the library that finds the dates of pages our names of months.

Its own are those of a parser for two hundred languages, which takes over a second to load. A page
that holds a number and a word beside it would load it in each process that reads pages.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from recommender.text.date_fields import DAY_LENGTH, parse_date
from recommender.text.dates import month_words


@cache
def use_our_months() -> None:
    """Have the library know our months; where it has changed inside, it keeps its own."""
    from htmldate import extractors

    library: Any = extractors
    if hasattr(library, "get_external_parser") and hasattr(library, "month_words"):
        library.get_external_parser = _DatesInWords
        library.month_words = _as_it_folds


class _DatesInWords:
    """A parser of dates with the one method that the library calls."""

    def get_date_data(self, text: str) -> dict[str, datetime | None]:
        """Return the day that a text names, None for one that names no day of a year."""
        day = parse_date(text)
        return {"date_obj": datetime.fromisoformat(day) if len(day) == DAY_LENGTH else None}


@cache
def _as_it_folds() -> frozenset[str]:
    """Return the words that open names of months, as the library folds words."""
    return frozenset(word.replace("ı", "i").replace("İ", "i").lower() for word in month_words())
