"""Find dates as archives write them and keep their precision: never guess a day.

A date is `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. If the order of day and month is unclear (03/04/2022)
and the language does not decide it, only the year is kept. Month names are data:
`data/months.toml`.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from functools import cache, lru_cache
from itertools import takewhile

import regex

from recommender.system.package_data import data_file
from recommender.text.calendars import find_foreign_date, plain_digits

# Languages in which all countries write the day before the month, as CLDR has it.
_DAY_FIRST = frozenset(
    (
        *("nl", "de", "fr", "it", "pt", "ru", "uk", "be", "pl", "cs", "sk", "sl", "hr", "sr", "bs"),
        *("mk", "bg", "ro", "el", "tr", "az", "ka", "hy", "ar", "he", "hi", "bn", "ur", "id", "ms"),
        *("vi", "th", "da", "nb", "nn", "no", "fi", "et", "is", "ga", "cy", "ca", "gl", "lb", "fy"),
    )
)
# Two numbers and a year.
_NUMBERS = re.compile(r"\b\d{1,2}[-/]\d{1,2}[-/]\d{4}\b")
MAX_PLACE_CHARACTERS = 60
YEAR_LENGTH = 4
# Earlier years belong to other calendars: nothing was printed before the middle of the 15th
# century.
FIRST_YEAR = 1500
# Patterns for the month names of one text are compiled first, before those for all names.
FEW_COMPILED = 24

_YEAR = r"(?P<year>(?:1[5-9]|20)\d\d)"
_WORD = re.compile(r"[^\W\d_]+")
_ANY_YEAR = re.compile(r"(?:1[5-9]|20)[0-9]{2}")
# What stands beside the year in each of `_FORMS_IN_DIGITS`.
_BESIDE_YEAR = re.compile(r"[-/.]\s?(?:1[5-9]|20)[0-9]{2}|(?:1[5-9]|20)[0-9]{2}(?:[-/.]|\s?[年년])")
_FOREIGN_YEAR = re.compile(r"(?<!\d)(?:1[34]|2[45])\d\d(?!\d)|[和成正治國国]\s?(?:\d|元)")
_ORDINAL = r"(?:er|st|nd|rd|th|[.ºª])?"
_FORMS_IN_DIGITS = (
    # 2022-12-28, 2022/12/28, 2022.12, 2022-12-28T10:00
    rf"(?<!\d){_YEAR}(?P<sep>[-/.])(?P<month>[01]?\d)(?:(?P=sep)(?P<day>[0-3]?\d))?(?:T[\d:.+Z-]+)?(?!\d)",
    # 2022年12月28日, 2022년 12월 28일
    rf"(?<!\d){_YEAR}\s?[年년]\s?(?:(?P<month>[01]?\d)\s?[月월]\s?(?:(?P<day>[0-3]?\d)\s?[日일]?)?)?",
    # 28.12.2022, 28/12/2022, 12-28-2022
    rf"(?<!\d)(?P<first>[0-3]?\d)\s?(?P<sep>[-/.])\s?(?P<second>[0-3]?\d)\s?(?P=sep)\s?{_YEAR}(?!\d)",
)
_FORMS_WITH_MONTHS = (
    # 28 december 2022, 1er janvier 2023, 17 de diciembre de 2022, december 2022, 28-Dec-2022
    rf"(?:(?<!\d)(?P<day>[0-3]?\d){_ORDINAL}(?:\s+(?:d[eo]\s+|d[’']|of\s+)?|[./-]\s?))?"
    rf"(?<!\p{{L}})(?P<name>\L<months>)(?:\.?,?\s+(?:d[eo]l?\s+|of\s+)?|[./-]){_YEAR}(?!\d)",
    # December 27, 2022
    rf"(?<!\p{{L}})(?P<name>\L<months>)\.?\s+(?P<day>[0-3]?\d){_ORDINAL},?\s+{_YEAR}(?!\d)",
)

_ANY_MONTH = (r"(?<!\p{L})\L<months>(?!\p{L})",)
_IN_DIGITS = tuple(map(regex.compile, _FORMS_IN_DIGITS))
_DATE = regex.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_COMPACT = regex.compile(rf"(?<!\d){_YEAR}(?P<month>[01]\d)(?P<day>[0-3]\d)(?!\d)")
_DATE_IN_NAME = regex.compile(
    rf"(?<!\d){_YEAR}(?P<sep>[-_/.])(?P<month>[01]\d)(?:(?P=sep)(?P<day>[0-3]\d))?(?!\d)"
)
_LABEL = r"\s*(?i:date|datum|fecha|data|дата|التاريخ|日期|日付|날짜)\s*[:：]?\s+"
_BARE = regex.compile(rf"(?P<label>{_LABEL})?\s*(?P<date>{_YEAR}(?:-\d\d(?:-\d\d)?)?)(?=\s|$)")
_AGENCY_LINE = regex.compile(
    r"\s*(?P<line>(?:\p{Lu}{2}[\p{Lu} ’'.-]{1,40}|\p{Lu}[\p{L} ’'.-]{1,30})"
    r"(?:,\s\p{Lu}[\p{L} .]{1,25})?\s?\([\p{Lu}\p{L} /]{2,20}\)"
    r"|\p{Lu}{3}[\p{Lu} ’'-]{0,30}(?:,\s\p{Lu}[\p{L}. ]{1,25})?)\s*(?:[–—]|\s-(?=\s))\s*"
)
# PARIS, Dec 27 (AP) —; Jaén, 9 nov (EFE).-: a place and a day of no year
_MONTH = r"(?i:\L<months>)\.?"
_DAY = rf"(?:(?<!\d)[0-3]?\d{_ORDINAL}\s+(?:de\s+)?{_MONTH}|{_MONTH}\s+[0-3]?\d{_ORDINAL})"
_AGENCY_LINE_WITH_DAY = (
    rf"\s*\p{{Lu}}[\p{{L}} ’'.-]{{1,40}}(?:,\s\p{{Lu}}[\p{{L}}. ]{{1,25}})?,\s{_DAY}(?!\p{{L}})"
    r"\s*(?:[(\[][\p{L} /.-]{2,25}[)\]])?\s?\.?(?:\s*[–—]|(?<=[.)])-|\s-(?=\s))\s*"
)
_DASH = regex.compile(r"\s*[–—]\s*|\s+-\s+")
_ANY_DASH = re.compile(r"[-–—]")
_AFTER_COMMA = re.compile(r",\s.*?\d", re.DOTALL)
_AGENCY_DASH = re.compile(r"[–—]|\s-\s")
_SENTENCE_END = regex.compile(r"[.!?…]\s")
_TIME = regex.compile(
    r"[,.]?\s*(?:(?:at|om|um|à|a las|alle|kl\.?|о|в)\s+)?\d{1,2}[:.h]\d{2}(?::\d{2})?"
    r"(?:\s?(?i:[ap]\.?m\.?|uur|uhr|h|gmt|utc|cet|cest|est|edt|bst))*\s*"
    r"|\s*(?:午前|午後|上午|下午|오전|오후)?\s?\d{1,2}\s?[時时點点시](?:\s?\d{1,2}\s?[分분])?\s*",
)
_AFTER_DATE = regex.compile(r"(?:\s?(?:року|года|р\.|г\.|m\.|r\.|г)(?!\p{L}))?")


def find_date(text: str, language: str = "") -> tuple[str, int, int]:
    """Return the first date in `text` with its start and end, or ("", 0, 0).

    The start and end are also given if the words are a date but its day is unclear.
    """
    plain = plain_digits(text)
    if not _ANY_YEAR.search(plain):  # most blocks: the forms are slow, those with months above all
        return _foreign(text, plain, language)
    text = plain.replace("İ", "I")  # whose small letter is a sign longer
    forms = (*(_IN_DIGITS if _BESIDE_YEAR.search(text) else ()), *_with_months(text))
    found = [match for form in forms if (match := form.search(text))]
    for match in sorted(found, key=lambda match: (match.start(), -match.end())):
        if value := _value(match, language):
            return value, match.start(), match.end()
    return "", 0, 0


def _foreign(text: str, plain: str, language: str) -> tuple[str, int, int]:
    """Return the first date of another calendar, as `find_date` does."""
    if text.isascii() or not _FOREIGN_YEAR.search(plain):
        return "", 0, 0
    return find_foreign_date(text, language) or ("", 0, 0)


def compact_date(text: str) -> str:
    """Return the date of eight digits, `20221228`, at the beginning of a text, or nothing."""
    match = _COMPACT.match(text)
    return _value(match) if match else ""


def date_in_name(name: str) -> str:
    """Return the date in a path such as `2022-12-28-title`, `20221228_x` or `2022/12/x`, or ""."""
    matches = [match for form in (_DATE_IN_NAME, _COMPACT) for match in form.finditer(name)]
    return max((_value(match) for match in matches), key=len, default="")


def leading_date(text: str) -> tuple[str, int]:
    """Return the date of the date line that opens `text`, and the line's end, or ("", 0).

    A date line is a labelled or bare ISO date, or a place and a date that fill the block or end in
    a dash. An agency's line without a date (`KYIV (AP) —`) gives ("", its end).
    """
    bare = _BARE.match(text) if "1" in text or "20" in text else None
    if bare and is_date(bare["date"]) and (bare["label"] or len(bare["date"]) > 4):
        return bare["date"], bare.end()
    head = text[:160]
    value, start, end = find_date(head)
    if value and _is_prefix(head[:start]):
        for tail in (_AFTER_DATE, _TIME):
            if match := tail.match(head, end):
                end = match.end()
        if not text[end:].strip(" .|"):
            return value, len(text)
        if dash := _DASH.match(head, end):
            return value, dash.end()
    if not _ANY_DASH.search(head):  # most blocks: the patterns of agencies are slow
        return "", 0
    dashed = _AGENCY_DASH.search(head)
    agency = (_AGENCY_LINE.match(head) if dashed else None) or _agency_line_with_day(head)
    return ("", agency.end()) if agency and agency.end() < len(text) else ("", 0)


def _agency_line_with_day(head: str) -> regex.Match[str] | None:
    if not _AFTER_COMMA.search(head):  # most blocks: no day follows a place
        return None
    return next((found for form in _agency_lines(head) if (found := form.match(head))), None)


def names_of_months(text: str) -> list[str]:
    """Return every form of a month's name that a text holds."""
    return [text[start:end] for start, end in places_of_months(text)]


