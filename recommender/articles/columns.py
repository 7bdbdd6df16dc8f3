"""Find which column of a row holds which field of an article, by settings and common names."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from recommender.articles import field_names
from recommender.articles.fields import (
    AUTHOR_NAMES,
    DATE_NAMES,
    SECTION_NAMES,
    SOURCE_NAMES,
    URL_NAMES,
    VERSION_NAMES,
)
from recommender.articles.status_words import plain_name
from recommender.settings import ARTICLE_FIELDS

# Columns that name a row without an `id`, by their plain names; the first one that exists.
ID_NAMES = ("url", "uri", "link", "permalink", "guid", "uuid", "@id", "pk")
LANGUAGE_NAMES = (
    *("lang", "langcode", "locale", "inlanguage", "languagecode", "metalang", "dc:language"),
    *field_names.LANGUAGES,
)
# Columns of further fields, if none has the name of the field; they also stay metadata.
_OTHER_NAMES = {
    "author": AUTHOR_NAMES,
    "section": SECTION_NAMES,
    "source": SOURCE_NAMES,
    "url": (*URL_NAMES, "permalink", "link", "htmlurl", "articleurl", "pageurl"),
}
# Columns of a title, if none is named title.
_TITLE_NAMES = (
    *("headline", "posttitle", "webtitle", "articletitle", "newstitle", "dc:title"),
    *field_names.TITLES,
)
# Names that other exports give to a needed column, the likeliest first.
_HINTS = {
    "text": (
        *("content", "body", "fulltext", "articlebody", "bodytext", "contenthtml", "bodyhtml"),
        *("html", "plaintext", "postcontent", "article", "story", "maintext", "contentencoded"),
        *("bodymarkdown", "markdown", "contentmarkdown", "postbody", "plaincontent", "bodyvalue"),
        *field_names.TEXTS,
        *("blocks", "contentblocks", "richcontent", "description", "summary"),
    ),
    "id": ("articleid", "postid", "docid", "documentid", "key", "nid", "slug", "identifier", "nr"),
}
# Joomla keeps the opening of a text in a separate column.
_JOOMLA = ("introtext", "fulltext")
MAX_NAMED_COLUMNS = 20


class Columns(NamedTuple):
    """Which column of a row holds which field, and which further ones may hold its date.

    `texts` hold the text, one after the other. `versions` hold the time of its last change. `used`
    are those that do not become metadata.
    """

    of_field: Mapping[str, str]
    texts: Sequence[str]
    ids: Sequence[str]
    dates: Sequence[str]
    versions: Sequence[str]
    post_type: str
    used: frozenset[str]


def columns_of(names: Sequence[str], configured: Mapping[str, str]) -> Columns:
    """Return which column holds which field: the configured one, else the one with its name.

    So a mapping for one file does not affect files that lack its columns. Case, spaces, hyphens and
    underscores in names do not count.
    """
    plain: dict[str, str] = {}
    for name in names:
        plain.setdefault(plain_name(name), name)

    def those(wanted: Iterable[str]) -> list[str]:
        return [plain[name] for name in wanted if name in plain]

    chosen = {field: _named(configured.get(field, ""), names, plain) for field in ARTICLE_FIELDS}
    meant = {field: chosen[field] or _named(field, names, plain) for field in ARTICLE_FIELDS}
    languages = those(LANGUAGE_NAMES)
    usual = {"title": those(_TITLE_NAMES), "language": languages}
    of_field = _first_columns({**meant, **{one: meant[one] or usual[one] for one in usual}})
    others = {one: meant[one] or those(_OTHER_NAMES[one]) for one in _OTHER_NAMES}
    date_names = () if chosen["date"] else DATE_NAMES
    return Columns(
        of_field=of_field | _first_columns(others),
        texts=meant["text"],
        ids=[of_field[one] for one in ("url",) if one in of_field] + those(ID_NAMES),
        dates=[plain[name] for name in date_names if name in plain and name != "date"],
        versions=those(VERSION_NAMES),
        post_type=plain.get("posttype", ""),
        used=frozenset((*of_field.values(), *meant["text"], *languages)),
    )


def _first_columns(meant: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the first existing column of each field; a field without one is left out."""
    return {field: columns[0] for field, columns in meant.items() if columns}


def _named(wanted: str, names: Sequence[str], plain: Mapping[str, str]) -> list[str]:
    """Return the columns that a name means: one, or several with plus signs between them."""
    for several in ([wanted], wanted.split("+")):
        found = [one if one in names else plain.get(plain_name(one)) for one in several if one]
        if columns := [one for one in found if one is not None]:
            return columns
    return []


def is_lacking(field: str, columns: Columns) -> bool:
    """Return whether no column holds a field that is needed."""
    return field not in columns.of_field and not (field == "id" and columns.ids)


def lacking_columns(lacking: Sequence[str], names: Sequence[str]) -> str:
    """Return a message about missing columns: which others exist, and what to type."""
    named = " and ".join(map(repr, lacking))
    columns = "column" if len(lacking) == 1 else "columns"
    if not names:
        return f"has no {columns} {named}, and no other column that could be meant; add it"
    shown = ", ".join(names[:MAX_NAMED_COLUMNS])
    more = ", …" if len(names) > MAX_NAMED_COLUMNS else ""
    options = " ".join(
        f"--field {shlex.quote(f'{field}={_likely(field, names)}')}" for field in lacking
    )
    return f"has no {columns} {named}; it has {shown}{more}: say which is meant with {options}"


def text_columns(names: Sequence[str]) -> list[str]:
    """Return the columns in which other exports keep a text."""
    return [name for name in names if plain_name(name) in _HINTS["text"]]


def _likely(field: str, names: Sequence[str]) -> str:
    """Return the column that probably holds a field."""
    plain = {plain_name(name): name for name in reversed(names)}
    if field == "text" and all(name in plain for name in _JOOMLA):
        return "+".join(plain[name] for name in _JOOMLA)
    return next((plain[hint] for hint in _HINTS[field] if hint in plain), "COLUMN")
