"""Write an article as the line that a segment stores, and read it back with every field checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from recommender.store.layout import LINES
from recommender.store.mapped_files import StoredFile
from recommender.store.records import id_hash, is_calendar_date
from recommender.store.segment_files import SegmentFiles
from recommender.types import Article, CutArticle, Paragraph, Role, Status, StoredArticle

Read = TypeVar("Read")

# So many ids are searched for among all articles. For more ids, the articles are sorted, if they
# are many. That takes as long as to look through all articles 20 times, and 6 bytes for each.
FEW_SOUGHT, MANY = 8, 10_000
# The last bits of a hash: 16-bit numbers are sorted fast.
_END = 0xFFFF
# The start of the paragraphs in an article's line: in a string, the quotes would be escaped.
_PARAGRAPHS = b',"paragraphs":'
_DECODER = json.JSONDecoder()
_ROLES = {role.value: role for role in Role}  # Role(value) is ten times slower
# The type of the value that a line holds for each field of an article.
_KINDS: dict[str, type] = {one.name: str if one.type == "str" else list for one in fields(Article)}
_KINDS["metadata"] = dict


class Lines:
    """The lines of a segment's articles, by the positions of the articles.

    Each method raises `SnapshotDamaged` for a line that `line_of` did not write.
    """

    def __init__(self, files: SegmentFiles) -> None:
        self._files = files
        self._articles = files.articles
        self._stored = StoredFile(files.folder / LINES, files.advice)
        self._sought = 0

    def find(self, article_id: str) -> int | None:
        """Return the position of the article with an id, or None."""
        for position in self._having(id_hash(article_id)):
            if self.id(position) == article_id:
                return position
        return None

    def _having(self, number: int) -> list[int]:
        """Return the positions of the articles whose ids have a hash."""
        hashes, sought = self._id_hashes, np.uint64(number)
        if len(hashes) < MANY or self._sought < FEW_SOUGHT:
            self._sought += 1
            return np.flatnonzero(hashes == sought).tolist()
        order, ends = self._by_ends
        end = np.uint16(number & _END)
        some = order[ends.searchsorted(end) : ends.searchsorted(end, "right")]
        found: list[int] = some[hashes[some] == sought].tolist()
        return found

    @cached_property
    def _id_hashes(self) -> npt.NDArray[np.uint64]:
        return np.ascontiguousarray(self._articles["id_hash"])

    @cached_property
    def _by_ends(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint16]]:
        """The positions in the order of the last 16 bits of their hashes, and those bits."""
        ends = (self._id_hashes & np.uint64(_END)).astype(np.uint16)
        order = ends.argsort(kind="stable")
        return order.astype(np.uint32), ends[order]

    def line(self, position: int) -> bytes:
        """Return the stored line of an article, with its line end."""
        where = self._articles[position]
        return self._stored.read(int(where["offset"]), int(where["length"]))

    def id(self, position: int) -> str:
        """Return the id of an article."""
        return self._read(read_id, position)

    def article(self, position: int) -> Article:
        """Return an article without its paragraphs."""
        return self._read(read_article, position)

    def stored(self, position: int) -> StoredArticle:
        """Return an article with its paragraphs."""
        return self._read(read_stored, position)

    def _read(self, read: Callable[[bytes], Read], position: int) -> Read:
        try:
            return read(self.line(position))
        except ValueError as error:
            raise self._files.damage(LINES, f"the line of article {position} {error}") from error


def line_of(cut: CutArticle) -> bytes:
    """Return an article with its paragraphs as a line of JSON, with its line end.

    Raises `ValueError` for half a surrogate pair, which UTF-8 does not have: hashes were taken of
    it.
    """
    record = cut.article.record() | {"paragraphs": [*map(_as_list, cut.paragraphs)]}
    line = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return line.encode() + b"\n"


def read_article(line: bytes) -> Article:
    """Return the article of a line; its paragraphs at the end are not parsed.

    To parse them would take a third of the time. Raises `ValueError` for a line that `line_of` did
    not write.
    """
    return _article(_parsed(_without_paragraphs(line)))


def read_id(line: bytes) -> str:
    """Return the id of the article of a line; raises `ValueError` as `read_article` does."""
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
    """Return the stored form of a paragraph: with a language only if the article has another."""
    facts = [paragraph.number, paragraph.role, paragraph.start, paragraph.end, paragraph.reason]
    return [*facts, paragraph.language] if paragraph.language else facts


def _without_paragraphs(line: bytes) -> bytes:
    end = line.rfind(_PARAGRAPHS)
    return line if end < 0 else line[:end] + b"}"


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        text = line.decode()
        # This takes two thirds of the time of json.loads, which also skips blanks around the
        # record.
        record, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("is not JSON") from error
    if text[end:].strip():
        raise ValueError("is not JSON")
    if not isinstance(record, dict):
        raise ValueError("is not an object of JSON")
    return record


def _article(record: Mapping[str, Any]) -> Article:
    if [*map(type, record.values())] != [*map(_KINDS.get, record)]:
        raise ValueError("has a field that is not one of an article, or of another kind")
    if "marks" in record and not _are_marks(record["marks"]):
        raise ValueError("has marks of another kind")
    try:
        article = Article(**record)
    except TypeError as error:
        raise ValueError("lacks a field of an article") from error
    if article.status and article.status not in set(Status):
        raise ValueError("has an unknown status")
    if article.date and not is_calendar_date(article.date):
        raise ValueError("has a date that is not in the calendar")
    return article


def _are_marks(marks: Sequence[Any]) -> bool:
    return all(isinstance(one, list) and [*map(type, one)] == [int, int, str, str] for one in marks)


def _paragraph(article: Article, stored: Any) -> Paragraph:
    """Return a paragraph of an article from its stored form."""
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
