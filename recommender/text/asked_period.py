"""Find the year, the month or the day that a query names beside its subject: `earthquake 2019`.

Articles seldom name the year in which they appeared. So it is compared with their dates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import regex

from recommender.text.calendars import plain_digits
from recommender.text.dates import find_date, is_date
from recommender.text.folding import folded

# A longer text tells of a date, rather than that it asks for one.
MOST_CHARACTERS = 100
_YEAR = r"(?:1[5-9]|20)\d\d"
_TO = (
    r"(?:\s?[-–—/~～至到]\s?|\s(?:to|until|till|through|tot|tot en met|t/m|bis|à|au|al|a|hasta|até"
    r"|do|до|по|til|إلى)\s)"
)
# A year by itself, or a span of years: no part of a name, of an amount or of another number.
_BEFORE = r"(?<![\p{Lu}\p{Ll}\d_.,:/#’'€$£¥-])"
_YEARS = regex.compile(
    rf"{_BEFORE}(?P<first>{_YEAR})(?:{_TO}(?P<last>{_YEAR})|[–/](?P<short>\d\d))?"
    r"(?!\d|(?!г)[\p{Lu}\p{Ll}]|[.,:/’'-]\w|\s?[%€$£¥°])"
)
# Other ways to name several years: between 2010 and 2015, the 1990s.
_BETWEEN = regex.compile(
    r"\b(?:between|tussen|zwischen|entre|tra|fra|mellan|mellem|mellom|między|между|між|بين)\s+"
    rf"(?P<first>{_YEAR})\s+(?:(?:and|en|und|et|y|e|och|og|i|a|и|і)\s+|و\s?)(?P<last>{_YEAR})(?!\w)",
    regex.IGNORECASE,
)
_DECADE = regex.compile(
    rf"{_BEFORE}(?P<first>(?:1[5-9]|20)\d0)(?:['’]?s|er|er[nes]|-?х|-ті|年代)(?![\p{{Lu}}\p{{Ll}}])"
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
    span = _span(query, years)
    if len(years) > (2 if span else 1):
        return None  # they are compared
    if span:
        return _of_dates(query, *span)
    value, start, end = find_date(query, language)
    if value and all(start <= one.start() < end for one in years):
        return _period(query, (value, value), (start, end))
    return _period(query, (years[0]["first"],) * 2, years[0].span()) if years else None


def _span(
    query: str, years: Sequence[regex.Match[str]]
) -> tuple[tuple[str, str], tuple[int, int]] | None:
    """Return the first and the last year of several, and where they stand: 1914-1918, the 1990s."""
    if match := _BETWEEN.search(query):
        return (match["first"], match["last"]), match.span()
    if match := _DECADE.search(query):
        return (match["first"], str(int(match["first"]) + 9)), match.span()
    last = _last_of(years[0]) if years else ""
    return ((years[0]["first"], last), years[0].span()) if last else None


def _last_of(years: regex.Match[str]) -> str:
    """Return the last year of a span: 1918 of 1914-1918, 2011 of 2010/11; nothing of one year."""
    first, last, short = years.group("first", "last", "short")
    if short and int(short) == (int(first) + 1) % 100:
        return str(int(first) + 1)
    return last or ""


def _period(query: str, dates: tuple[str, str], span: tuple[int, int]) -> AskedPeriod | None:
    """Return the period of dates that stand at a place, None if it begins or ends there."""
    before, after = query[: span[0]], query[span[1] :]
    words = [word for word in _WORD.findall(folded(before)[-MOST_CHARACTERS:]) if word not in _OF]
    is_limit = bool(words) and words[-1] in _BESIDE_A_PERIOD
    return None if is_limit or _AFTER_IT.match(after) else _of_dates(query, dates, span)


def _of_dates(query: str, dates: tuple[str, str], span: tuple[int, int]) -> AskedPeriod | None:
    """Return the period of dates that stand at a place, None if they are no dates in order."""
    if not all(map(is_date, dates)) or dates[0] > dates[1]:
        return None
    rest = f"{query[: span[0]]} {query[span[1] :]}".strip()
    return AskedPeriod(*dates, query[slice(*span)], rest)
