"""Reads articles from JSON Lines: one object a line with `id`, `title` and `text`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import IO, Any

from recommender.articles.files import UTF8_BOM, SourceFile, decode
from recommender.articles.packed import opened
from recommender.articles.rows import RowReader
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Found, Refusal

MAX_LINE_BYTES = 16 * 1024 * 1024


def read_file(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield each row's article or refusal; the place of a refusal is `path:line`."""
    try:
        with opened(file) as stream:
            reader = RowReader(file.name, settings)
            number = 0
            for number, offset, line in _lines(stream):
                place = f"{file.name}:{number}"
                try:
                    row = _row(line, offset)
                except SourceError as error:
                    yield Refusal(place, str(error))
                else:
                    yield from reader.read(row, place)
            yield from reader.finish()
            if not number:
                raise SourceError("is empty")
    except SourceError as error:
        yield Refusal(file.name, str(error))


def load_json(text: str) -> Any:
    """Return the value that `text` holds; raise `SourceError` where it is not JSON."""
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise SourceError(f"is not JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise SourceError("is nested too deeply") from error
    except ValueError as error:
        raise SourceError(f"is not JSON that can be read: {error}") from error


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """Yield (line number, byte offset, line), blank lines left out, never more than the bound."""
    number = offset = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
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
    row = load_json(decode(line, offset))
    if not isinstance(row, dict):
        raise SourceError("is not a JSON object; each line is one article: {...}")
    return row


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _finite(number: str) -> float:
    if not math.isfinite(value := float(number)):
        raise ValueError(f"{number} is too large a number")
    return value
