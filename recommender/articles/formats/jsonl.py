"""Read articles from JSON Lines: each line is an object with `id`, `title` and `text`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from recommender.articles.files import UTF8_BOM, Extent, SourceFile, decode
from recommender.articles.formats import ans, ninjs
from recommender.articles.json_rows import FLATTENED, flat
from recommender.articles.json_text import load_json
from recommender.articles.known_rows import KnownRow, KnownRows
from recommender.articles.packed import opened
from recommender.articles.rows import RowReader
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Found, Refusal

MAX_LINE_BYTES = 16 * 1024 * 1024


def read_file(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield each row's article or refusal; the place of a refusal is `path:line`."""
    for found in read_rows(file, settings, None):
        if not isinstance(found, KnownRow):  # no row is known
            yield found


def read_rows(
    file: SourceFile, settings: Settings, known: KnownRows | None
) -> Iterator[Found | KnownRow]:
    """Yield what `read_file` does, and a `KnownRow` for each row that is known."""
    try:
        with opened(file) as stream:
            reader = RowReader(file.name, settings, file.unnamed)
            number = 0
            for number, offset, line in _lines(stream, file.extent):
                place = f"{file.name}:{number}"
                if known is not None and (row_before := known.find(file.name, place, line)):
                    yield from reader.passed()
                    yield row_before
                    continue
                try:
                    row = _row(line, offset)
                except SourceError as error:
                    yield Refusal(place, str(error))
                    continue
                if not FLATTENED.isdisjoint(row) or isinstance(row.get("nid"), list):
                    row = flat(row, settings)
                if ninjs.is_item(row):
                    yield ninjs.read_item(row, place)
                elif "headlines" in row and ans.is_story(row):
                    yield ans.read_story(row, place, settings)
                else:
                    yield from reader.read(row, place)
            yield from reader.finish()
            if not number and file.extent is None:
                raise SourceError("is empty")
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _lines(stream: IO[bytes], extent: Extent | None = None) -> Iterator[tuple[int, int, bytes]]:
    """Yield (number, byte offset, line) for lines with text. Long lines are cut at the bound."""
    number = offset = 0
    if extent is not None:
        number, offset = extent.line - 1, stream.seek(extent.start)
    while extent is None or offset < extent.end:
        if not (line := stream.readline(MAX_LINE_BYTES + 1)):
            return
        number += 1
        if line.strip():
            yield number, offset, line
        offset += len(line)
        while line and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE_BYTES)
            offset += len(line)


def _row(line: bytes, offset: int) -> dict[str, Any]:
    if len(line) > MAX_LINE_BYTES:
        raise SourceError(f"the line is longer than {MAX_LINE_BYTES:,} bytes; split the article")
    if offset == 0:
        line = line.removeprefix(UTF8_BOM)
    row = load_json(decode(line, offset).rstrip())
    if not isinstance(row, dict):
        raise SourceError("is not a JSON object; each line is one article: {...}")
    return row
