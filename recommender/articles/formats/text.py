"""Read one article from a plain text file, or the articles of an export in plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recommender.articles.files import SourceFile
from recommender.articles.formats import kirby, movable_type
from recommender.articles.packed import text_of_file
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import blocks, opening, with_paragraphs
from recommender.text.dates import date_in_name, leading_date
from recommender.text.roles import is_headline
from recommender.text.words import WIDE
from recommender.types import Article, Found, Refusal

DATE_BLOCKS = 4
# The lines above a text: its title, its date, its author and the like.
MAX_HEAD_LINES = 5


def read_file(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield the article of a text, those of an export's entries, or the refusal of the file."""
    try:
        text = text_of_file(file)
        if movable_type.is_export(text):
            yield from movable_type.read_entries(file, text, settings)
        elif kirby.is_page(text):
            yield kirby.read_page(file, text, settings)
        else:
            yield text_article(file.id, file.name, text)
    except SourceError as error:
        yield Refusal(file.name, str(error))


def text_article(id: str, name: str, text: str) -> Article:
    """Return the article of a plain text; `name` is its path.

    The title is the first line, if it stands alone. The date is in the first date line. Raises
    `SourceError` if the text is empty.
    """
    text = _with_head_apart(with_paragraphs(text))
    if not text.strip():
        raise SourceError("is empty")
    spans = blocks(text)
    first, *others = [text[start:end] for start, end in spans]
    date, date_end = leading_date(first)
    body = first[date_end:].strip() or (others[0] if others else "")
    if others and is_headline(first):
        title = first
        date = leading_date(others[0])[0]
    else:
        title = opening(body)
    date = date or date_below(others[:DATE_BLOCKS]) or date_in_name(name)
    return Article(id=id, title=title, text=text, date=date, path=name)


def _with_head_apart(text: str) -> str:
    """Return a text with blank lines between the lines above it, if one of these is a date."""
    spans = blocks(text)
    if len(spans) < 2:
        return text
    start, end = spans[0]
    lines = text[start:end].split("\n")
    if not 1 < len(lines) <= MAX_HEAD_LINES or not _is_title(lines[0]):
        return text
    is_head = any(leading_date(line.strip())[1] == len(line.strip()) for line in lines[1:])
    return "".join((text[:start], "\n\n".join(lines), text[end:])) if is_head else text


def _is_title(line: str) -> bool:
    """Return whether a line may be a title, not the place before a date."""
    is_more = len(line.split()) > 1 or WIDE.match(line.strip()) is not None
    return is_more and is_headline(line.strip()) and not leading_date(line.strip())[1]


def date_below(texts: Sequence[str]) -> str:
    """Return the date of the first date line among the blocks below a title."""
    return next((date for text in texts for date in [leading_date(text)[0]] if date), "")
