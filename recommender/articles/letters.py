"""Repair half surrogate pairs, so that every field of an article can be written as UTF-8.

JSON and Python can hold one half of a pair, UTF-8 and files cannot. Ids and texts are known by
their hashes, so halves must be repaired before the first hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from recommender.articles.clean import whole
from recommender.types import Article, Mark

_TEXTS = tuple(one.name for one in fields(Article) if one.type == "str")


def with_whole_letters(article: Article) -> Article:
    """Return an article without half surrogate pairs in any field; most have none."""
    changed: dict[str, Any] = {
        name: whole(value)
        for name in _TEXTS
        if isinstance(value := getattr(article, name), str) and not is_whole(value)
    }
    if not _is_whole_value(article.metadata):
        changed["metadata"] = _whole_value(article.metadata)
    if "text" in changed or not all(is_whole(f"{role}{why}") for _, _, role, why in article.marks):
        changed["marks"] = tuple(_moved(mark, article.text) for mark in article.marks)
    return replace(article, **changed) if changed else article


def is_whole(text: str) -> bool:
    """Return whether a text can be written as UTF-8."""
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _moved(mark: Mark, text: str) -> Mark:
    """Return a mark with its offsets into the repaired text: two halves became one letter."""
    start, end, role, why = mark
    return len(whole(text[:start])), len(whole(text[:end])), whole(role), whole(why)


def _is_whole_value(value: Any) -> bool:
    match value:
        case str():
            return is_whole(value)
        case Mapping():
            return all(_is_whole_value(one) for pair in value.items() for one in pair)
        case list() | tuple():
            return all(map(_is_whole_value, value))
    return True


def _whole_value(value: Any) -> Any:
    match value:
        case str():
            return whole(value)
        case Mapping():
            return {_whole_value(key): _whole_value(one) for key, one in value.items()}
        case list() | tuple():
            return [*map(_whole_value, value)]
    return value
