"""Reads the article of a web page: its main content, without menus and comments."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any

from recommender.articles.files import SourceFile, encoding_by_mark, need, read_bytes
from recommender.articles.formats.page_parts import restored
from recommender.articles.markup import check_depth, joined_text, placed_blocks, with_reasons
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.text.date_fields import parse_date
from recommender.text.dates import date_in_name
from recommender.types import UNKNOWN_LANGUAGE, Article, Refusal

MAX_PAGE_BYTES = 8 * 1024 * 1024
_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?([\w.:-]+)""", re.I
)
_LANGUAGE = re.compile(r"""<html[^>]{0,500}?\slang\s*=\s*["']?([\w-]{2,35})""", re.I)


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield the page's article, or the refusal of it."""
    try:
        yield page_article(file.id, file.name, decoded(read_bytes(file)))
    except SourceError as error:
        yield Refusal(file.name, str(error))


def decoded(data: bytes, charset: str = "") -> str:
    """Return the page as text: UTF-8, or what it declares, or `charset`, which came with it.

    Raises `SourceError` where it is in none of these.
    """
    if len(data) > MAX_PAGE_BYTES:
        raise SourceError(f"has {len(data):,} bytes, the most for a page is {MAX_PAGE_BYTES:,}")
    first = encoding_by_mark(data) or "utf-8"
    for name in (first, _declared(data), _text_encoding(charset)):
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    raise SourceError(
        "is neither UTF-8 nor in an encoding that it declares; convert it to UTF-8 "
        "(for example with iconv)"
    )


def _declared(data: bytes) -> str:
    match = _CHARSET.search(data[:4096])
    return _text_encoding(match[1].decode("ascii", "replace") if match else "")


def _text_encoding(name: str) -> str:
    """Return the name of an encoding if it is one of texts, else that of UTF-8."""
    try:
        return name if codecs.lookup(name)._is_text_encoding else "utf-8"
    except LookupError:
        return "utf-8"


def page_article(id: str, name: str, html: str) -> Article:
    """Return the article of a page; `name` is its path. Raises `SourceError` where it has none."""
    trafilatura = need("trafilatura", "html")
    check_depth(html)
    try:
        tree = trafilatura.load_html(html)
        page: Any = trafilatura.bare_extraction(
            tree, with_metadata=True, include_comments=False, include_tables=True
        )
    except (ValueError, RecursionError, AssertionError) as error:
        raise SourceError(f"is no page that can be read: {error}") from error
    blocks = restored(placed_blocks(page.body), tree) if page is not None else []
    text, marks = joined_text(with_reasons(blocks))
    if not text:
        raise SourceError("has no article: no main content was found in the page")
    declared = _LANGUAGE.search(html[:5_000])
    return Article(
        id=id,
        title=(page.title or "").strip() or opening(text),
        text=text,
        language=declared[1] if declared else page.language or UNKNOWN_LANGUAGE,
        date=parse_date(page.date or "") or date_in_name(name),
        author=page.author or "",
        source=page.sitename or "",
        url=page.url or "",
        path=name,
        marks=marks,
    )
