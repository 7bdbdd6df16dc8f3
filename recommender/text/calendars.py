"""Convert dates of other calendars: Solar Hijri, Islamic, Buddhist, Nepali, Japanese eras, Minguo.

A year alone does not show its calendar: the form of the date or the language of its text must. A
month or year that overlaps two Gregorian ones is reduced to what they share.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

import regex

from recommender.system.package_data import data_file
from recommender.text.han_numbers import HAN_NUMBERS, han_number

SOLAR_HIJRI, ISLAMIC = "solar_hijri", "islamic"
# Languages whose own calendar a bare year belongs to.
SOLAR_LANGUAGES = {"fa", "prs", "ps", "pbt", "ckb", "mzn", "glk", "lrc", "azb", "haz"}
ISLAMIC_LANGUAGES = {"ar", "arb", "ur", "ms", "id", "dv", "ha", "sw"}
BUDDHIST_LANGUAGES = {"th", "lo", "km", "my", "shn", "tts"}
BUDDHIST_OFFSET = 543
# Languages that write the years of Nepal, of which the first of January is in the ninth month.
NEPALI, NEPALI_LANGUAGES = "nepali", {"ne", "npi", "new", "mai"}
NEPALI_OFFSET, NEPALI_YEARS = 57, range(2040, 2150)
_NEW_YEAR = (9, 17)
MINGUO_OFFSET = 1911
# Years that are written today, with some room: of Hijri calendars, and of the Buddhist one.
HIJRI_YEARS = range(1200, 1500)
BUDDHIST_YEARS = range(2400, 2700)

_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_DAY = r"(?P<day>[0-3]?\d)"
_HAN = rf"[{HAN_NUMBERS}]{{1,5}}"
_ERA = regex.compile(
    rf"(?P<era>明治|大正|昭和|平成|令和|[㍾㍽㍼㍻㋿])\s?(?P<year>\d{{1,2}}|元|{_HAN})\s?年"
    rf"(?:\s?(?P<month>[01]?\d|{_HAN})\s?月(?:\s?(?P<day>[0-3]?\d|{_HAN})\s?日?)?)?"
)
_ERA_LETTER = regex.compile(
    rf"(?<![\p{{L}}\d])(?P<era>[MTSHR])\s?(?P<year>\d{{1,2}})[./-](?P<month>[01]?\d)[./-]{_DAY}(?!\d)"
)
_MINGUO = regex.compile(
    rf"(?:中華)?(?P<era>民[國国])\s?(?P<year>\d{{1,3}}|元|{_HAN})\s?年"
    rf"(?:\s?(?P<month>[01]?\d|{_HAN})\s?月(?:\s?(?P<day>[0-3]?\d|{_HAN})\s?日?)?)?"
)
_THAI_ERA = regex.compile(r"พ\s?\.?\s?ศ\s?\.?|B\.?E\.?(?!\p{L})")
_SOLAR_MARK = regex.compile(
    r"ه\s?\.\s?ش|هجری شمسی|هجري شمسي|خورشیدی|شمسی|\b(?:AP|A\.P\.|SH|S\.H\.)(?!\p{L})"
)
_ISLAMIC_MARK = regex.compile(
    r"هـ|ه\s?\.\s?ق|هجری قمری|هجرية|هجري|ھ|\b(?:AH|A\.H\.|H)(?![\p{L}\d])"
)
_NEPALI_DIGIT = regex.compile("[०-९]")
_PERSIAN_DIGIT = regex.compile("[۰-۹]")
_ARABIC_DIGIT = regex.compile("[٠-٩]")
_NUMBERS = regex.compile(
    rf"(?<!\d)(?:(?P<year>\d{{4}})\s?[-/.]\s?(?P<month>[01]?\d)(?:\s?[-/.]\s?{_DAY})?"
    rf"|(?P<day>[0-3]?\d)\s?[-/.]\s?(?P<month>[01]?\d)\s?[-/.]\s?(?P<year>\d{{4}})"
    r"|(?P<year>\d{4}))(?!\d)"
)
_MINGUO_NUMBERS = regex.compile(
    rf"(?<!\d)(?P<year>1[01]\d)[-/.](?P<month>[01]?\d)[-/.]{_DAY}(?!\d)"
)

_AROUND_MONTH = (
    rf"(?:{_DAY}(?:\s*-?\s*(?:[ei]\s)?|st\s|th\s|nd\s|rd\s))?(?<!\p{{L}})(?P<name>\L<months>)"
    r"(?!\p{L})[\s,،ِ]*(?:(?:سال|سنة|عام)\s*)?(?P<year>\d{4})(?!\d)"
)
_NEPALI_MONTH = (
    rf"(?<!\d)(?:(?P<year>20\d\d)\s*(?:साल)?\s*(?P<name>\L<months>)(?:\s*{_DAY})?"
    rf"|{_DAY}\s*(?P<name>\L<months>)[\s,]*(?P<year>20\d\d))(?!\d)"
)
_THAI_MONTH = (
    rf"(?:{_DAY}\s*)?(?P<name>\L<months>)\.?\s*(?:พ\.?\s?ศ\.?\s*)?(?P<year>2[45]\d\d|\d\d)(?!\d)"
)


class Found(NamedTuple):
    """A date as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, and where it stands."""

    value: str
    start: int
    end: int


def find_foreign_date(text: str, language: str = "") -> Found | None:
    """Return the first date of another calendar in a text, None where there is none.

    Its digits may be of any script; `language` tells the calendar of a bare number.
    """
    digits = plain_digits(text)
    for find in (_of_era, _of_month, _of_thai_month, _of_nepali_month):
        if found := find(digits):
            return found
    return _of_numbers(text, digits, language.replace("_", "-").partition("-")[0].lower(), language)


def plain_digits(text: str) -> str:
    """Return a text with the decimal digits of every script as 0-9, of the same length."""
    if text.isascii():
        return text
    return _OTHER_DIGIT.sub(lambda match: str(int(match[0])), text)


def _of_era(text: str) -> Found | None:
    match = _ERA.search(text) or _MINGUO.search(text) or _ERA_LETTER.search(text)
    if not match:
        return None
    year = 1 if match["year"] == "元" else _number(match["year"])
    year += _table()["eras"][match["era"]]
    return _found(match, _gregorian(year, *_month_and_day(match)))


def _of_month(text: str) -> Found | None:
    for name in (SOLAR_HIJRI, ISLAMIC):
        match = _with_months(name).search(text)
        if match and int(match["year"]) in HIJRI_YEARS:
            month = _months(name)[match["name"].lower()]
            return _found(match, _converted(name, int(match["year"]), month, _day(match)))
    return None


def _of_thai_month(text: str) -> Found | None:
    match = _thai().search(text)
    if not match:
        return None
    year = int(match["year"])
    year = (year if year > 100 else year + 2500) - BUDDHIST_OFFSET
    month = _thai_months()[match["name"].strip(".")]
    return _found(match, _gregorian(year, month, _day(match)))


def _of_nepali_month(text: str) -> Found | None:
    match = _with_months(NEPALI, _NEPALI_MONTH).search(text)
    if not match or int(match["year"]) not in NEPALI_YEARS:
        return None
    return _found(match, _nepali(int(match["year"]), _months(NEPALI)[match["name"]], _day(match)))


def nepali_date(text: str, language: str = "") -> str:
    """Return the year of a date of Nepal, empty for any other text.

    Its years are ones of the Gregorian calendar too, which lie ahead: the language tells, or the
    digits.
    """
    base = language.replace("_", "-").partition("-")[0].lower()
    if base not in NEPALI_LANGUAGES and (base or not _NEPALI_DIGIT.search(text)):
        return ""
    digits = plain_digits(text)
    if found := _of_nepali_month(digits):
        return found.value
    match = _NUMBERS.search(digits)
    if match is None or int(match["year"]) not in NEPALI_YEARS:
        return ""
    return _nepali(int(match["year"]), *_month_and_day(match))


def _nepali(year: int, month: int, day: int) -> str:
    """Return the year of a day of Nepal: how long its months are no rule tells."""
    return str(year - NEPALI_OFFSET + ((month, day) >= _NEW_YEAR))


def _of_numbers(text: str, digits: str, base: str, language: str) -> Found | None:
    """Return a date of numbers, whose calendar the language, a mark or the digits tell."""
    if base == "zh" and "tw" in language.lower() and (match := _MINGUO_NUMBERS.search(digits)):
        year = int(match["year"]) + MINGUO_OFFSET
        return _found(match, _gregorian(year, *_month_and_day(match)))
    match = _NUMBERS.search(digits)
    if not match:
        return None
    year, (month, day) = int(match["year"]), _month_and_day(match)
    if year in BUDDHIST_YEARS and (base in BUDDHIST_LANGUAGES or _THAI_ERA.search(text)):
        return _found(match, _gregorian(year - BUDDHIST_OFFSET, month, day))
    if year in HIJRI_YEARS and (name := _hijri_calendar(text, base)):
        return _found(match, _converted(name, year, month, day))
    return None


def _hijri_calendar(text: str, base: str) -> str:
    """Return which of the two calendars of the Hijra a date is of, empty where nothing tells."""
    if _SOLAR_MARK.search(text):
        return SOLAR_HIJRI
    if _ISLAMIC_MARK.search(text):
        return ISLAMIC
    if base in SOLAR_LANGUAGES or (not base and _PERSIAN_DIGIT.search(text)):
        return SOLAR_HIJRI
    is_arabic = base in ISLAMIC_LANGUAGES or (not base and _ARABIC_DIGIT.search(text))
    return ISLAMIC if is_arabic else ""


def _converted(calendar: str, year: int, month: int, day: int) -> str:
    """Return a date of the Hijra as a Gregorian one, empty where there is no such day."""
    to_gregorian = _solar if calendar == SOLAR_HIJRI else _islamic
    try:
        first = to_gregorian(year, month or 1, day or 1)
        if day:
            return first.isoformat()
        after = to_gregorian(*((year, month + 1, 1) if 0 < month < 12 else (year + 1, 1, 1)))
    except (ValueError, OverflowError):
        return ""
    return _shared(first, after - timedelta(days=1))


def _solar(year: int, month: int, day: int) -> date:
    from persiantools.jdatetime import JalaliDate

    found: date = JalaliDate(year, month, day).to_gregorian()
    return found


def _islamic(year: int, month: int, day: int) -> date:
    from hijridate import Hijri

    found = Hijri(year, month, day).to_gregorian()
    return date(found.year, found.month, found.day)


def _shared(first: date, last: date) -> str:
    """Return the year and month that two days share, or the year, or nothing."""
    if first.year != last.year:
        return ""
    return f"{first:%Y-%m}" if first.month == last.month else f"{first:%Y}"


def _gregorian(year: int, month: int, day: int) -> str:
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return ""
    parts = [f"{year:04}", *(f"{part:02}" for part in ((month, day) if day else (month,)) if part)]
    return "-".join(parts)


def _month_and_day(match: regex.Match[str]) -> tuple[int, int]:
    return _number(match["month"]), _day(match)


def _day(match: regex.Match[str]) -> int:
    return _number(match["day"])


def _number(written: str | None) -> int:
    """Return a number in digits or in letters of Han, 0 for none."""
    if not written or written.isdecimal():
        return int(written or 0)
    return han_number(written)


def _found(match: regex.Match[str], value: str) -> Found | None:
    return Found(value, match.start(), match.end()) if value else None


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(data_file("calendars.toml").read_text("utf-8"))


@cache
def _months(calendar: str) -> dict[str, int]:
    """Return the number of each month by the forms of its name."""
    return {
        form: number
        for number, forms in enumerate(_table()["months"][calendar], 1)
        for form in forms.split("|")
    }


@cache
def _with_months(calendar: str, form: str = _AROUND_MONTH) -> regex.Pattern[str]:
    months = sorted(_months(calendar), key=len, reverse=True)
    return regex.compile(form, regex.IGNORECASE, months=months)


@cache
def _thai_months() -> dict[str, int]:
    table = tomllib.loads(data_file("months.toml").read_text("utf-8"))
    return {
        form: number for number, forms in enumerate(table["th"], 1) for form in forms.split("|")
    }


@cache
def _thai() -> regex.Pattern[str]:
    months = sorted(_thai_months(), key=len, reverse=True)
    return regex.compile(_THAI_MONTH, months=months)
