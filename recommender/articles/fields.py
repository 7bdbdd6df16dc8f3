"""Make the fields of an article of values of any type, under names of any case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from recommender.articles import field_names
from recommender.articles.status_words import plain_name, status_of, truth
from recommender.text.date_fields import moment
from recommender.text.dates import is_of_unclear_day
from recommender.types import Notice, NoticeKind

MAX_FIELD_CHARACTERS = 2_000
MAX_LIST_ITEMS = 50
MAX_TEXT_ITEMS = 10_000
MAX_DEPTH = 6
# The names of a field that generators and content management systems use, in lower case and
# without spaces, hyphens and underscores; the first that has a value counts.
TITLE_NAMES = ("title", "headline", *field_names.TITLES)
LANGUAGE_NAMES = ("language", "lang", "locale", "inlanguage", *field_names.LANGUAGES)
DATE_NAMES = (
    *("date", "pubdate", "publishdate", "publicationdate", "published", "publishedat"),
    *("publishedon", "datepublished", "publishedtime", "posted", "postdate", "dateposted"),
    *("publisheddate", "firstpublishedat", "firstpublicationdate", "webpublicationdate"),
    *("pubdatetime", "publishdatetime", "publicationdatetime", "publisheddatetime", "publishtime"),
    *("publicationtime", "firstpublished", "firstpublisheddate", "displaydate", "articledate"),
    *("postedat", "postedon", "issued", "datepublish", "seendate", "releasedate", "newsdate"),
    *("publishedtimestamp", "dc:date", "dcterms:issued"),
    *field_names.DATES,
    *(
        "created",
        "createdat",
        "datecreated",
        "creationdate",
        "createdon",
        "createdtime",
        "datetime",
    ),
    field_names.MAYBE_DATE,
)
VERSION_NAMES = (
    *("updated", "updatedat", "updatedon", "modified", "modifiedat", "modifiedon", "lastmodified"),
    *("lastmod", "datemodified", "postmodifiedgmt", "postmodified", "lastupdated", "dateupdated"),
    *("moddatetime", "modifieddate", "updateddate", "lastmodifiedat", "lastmodifieddate"),
    *("changed", "datechanged", "lastupdate", "tstamp"),
    *("versioncreated", "version", "revision"),
)
AUTHOR_NAMES = (
    *("author", "authors", "byline", "creator", "writer", "writers", "authorname", "authornames"),
    *("articleauthor", "postauthor", "dc:creator"),
    *field_names.AUTHORS,
)
SOURCE_NAMES = (
    *("source", "publisher", "newspaper", "sitename", "sourcename", "dc:publisher"),
    *field_names.SOURCES,
    *("sourcedomain", "hostname"),
)
URL_NAMES = ("url", "canonicalurl", "canonical")
SECTION_NAMES = (
    *("section", "category", "categories", "sections", "articlesection"),
    *field_names.SECTIONS,
)
# Keys of an object that hold its name, and of one that holds a text.
_NAME_KEYS = (
    *("name", "rendered", "displayname", "fullname", "title", "label", "value", "@value"),
    *("text", "node", "id"),
)
_TEXT_KEYS = (
    *("html", "rendered", "processed", "text", "content", "value", "body", "paragraph"),
    *("plaintext", "markdown"),
)
# The names of a person in parts, the given one first.
_NAME_PARTS = (
    *(("firstname", "lastname"), ("given", "family"), ("givenname", "familyname")),
    *(("first", "last"), ("firstname", "surname"), ("name", "surname")),
)


_NOT_READ = "not understood and left out"


class Dated(NamedTuple):
    """A date field: its moment (`date_fields.moment`), or the value that could not be read.

    Of a value whose day is unclear both are known: its year, and the value.
    `raw` is the value that was read, with its time.
    """

    start: str = ""
    unread: str = ""
    raw: str = ""

    def notices(self, place: str) -> list[Notice]:
        """Return a notice of a date that could not be read, or of which only the year could."""
        if not self.unread:
            return []
        reason = "of an unclear day, only the year is kept" if self.start else _NOT_READ
        return [Notice(place, NoticeKind.DATE, reason, self.unread)]


def text_of(value: Any) -> str:
    """Return a field's text: of a list its items with commas, of an object its name."""
    return ", ".join(dict.fromkeys(_names(value, 0)))[:MAX_FIELD_CHARACTERS]


