"""Find the numbers of a text, which a translation keeps, whatever the digits of its script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set

# No more of a text is looked at.
MOST_CHARACTERS = 200_000
_RUN = re.compile(r"\d+")


def numbers_of(text: str) -> frozenset[str]:
    """Return the runs of digits in a text, in the digits 0-9; a separator ends a run."""
    runs = set(_RUN.findall(text[:MOST_CHARACTERS]))
    return frozenset(run if run.isascii() else _in_ascii(run) for run in runs)


def shared_share(one: Set[str], other: Set[str]) -> float:
    """Return how much of the smaller of two sets is in the other, 0 if it is empty."""
    return len(one & other) / max(min(len(one), len(other)), 1)


def _in_ascii(run: str) -> str:
    return "".join(str(unicodedata.decimal(digit)) for digit in run)
