"""Find the identifiers of a short query, such as CVE-2014-0160, MH370 or ISO 9001.

Each names one thing. The vectors of two identifiers are near each other although they name
different things. So an answer must hold them as they are written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from recommender.text.numbers import numbers_of

# A longer query says more than its identifiers.
MOST_WORDS, MOST_CHARACTERS = 6, 300
# Fewer digits, as in F-16 or Covid-19, do not distinguish a name from everything else.
LEAST_DIGITS = 3
# A number without letters needs more digits: 12-10 may be a score.
LEAST_DIGITS_ALONE = 5
# A longer name before the digits is a word: Windows-2000.
MOST_LETTERS = 6
# The longest name in capitals that belongs to the number after it, as in ISO 9001.
MOST_CAPITALS = 5
# At most so few letters beside a date abbreviate "year", as in 28 декабря 2022 г.
MOST_BESIDE = 2
# Only so much of a text is searched.
MOST_READ = 200_000

_ENDS = re.compile(r"^[\W_]+|[\W_]+$")
# Endings that a language adds to a name: MH370's, MH370'in, MH370:n, MH370-es.
_ENDING = re.compile(r"(?<=\d)['\u2019:-][^\W\d_]+$")
_RUN = re.compile(r"\d+|[^\W\d_]+")
_YEAR = re.compile(r"(?:1\d|20)\d\d")
# A date, a span of years, an amount, a time or a span of times.
_NO_NAME = re.compile(
    r"\d{1,2}([-/.])\d{1,2}\1\d{2,4}|\d{4}([-/.])\d{1,2}\2\d{1,2}"
    rf"|{_YEAR.pattern}[-/](?:{_YEAR.pattern}|\d\d)"
    r"|\d{1,3}(?:[.,']\d{3})+(?:[.,]\d+)?|\d+[.,:]\d+"
    r"|\d{1,2}(?:[.:]\d\d){1,2}(?:-\d{1,2}(?:[.:]\d\d){1,2})?"
)
_ADDRESS = re.compile(r"[a-z]+://|www\.|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/", re.IGNORECASE)
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_DASH = r"\-\u2010-\u2015\u2212\uff0d"
_BETWEEN = rf"[\s{_DASH}./_\uff0e\uff0f\uff3f]{{1,2}}"
_LETTERS_AND_NUMBER = re.compile(rf"([^\W\d_]+)[{_DASH}\s]?(\d+)")
_THOUSANDS = "[.,'\u2019\\s]?"
# From an ASCII letter to its full-width form, as Japanese writes MH370: ＭＨ３７０.
_TO_WIDE = ord("\uff21") - ord("A")


@dataclass(frozen=True, slots=True)
class Identifiers:
    """The identifiers of a query, and its other numbers if it says nothing else (`is_all`).

    A query that is a `date`, a day or a month, has neither. `dates` are the sets of numbers by
    which a text may name the date: its year and its day, and also those of the query if it uses
    another calendar.
    """

    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    is_all: bool = False
    date: str = ""
    dates: tuple[frozenset[str], ...] = ()

    def are_in(self, text: str) -> bool:
        """Return whether a text holds them all, however each is divided: MH370 or MH-370."""
        return self._are_all(_holds, text)

    def may_be_in(self, text: str) -> bool:
        """Return whether a text holds them all, perhaps with their names in another language.

        UN 2334 is VN-resolutie 2334, and S-300 is С-300 in Cyrillic letters.
        """
        return self._are_all(_may_hold, text)

    def _are_all(self, is_held: Callable[[str, str], bool], text: str) -> bool:
        every = (*self.names, *self.numbers)
        return all(is_held(text, one) for one in every) and self._is_dated(text)

    def _is_dated(self, text: str) -> bool:
        """Return whether a text holds all numbers of a date: 5 is in 05-05-1945 and in May 5th."""
        if not self.dates:
            return True
        held = _without_zeros(text)
        return any(held >= numbers for numbers in self.dates)


def identifiers_of(query: str) -> Identifiers:
    """Return the identifiers of a query; none of a long one."""
    if len(query) > MOST_CHARACTERS or not any(map(str.isdecimal, query)):
        return Identifiers()  # before `_ENDS`, which takes time quadratic in the length
    return _of_short(query)


def asked_date(query: str) -> str:
    """Return the day or the month that a query is, `YYYY-MM-DD` or `YYYY-MM`, or nothing."""
    return identifiers_of(query).date


@lru_cache(maxsize=16)  # several steps of a search need it
def _of_short(query: str) -> Identifiers:
    if date := _date_of(query):
        dates = tuple(_numbers_of_date(date, query))
        return Identifiers(is_all=True, date=date, dates=dates)
    whole = _DASHES.sub("-", unicodedata.normalize("NFKC", query))
    words = list(filter(None, map(_bare, whole.split())))
    if len(words) > MOST_WORDS:
        return Identifiers()
    words = list(_joined(words))
    names = tuple(filter(_is_name, words))
    numbers = tuple(filter(_is_number, words))
    is_all = 0 < len(words) == len(names) + len(numbers)
    return Identifiers(names, numbers if is_all else (), is_all)


def _bare(word: str) -> str:
    """Return a word without the marks around it and without an ending."""
    word = _ENDS.sub("", word)
    return _ENDING.sub("", word) if word and _has_case(word[0]) else word


def _date_of(query: str) -> str:
    from recommender.text.dates import find_date  # hardly any query needs it

    text = _ENDS.sub("", query)
    date, start, end = find_date(text)
    rest = list(filter(str.isalnum, text[:start] + text[end:]))
    is_all = len(rest) <= MOST_BESIDE and all(map(_has_case, rest))
    return date if len(date) > len("YYYY") and is_all else ""


def _numbers_of_date(date: str, query: str) -> Iterator[frozenset[str]]:
    year, _, *day = date.split("-")
    yield _without_zeros(" ".join((year, *day)))
    if year not in (own := _without_zeros(query)):  # 令和4年12月28日 is in the year 2022
        yield own


def _without_zeros(text: str) -> frozenset[str]:
    """Return the numbers of a text, without zeros before them."""
    return frozenset(number.lstrip("0") for number in numbers_of(text))


def _joined(words: Sequence[str]) -> Iterator[str]:
    """Yield the words; a short name in capitals and the number after it are one: ISO 9001."""
    before = ""
    for word in words:
        if _is_number(word) and not _YEAR.fullmatch(word) and _is_in_capitals(before):
            yield f"{before} {word}"
            before = ""
            continue
        if before:
            yield before
        before = word
    if before:
        yield before


def _is_in_capitals(word: str) -> bool:
    return 2 <= len(word) <= MOST_CAPITALS and word.isalpha() and word.isupper()


def _is_number(word: str) -> bool:
    return word.isdecimal() and len(word) >= LEAST_DIGITS


def _is_name(word: str) -> bool:
    """Return whether a word is an identifier; dates, amounts and addresses are not."""
    if word.isdecimal() or _NO_NAME.fullmatch(word) or _ADDRESS.match(word):
        return False
    if any(unicodedata.category(one) == "Sc" for one in word):  # US$500
        return False
    runs, digits = _RUN.findall(word), sum(map(str.isdecimal, word))
    if not any(map(_has_case, word)):
        return digits >= LEAST_DIGITS_ALONE and all(map(str.isdecimal, runs))
    # 1500m, 1980s and 100th begin with a digit. A year may follow any name.
    is_dated = len(runs) == 2 and _YEAR.fullmatch(runs[1]) is not None
    begins = _has_case(word[0]) and len(runs[0]) <= MOST_LETTERS
    return digits >= LEAST_DIGITS and begins and len(runs) > 1 and not is_dated


def _has_case(letter: str) -> bool:
    """Return whether a letter is of a script with capitals, which ends words by spaces."""
    return letter.lower() != letter.upper()


def _holds(text: str, name: str) -> bool:
    """Return whether a text holds an identifier, not as a part of a longer one."""
    digits = _digits(name)
    for found in _pattern(name).finditer(text, 0, MOST_READ):
        start, end = found.span()
        around = text[max(start - 1, 0) : start] + text[end : end + 1]
        if _digits(found[0]) == digits and not any(map(_has_case, around)):
            return True
    return False


def _may_hold(text: str, name: str) -> bool:
    """Return whether a text holds an identifier, or its number after another name for it."""
    number = name.partition(" ")[2]
    is_held = _holds(text, name) or (number != "" and _holds(text, number))
    return is_held or _holds_in_another_script(text, name)


def _holds_in_another_script(text: str, name: str) -> bool:
    """Return whether a text holds the number of a name after other letters and a dash."""
    found = _LETTERS_AND_NUMBER.fullmatch(name)
    if not found:
        return False
    letters, digits = found.groups()
    pattern = _in_another_script(letters.isascii(), len(digits))
    every = pattern.finditer(text, 0, MOST_READ)
    return any(_digits(one[0]) == _digits(digits) for one in every)


@lru_cache(maxsize=64)
def _in_another_script(is_latin: bool, digits: int) -> re.Pattern[str]:
    letter = r"[^\W\d_a-z]" if is_latin else "[a-z]"
    before = rf"(?<![^\W_]){letter}{{1,{MOST_LETTERS}}}[{_DASH}]"
    return re.compile(rf"{before}\d{{{digits}}}(?!\d)", re.IGNORECASE)


@lru_cache(maxsize=64)
def _pattern(name: str) -> re.Pattern[str]:
    """Return a pattern for an identifier in any digits; two numbers must stay separate."""
    if name.isdecimal():
        return re.compile(_alone(name))
    runs = list(_RUN.finditer(name))
    found = _written(runs[0][0])
    for before, run in pairwise(runs):
        between = _BETWEEN
        own = name[before.end() : run.start()]  # as in arXiv:2101.00001
        if own and not re.fullmatch(_BETWEEN, own):  # two ways to match would take 2^n attempts
            between = f"(?:{re.escape(own)}|{_BETWEEN})"
        are_numbers = before[0].isdecimal() and run[0].isdecimal()
        found += (between if are_numbers else f"(?:{between})?") + _written(run[0])
    return re.compile(found, re.IGNORECASE)


def _written(run: str) -> str:
    """Return a pattern for letters in any width, or for as many digits."""
    if run.isdecimal():
        return rf"(?<!\d)\d{{{len(run)}}}(?!\d)"
    return "".join(f"[{one}{chr(ord(one) + _TO_WIDE)}]" if one.isascii() else one for one in run)


def _alone(number: str) -> str:
    """Return a pattern for as many digits, or for groups of three: 10000 or 10,000."""
    groups, first = divmod(len(number), 3)
    digits = [rf"\d{{{first}}}"] * bool(first) + [r"\d{3}"] * groups
    return rf"(?<!\d){_THOUSANDS.join(digits)}(?!\d)"


def _digits(text: str) -> str:
    """Return the digits of a text as those of 0-9."""
    return "".join(str(unicodedata.decimal(one)) for one in text if one.isdecimal())
