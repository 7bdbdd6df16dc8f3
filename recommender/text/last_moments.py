"""Read the last moment that a field may name. An unclear embargo lasts as long as it may.

`03/04/2031` may be in March or in April, and "1 - 5 June 2031" ends on the fifth.
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

# A year of two digits may be this far ahead. One that stands first may be less far ahead: in old
# archives, 30-06-10 is a day of 2010.
MOST_YEARS_AHEAD, MOST_YEARS_AHEAD_OF_FIRST = 10, 2
# Three numbers. The last or the first of them may be a year.
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})\2[’']?(\d{4}|\d\d)(?!\d)")
_NUMBER, _WORD = re.compile(r"\d+"), re.compile(r"[^\W\d_]+")
# Between two numbers of which one is a time, a hyphen is a dash.
_HYPHEN = re.compile(r"(?<=\d)-(?=\d)")
_BEHIND_TIME = re.compile(
    rf"(?<={NO_TIME})(?:[.,]\d+)?\s?(?:UTC|GMT)?(?:[+-]\d\d(?::?\d\d)?(?!\d))?"
)
# A day and how long something lasts: 2031-06-01/P5D
_DURATION = re.compile(r"/PT?\d")
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s?(?:Z|[+-]\d\d(?::?\d\d)?)?)?"
)
# These words stand between a month and its year, or behind one of them.
_OF_MONTH = {"de", "of", "del", "年", "月", "년", "월", "г"}
# A day has three numbers or names of months. A number of eight digits is a whole day.
OF_A_DAY, _COMPACT = 3, 8
# A text with more numbers and names is not a range of days.
MOST_TOKENS = 12


class _Token(NamedTuple):
    """A number or the name of a month. `kind` is 0 for a month, or else the number of digits."""

    start: int
    end: int
    kind: int


def last_moment(value: Any) -> str:
    """Return the last moment that a field may name, in the form of `moment`.

    Of several days the last one counts. For a whole month or year, the period is returned. A value
    that says how long something takes gives "".
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
    """Return the latest day or moment; without any, the latest period."""
    return max(readings, key=_order, default="")


def _order(reading: str) -> tuple[bool, float]:
    return len(reading) >= DAY_LENGTH, clock.start_of(reading).timestamp() if reading else float(
        "-inf"
    )


def _readings(text: str) -> Iterator[str]:
    """Yield the moments that a text may mean, if it names one day or one period."""
    yield _at_last_time(moment(text), text)
    plain = plain_digits(text)
    if numbers := _NUMBERS.search(plain):
        for day in filter(None, _days_of(numbers)):
            yield moment(f"{plain[: numbers.start()]}{day}{plain[numbers.end() :]}")


def _days_of(numbers: re.Match[str]) -> Iterator[str]:
    """Yield the days that `03/04/2031`, `03/04/31` or `27-04-03` may mean; "" if impossible."""
    first, sign, second, last = numbers.groups()
    one, other, year = int(first), int(second), int(last)
    if len(last) < YEAR_LENGTH:
        if len(first) == len(last):
            yield checked_date(_full_year(one, MOST_YEARS_AHEAD_OF_FIRST), other, year)
        year = _full_year(year, MOST_YEARS_AHEAD)
    elif sign == ".":  # with dots, the day always stands first
        return
    yield checked_date(year, one, other)
    yield checked_date(year, other, one)


def _full_year(year: int, most_ahead: int) -> int:
    return 2000 + year if 2000 + year <= clock.now().year + most_ahead else 1900 + year


def _at_last_time(reading: str, text: str) -> str:
    """Return a reading with the last of several times in its text: 8 pm for "6-8 pm"."""
    day = reading[:DAY_LENGTH]
    if len(day) < DAY_LENGTH or not clock.can_be_ahead(day):
        return reading
    times, _ = find_times_of_day(_with_dashes(text))
    if len(times) < 2 and len(reading) > DAY_LENGTH:
        return reading
    return _latest([reading, *(time.on(day).isoformat() for time in times)])


def _end_of_range(text: str, found: str) -> str:
    """Return the last of the days or months that a text names; "" if it names only one.

    The last one may lack the month or year of the first: "June 1-5, 2031", `2031-06-01/07-05`.
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
    """Yield texts of the end of a range alone, without its beginning.

    The end takes the place of a beginning of the same kind, a month or a number of as many digits.
    The first text has the shortest end.
    """
    for at, first in enumerate(tokens):
        for before, last in reversed([*pairwise(tokens[at:])]):
            if first.kind == last.kind:
                yield text[: first.start] + text[_start(masked, before.end, last.start) :]


def _start(masked: str, end: int, start: int) -> int:
    """Return where a day starts. Its time counts as its start, if that stands before it."""
    time = masked.find(NO_TIME, end)
    return time if 0 <= time < start and NO_TIME not in masked[start:] else start


def _is_part(text: str) -> bool:
    """Return whether other words stand beside a month and a year, such as "early"."""
    rest = text.lower()
    for name in names_of_months(text):
        rest = rest.replace(name.lower(), " ")
    return not _OF_MONTH.issuperset(_WORD.findall(rest))


def _with_dashes(text: str) -> str:
    """Return a text with a dash for each hyphen between numbers. A time may stand before a dash."""
    return _HYPHEN.sub("–", text)
