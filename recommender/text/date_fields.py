"""Read the date of a metadata field: ISO, RFC 822, numbers, words, and other calendars.

A field holds only a date, so more forms are read than in running text. Uncertain parts are left
out: a day is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from recommender import clock
from recommender.text.calendars import find_foreign_date, nepali_date, plain_digits
from recommender.text.dates import (
    FIRST_YEAR,
    checked_date,
    compact_date,
    find_date,
    is_date,
    month_of,
    names_of_months,
)
from recommender.text.han_numbers import HAN_DIGITS, HAN_NUMBERS, han_number
from recommender.text.times_of_day import find_time_of_day

MAX_DATE_CHARACTERS = 100
# How deep an object may hold its date.
MAX_DEPTH = 3
LAST_YEAR = 2099
DAY_LENGTH = len("2022-12-28")
# Keys under which databases and formats keep a date in an object.
_DATE_KEYS = (
    *("$date", "date", "@value", "value", "iso", "seconds", "_seconds", "raw", "formatted"),
    *("$numberLong", "published", "created", "S", "N"),
)
_FIRST_EPOCH, _LAST_EPOCH = datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
# The unit of a time of our days by its number of digits: seconds, milliseconds and so on.
_UNITS = {9: 1, 10: 1, 12: 10**3, 13: 10**3, 15: 10**6, 16: 10**6, 18: 10**9, 19: 10**9}
# Spreadsheets count days from this date.
_SPREADSHEET_EPOCH = date(1899, 12, 30)
_SPREADSHEET_DAYS = range(20_000, 60_000)

_SCIENTIFIC = re.compile(r"\d(?:\.\d{1,18})?e\+?\d{1,2}", re.I)
_NUMBER = re.compile(r"-?\d{5,19}(?:\.\d{1,9})?")
_COMPACT_TIME = re.compile(r"((?:19|20)\d\d[01]\d[0-3]\d)(?:[0-2]\d[0-5]\d(?:[0-5]\d)?)")
_DOTNET = re.compile(r"/Date\((-?\d{1,17})(?:[+-]\d{4})?\)/")
_WEEK = re.compile(r"(\d{4})-?W(\d\d)(?:-?([1-7]))?(?:T.*)?")
_DAY_OF_YEAR = re.compile(r"(\d{4})-(\d{3})(?:T.*)?")
_DOTTED = re.compile(r"(\d{4})\s?\.\s?([01]?\d)\s?\.\s?([0-3]?\d)\s?\.?(?!\d)")
_TWO_DIGIT_YEAR = re.compile(r"([0-3]?\d)[.\s/-]+([^\W\d_]+)[.,\s/-]+[’']?(\d\d)(?![\d:])")
_THREE_PAIRS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2[’']?(\d\d)(?!\d)")
_ROMAN = re.compile(r"([0-3]?\d)[.\s/-]+([IVX]{1,4})[.\s/-]+(\d{4})(?!\d)")
# 令和4年(2022年)11月9日
_YEAR_IN_BRACKETS = re.compile(r"[(（]\s?\d{4}\s?年?\s?[)）]")
_ROMANS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_HAN = re.compile(
    rf"([{HAN_DIGITS}]{{4}})年(?:([{HAN_NUMBERS}]{{1,3}})月(?:([{HAN_NUMBERS}]{{1,4}})[日号號])?)?"
)
_CLOCK_TIME = re.compile(
    r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s?[ap]\.?m\b\.?)?|[+-]\d{2}:?\d{2}\b"
    r"|\b\d{1,2}\s?[ap]\.?m\b\.?|\b\d{1,2}h\d{2}\b",
    re.I,
)
_NUMBERS = re.compile(r"\d+")
_HALF_OF_DAY = re.compile(r"\d\s?[ap]\.?m\b", re.I)


def parse_date(value: Any, language: str = "") -> str:
    """Return the date of a field as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, empty if it is unclear.

    `language` decides the meaning of month names, and the calendar of a bare number.
    """
    text = field_text(value)
    if (language or not text.isascii()) and (nepali := nepali_date(text, language)):
        return nepali
    if is_date(text) and FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:  # most fields
        return text
    digits = plain_digits(text)
    if time := _epoch(digits):
        return time.date().isoformat()
    if match := _COMPACT_TIME.fullmatch(digits):
        return compact_date(match[1])
    if compact := compact_date(digits):
        return compact
    if text[3:5] == ", " and (in_mail := _mail(text)):  # Tue, 27 Dec 2022 10:00:00 GMT
        return in_mail
    found, start, _ = find_date(digits, language)
    if len(found) == DAY_LENGTH and start == 0:
        return found
    candidates = [found, *_in_words(text, digits, language)]
    if foreign := find_foreign_date(_YEAR_IN_BRACKETS.sub("", text), language):
        candidates.append(foreign.value)
    return max(candidates, key=len)


def moment(value: Any, language: str = "") -> str:
    """Return the moment that a field names: an ISO time if it may lie ahead, else an ISO date.

    A time on a past day becomes its date. A time of today or later keeps its second and its time
    zone. A value that is no date gives "".
    """
    day = parse_date(value, language)
    if len(day) < DAY_LENGTH or not clock.can_be_ahead(day):
        return day
    text = field_text(value)
    found, named = _time(value), find_time_of_day(text)
    if named and (found is None or _HALF_OF_DAY.search(text) or (named.zone and not found.tzinfo)):
        found = named.on(day)
    if found is None or abs(found.date() - date.fromisoformat(day)).days > 1:
        return day
    return found.isoformat()


def exact_time(value: Any) -> datetime | None:
    """Return the time that a field names, the start of the day if it names a day."""
    found = _time(value)
    if found is None:
        day = parse_date(value)
        return clock.start_of(day) if day else None
    return clock.zoned(found)


def field_text(value: Any, depth: int = 0) -> str:
    """Return a field's value as text: of an object or a list, that of its date."""
    match value:
        case str():
            return value.strip()[:MAX_DATE_CHARACTERS]
        case date():
            return value.isoformat()
        case bool() | None:
            return ""
        case int() | float():
            return str(value)
        case Mapping() if depth < MAX_DEPTH:
            parts = [value.get(part) for part in ("year", "month", "day")]
            known = (value[key] for key in _DATE_KEYS if value.get(key))
            return _of_numbers(parts) or field_text(next(known, None), depth + 1)
        case list() | tuple() if depth < MAX_DEPTH:
            return _of_numbers(value) or (field_text(value[0], depth + 1) if value else "")
        case Mapping() | list() | tuple():
            return ""
    return str(value)[:MAX_DATE_CHARACTERS]


