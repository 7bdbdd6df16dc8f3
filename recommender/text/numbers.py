"""Find the numbers of a text, which a translation keeps, whatever the digits of its script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set

# No more of a text is looked at.
MOST_CHARACTERS = 200_000
# Fewer digits, as in 1.5, are in many texts; more numbers are a table, not a question.
TELLING_DIGITS, MOST_TELLING = 3, 4
_RUN = re.compile(r"\d+")
_SEPARATED = re.compile(
    r"(?<![\d.,:/-])(?:\d{1,3}(?:[.,]\d{3}){1,5}(?:[.,]\d{1,6})?|\d{1,12}[.,]\d{1,12})"
    r"(?![\d:/-]|[.,]\d)"
)


def numbers_of(text: str) -> frozenset[str]:
    """Return the runs of digits in a text, in the digits 0-9; a separator ends a run."""
    runs = set(_RUN.findall(text[:MOST_CHARACTERS]))
    return frozenset(run if run.isascii() else _in_ascii(run) for run in runs)


def telling_numbers(text: str) -> list[str]:
    """Return the first numbers of a text that name what they count, as 38,60 or 203,091 do.

    They have a separator between digits, and `TELLING_DIGITS` of those at least before the zeros
    at their end: round numbers such as 10,000 are in texts on anything.
    """
    found = (one[0] for one in _SEPARATED.finditer(text[:MOST_CHARACTERS]))
    telling = [one for one in found if _significant(one) >= TELLING_DIGITS]
    return list(dict.fromkeys(telling))[:MOST_TELLING]


def shared_share(one: Set[str], other: Set[str]) -> float:
    """Return how much of the smaller of two sets is in the other, 0 if it is empty."""
    return len(one & other) / max(min(len(one), len(other)), 1)


def _significant(number: str) -> int:
    """Return how many digits a number has without the zeros at the end."""
    return len(_in_ascii("".join(filter(str.isdecimal, number))).rstrip("0"))


def _in_ascii(run: str) -> str:
    return "".join(str(unicodedata.decimal(digit)) for digit in run)