def places_of_months(text: str) -> list[tuple[int, int]]:
    """Return where the names of months in a text begin and end."""
    found = _compiled(_ANY_MONTH, _months_in(text))
    return [match.span() for form in found for match in form.finditer(text)]


def _with_months(text: str) -> tuple[regex.Pattern[str], ...]:
    return _compiled(_FORMS_WITH_MONTHS, _months_in(text))


def _agency_lines(head: str) -> tuple[regex.Pattern[str], ...]:
    return _compiled((_AGENCY_LINE_WITH_DAY,), _months_in(head), 0)


def _months_in(text: str) -> tuple[str, ...]:
    """Return the names of months that a text may hold, by their first words; the longest first."""
    words = month_words().keys() & _WORD.findall(text.casefold())
    names = {name for word in words for name in month_words()[word]}
    return tuple(sorted(names, key=lambda name: (-len(name), name)))


def _compiled(
    forms: tuple[str, ...], names: tuple[str, ...], flags: int = regex.IGNORECASE
) -> tuple[regex.Pattern[str], ...]:
    """Return the patterns of forms with these month names; none without a name.

    To compile those of all names takes 90 milliseconds, which is long for the write of one article
    and short for a build.
    """
    if not names:
        return ()
    if _compiled_for.cache_info().misses >= FEW_COMPILED:
        return _compiled_for_all(forms, flags)
    return _compiled_for(forms, names, flags)


