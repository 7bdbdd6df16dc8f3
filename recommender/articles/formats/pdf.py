"""Read one article from a PDF: its text in reading order, without repeated headers and footers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import reduce
from importlib.util import find_spec
from itertools import islice

from recommender.articles.files import MAX_FILE_BYTES, SourceFile
from recommender.articles.formats.pdf_heads import without_heads
from recommender.articles.formats.pdf_layout import (
    OTHER_SIZE,
    Line,
    Paragraph,
    body_size,
    in_reading_order,
    paragraphs,
    with_large_letters,
)
from recommender.articles.formats.pdf_notes import without_notes
from recommender.articles.formats.pdf_text import Read, pages_of
from recommender.articles.formats.text import date_below
from recommender.articles.markup import joined_text
from recommender.articles.publication import PUBLIC, Publication
from recommender.articles.status_lines import publication_of_lines
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.text.dates import date_in_name
from recommender.text.roles import MAX_SUBHEAD_CHARACTERS
from recommender.types import Article, Notice, NoticeKind, Refusal, Role

EDGE_LINES = 2
TITLE_BLOCKS = 5
MAX_TITLE_CHARACTERS = 200
DATE_BLOCKS = 4
# Letters that a font joins into one sign.
_LETTERS = ("ff", "fi", "fl", "ffi", "ffl", "st", "st")
_JOINED = str.maketrans(dict(zip("ﬀﬁﬂﬃﬄﬅﬆ", _LETTERS, strict=True)))
# Such characters stand for the letters of a font if the document does not name them.
_NAMELESS = re.compile("[\x00-\x08\x0e-\x1f\ue000-\uf8ff\ufffd]")
MAX_NAMELESS = 0.3
SHOWN_PAGES = 10
# Only this many lines are read for remarks on publication, the shortest first.
MAX_EDGE_LINES = 50
PICTURES = "page: holds only a picture of its text; run OCR first (for example ocrmypdf)"


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield the document's article, or the refusal of it."""
    try:
        yield _article(file, _read(file))
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _read(file: SourceFile) -> Read:
    if find_spec("pypdfium2") is None:
        raise SourceError("needs pypdfium2; install it with: pip install 'recommender[pdf]'")
    if file.path.stat().st_size > MAX_FILE_BYTES:
        raise SourceError(f"has over {MAX_FILE_BYTES:,} bytes; split it")
    return pages_of(file.path)


def _article(file: SourceFile, read: Read) -> Article:
    lines = ([Line(*line) for line in page] for page in read.pages)
    ordered = [with_large_letters(in_reading_order(_readable(page))) for page in lines]
    pages = without_heads(ordered, EDGE_LINES)
    texts, notes = without_notes(pages)
    found = paragraphs(texts)
    blocks = [
        (one.text, role, "larger or bolder letters")
        for one, role in zip(found, _roles(found), strict=True)
    ]
    titles = [text for text, role, _ in blocks if role == Role.TITLE]
    below = (one.text for note in notes for one in paragraphs([note]))
    blocks += [(text, str(Role.NOTE), "foot of a page") for text in below]
    blocks += [(text, str(Role.NOTE), "turned, beside the text") for text in read.turned]
    text, marks = joined_text(blocks)
    if not found:
        raise SourceError("has no text, only pictures of it; run OCR first (for example ocrmypdf)")
    if len(_NAMELESS.findall(text)) > MAX_NAMELESS * len("".join(text.split())):
        why = "does not name the letters of its fonts; run OCR (for example ocrmypdf --force-ocr)"
        raise SourceError(why)
    told = _publication(ordered, pages, read.turned)
    return Article(
        id=file.id,
        title=titles[0] if titles else opening(found[0].text),
        text=text,
        date=date_below([one.text for one in found[:DATE_BLOCKS]]) or date_in_name(file.name),
        path=file.name,
        metadata={"pages": _starts(found, len(pages))},
        marks=marks,
        notices=[*_notices(file, read.pictures), *told.notices(file.name)],
        **told.limits(),
    )


def _publication(
    ordered: Sequence[Sequence[Line]], pages: Sequence[Sequence[Line]], turned: Sequence[str]
) -> Publication:
    """Return what repeated headers and footers say of publication, and turned lines."""
    removed = {
        line.text
        for before, after in zip(ordered, pages, strict=True)
        for line in set(before).difference(after)
    }
    edges = islice(sorted(removed.union(turned), key=len), MAX_EDGE_LINES)
    return reduce(Publication.joined, (publication_of_lines([one]) for one in edges), PUBLIC)


def _readable(page: Sequence[Line]) -> list[Line]:
    """Return the lines with the joined letters of fonts as single letters."""
    return [
        line if line.text.isascii() else line._replace(text=line.text.translate(_JOINED))
        for line in page
    ]


def _notices(file: SourceFile, pictures: Sequence[int]) -> list[Notice]:
    """Return a notice that names the pages without text."""
    if not pictures:
        return []
    example = f"page {', '.join(map(str, pictures[:SHOWN_PAGES]))}"
    return [Notice(file.name, NoticeKind.FIELD, PICTURES, example)]


def _roles(found: Sequence[Paragraph]) -> list[str]:
    """Return the role of each paragraph by its letters. A title and headings are large or bold."""
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
    """Return where the text of each page begins; for a page without text, where the next begins."""
    starts: dict[int, int] = {}
    place = 0
    for one in found:
        starts |= {page: place + at for page, at in one.pages.items()}
        place += len(one.text) + 2
    end = max(place - 2, 0)
    for page in reversed(range(count)):
        end = starts.setdefault(page, end)
    return [starts[page] for page in range(count)]
