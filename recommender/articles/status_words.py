"""Read words for a status, and for yes and no, as systems and people write them.

The words are data: `data/status.toml`.
"""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

from recommender import clock
from recommender.system.package_data import data_file
from recommender.text.folding import folded
from recommender.types import Status

_NUMBERS = {"1": Status.PUBLISHED, "200": Status.PUBLISHED, "0": Status.DRAFT}
_NUMBERS |= {"-1": Status.TRASHED, "-2": Status.TRASHED}
_BETWEEN = re.compile(r"[\s_\-]+")
_BETWEEN_WORDS = re.compile(r"[\s\-–—_:;,./|()\[\]]+")
# Words for published articles. Negated, they mean nothing: "unchanged", "non-premium".
_CHANGES = {"featured", "updated", "changed", "modified", "corrected", "beingcorrected"}
_READERS = {"members", "paid", "subscribers", "premium", "metered", "tiers"}
_READERS |= {"abonnees", "abonnenten", "abonnés"}
# At most this many first words are a status. Words may follow it, as in "Draft (v2)".
_MOST_WORDS = 4
MAX_CHARACTERS = 80
# What stands between the names in a condition of AsciiDoc or Sphinx.
_CONDITIONS = re.compile(r"[\s,+()]+|\b(?:or|and)\b")
# The suffix of packed folders.
PACKED = ".zip"
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_MAX_DEPTH = 6
# Databases write such values for no time. 0001 is the first year of some.
_NO_TIME = re.compile(r"(?:0000-00-00|0001-01-01|-0001-11-30)(?:[t ].*)?")


def plain_name(name: str) -> str:
    """Return a field's name without spaces, hyphens and underscores, and folded like words.

    So `BAŞLIK`, `başlık` and `baslik` are one name.
    """
    return _BETWEEN.sub("", folded(name))


def status_of(word: Any) -> Status | None:
    """Return the status that a word in a source means; None for an unknown word.

    Numbers are read as in Drupal and Joomla: 1 is published, 0 is not, -1 and -2 are trashed.
    """
    if isinstance(word, bool):
        return Status.PUBLISHED if word else Status.DRAFT
    text = str(word).strip()
    if (found := _NUMBERS.get(text)) is not None:
        return found
    for name in (plain_name(text[:MAX_CHARACTERS]), "".join(_words_in(text))):
        if (found := _words().get(name) or _denied(name)) is not None:
            return found
    return None


def is_of_draft(condition: str) -> bool:
    """Return whether text under a condition, such as `draft or internal`, is not for the public."""
    words = [word for word in _CONDITIONS.split(condition.strip()) if word]
    hidden = (status_of(word) not in (None, Status.PUBLISHED) for word in words)
    return bool(words) and all(hidden)


def status_within(text: str) -> Status | None:
    """Return the status in a field with further words: "Draft (v2)", "Embargo until 6 pm"."""
    openings = _openings(_words_in(text))
    return next(
        (found for name in openings if (found := _words().get(name) or _denied(name))), None
    )


def words_of(status: Status) -> list[str]:
    """Return the words for a status, as plain names."""
    return [plain_name(word) for word in _table()[status]]


def _denied(name: str) -> Status | None:
    """Return the status of a draft for words that deny one, as in "unpublished"; or else None."""
    for denial in _denials():
        word = name.removeprefix(denial)
        is_published = word not in _CHANGES | _READERS and _words().get(word) is Status.PUBLISHED
        if word != name and is_published:
            return Status.DRAFT
    return None


