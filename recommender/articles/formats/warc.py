"""Read the pages of a web archive (WARC, ARC), each as an article by its address."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from typing import IO, Any, NamedTuple

from recommender.articles.files import CUT, SourceFile, given_id, need
from recommender.articles.formats.html import MAX_PAGE_BYTES, decoded, noted, page_article
from recommender.articles.formats.text import text_article
from recommender.articles.packed import Cut, opened
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Article, Refusal

BYTES_AT_ONCE = 1 << 16
# The library reads longer lines, but in a time that grows with the square of their length.
MAX_HEADER_BYTES = 1 << 16
READ_BYTES = 1 << 20
NO_PAGE = "holds no web page"
# Some servers give a type twice: `text/html, text/html; charset=utf-8`.
_TYPE_END = re.compile(r"[\s;,]")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.I)
_HTML = {"text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml"}


class Kind(NamedTuple):
    """The type and the encoding of a record's content, as stated; both may be empty."""

    type: str
    charset: str


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield each page's article or refusal; the place of a refusal is `path:record`.

    Pages are responses and resources in HTML, and conversions to plain text. Other records
    (pictures, requests, pages that were not found) are passed over.
    """
    cut = Cut()
    try:
        with opened(file, is_text=False, cut=cut) as stream:
            yield from read_records(file.name, stream, cut)
    except SourceError as error:
        yield Refusal(file.name, str(error))


def read_records(name: str, stream: IO[bytes], cut: Cut) -> Iterator[Article | Refusal]:
    """Yield what `read_file` does for an open archive; `name` is its path.

    Raises `SourceError` if it holds no page; at the end, if it ends too soon.
    """
    is_empty = True
    for number, record, kind in _pages(stream):
        place = f"{name}:{number}"
        try:
            found: Article | Refusal = _article(record, kind, place)
        except SourceError as error:
            found = Refusal(place, str(error))
        if _is_short(record):
            raise SourceError(CUT)
        yield found
        is_empty = False
    if cut.is_cut:
        raise SourceError(CUT)
    if is_empty:
        raise SourceError(NO_PAGE)


def _pages(stream: IO[bytes]) -> Iterator[tuple[int, Any, Kind]]:
    """Yield the records that are pages, with their numbers among all records.

    Raises `SourceError` if it is not a web archive, or its last record is not complete.
    """
    iterator = need("warcio.archiveiterator", "warc").ArchiveIterator
    failed = need("warcio.exceptions", "warc").ArchiveLoadFailed
    try:
        records = iterator(stream, arc2warc=True)
        _bound_lines(records.reader)
        record = None
        for number, record in enumerate(_in_silence(records), 1):
            if kind := _page_kind(record):
                yield number, record, kind
    except failed as error:
        raise SourceError(f"is not a WARC file: {error}") from error
    if record is not None and _is_short(record):
        raise SourceError(CUT)


def _is_short(record: Any) -> bool:
    """Return whether a record that was read to its end has fewer bytes than it states."""
    stream = record.raw_stream
    if getattr(stream, "limit", 0) <= 0:
        return False
    return not stream.read(1)


def _bound_lines(reader: Any) -> None:
    """Make a reader raise `SourceError` for a line that is too long."""
    read = reader.readline

    def readline(length: int | None = None) -> bytes:
        # The reader may return less than the length that it is given.
        line: bytes = read(min(length or READ_BYTES, READ_BYTES))
        if len(line) > MAX_HEADER_BYTES and not line.endswith(b"\n"):
            raise SourceError(f"has a line of over {MAX_HEADER_BYTES:,} bytes; leave it out")
        return line

    reader.readline = readline


def _in_silence(records: Iterator[Any]) -> Iterator[Any]:
    """Yield the records. Between them, the library would print text of their authors."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        while True:
            with redirect_stderr(nowhere):
                record = next(records, None)
            if record is None:
                return
            yield record


def _page_kind(record: Any) -> Kind | None:
    """Return the kind of a record that is a page, None for any other."""
    http, kind = record.http_headers, record.rec_type
    if kind == "response" and http is not None:
        if http.get_statuscode() != "200":
            return None
        # If the server did not state a type, the crawler may have.
        identified = record.rec_headers.get_header("WARC-Identified-Payload-Type")
        declared = http.get_header("Content-Type") or identified or ""
    elif kind in ("resource", "conversion"):
        declared = record.rec_headers.get_header("Content-Type") or ""
    else:
        return None
    charset = _CHARSET.search(declared)
    name = _TYPE_END.split(declared.strip(), maxsplit=1)[0].lower()
    is_page = name in _HTML or (kind == "conversion" and name == "text/plain")
    return Kind(name, charset[1] if charset else "") if is_page else None


def _article(record: Any, kind: Kind, place: str) -> Article:
    """Return the article of a record; its notices name the record."""
    headers = record.rec_headers
    url = given_id((headers.get_header("WARC-Target-URI") or "").strip(" <>"), "address")
    page = decoded(_content(record), kind.charset)
    if kind.type == "text/plain":
        article = text_article(url, url, _crawled_text(page.text))
        languages = headers.get_header("WARC-Identified-Content-Language") or ""
        language = languages.partition(",")[0].strip()
        article = replace(article, language=language or article.language)
    else:
        article = page_article(url, url, page.text)
    # Another record of the same address is another version of the page.
    version = headers.get_header("WARC-Date") or ""
    return noted(replace(article, url=url, path=place, version=version), page)


def _crawled_text(text: str) -> str:
    """Return a text as a crawler keeps it of a page, with its lines as paragraphs."""
    text = text.replace("\r\n", "\n").strip()
    return text if "\n\n" in text else text.replace("\n", "\n\n")


def _content(record: Any) -> bytes:
    """Return the unpacked bytes of a page; of a page over the bound, enough to refuse it."""
    stream = record.content_stream()
    parts: list[bytes] = []
    size = 0
    while size <= MAX_PAGE_BYTES and (part := stream.read(BYTES_AT_ONCE)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)
