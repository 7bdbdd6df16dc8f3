"""Make an article of a draft that a client sends; it is cut, encoded and forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from recommender.errors import BadDate, BadLanguage, QueryError, TooLarge, UnknownParameter
from recommender.serve.options import Limits
from recommender.serve.parameters import check_whole
from recommender.serve.questions import Question
from recommender.text.blocks import blocks
from recommender.text.language import settle_language
from recommender.types import UNKNOWN_LANGUAGE, Article

FIELDS = ("title", "text", "language", "date")


def draft_of(fields: Mapping[str, Any], id: str, limits: Limits) -> Article:
    """Return the article of a draft's `title`, `text`, `language` and `date`; only text is needed.

    Raises `QueryError` for a field that cannot be used, `TooLarge` for too many paragraphs.
    """
    if unknown := [name for name in fields if name not in FIELDS]:
        known = ", ".join(FIELDS)
        raise UnknownParameter(f"{unknown[0][:80]!r} is not a field of a draft; known: {known}")
    if wrong := [name for name, value in fields.items() if not isinstance(value, str)]:
        raise QueryError(f"{wrong[0]} of a draft is not text")
    text = fields.get("text", "").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise QueryError("a draft has no text")
    check_whole("a draft", *fields.values())
    if sum(1 for _ in blocks(text)) > limits.paragraphs:
        raise TooLarge(f"a draft may have {limits.paragraphs} paragraphs; send the first of them")
    article = Article(
        id=id,
        title=" ".join(fields.get("title", "").split()),
        text=text,
        language=_language(fields.get("language", "")),
        date=_date(fields.get("date", "")),
    )
    return replace(article, language=settle_language(article)[0])


def liked(question: Question) -> list[Any]:
    """Return the articles and drafts that a body asks with; there is one at least."""
    if not (found := named_in(question, "like")):
        raise QueryError("like is needed: a list of ids and drafts")
    return found


def named_in(question: Question, name: str) -> list[Any]:
    """Return the articles that a body names in a list: ids as texts, drafts as articles."""
    found: list[Any] = []
    for number, one in enumerate(question.values.get(name, ()), 1):
        if not isinstance(one, dict):
            raise QueryError(f'{name} holds something that is not an object; write {{"id": "…"}}')
        if set(one) == {"id"} and isinstance(one["id"], str):
            found.append(one["id"])
        else:
            found.append(draft_of(one, f"{name}-{number}", question.limits))
    return found


def _language(tag: str) -> str:
    import langcodes

    if tag and not langcodes.tag_is_valid(tag):
        raise BadLanguage(f"language {tag[:80]!r} is not a language code; write one such as nl")
    return tag or UNKNOWN_LANGUAGE


def _date(date: str) -> str:
    from recommender.text.dates import is_date

    if date and not is_date(date):
        raise BadDate(f"date {date[:80]!r} is not a date; write it as 2022, 2022-12 or 2022-12-28")
    return date