def _of_numbers(parts: Sequence[Any]) -> str:
    """Return the day of a year, a month and a day, as some programs write it, empty for others."""
    numbers = [one for one in parts[:3] if isinstance(one, int | str) and str(one).isdecimal()]
    if len(numbers) < 3 or any(isinstance(one, bool) for one in numbers):
        return ""
    return _checked(*map(int, numbers))


def _in_words(text: str, digits: str, language: str) -> Iterator[str]:
    """Yield the dates that the further forms make of a field."""
    for form in (_week, _day_of_year, _dotted, _roman, _han):
        if value := form(digits):
            yield value
    yield _mail(text)
    yield _with_short_year(digits, language)
    yield _around_month(digits, language)


def _epoch(text: str) -> datetime | None:
    """Return the time that a number counts from 1970, in seconds or smaller units, in UTC.

    A number of five digits is a day as spreadsheets count them.
    """
    if match := _DOTNET.fullmatch(text):
        return _since_1970(int(match[1]) / 1_000)
    text = text.removeprefix("@")
    if _SCIENTIFIC.fullmatch(text):
        text = f"{float(text):.0f}"
    if not _NUMBER.fullmatch(text) or compact_date(text) or _COMPACT_TIME.fullmatch(text):
        return None
    number = float(text)
    if int(number) in _SPREADSHEET_DAYS:
        day = _SPREADSHEET_EPOCH + timedelta(days=int(number))
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    digits = len(text.partition(".")[0].removeprefix("-"))
    unit = _UNITS.get(digits)
    return _since_1970(number / unit) if unit else None


def _since_1970(seconds: float) -> datetime | None:
    try:
        found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return found if _FIRST_EPOCH < found < _LAST_EPOCH else None


def _week(text: str) -> str:
    match = _WEEK.fullmatch(text)
    if not match:
        return ""
    try:
        first = date.fromisocalendar(int(match[1]), int(match[2]), int(match[3] or 1))
        last = first if match[3] else first + timedelta(days=6)
    except (ValueError, OverflowError):
        return ""
    if first == last:
        return first.isoformat()
    is_same_month = (first.year, first.month) == (last.year, last.month)
    return f"{first:%Y-%m}" if is_same_month else f"{first:%Y}" * (first.year == last.year)


