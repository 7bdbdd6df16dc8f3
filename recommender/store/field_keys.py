"""Tell by which values a field of an article is asked for: its own, or one of several in it.

An article of `Els Bos, José Peña` is by `jose peña` too. Values are compared as people type them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from recommender.text.bylines import names_of_byline
from recommender.text.folding import folded

# A longer value is a text, whose commas divide no values.
_MOST_CHARACTERS = 300
_SEVERAL = re.compile(r"[,;|،、，；]")
# What stands between the names of authors, in some languages.
_AND = re.compile(
    r"\s+(?:and|en|und|et|y|e|og|och|ja|i|a|ve|dan|si|și|и|та|і|й)\s+|\s*[&/]\s*|\s+و\s*|[和与與]"
)


def field_key(value: str) -> str:
    """Return a value in the form in which values are compared."""
    return " ".join(folded(value).split())


def field_keys(name: str, found: Any) -> set[str]:
    """Return the keys of the values of a field, and of each of several in one value."""
    values = found if isinstance(found, list) else [found]
    keys: set[str] = set()
    for value in values:
        if value is not None:
            key = field_key(str(value))
            keys.add(key)
            if len(key) <= _MOST_CHARACTERS:
                keys.update(_parts(name, str(value)))
    return keys


def _parts(name: str, value: str) -> Iterable[str]:
    parts = [field_key(part) for part in _SEVERAL.split(value)]
    if name == "author":
        parts += [key for part in parts for key in _names(part)]
    return filter(None, parts)


def _names(key: str) -> list[str]:
    names = _AND.split(key)
    return [*names, *map(names_of_byline, names)]
