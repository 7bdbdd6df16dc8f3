"""Write an article as the line that a segment stores, and read it back with every field checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from recommender.store.records import is_calendar_date
from recommender.types import Article, CutArticle, Paragraph, Role, StoredArticle

# Where the paragraphs of an article's line begin: in a string, the quotes would be escaped.
_PARAGRAPHS = b',"paragraphs":'
_ROLES = {role.value: role for role in Role}  # Role(value) is ten times slower
# The kind of value that a line holds for each field of an article.
_KINDS: dict[str, type] = {one.name: str if one.type == "str" else list for one in fields(Article)}
_KINDS["metadata"] = dict


def line_of(cut: CutArticle) -> bytes:
    """Return an article with its paragraphs as a line of JSON, its line end included."""
    record = cut.article.record() | {"paragraphs": [*map(_as_list, cut.paragraphs)]}
    line = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return line.encode("utf-8", "replace") + b"\n"


def read_article(line: bytes) -> Article:
    """Return the article of a line without its paragraphs, which end it and are not parsed.

    They take a third of the time. Raises `ValueError` for a line that is not one of `line_of`.
    """
    return _article(_parsed(_without_paragraphs(line)))


def read_id(line: bytes) -> str:
    """Return the id of the article of a line; raises `ValueError` as `read_article`."""
    found = _parsed(_without_paragraphs(line)).get("id")
    if type(found) is not str:
        raise ValueError("has no id")
    return found


def read_stored(line: bytes) -> StoredArticle:
    """Return the article of a line and its paragraphs; raises `ValueError` as `read_article`."""
    record = _parsed(line)
    paragraphs = record.pop("paragraphs", None)
    article = _article(record)
    if not isinstance(paragraphs, list):
        raise ValueError("has no paragraphs")
    return StoredArticle(article, tuple(_paragraph(article, one) for one in paragraphs))


def _as_list(paragraph: Paragraph) -> list[Any]:
    """Return what is stored of a paragraph: its language only if it is not the article's."""
    facts = [paragraph.number, paragraph.role, paragraph.start, paragraph.end, paragraph.reason]
    return [*facts, paragraph.language] if paragraph.language else facts


def _without_paragraphs(line: bytes) -> bytes:
    end = line.rfind(_PARAGRAPHS)
    return line if end < 0 else line[:end] + b"}"


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        # Decode first: json.loads(bytes) has to guess the encoding.
        record = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise ValueError("is not JSON") from error
    if not isinstance(record, dict):
        raise ValueError("is no object of JSON")
    return record


def _article(record: Mapping[str, Any]) -> Article:
    for name, value in record.items():
        if type(value) is not _KINDS.get(name):
            raise ValueError("has a field that is not one of an article, or of another kind")
    if not _are_marks(record.get("marks", ())):
        raise ValueError("has marks of another kind")
    try:
        article = Article(**record)
    except TypeError as error:
        raise ValueError("lacks a field of an article") from error
    if article.date and not is_calendar_date(article.date):
        raise ValueError("has a date that is not in the calendar")
    return article


def _are_marks(marks: Sequence[Any]) -> bool:
    return all(isinstance(one, list) and [*map(type, one)] == [int, int, str, str] for one in marks)


def _paragraph(article: Article, stored: Any) -> Paragraph:
    """Return a paragraph of an article from what is stored of it."""
    if not isinstance(stored, list) or [*map(type, stored)][:5] != [int, str, int, int, str]:
        raise ValueError("has a paragraph of another kind")
    number, role, start, end, reason, *language = stored
    known = _ROLES.get(role)
    if known is None or not 0 <= start <= end <= len(article.text):
        raise ValueError("has a paragraph with an unknown role, or outside its text")
    if [*map(type, language)] not in ([], [str]):
        raise ValueError("has a paragraph of another kind")
    text = article.text[start:end] if number else article.title
    return Paragraph(number, known, text, start, end, reason, *language)
