"""Find the year, the month or the day that a query names beside its subject: `earthquake 2019`.

Articles seldom name the year in which they appeared. So it is compared with their dates.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import regex

from recommender.text.calendars import plain_digits
from recommender.text.dates import find_date, is_date
from recommender.text.folding import folded

# A longer text tells of a date, rather than that it asks for one.
MOST_CHARACTERS = 100
_YEAR = r"(?:1[5-9]|20)\d\d"
# A year by itself, or a span of years: no part of a name, of an amount or of another number.
_YEARS = regex.compile(
    r"(?<![\p{Lu}\p{Ll}\d_.,:/#’'€$£¥-])"
    rf"(?P<first>{_YEAR})(?:\s?[-–—/]\s?(?P<last>{_YEAR})|[–/](?P<short>\d\d))?"
    r"(?!\d|(?!г)[\p{Lu}\p{Ll}]|[.,:/’'-]\w|\s?[%€$£¥°])"
)
# The year is the end or the beginning of what is asked for after one of these words.
_BESIDE_A_PERIOD = frozenset(
    (
        *("since", "after", "before", "until", "till", "from", "by", "sinds", "vanaf", "na", "tot"),
        *("voor", "seit", "ab", "nach", "vor", "bis", "depuis", "apres", "avant", "jusqu'en"),
        *("desde", "despues", "antes", "hasta", "dopo", "prima", "fino", "после", "до", "с", "منذ"),
        *("قبل", "بعد", "حتى"),
    )
)
_OF = frozenset(("de", "del", "du", "di", "il", "al"))
_AFTER_IT = re.compile(r"\s?(?:年\s?)?(?:以前|以后|以後|之前|之后|之後|以来|以來|前|后|後)")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


class AskedPeriod(NamedTuple):
    """The first and the last date that a query names (`2022`, `2022-12` or `2022-12-28`).

    `words` are those of the dates in the query, `rest` is all before and after them.
    """

    since: str
    until: str
    words: str
    rest: str

    def holds(self, date: str) -> bool:
        """Return whether a date may be in the period: that of an article may lack month and day."""
        first, last = self.since[: len(date)], self.until[: len(date)]
        return bool(date) and first <= date[: len(first)] and date[: len(last)] <= last


def asked_period(query: str, language: str = "") -> AskedPeriod | None:
    """Return the period that a query names beside other words, or None.

    The language of the query tells which number of 03/04/2022 is the day.
    """
    if len(query) > MOST_CHARACTERS or not any(map(str.isdecimal, query)):
        return None
    found = _found(plain_digits(query), language)
    return found if found is not None and _WORD.search(found.rest) else None


def _found(query: str, language: str) -> AskedPeriod | None:
    years = list(_YEARS.finditer(query))
    if len(years) > 1:
        return None  # they are compared
    if years and (last := _last_of(years[0])):
        return _period(query, (years[0]["first"], last), years[0].span())
    value, start, end = find_date(query, language)
    if value and all(start <= one.start() < end for one in years):
        return _period(query, (value, value), (start, end))
    return _period(query, (years[0]["first"],) * 2, years[0].span()) if years else None


def _last_of(years: regex.Match[str]) -> str:
    """Return the last year of a span, as 1918 in 1914-1918 and 2011 in 2010/11, or nothing."""
    first, last, short = years["first"], years["last"], years["short"]
    if short and int(short) == (int(first) + 1) % 100:
        return str(int(first) + 1)
    return last if last and first < last else ""


def _period(query: str, dates: tuple[str, str], span: tuple[int, int]) -> AskedPeriod | None:
    """Return the period of dates that stand at a place, None if it begins or ends there."""
    before, after = query[: span[0]], query[span[1] :]
    words = [word for word in _WORD.findall(folded(before)[-MOST_CHARACTERS:]) if word not in _OF]
    is_limit = bool(words) and words[-1] in _BESIDE_A_PERIOD
    if is_limit or _AFTER_IT.match(after) or not all(map(is_date, dates)):
        return None
    return AskedPeriod(*dates, query[slice(*span)], f"{before} {after}".strip())
