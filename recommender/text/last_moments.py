"""Read the last moment that a field may name: an embargo that is unclear lasts as long as it may.

`03/04/2031` may be a day of March or of April, and "1 - 5 June 2031" is over on the fifth.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from recommender import clock
from recommender.text.calendars import plain_digits
from recommender.text.date_fields import DAY_LENGTH, field_text, moment
from recommender.text.dates import YEAR_LENGTH, checked_date, names_of_months, places_of_months
from recommender.text.times_of_day import NO_TIME, find_times_of_day

# A moment ahead whose year has two digits lies within so many years. If the year stands first, it
# lies nearer: in old archives 30-06-10 is a day of 2010.
MOST_YEARS_AHEAD, MOST_YEARS_AHEAD_OF_FIRST = 10, 2
# Three numbers, of which the last or the first may be a year.
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})\2[’']?(\d{4}|\d\d)(?!\d)")
_NUMBER, _WORD = re.compile(r"\d+"), re.compile(r"[^\W\d_]+")
# A hyphen between two numbers stands for a dash if one is of a time.
_HYPHEN = re.compile(r"(?<=\d)-(?=\d)")
_BEHIND_TIME = re.compile(
    rf"(?<={NO_TIME})(?:[.,]\d+)?\s?(?:UTC|GMT)?(?:[+-]\d\d(?::?\d\d)?(?!\d))?"
)
# 2031-06-01/P5D
_DURATION = re.compile(r"/PT?\d")
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s?(?:Z|[+-]\d\d(?::?\d\d)?)?)?"
)
# What stands between a month and its year, or behind one of them.
_OF_MONTH = {"de", "of", "del", "年", "月", "년", "월", "г"}
# Of so many numbers and names a day is made; one of eight digits is a day alone.
OF_A_DAY, _COMPACT = 3, 8
# Of more a text is no range of days.
MOST_TOKENS = 12


class _Token(NamedTuple):
    """A number or the name of a month; its kind is 0 for a month, or how many digits it has."""

    start: int
    end: int
    kind: int


def last_moment(value: Any) -> str:
    """Return the last moment that a field may name, as `moment` does; a whole period is its start.

    Of several days the last one counts. A value that says how long something takes gives "".
    """
    text = field_text(value)
    if _ISO.fullmatch(text):  # most fields
        return moment(value)
    if _DURATION.search(text):
        return ""
    found = _latest(_readings(text))
    found = _latest([found, _end_of_range(text, found)])
    if not 0 < len(found) < DAY_LENGTH or not _is_part(plain_digits(text)):
        return found
    year, month = int(found[:4]), int(found[5:] or 12)
    return f"{year + month // 12:04}-{month % 12 + 1:02}"


def _latest(readings: Iterable[str]) -> str:
    """Return the latest day or moment of several, or else the latest period."""
    return max(readings, key=_order, default="")


def _order(reading: str) -> tuple[bool, float]:
    return len(reading) >= DAY_LENGTH, clock.start_of(reading).timestamp() if reading else float(
        "-inf"
    )


def _readings(text: str) -> Iterator[str]:
    """Yield the moments that a text may mean that names one day, or a period."""
    yield _at_last_time(moment(text), text)
    plain = plain_digits(text)
    if numbers := _NUMBERS.search(plain):
        for day in filter(None, _days_of(numbers)):
            yield moment(f"{plain[: numbers.start()]}{day}{plain[numbers.end() :]}")


def _days_of(numbers: re.Match[str]) -> Iterator[str]:
    """Yield the days that `03/04/2031`, `03/04/31` or `27-04-03` may mean, "" for none."""
    first, sign, second, last = numbers.groups()
    one, other, year = int(first), int(second), int(last)
    if len(last) < YEAR_LENGTH:
        if len(first) == len(last):
            yield checked_date(_full_year(one, MOST_YEARS_AHEAD_OF_FIRST), other, year)
        year = _full_year(year, MOST_YEARS_AHEAD)
    elif sign == ".":  # the day stands first
        return
    yield checked_date(year, one, other)
    yield checked_date(year, other, one)


def _full_year(year: int, most_ahead: int) -> int:
    return 2000 + year if 2000 + year <= clock.now().year + most_ahead else 1900 + year


def _at_last_time(reading: str, text: str) -> str:
    """Return a reading at the last of several times that a text names, as of "6-8 pm"."""
    day = reading[:DAY_LENGTH]
    if len(day) < DAY_LENGTH or not clock.can_be_ahead(day):
        return reading
    times, _ = find_times_of_day(_with_dashes(text))
    if len(times) < 2 and len(reading) > DAY_LENGTH:
        return reading
    return _latest([reading, *(time.on(day).isoformat() for time in times)])


def _end_of_range(text: str, found: str) -> str:
    """Return the last of several days or months that a text names, "" if it names only one.

    The last one may lack what the first one has: "June 1-5, 2031", `2031-06-01/07-05`.
    """
    _, masked = find_times_of_day(_with_dashes(text))
    masked = _BEHIND_TIME.sub(lambda zone: NO_TIME * len(zone[0]), masked)
    tokens = _tokens(masked)
    kinds = [token.kind for token in tokens]
    is_one = len(found) >= DAY_LENGTH and len(tokens) <= OF_A_DAY and kinds.count(_COMPACT) < 2
    if is_one or len(tokens) > MOST_TOKENS:
        return ""
    period = ""
    for end in _ends(text, masked, tokens):
        last = _latest(_readings(end))
        if len(last) >= DAY_LENGTH:
            return _at_last_time(last, text) if len(last) == DAY_LENGTH else last
        period = period or last
    return period


def _tokens(text: str) -> list[_Token]:
    months = [_Token(*place, 0) for place in places_of_months(text)]
    numbers = (_Token(*one.span(), max(2, len(one[0]))) for one in _NUMBER.finditer(text))
    within = {at for month in months for at in range(month.start, month.end)}
    return sorted([*months, *(number for number in numbers if number.start not in within)])


def _ends(text: str, masked: str, tokens: Sequence[_Token]) -> Iterator[str]:
    """Yield what may be the end of a range: the first with the least of its beginning.

    It starts with a number or a month as the beginning does whose place it takes.
    """
    for at, first in enumerate(tokens):
        for before, last in reversed([*pairwise(tokens[at:])]):
            if first.kind == last.kind:
                yield text[: first.start] + text[_start(masked, before.end, last.start) :]


def _start(masked: str, end: int, start: int) -> int:
    """Return where a day starts whose time may stand before it, rather than behind."""
    time = masked.find(NO_TIME, end)
    return time if 0 <= time < start and NO_TIME not in masked[start:] else start


def _is_part(text: str) -> bool:
    """Return whether words beside a month and a year say that they are not meant as a whole."""
    rest = text.lower()
    for name in names_of_months(text):
        rest = rest.replace(name.lower(), " ")
    return not _OF_MONTH.issuperset(_WORD.findall(rest))


def _with_dashes(text: str) -> str:
    """Return a text with a dash for each hyphen between numbers, before which a time may stand."""
    return _HYPHEN.sub("–", text)
