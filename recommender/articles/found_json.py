"""Pass what readers find from one process to another as JSON, and read it again.

JSON, not pickle: the process that reads strangers' files cannot be trusted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, fields
from typing import Any

from recommender.types import Article, Found, Notice, NoticeKind, Refusal

ARTICLE, REFUSAL, NOTICE = "article", "refusal", "notice"
_FIELDS = tuple(one.name for one in fields(Article))
_PLAIN = tuple(name for name in _FIELDS if name not in ("marks", "notices"))


def packed(found: Found) -> list[Any]:
    """Return a result as a list for JSON: its kind, then its fields."""
    if isinstance(found, Article):
        plain = [getattr(found, name) for name in _PLAIN]
        return [ARTICLE, plain, list(found.marks), [astuple(one) for one in found.notices]]
    return [REFUSAL if isinstance(found, Refusal) else NOTICE, *astuple(found)]


def to_json(value: Any) -> bytes:
    """Return JSON in one line; raise `TypeError` or `ValueError` for a value that JSON lacks.

    Letters beyond ASCII stay as they are, which is faster, unless there is half a surrogate pair.
    """
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode("ascii")


def unpacked(parts: Sequence[Any]) -> Found:
    """Return the result in a list of `packed`; raise `ValueError` for any other list."""
    try:
        match parts:
            case ["article", plain, marks, notices]:
                return Article(
                    **dict(zip(_PLAIN, plain, strict=True)),
                    marks=tuple((start, end, role, why) for start, end, role, why in marks),
                    notices=[_notice(one) for one in notices],
                )
            case ["refusal", place, reason]:
                return Refusal(place, reason)
            case ["notice", *values]:
                return _notice(values)
    except TypeError as error:
        raise ValueError(str(error)) from error
    raise ValueError("is not an article, a refusal or a notice")


def _notice(values: Sequence[Any]) -> Notice:
    place, kind, *others = values
    return Notice(place, NoticeKind(kind), *others)
