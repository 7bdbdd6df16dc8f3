"""Reads articles from a JSON file: an array of objects, or an object that holds one such array."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recommender.articles.files import MAX_FILE_BYTES, UTF8_BOM, SourceFile, decode
from recommender.articles.formats.jsonl import load_json
from recommender.articles.packed import opened
from recommender.articles.rows import RowReader
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Found, Refusal


def read_file(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield each object's article or refusal; the place of a refusal is `path:position`."""
    try:
        rows = _rows(file)
    except SourceError as error:
        yield Refusal(file.name, str(error))
        return
    if not rows:
        yield Refusal(file.name, "is empty")
    reader = RowReader(file.name, settings)
    for number, row in enumerate(rows, 1):
        place = f"{file.name}:{number}"
        if isinstance(row, dict):
            yield from reader.read(row, place)
        else:
            yield Refusal(place, "is not a JSON object; each is one article: {...}")
    yield from reader.finish()


def _rows(file: SourceFile) -> list[Any]:
    with opened(file) as stream:
        data = stream.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise SourceError(
            f"has over {MAX_FILE_BYTES:,} bytes; write it as JSON Lines, one article a line"
        )
    value = load_json(decode(data.removeprefix(UTF8_BOM)))
    if isinstance(value, dict):
        lists = [one for one in value.values() if isinstance(one, list)]
        value = lists[0] if len(lists) == 1 else [value]
    if not isinstance(value, list):
        raise SourceError("is not a JSON array of articles: [{...}, {...}]")
    return value
