"""Reads articles from JSON Lines: one object a line with `id`, `title` and `text`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

from recommender.articles.dates import is_date
from recommender.articles.files import UTF8_BOM, SourceFile, decode
from recommender.blocks import opening
from recommender.errors import SourceError
from recommender.types import UNKNOWN_LANGUAGE, Article, Refusal

MAX_LINE_BYTES = 16 * 1024 * 1024
MAX_ID_CHARACTERS = 512
TEXT_FIELDS = ("title", "language", "date", "author", "source", "url", "section")


def read_file(file: SourceFile) -> Iterator[Article | Refusal]:
    """Yield each row's article or refusal; the place of a refusal is `path:line`."""
    try:
        with file.path.open("rb") as stream:
            for number, offset, line in _lines(stream):
                place = f"{file.name}:{number}"
                try:
                    yield _article(_row(line, offset), place)
                except SourceError as error:
                    yield Refusal(place, str(error))
    except OSError as error:
        yield Refusal(file.name, f"cannot be read: {error.strerror}")


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
    try:
        row = json.loads(decode(line, offset), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise SourceError(f"is not JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise SourceError("is nested too deeply") from error
    except ValueError as error:
        raise SourceError(f"is not JSON that can be read: {error}") from error
    if not isinstance(row, dict):
        raise SourceError("is not a JSON object; each line is one article: {...}")
    return row


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _article(row: dict[str, Any], place: str) -> Article:
    text = _text(row, "text").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise SourceError("has no text")
    fields: dict[str, Any] = {name: _text(row, name) for name in TEXT_FIELDS}
    fields["title"] = fields["title"].strip() or opening(text)
    fields["language"] = fields["language"] or _text(row, "lang") or UNKNOWN_LANGUAGE
    if not is_date(fields["date"][:10]):
        fields["date"] = ""
    fields["date"] = fields["date"][:10]
    known = {"id", "text", "lang", *TEXT_FIELDS}
    metadata = {name: value for name, value in row.items() if name not in known}
    return Article(id=_id(row), text=text, path=place, metadata=metadata, **fields)


def _id(row: dict[str, Any]) -> str:
    value = row.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise SourceError("has no id; each row needs one of its own")
    if len(value) > MAX_ID_CHARACTERS:
        raise SourceError(f"has an id of over {MAX_ID_CHARACTERS} characters")
    return _whole(value)


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise SourceError(f"field {name!r} is not text")
    return _whole(value)


def _whole(value: str) -> str:
    """Replace lone surrogates, which JSON can spell and UTF-8 cannot."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