@cache
def _compiled_for_all(forms: tuple[str, ...], flags: int) -> tuple[regex.Pattern[str], ...]:
    names = sorted(_months(), key=len, reverse=True)
    return tuple(regex.compile(form, flags, months=names) for form in forms)


@lru_cache(maxsize=2 * FEW_COMPILED)
def _compiled_for(
    forms: tuple[str, ...], names: tuple[str, ...], flags: int
) -> tuple[regex.Pattern[str], ...]:
    return tuple(regex.compile(form, flags, months=names) for form in forms)


def is_of_unclear_day(text: str, date: str) -> bool:
    """Return whether a text has day and month as numbers, of which only the year was read."""
    return len(date) == YEAR_LENGTH and _NUMBERS.search(plain_digits(text)) is not None


def is_date(text: str) -> bool:
    """Return whether `text` is `YYYY`, `YYYY-MM` or `YYYY-MM-DD` and exists in the calendar."""
    if not _DATE.fullmatch(text):
        return False
    return bool(checked_date(*map(int, text.split("-"))))


def _is_prefix(text: str) -> bool:
    """Return whether the text before a date can be a part of a date line: a place, a few words."""
    words = text.split()
    return len(words) <= 6 and len(text) <= MAX_PLACE_CHARACTERS and not _SENTENCE_END.search(text)


