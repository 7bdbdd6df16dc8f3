"""Reads the pages of a web archive (WARC), each as an article by its address."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from typing import IO, Any

from recommender.articles.files import SourceFile, given_id, need
from recommender.articles.formats.html import MAX_PAGE_BYTES, decoded, noted, page_article
from recommender.articles.packed import opened
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Article, Refusal

BYTES_AT_ONCE = 1 << 16
# The library reads lines of any length, in time that grows with the square of it.
MAX_HEADER_BYTES = 1 << 16
READ_BYTES = 1 << 20
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.I)


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield each page's article or refusal; the place of a refusal is `path:record`.

    Records of other kinds (pictures, requests, pages that were not found) are passed over.
    """
    try:
        with opened(file, is_text=False) as stream:
            number = 0
            for number, record in _pages(stream):
                place = f"{file.name}:{number}"
                try:
                    yield _article(record, place)
                except SourceError as error:
                    yield Refusal(place, str(error))
            if not number:
                raise SourceError("holds no web page")
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _pages(stream: IO[bytes]) -> Iterator[tuple[int, Any]]:
    """Yield the records that are pages, with their number among all; `SourceError` for no WARC."""
    iterator = need("warcio.archiveiterator", "warc").ArchiveIterator
    failed = need("warcio.exceptions", "warc").ArchiveLoadFailed
    try:
        records = iterator(stream)
        _bound_lines(records.reader)
        for number, record in enumerate(_in_silence(records), 1):
            if _is_page(record):
                yield number, record
    except failed as error:
        raise SourceError(f"is no WARC file: {error}") from error


def _bound_lines(reader: Any) -> None:
    """Have a reader raise `SourceError` for a line that does not end."""
    read = reader.readline

    def readline(length: int | None = None) -> bytes:
        # It may stop well before the length it is given.
        line: bytes = read(min(length or READ_BYTES, READ_BYTES))
        if len(line) > MAX_HEADER_BYTES and not line.endswith(b"\n"):
            raise SourceError(f"has a line of over {MAX_HEADER_BYTES:,} bytes; leave it out")
        return line

    reader.readline = readline


def _in_silence(records: Iterator[Any]) -> Iterator[Any]:
    """Yield the records; the library prints strangers' text as it goes from one to the next."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        while True:
            with redirect_stderr(nowhere):
                record = next(records, None)
            if record is None:
                return
            yield record


def _is_page(record: Any) -> bool:
    headers = record.http_headers
    if record.rec_type != "response" or headers is None or headers.get_statuscode() != "200":
        return False
    return "html" in (headers.get_header("Content-Type") or "")


def _article(record: Any, place: str) -> Article:
    url = given_id(record.rec_headers.get_header("WARC-Target-URI") or "", "address")
    charset = _CHARSET.search(record.http_headers.get_header("Content-Type"))
    page = decoded(_content(record), charset[1] if charset else "")
    article = page_article(url, url, page.text)
    return noted(replace(article, url=url, path=place), page)  # a notice names the record


def _content(record: Any) -> bytes:
    """Return the page's bytes, unpacked; a little over the bound at most, which is then refused."""
    stream = record.content_stream()
    parts: list[bytes] = []
    size = 0
    while size <= MAX_PAGE_BYTES and (part := stream.read(BYTES_AT_ONCE)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)
