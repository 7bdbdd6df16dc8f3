"""Read one article from a plain text file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recommender.articles.files import SourceFile, decode, read_bytes
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import blocks, opening, with_paragraphs
from recommender.text.dates import date_in_name, leading_date
from recommender.text.roles import is_headline
from recommender.types import Article, Refusal

DATE_BLOCKS = 4


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield the file's article, or the refusal of it."""
    try:
        text = with_paragraphs(decode(read_bytes(file)))
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
    date = date or date_below(others[:DATE_BLOCKS]) or date_in_name(file.name)
    return Article(id=file.id, title=title, text=text, date=date, path=file.name)


def date_below(texts: Sequence[str]) -> str:
    """Return the date of the first date line among the blocks below a title."""
    return next((date for text in texts for date in [leading_date(text)[0]] if date), "")