def object_of(value: Any) -> Mapping[str, Any]:
    """Return an object of JSON, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """Return a list of JSON, an empty one for anything else."""
    return value if isinstance(value, list) else []


def language_of(value: Any) -> str:
    """Return the language of a field, the first of several."""
    return text_of(value).partition(",")[0]


def paragraphs_of(value: Any) -> str:
    """Return a text field's text: the items of a list are paragraphs."""
    if isinstance(value, str):
        return value
    return "\n\n".join(islice(_texts(value, 0), MAX_TEXT_ITEMS))


def first_text(fields: Mapping[str, Any], names: Iterable[str]) -> str:
    """Return the text of the first of the named fields that has any."""
    return next((text for name in names if (text := text_of(fields.get(name)))), "")


def may_be_date(name: str, value: Any) -> bool:
    """Tell whether a field may be a date: `data` is one in some languages if it holds one."""
    return plain_name(name) != field_names.MAYBE_DATE or bool(moment(value))


def dated(values: Iterable[Any], language: str = "") -> Dated:
    """Return the first of the values that is a date; if there is none, the first that is not.

    A flag and a word for a status are no mistake: `published` may hold any of them.
    """
    unread = ""
    for value in values:
        if value is None or truth(value) is not None:
            continue
        if start := moment(value, language):
            raw = value if isinstance(value, str) else text_of(value)
            return Dated(start, raw[:80] if is_of_unclear_day(raw, start) else "", raw)
        if isinstance(value, str) and status_of(value) is not None:
            continue
        unread = unread or (text_of(value) or str(type(value).__name__))[:80]
    return Dated(unread=unread)


def _names(value: Any, depth: int) -> Iterator[str]:
    match value:
        case None | bool():
            return
        case str():
            if text := " ".join(value.split()):
                yield text
        case int() | float():
            yield str(value)
        case date():
            yield value.isoformat()
        case {"nodes": list(inner)} | {"edges": list(inner)} if depth < MAX_DEPTH:
            yield from _names(inner, depth + 1)
        case Mapping() if depth < MAX_DEPTH:
            yield from islice(_names(_of_object(value, _NAME_KEYS), depth + 1), 1)
        case list() | tuple() if depth < MAX_DEPTH:
            for item in value[:MAX_LIST_ITEMS]:
                yield from _names(item, depth + 1)


def _texts(value: Any, depth: int) -> Iterator[str]:
    match value:
        case None | bool():
            return
        case str():
            if value.strip():
                yield value
        case int() | float() if not depth:  # within an object it refers to something
            yield str(value)
        case Mapping() if depth < MAX_DEPTH:
            yield from _texts(_of_object(value, _TEXT_KEYS), depth + 1)
        case list() | tuple() if depth < MAX_DEPTH:
            for item in value:
                yield from _texts(item, depth + 1)


def _of_object(value: Mapping[Any, Any], keys: Sequence[str]) -> Any:
    """Return what an object holds under one of the keys, or its first value that is a text."""
    plain = {str(key).lower().replace("_", ""): one for key, one in islice(value.items(), 100)}
    for parts in _NAME_PARTS if keys is _NAME_KEYS else ():
        names = [plain.get(part) for part in parts]
        if all(isinstance(one, str) and one for one in names):
            return " ".join(map(str, names))
    for key in keys:
        if plain.get(key) not in (None, "", [], {}):
            return plain[key]
    is_one = str.strip if keys is _NAME_KEYS else _is_text
    return next((one for one in plain.values() if isinstance(one, str) and is_one(one)), None)


def _is_text(value: str) -> bool:
    """Tell whether a value may be a text, and no name or address of a machine."""
    return " " in value.strip() or (not value.isascii() and bool(value.strip()))