@cache
def _months() -> dict[str, dict[int, set[str]]]:
    """Return for each month name the months that it can mean, each with its languages."""
    found: dict[str, dict[int, set[str]]] = {}
    table = tomllib.loads(data_file("months.toml").read_text("utf-8"))
    for language, names in table.items():
        for number, forms in enumerate(names, 1):
            for form in forms.split("|"):
                found.setdefault(form, {}).setdefault(number, set()).add(language)
    return found


@cache
def month_words() -> dict[str, list[str]]:
    """Return the first word of each month's names, with the names that begin with it."""
    found: dict[str, list[str]] = {}
    for name in _months():
        found.setdefault(_WORD.findall(name.casefold())[0], []).append(name)
    return found


def _value(match: regex.Match[str], language: str = "") -> str:
    parts = match.groupdict()
    year, month, day = (int(parts.get(name) or 0) for name in ("year", "month", "day"))
    if name := parts.get("name"):
        month = month_of(name, language)
    if parts.get("first"):
        is_day_first = parts["sep"] == "." or language[:2] in _DAY_FIRST
        month, day = _day_and_month(int(parts["first"]), int(parts["second"]), is_day_first)
    known = takewhile(bool, (year, month, day))
    return checked_date(*known)


def month_of(name: str, language: str) -> int:
    """Return the number of a month by a form of its name, 0 if it may be several."""
    meanings = _months().get(name.lower(), {})
    if len(meanings) > 1:
        meanings = {number: who for number, who in meanings.items() if language[:2] in who}
    return next(iter(meanings)) if len(meanings) == 1 else 0


def _day_and_month(first: int, second: int, is_day_first: bool) -> tuple[int, int]:
    """Return (month, day) of two numbers before a year, or (0, 0) if their order is unclear."""
    if first > 12 or first == second or (is_day_first and second <= 12):
        return second, first
    return (first, second) if second > 12 else (0, 0)


def checked_date(year: int, month: int = 0, day: int = 0) -> str:
    """Return a date in ISO form, empty if there is no such day."""
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return ""
    return "-".join([f"{year:04}", *(f"{part:02}" for part in (month, day) if part)])
