"""Find the dates of pages: a library looks for them, with our names of months and calendars.

The library would load a parser of dates in two hundred languages, which takes over a second. A page
with a number beside a word is enough for that, in each process that reads pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

from recommender.articles.formats.text import date_below
from recommender.text.date_fields import DAY_LENGTH, moment, parse_date
from recommender.text.dates import month_words

# Fields in the head of a page for the time of its publication.
_PUBLISHED = re.compile(
    r"(?:article:|og:|dc[.:]|dcterms[.:])?(?:published_?time|datepublished|date(?:\.issued)?|issued"
    r"|pub_?date|publish_?date|publication_?date|created)",
    re.I,
)
MAX_DATES, MAX_DATE_CHARACTERS, DATE_BLOCKS = 50, 80, 4


@cache
def use_our_months() -> None:
    """Give the library our names of months. A library that works differently keeps its own."""
    from htmldate import extractors

    library: Any = extractors
    if hasattr(library, "get_external_parser") and hasattr(library, "month_words"):
        library.get_external_parser = _DatesInWords
        library.month_words = _as_it_folds


def date_in_page(tree: Any, language: str, blocks: Sequence[str]) -> str:
    """Return the day of a page in which the library finds none, such as one of another calendar.

    It stands in a field of the head, in a `<time>`, or in a date line among the first `blocks`.
    """
    found = (
        moment(text, language)[:DAY_LENGTH]
        for text in islice(_dates_in(tree), MAX_DATES)
        if len(text) <= MAX_DATE_CHARACTERS
    )
    days = (one for one in found if len(one) == DAY_LENGTH)
    return next(days, "") or date_below(blocks[:DATE_BLOCKS])


def _dates_in(tree: Any) -> Iterator[str]:
    for one in tree.iter("meta"):
        name = one.get("property") or one.get("name") or one.get("itemprop") or ""
        if _PUBLISHED.fullmatch(name):
            yield (one.get("content") or "").strip()
    for one in tree.iter("time"):
        yield (one.get("datetime") or "").strip()
        yield "".join(one.itertext()).strip()


class _DatesInWords:
    """A parser of dates with the one method that the library calls."""

    def get_date_data(self, text: str) -> dict[str, datetime | None]:
        """Return the day that a text names, None if it names no day of a year."""
        day = parse_date(text)
        return {"date_obj": datetime.fromisoformat(day) if len(day) == DAY_LENGTH else None}


@cache
def _as_it_folds() -> frozenset[str]:
    """Return the first words of the names of months, folded as the library folds words."""
    return frozenset(word.replace("ı", "i").replace("İ", "i").lower() for word in month_words())
