"""Reads one article from a plain text file."""

from __future__ import annotations

from collections.abc import Iterator

from recommender.articles.dates import leading_date
from recommender.articles.files import SourceFile, decode, read_bytes
from recommender.blocks import blocks, opening
from recommender.errors import SourceError
from recommender.roles import is_headline
from recommender.types import Article, Refusal


def read_file(file: SourceFile) -> Iterator[Article | Refusal]:
    """Yield the file's article, or the refusal of it."""
    try:
        text = decode(read_bytes(file))
    except SourceError as error:
        yield Refusal(file.name, str(error))
        return
    if not text.strip():
        yield Refusal(file.name, "is empty")
        return
    yield _article(file, text)


def _article(file: SourceFile, text: str) -> Article:
    """Take the title from a first line that stands alone, the date from the first date line."""
    spans = blocks(text)
    first, *others = [text[start:end] for start, end in spans]
    date, date_end = leading_date(first)
    body = first[date_end:].strip() or (others[0] if others else "")
    if others and is_headline(first):
        title = first
        date = leading_date(others[0])[0]
    else:
        title = opening(body)
    return Article(id=file.id, title=title, text=text, date=date, path=file.name)
