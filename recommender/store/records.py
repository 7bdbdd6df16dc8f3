"""Define the records of a segment's files and the hashes they hold."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date as calendar_date
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask
from recommender.store.checks import FileFacts
from recommender.store.publication import Listed
from recommender.types import Role, Status

MAX_ROLES = 16
ARTICLE_RECORD = np.dtype(
    [
        ("offset", "<u8"),  # of the article's line in articles.jsonl, in bytes
        ("length", "<u4"),
        ("id_hash", "<u8"),
        ("content_hash", "V32"),
        ("first_row", "<u4"),
        ("rows", "<u4"),
        ("language", "<u2"),  # position in the segment's list of languages
        ("date", "<u4"),  # yyyymmdd, 00 for a month or day that is not known, 0 for no date
        ("roles", "<u2", (MAX_ROLES,)),  # how many paragraphs of each of the segment's roles
    ]
)
PASSAGE_RECORD = np.dtype(
    [
        ("article", "<u4"),  # position of the article in this segment
        ("number", "<u4"),
        ("part", "<u4"),
        ("role", "u1"),  # position in the segment's list of roles
        ("language", "<u2"),  # position in the segment's list of languages
        ("start", "<u4"),
        ("end", "<u4"),
        ("heading_start", "<u4"),
        ("heading_end", "<u4"),
        ("text_hash", "V16"),
    ]
)
ROLES = tuple(Role)
# Vectors are written as float16; older segments have float32. Among 200,000 real passages, float16
# changed no cosine by more than 0.0003, and 1 in 100 lists of the ten nearest.
STORED = (np.dtype("<f2"), np.dtype("<f4"))


# The days of each month; month 0 has no day, and there is no month 13.
_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, -1])
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFacts:
    """The content of `segment.json`: counts, names that records refer to, and the files' facts.

    `encoder` is a fingerprint. `roles` and `languages` are in the order of the numbers in records.
    `limited` lists the articles that are not simply published (`publication.py`).
    """

    articles: int
    passages: int
    words_only: int
    dim: int
    encoder: str
    roles: tuple[str, ...]
    languages: tuple[str, ...]
    limited: tuple[Listed, ...] = ()
    files: Mapping[str, FileFacts]
    more: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if unknown := set(self.roles) - {str(role) for role in Role}:
            raise ValueError(f"roles: {min(unknown)!r} is not a role")
        if len(self.roles) > MAX_ROLES:
            raise ValueError(f"roles must be {MAX_ROLES} at most")
        for position, status, _, _ in self.limited:
            if position >= self.articles or (status and status not in set(Status)):
                raise ValueError(f"limited: article {position} with status {status!r} is not there")


def id_hash(article_id: str) -> int:
    """Return 64 bits of the id's SHA-256, by which articles are looked up."""
    return int.from_bytes(
        hashlib.sha256(article_id.encode("utf-8", "surrogatepass")).digest()[:8], "little"
    )


def text_hash(text: str) -> bytes:
    """Return 128 bits of the text's SHA-256: equal texts have equal vectors."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


def passage_text(text: str, title: str, number: int, start: int, end: int) -> str:
    """Return a passage's text, from the article's text or from its title field (number 0).

    A title that is one passage has no offsets.
    """
    if number:
        return text[start:end]
    return title[start:end] if end else title


def date_number(date: str) -> int:
    """Return `YYYY[-MM[-DD]]` as the number yyyymmdd, 00 for a missing month or day."""
    return int(date.replace("-", "").ljust(8, "0")) if date else 0


def is_calendar_date(date: str) -> bool:
    """Return whether a text is `YYYY`, `YYYY-MM` or `YYYY-MM-DD` and in the calendar."""
    if not _DATE.fullmatch(date):
        return False
    try:
        calendar_date.fromisoformat(date + "-01-01"[len(date) - 4 :])
    except ValueError:
        return False
    return True


def are_calendar_dates(numbers: npt.NDArray[np.integer[Any]]) -> Mask:
    """Return which dates, as `date_number` gives them, are in the calendar; 0 counts as one."""
    year, month, day = numbers // 10_000, numbers // 100 % 100, numbers % 100
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    days = _DAYS[np.minimum(month, 13)] - ((month == 2) & ~is_leap)
    found: Mask = (numbers == 0) | ((year >= 1) & (year <= 9999) & (day <= days))
    return found
