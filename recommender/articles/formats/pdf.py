"""Read one article from a PDF: its text in reading order, without repeated heads and feet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec

from recommender.articles.files import MAX_FILE_BYTES, SourceFile
from recommender.articles.formats.pdf_layout import (
    OTHER_SIZE,
    Line,
    Paragraph,
    body_size,
    in_reading_order,
    paragraphs,
    without_heads,
)
from recommender.articles.formats.pdf_text import pages_of
from recommender.articles.formats.text import date_below
from recommender.articles.markup import joined_text
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.text.dates import date_in_name
from recommender.text.roles import MAX_SUBHEAD_CHARACTERS
from recommender.types import Article, Refusal, Role

EDGE_LINES = 2
TITLE_BLOCKS = 5
MAX_TITLE_CHARACTERS = 200
DATE_BLOCKS = 4


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield the document's article, or the refusal of it."""
    try:
        yield _article(file, _pages(file))
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _pages(file: SourceFile) -> list[list[Line]]:
    """Return the lines of each page in reading order."""
    if find_spec("pypdfium2") is None:
        raise SourceError("needs pypdfium2; install it with: pip install 'recommender[pdf]'")
    if file.path.stat().st_size > MAX_FILE_BYTES:
        raise SourceError(f"has over {MAX_FILE_BYTES:,} bytes; split it")
    return [in_reading_order([Line(*line) for line in page]) for page in pages_of(file.path)]


def _article(file: SourceFile, pages: Sequence[Sequence[Line]]) -> Article:
    found = paragraphs(without_heads(pages, EDGE_LINES))
    roles = _roles(found)
    text, marks = joined_text(
        (one.text, role, "larger or bolder letters") for one, role in zip(found, roles, strict=True)
    )
    if not text:
        raise SourceError("has no text, only pictures of it; run OCR first (for example ocrmypdf)")
    titles = [one.text for one, role in zip(found, roles, strict=True) if role == Role.TITLE]
    return Article(
        id=file.id,
        title=titles[0] if titles else opening(found[0].text),
        text=text,
        date=date_below([one.text for one in found[:DATE_BLOCKS]]) or date_in_name(file.name),
        path=file.name,
        metadata={"pages": _starts(found, len(pages))},
        marks=marks,
    )


def _roles(found: Sequence[Paragraph]) -> list[str]:
    """Return the role of each paragraph that its letters tell: the title, headings."""
    body = body_size(found)
    is_bold_body = sum(len(one.text) for one in found if one.is_bold) * 2 > sum(
        len(one.text) for one in found
    )
    opens = found[:TITLE_BLOCKS]
    largest = max(opens, key=lambda one: one.size, default=None)
    roles = []
    for one in found:
        is_large = body > 0 and one.size > OTHER_SIZE * body
        is_heading = is_large or (one.is_bold and not is_bold_body and one.size >= body > 0)
        if one is largest and is_large and len(one.text) <= MAX_TITLE_CHARACTERS:
            roles.append(str(Role.TITLE))
        elif is_heading and len(one.text) <= MAX_SUBHEAD_CHARACTERS:
            roles.append(str(Role.SUBHEAD))
        else:
            roles.append("")
    return roles


def _starts(found: Sequence[Paragraph], count: int) -> list[int]:
    """Return where the text of each page begins; a page without text begins where the next does."""
    starts: dict[int, int] = {}
    place = 0
    for one in found:
        starts |= {page: place + at for page, at in one.pages.items()}
        place += len(one.text) + 2
    end = max(place - 2, 0)
    for page in reversed(range(count)):
        end = starts.setdefault(page, end)
    return [starts[page] for page in range(count)]
