"""Makes articles of rows: records with named columns, from JSON Lines, JSON or tables."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from recommender.articles.files import SourceFile, need, plain_id
from recommender.articles.publication import publication
from recommender.errors import SourceError
from recommender.settings import ARTICLE_FIELDS
from recommender.text.blocks import opening
from recommender.text.dates import moment
from recommender.types import UNKNOWN_LANGUAGE, Article

MAX_ID_CHARACTERS = 512
MAX_UNPACKED_BYTES = 1024**3
MAX_RATIO = 200
TEXT_FIELDS = tuple(name for name in ARTICLE_FIELDS if name not in ("id", "text"))


def article_from_row(row: Mapping[str, Any], place: str, columns: Mapping[str, str]) -> Article:
    """Return the article of a row; `columns` names the column of a field that is called otherwise.

    Raises `SourceError` for a row without id or text, or with a field that is no text.
    """
    names = {name: columns.get(name, name) for name in ARTICLE_FIELDS}
    text = _text(row, names["text"]).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise SourceError("has no text")
    fields: dict[str, Any] = {name: _text(row, names[name]) for name in TEXT_FIELDS}
    fields["title"] = fields["title"].strip() or opening(text)
    fields["language"] = fields["language"] or _text(row, "lang") or UNKNOWN_LANGUAGE
    start = moment(fields["date"])
    told = publication(row).starting(start)
    fields |= {"date": start[:10], **told.limits()}
    known = {"lang", *names.values()}
    metadata = {name: value for name, value in row.items() if name not in known}
    return Article(
        id=_id(row, names["id"]),
        text=text,
        path=place,
        metadata=metadata,
        notices=told.notices(place),
        **fields,
    )


@contextmanager
def opened(file: SourceFile) -> Iterator[IO[bytes]]:
    """Open a file of rows, unpacked where it is packed; what goes wrong raises `SourceError`."""
    try:
        with file.path.open("rb") as packed:
            if file.suffix.endswith(".gz"):
                limit = max(MAX_UNPACKED_BYTES, MAX_RATIO * file.path.stat().st_size)
                yield _bounded(gzip.GzipFile(fileobj=packed), limit)
            elif file.suffix.endswith(".zst"):
                zstandard = need("zstandard", "zstd")
                limit = max(MAX_UNPACKED_BYTES, MAX_RATIO * file.path.stat().st_size)
                reader = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(packed)
                with _zstd_errors(zstandard):
                    yield _bounded(reader, limit)
            else:
                yield packed
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceError(f"is no whole gzip file: {error}") from error
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}") from error


class _Bounded(io.RawIOBase):
    """A stream that raises `SourceError` where more comes out of it than `limit` bytes."""

    def __init__(self, stream: Any, limit: int) -> None:
        self._stream = stream
        self._left = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise SourceError("unpacks to far more than its size; unpack it and look")
        buffer[: len(data)] = data
        return len(data)


def _bounded(stream: Any, limit: int) -> IO[bytes]:
    return io.BufferedReader(_Bounded(stream, limit), 1 << 16)


@contextmanager
def _zstd_errors(zstandard: Any) -> Iterator[None]:
    try:
        yield
    except zstandard.ZstdError as error:
        raise SourceError(f"is no whole zstd file: {error}") from error


def _id(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise SourceError("has no id; each row needs one of its own")
    if len(value) > MAX_ID_CHARACTERS:
        raise SourceError(f"has an id of over {MAX_ID_CHARACTERS} characters")
    return plain_id(_whole(value))


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise SourceError(f"field {name!r} is not text")
    return _whole(value)


def _whole(value: str) -> str:
    """Replace lone surrogates, which JSON can spell and UTF-8 cannot."""
    if value.isascii():
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
