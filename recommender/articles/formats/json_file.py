"""Read articles from a JSON file: rows, or a format of Ghost, Arc, an agency, a feed and so on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from recommender.articles.files import MAX_FILE_BYTES, UTF8_BOM, SourceFile, decode
from recommender.articles.formats import (
    activitypub,
    ans,
    contentful,
    django_dump,
    ghost,
    json_feed,
    ninjs,
    wordpress,
)
from recommender.articles.json_rows import rows_in
from recommender.articles.json_text import load_json, whole_values
from recommender.articles.packed import read_whole
from recommender.articles.rows import RowReader
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Found, Refusal

# For each format: how to recognise the value of a file, and how to read it. Others hold rows.
_FORMATS: tuple[tuple[Callable[[Any], bool], Callable[..., Iterator[Found]]], ...] = (
    (ghost.is_export, ghost.read_value),
    (json_feed.is_feed, json_feed.read_value),
    (activitypub.is_collection, activitypub.read_value),
    (ninjs.is_items, ninjs.read_value),
    (ans.is_stories, ans.read_value),
    (contentful.is_export, contentful.read_value),
    (wordpress.is_posts, wordpress.read_posts),
    (django_dump.is_dump, django_dump.read_dump),
)


def read_file(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield each article, notice or refusal; the place of each is `path:position`."""
    try:
        value, problem = _value(file)
        read = _rows if _has_text_column(value, settings) else _reader_of(value)
        yield from read(file, value, settings)
    except SourceError as error:
        yield Refusal(file.name, str(error))
        return
    if problem:
        yield Refusal(file.name, problem)


def _reader_of(value: Any) -> Callable[..., Iterator[Found]]:
    return next((read for is_it, read in _FORMATS if is_it(value)), _rows)


def _has_text_column(value: Any, settings: Settings) -> bool:
    """Return whether the rows have the column that the settings name for texts."""
    name = settings.fields.get("text")
    rows = value[:10] if isinstance(value, list) else ()
    return name is not None and any(isinstance(row, dict) and name in row for row in rows)


def _value(file: SourceFile) -> tuple[Any, str]:
    """Return the value of a file, as far as it can be read, and why the rest is refused."""
    data, cut = read_whole(file, MAX_FILE_BYTES)
    if len(data) > MAX_FILE_BYTES:
        raise SourceError(
            f"has over {MAX_FILE_BYTES:,} bytes; write it as JSON Lines, one article a line"
        )
    text = decode(data.removeprefix(UTF8_BOM))
    if not text.strip():
        raise SourceError("is empty")
    try:
        return load_json(text), cut
    except SourceError:
        values, problem = whole_values(text)
        problem = cut or problem
        if not values:
            raise
        return values, problem


def _rows(file: SourceFile, value: Any, settings: Settings) -> Iterator[Found]:
    """Yield the articles of an array of objects, at any place in the value of a file."""
    if not isinstance(value, list | dict):
        raise SourceError("is not a JSON array of articles: [{...}, {...}]")
    rows = rows_in(value, settings)
    if not rows:
        raise SourceError("is empty")
    reader = RowReader(file.name, settings, file.unnamed)
    for number, row in enumerate(rows, 1):
        place = f"{file.name}:{number}"
        if isinstance(row, dict):
            yield from reader.read(row, place)
        else:
            yield Refusal(place, "is not a JSON object; each is one article: {...}")
    yield from reader.finish()
