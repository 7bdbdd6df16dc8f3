"""Find the time that a query names beside its subject: `earthquake 2019`, `floods since May 2016`.

Articles seldom name the year in which they appeared. So it is compared with their dates.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import regex

from recommender.text.calendars import plain_digits
from recommender.text.date_limits import day_beside, find_limit, limited
from recommender.text.dates import find_date, is_date
from recommender.text.folding import folded
from recommender.text.han_numbers import han_number, may_hold_number

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
    rf"{_BEFORE}(?P<first>{_YEAR})(?:{_TO}(?P<last>{_YEAR})|[–/](?P<short>\d\d)"
    r"|-(?P<short>1[3-9]|[2-9]\d))?"
    r"(?!\d|(?!г)[\p{Lu}\p{Ll}]|[.,:/’'-]\w|\s?[%€$£¥°])"
)
# Other ways to name several years: between 2010 and 2015, the 1990s.
_BETWEEN = regex.compile(
    r"\b(?:between|tussen|zwischen|entre|tra|fra|mellan|mellem|mellom|między|между|між|بين)\s+"
    rf"(?P<first>{_YEAR})\s+(?:(?:and|en|und|et|y|e|och|og|i|a|и|і)\s+|و\s?)(?P<last>{_YEAR})(?!\w)",
    regex.IGNORECASE,
)
# A decade by its first year or by two digits of it, in the century that people mean.
_TENS = r"(?P<first>(?:1[5-9]|20)\d0|[03-9]0)"
_DECADE = regex.compile(
    rf"{_BEFORE}['’]?{_TENS}"
    r"(?:er(?:[nes]|\s+Jahren?)?|-?х(?:\s+год(?:ов|ах))?|-?е(?:\s+годы)?|-ті|['’]?erne"
    r"|(?P<century>['’]?s|-(?:tal(?:l?et)?|lu(?:ku|vun|vulla)))|年代)(?![\p{Lu}\p{Ll}])"
    r"|(?P<han>[三四五六七八九]十)年代"
    rf"|\b(?:jaren|années|anni|años|anos|anys|lata|lat|ani)\s+['’]?{_TENS}(?![\w.,:/-]\d|\w)",
    regex.IGNORECASE,
)
# A span whose last year has two digits is no longer: more years are rather a number of something.
_MOST_YEARS = 10
# Words that may limit the time by a date, or say that something is of it.
_UNCLEAR = frozenset(("from", "by", "voor", "for", "na", "fra", "fran", "от", "від"))
_UNIT = regex.compile(r"^\s?(?:гг?\.|г(?:од[ауы]?)?(?!\p{L})|年度?|년)")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


class AskedPeriod(NamedTuple):
    """The first and the last date that a query asks for (`2022`, `2022-12` or `2022-12-28`).

    One of them is "" after a word such as *since*. `words` are those of dates in the query that are
    of the period, `rest` is all before and after them.
    """

    since: str
    until: str
    words: str
    rest: str

    @property
    def is_open(self) -> bool:
        """Whether the period has no beginning or no end."""
        return not (self.since and self.until)

    @property
    def others(self) -> tuple[str, str]:
        """The first and the last date of what an open period leaves out."""
        return ("", day_beside(self.since, -1)) if self.since else (day_beside(self.until, 1), "")

    def holds(self, date: str) -> bool:
        """Return whether a date may be in the period: that of an article may lack month and day."""
        first, last = self.since[: len(date)], self.until[: len(date)]
        return bool(date) and first <= date[: len(first)] and date[: len(last)] <= last


def asked_period(query: str, language: str = "") -> AskedPeriod | None:
    """Return the period that a query names beside other words, or None.

    The language of the query tells which number of 03/04/2022 is the day.
    """
    if len(query) > MOST_CHARACTERS or not may_hold_number(query):
        return None
    query = plain_digits(query)
    dates = _dates(query, language)
    found = _period(query, dates, language) if dates else None
    return found if found is not None and _WORD.search(found.rest) else None


class _Dates(NamedTuple):
    """The first and the last date that a query names, and where both stand together."""

    first: str
    last: str
    start: int
    end: int


def _dates(query: str, language: str) -> _Dates | None:
    """Return the only date of a query, or its only span of years; None if there are several."""
    decades = [*_DECADE.finditer(query)]
    taken = {place for one in decades for place in range(*one.span())}
    years = [one for one in _YEARS.finditer(query) if one.start() not in taken]
    if match := _BETWEEN.search(query):
        is_all = len(years) == 2 and not decades
        return _Dates(match["first"], match["last"], *match.span()) if is_all else None
    if decades:
        return _of_decade(decades[0]) if len(decades) == 1 and not years else None
    value, start, end = find_date(query, language)
    spans = [_Dates(one["first"], _last_of(one), *one.span()) for one in years]
    if len(spans) == 1 and spans[0].first != spans[0].last:
        return spans[0]
    if value and all(start <= one.start < end for one in spans):
        return _Dates(value, value, start, end)
    return spans[0] if len(spans) == 1 else None


def _of_decade(match: regex.Match[str]) -> _Dates:
    first = int(match["first"]) if match["first"] else han_number(match["han"])
    is_century = bool(match["century"]) and first % 100 == 0 and 0 < first < 2000
    if first < 100:
        first += 1900 if first else 2000
    return _Dates(f"{first}", f"{first + (99 if is_century else 9)}", *match.span())


def _last_of(years: regex.Match[str]) -> str:
    """Return the last year: 1918 of 1914-18, 2011 of 2010/11, the only one of one.

    It is empty if a hyphen joins a year with a number that is no year.
    """
    first, last, short = years.group("first", "last", "short")
    if not short:
        return last or first
    count, sign = (int(short) - int(first)) % 100, years[0][len(first)]
    is_no_month = sign == "–" or int(short) > 12
    if count == 1 or (is_no_month and 1 < count <= _MOST_YEARS):
        return str(int(first) + count)
    return "" if sign == "-" else first


def _period(query: str, dates: _Dates, language: str) -> AskedPeriod | None:
    """Return the period of dates; None if they are no dates in order, or what they say is unclear.

    Two named years are the period, also after a word such as *since*.
    """
    first, last, start, end = dates
    if not (is_date(first) and is_date(last)) or first > last:
        return None
    before, after = query[:start], _UNIT.sub("", query[end:])
    limit = find_limit(before, after, language)
    if limit is None:
        is_unclear = first == last and _last_word(before) in _UNCLEAR
        rest = f"{before} {after}".strip()
        return None if is_unclear else AskedPeriod(first, last, query[start:end], rest)
    rest = f"{limit.before} {limit.after}".strip()
    if _names_both(query[start:end]):
        return AskedPeriod(first, last, query[start:end], rest)
    return AskedPeriod(*limited(limit.kind, first, last), "", rest)


def _names_both(words: str) -> bool:
    """Return whether the words of a date are two years: 1914-1918, between 2010 and 2015."""
    return _DECADE.search(words) is None and len(re.findall(r"\d{4}", words)) == 2


def _last_word(text: str) -> str:
    return next(iter(_WORD.findall(folded(text))[-1:]), "")