def _day_of_year(text: str) -> str:
    match = _DAY_OF_YEAR.fullmatch(text)
    if not match or not int(match[2]):
        return ""
    try:
        found = date(int(match[1]), 1, 1) + timedelta(days=int(match[2]) - 1)
    except (ValueError, OverflowError):
        return ""
    return found.isoformat() if found.year == int(match[1]) else ""


def _dotted(text: str) -> str:
    """Read `2022. 12. 28.`, as Hungarians and Koreans write."""
    match = _DOTTED.match(text)
    return _checked(*map(int, match.groups())) if match else ""


def _roman(text: str) -> str:
    match = _ROMAN.match(text)
    if not match or match[2] not in _ROMANS:
        return ""
    return _checked(int(match[3]), _ROMANS.index(match[2]) + 1, int(match[1]))


def _han(text: str) -> str:
    """Read `二〇二二年十二月二十八日`."""
    match = _HAN.search(text)
    if not match:
        return ""
    return _checked(*(han_number(one) for one in match.groups() if one))


def _mail(text: str) -> str:
    from email.utils import parsedate  # most dates are read before

    mail = parsedate(text)
    return _checked(*mail[:3]) if mail else ""


def _with_short_year(text: str, language: str) -> str:
    """Read a year of two digits: `28-Dec-22`, and of numbers what can only be one day."""
    if match := _TWO_DIGIT_YEAR.match(text):
        month = month_of(match[2], language)
        return _checked(_full_year(int(match[3])), month, int(match[1])) if month else ""
    match = _THREE_PAIRS.match(text)
    if not match:
        return ""
    first, second, third = int(match[1]), int(match[3]), int(match[4])
    if match[2] == ".":
        return _checked(_full_year(third), second, first)
    year = _full_year(third)
    orders = {(year, second, first), (year, first, second), (2000 + first, second, third)}
    days = {_checked(*order) for order in orders}
    days = {day for day in days if day and clock.has_begun(day)}
    return days.pop() if len(days) == 1 else ""


def _full_year(year: int) -> int:
    """Return the year that two digits mean: next year at the latest."""
    this = clock.now().year
    return 2000 + year if 2000 + year <= this + 1 else 1900 + year


def _around_month(text: str, language: str) -> str:
    """Read a date whose month is a word, whatever stands around it.

    It must hold one name of a month, one year, and at most one other number.
    """
    names = {name.lower() for name in names_of_months(text)}
    months = {month_of(name, language) for name in names}
    if len(months) != 1 or not (month := months.pop()):
        return ""
    rest = _CLOCK_TIME.sub(" ", text)
    for name in sorted(names, key=len, reverse=True):
        rest = re.sub(re.escape(name), " ", rest, flags=re.I)
    numbers = _NUMBERS.findall(rest)
    years = [int(number) for number in numbers if len(number) == 4]
    days = [int(number) for number in numbers if len(number) < 3]
    if len(years) != 1 or len(years) + len(days) != len(numbers) or len(days) > 1:
        return ""
    return _checked(years[0], month, *days)


def _checked(year: int, *rest: int) -> str:
    return checked_date(year, *rest) if FIRST_YEAR <= year <= LAST_YEAR and all(rest) else ""


def _time(value: Any) -> datetime | None:
    """Return the time that a field holds, None if it holds only a day."""
    if isinstance(value, datetime):
        return value
    text = field_text(value)
    if time := _epoch(text):
        return time
    for read in (datetime.fromisoformat, _without_space, _mail_time):
        try:
            found = read(text)
        except (ValueError, TypeError, IndexError):
            continue
        return found if ":" in text or "T" in text.upper() else None
    return None


def _mail_time(text: str) -> datetime:
    """Read `Wed, 28 Dec 2022 10:00:00 +0100`."""
    from email.utils import parsedate_to_datetime  # most times are read before

    return parsedate_to_datetime(text)


def _without_space(text: str) -> datetime:
    """Read `2022-12-28 10:00:00 +0100` and `… UTC`, as site generators write."""
    text = re.sub(r"\s+(?:UTC|GMT)(?=[+-]\d)", " ", text)
    text = re.sub(r"\s+(?:UTC|GMT|Z)$", "+00:00", text)
    return datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d{2}:?\d{2}$)", "", text))
