"""Read the articles and rows that a program handed over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from recommender.articles.files import SourceFile
from recommender.articles.handed import (
    ARTICLE,
    REFUSED,
    ROW_WITH_BYTES,
    article_of,
    read_lines,
)
from recommender.articles.rows import RowReader
from recommender.settings import Settings
from recommender.types import Article, Found, Refusal


def read_file(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield the article of each item, or why there is none. Places are as `rows:17`."""
    reader = RowReader(file.name, settings)
    for number, kind, value in read_lines(file.path):
        place = f"{file.name}:{number}"
        if kind == REFUSED:
            yield Refusal(place, value)
        elif kind == ARTICLE:
            yield _article(value, place)
        elif kind == ROW_WITH_BYTES:
            row, binary = value
            yield from _with_bytes(reader, row, binary, place)
        else:
            yield from reader.read(value, place)
    yield from reader.finish()


def _with_bytes(
    reader: RowReader, row: dict[str, Any], binary: list[str], place: str
) -> Iterator[Found]:
    """Yield the article of a row without columns of bytes; refuse it if a field needs one."""
    for name in binary:
        if reader.is_field(name, [*row, *binary]):
            why = f"field {name!r} holds bytes that are not UTF-8; decode them to text"
            yield Refusal(place, why)
            return
    yield from reader.read(row, place)


def _article(record: dict[str, Any], place: str) -> Article:
    """Return an article. Its path ends in the item's number; without a path it gets the place."""
    article = article_of(record)
    own = f"{article.path}:{place.rpartition(':')[2]}" if article.path else place
    return replace(article, path=own)