def truth(value: Any) -> bool | None:
    """Return whether a flag is set; None if the value is not a flag. No time means not set."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and not is_no_value(value):
        return bool(value) if value in (0, 1) else None
    word = str(value).strip().lower()
    found = _flags().get(word)
    if found is None and len(word) <= MAX_CHARACTERS and not word.isascii():
        found = _flags().get(folded(word))
    return False if found is None and _is_no_time(word) else found


def is_no_value(value: Any, depth: int = 0) -> bool:
    """Return whether a value means none, such as "n/a", NaN, or a time in the year 0.

    A list or an object means none if it is empty or holds only such values.
    """
    if isinstance(value, list | tuple | dict):
        inner = value.values() if isinstance(value, dict) else value
        return depth < _MAX_DEPTH and all(is_no_value(one, depth + 1) for one in inner)
    if isinstance(value, float) and math.isnan(value):
        return True
    word = str(value).strip().lower()
    return value is None or word in _no_values() or _is_no_time(word)


def _is_no_time(word: str) -> bool:
    return word.startswith(("0", "-0")) and _NO_TIME.fullmatch(word) is not None


def _words_in(text: str) -> list[str]:
    """Return the words of a text without signs and numbers, folded."""
    text = folded(text[:MAX_CHARACTERS])
    words = (_without_signs(word) for word in _BETWEEN_WORDS.split(text))
    return [word for word in words if word and not word.isdigit()]


def _openings(words: list[str]) -> Iterator[str]:
    """Yield the first words of a text joined: first many words, then fewer."""
    for count in range(min(_MOST_WORDS, len(words)), 0, -1):
        yield "".join(words[:count])


def _without_signs(word: str) -> str:
    """Return a word without punctuation and emojis."""
    kept = (sign for sign in word if unicodedata.category(sign)[0] not in "PSC")
    return "".join(kept).strip("\ufe0f")


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(data_file("status.toml").read_text("utf-8"))


def status_of_folder(name: str) -> Status | None:
    """Return the status of the files in a folder or packed folder with this name.

    Most names mean no status. `bin.zip` holds programs, and an embargo of 1973 is a subject.
    """
    bare = name.lower().removesuffix(PACKED)
    if bare != name.lower() and bare in _table()["folders"]["unpacked"]:
        return None
    found = _status_of_bare(bare)
    return None if found is Status.SCHEDULED and _is_of_the_past(name) else found


@cache
def _status_of_bare(name: str) -> Status | None:
    return _folders().get(name) or _folders().get(_folder_words(name))


def _is_of_the_past(name: str) -> bool:
    """Return whether a name holds a year, and an embargo of that year is long over."""
    years = [int(year) for year in _YEAR.findall(name)]
    return bool(years) and max(years) < clock.now().year - 1


def lines_of(kind: str) -> list[str]:
    """Return the words of a kind, of those that people write above a text."""
    words: list[str] = _table()["lines"][kind]
    return words


def _folder_words(name: str) -> tuple[str, ...]:
    """Return the words of a folder's name, without signs and numbers."""
    words = (word.strip("0123456789") for word in _words_in(name))
    return tuple(filter(None, words))


@cache
def _folders() -> dict[str | tuple[str, ...], Status]:
    """Return the status that each name of a folder means, by the name and mostly by its words."""
    folders = dict(_table()["folders"])
    exact, _ = folders.pop("exact"), folders.pop("unpacked")
    folders["private"] = [*folders["private"], *lines_of("private")]
    names = {word: Status(status) for status, words in folders.items() for word in words}
    by_words = {_folder_words(word): one for word, one in names.items() if word not in exact}
    return {**by_words, **names}


@cache
def _words() -> dict[str, Status]:
    table = _table()
    above_texts = {
        **table["lines"],
        Status.PRIVATE: [*lines_of("private"), *lines_of("confidential")],
    }
    return {
        plain_name(word): status
        for words_by_status in (above_texts, table)
        for status in Status
        for word in words_by_status.get(status, ())
    }


@cache
def _denials() -> tuple[str, ...]:
    return tuple(map(plain_name, _table()["flags"]["not"]))


@cache
def _no_values() -> frozenset[str]:
    return frozenset(("", *_table()["flags"]["none"]))


@cache
def _flags() -> dict[str, bool]:
    flags = _table()["flags"]
    no = dict.fromkeys((*flags["no"], *_no_values()), False)
    known = no | dict.fromkeys(flags["yes"], True)
    return {folded(word): is_set for word, is_set in known.items()} | known
