"""Read the entries of a Movable Type export. TypePad and other systems write it as well.

A line of five hyphens ends the fields or a section of an entry. A line of eight ends the entry.
Comments and pings are sections that do not belong to the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from recommender.articles.clean import (
    blocks_of_field,
    is_html,
    marked_blocks,
    plain_line,
    text_of_blocks,
)
from recommender.articles.fields import Dated, dated
from recommender.articles.files import SourceFile, given_id
from recommender.articles.formats.markdown_blocks import markdown_blocks
from recommender.articles.left_out import Record, read_or_left_out
from recommender.articles.markup import Block
from recommender.articles.publication import Publication, publication
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.types import UNKNOWN_LANGUAGE, Article, Found, Refusal

_ENTRY_END = re.compile(r"^-{8}[ \t]*\n?", re.M)
_PART_END = re.compile(r"^-{5}[ \t]*\n?", re.M)
_FIELD = re.compile(r"(?P<name>[A-Z][A-Z ]{1,30}):[ \t]*(?P<value>\S.*)")
_SECTION = re.compile(r"(?P<name>BODY|EXTENDED BODY|EXCERPT|KEYWORDS|COMMENT|PING):[ \t]*(?:\n|\Z)")
_TEXTS = ("BODY", "EXTENDED BODY")
# An export begins with fields. A body follows a line of five hyphens.
_OPENING = re.compile(
    r"\s*(?:(?:AUTHOR|TITLE|BASENAME|STATUS|DATE|UNIQUE URL|(?:PRIMARY )?CATEGORY|TAGS"
    r"|ALLOW [A-Z]+|CONVERT BREAKS|NO ENTRY|IMAGE):.*\n){2,50}"
    r"-{5}[ \t]*\n(?:EXTENDED )?BODY:[ \t]*\n"
)
# The month comes first in every language.
_TIMES = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%m/%d/%Y")


@dataclass(frozen=True, slots=True)
class _Entry:
    """The fields of an entry, with the values of each, and its sections by their names."""

    fields: Mapping[str, list[str]]
    sections: Mapping[str, str]

    @classmethod
    def of(cls, written: str) -> _Entry:
        head, *others = _PART_END.split(written)
        fields: dict[str, list[str]] = {}
        for found in map(_FIELD.match, head.splitlines()):
            if found:
                fields.setdefault(found["name"], []).append(found["value"].strip())
        sections: dict[str, str] = {}
        name = ""
        for other in others:
            opens = _SECTION.match(other)
            name = opens["name"] if opens else name
            text = other[opens.end() :] if opens else other  # the hyphens belong to the text
            sections[name] = f"{sections[name]}\n\n{text}" if name in sections else text
        return cls(fields, sections)

    def __getitem__(self, name: str) -> str:
        return next(iter(self.fields.get(name, ())), "")


def is_export(text: str) -> bool:
    """Return whether a text is an export of Movable Type."""
    return _OPENING.match(text) is not None


def read_entries(file: SourceFile, text: str, settings: Settings) -> Iterator[Found]:
    """Yield each entry's article, notice or refusal; the place is `path:position`."""
    written = (one for one in _ENTRY_END.split(text) if one.strip())
    for number, entry in enumerate(map(_Entry.of, written), 1):
        place = f"{file.name}:{number}"
        told = publication({"status": entry["STATUS"]})
        record = Record(place, told.status, partial(_named, entry))
        try:
            yield read_or_left_out(partial(_article, entry, told, place), record, settings)
        except SourceError as error:
            yield Refusal(place, str(error))


def _article(entry: _Entry, told: Publication, place: str) -> Article:
    title = plain_line(entry["TITLE"])
    blocks = [block for name in _TEXTS for block in _blocks(entry.sections.get(name, ""), entry)]
    text, marks = text_of_blocks(blocks, title, entry.sections.get("EXCERPT", ""))
    if not text:
        raise SourceError("has no text")
    date = _date(entry)
    told = told.starting(date.start)
    tags = [tag.strip().strip('"') for tag in entry["TAGS"].split(",") if tag.strip()]
    return Article(
        id=_id(entry, date),
        title=title or opening(text),
        text=text,
        language=UNKNOWN_LANGUAGE,
        date=date.start[:10],
        author=plain_line(entry["AUTHOR"]),
        url=entry["UNIQUE URL"],
        section=plain_line(entry["PRIMARY CATEGORY"] or entry["CATEGORY"]),
        path=place,
        metadata={"tags": tags} if tags else {},
        marks=marks,
        version=date.raw,
        notices=[*told.notices(place), *date.notices(place)],
        **told.limits(),
    )


def _id(entry: _Entry, date: Dated) -> str:
    name = entry["BASENAME"] or plain_line(entry["TITLE"])
    return given_id(entry["UNIQUE URL"] or "/".join((*date.start[:7].split("-"), name)))


def _date(entry: _Entry) -> Dated:
    return dated([_time(entry["DATE"])])


def _named(entry: _Entry) -> tuple[str, str]:
    """Return the id and the version of an entry."""
    date = _date(entry)
    return _id(entry, date), date.raw


def _blocks(text: str, entry: _Entry) -> list[Block]:
    """Return the blocks of a section: Markdown if the entry says so, or else HTML or plain text."""
    if "markdown" in entry["CONVERT BREAKS"].lower():
        return markdown_blocks(text)
    return marked_blocks(text, is_classic=True) if is_html(text) else blocks_of_field(text)


def _time(written: str) -> str:
    """Return a time in ISO format; as it is written if it cannot be read."""
    for form in _TIMES:
        with suppress(ValueError):
            return datetime.strptime(written, form).isoformat()
    return written
