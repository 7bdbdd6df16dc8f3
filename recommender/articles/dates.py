"""Dates as press archives write them, kept with the precision they have."""

from __future__ import annotations

import re
from datetime import date

_LEADING = re.compile(
    r"\s*(?:date[:\s]\s*)(\d{4}(?:-\d{2}(?:-\d{2})?)?)(?=\s|$)"
    r"|\s*(\d{4}-\d{2}(?:-\d{2})?)(?=\s|$)",
    re.IGNORECASE,
)


def leading_date(text: str) -> tuple[str, int]:
    """Return the date that `text` opens with and the offset where it ends, or ("", 0)."""
    match = _LEADING.match(text)
    if match is None:
        return "", 0
    found = match[1] or match[2]
    return (found, match.end()) if is_date(found) else ("", 0)


def is_date(text: str) -> bool:
    """Tell whether `text` is `YYYY`, `YYYY-MM` or `YYYY-MM-DD` and exists in the calendar."""
    if not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", text, re.ASCII):
        return False
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
