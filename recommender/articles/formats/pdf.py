"""Reads one article from a PDF: its text in reading order, without repeated heads and feet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.util import find_spec

from recommender.articles.files import MAX_FILE_BYTES, SourceFile
from recommender.articles.formats.pdf_worker import worker
from recommender.articles.formats.text import date_below
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.text.dates import date_in_name
from recommender.types import Article, Refusal

EDGE_LINES = 2
_NUMBERS = re.compile(r"\d+")
_SENTENCE_END = re.compile(r"[.!?…。！？:][\"'”’»)\]]*$")


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield the document's article, or the refusal of it."""
    try:
        yield _article(file, _pages(file))
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _pages(file: SourceFile) -> list[str]:
    """Return the text of each page, taken in a process of its own."""
    if find_spec("pypdfium2") is None:
        raise SourceError("needs pypdfium2; install it with: pip install 'recommender[pdf]'")
    if file.path.stat().st_size > MAX_FILE_BYTES:
        raise SourceError(f"has over {MAX_FILE_BYTES:,} bytes; split it")
    return worker().pages(file.path)


def _article(file: SourceFile, pages: Sequence[str]) -> Article:
    lines = _without_edges([page.splitlines() for page in pages])
    text = ""
    starts = []
    for page in lines:
        added = "\n\n".join(_paragraphs(page))
        separator = "\n\n" if not text or _SENTENCE_END.search(text) else " "
        text = f"{text}{separator}{added}" if text and added else text + added
        starts.append(len(text) - len(added))
    if not text.strip():
        raise SourceError("has no text, only pictures of it; run OCR first (for example ocrmypdf)")
    first, *others = text[:2_000].split("\n\n")
    return Article(
        id=file.id,
        title=opening(first),
        text=text,
        date=date_below([first, *others[:3]]) or date_in_name(file.name),
        path=file.name,
        metadata={"pages": starts},
    )


def _without_edges(pages: list[list[str]]) -> list[list[str]]:
    """Leave out first and last lines that, but for numbers, most pages share; and page numbers."""
    counts: Counter[str] = Counter()
    for page in pages:
        counts.update({_NUMBERS.sub("#", page[at]).strip() for at in _edges(page)})
    repeated = {line for line, count in counts.items() if count > max(len(pages) / 2, 1)}
    dropped = repeated | {"#"}
    return [
        [
            line
            for at, line in enumerate(page)
            if not (at in edges and _NUMBERS.sub("#", line).strip() in dropped)
        ]
        for page in pages
        for edges in [_edges(page)]
    ]


def _edges(page: list[str]) -> set[int]:
    """Return where the first and the last lines stand that are not blank."""
    written = [at for at, line in enumerate(page) if line.strip()]
    return {*written[:EDGE_LINES], *written[-EDGE_LINES:]}


def _paragraphs(lines: Sequence[str]) -> list[str]:
    """Join lines to paragraphs: a new one begins after a blank or a short line that ends one."""
    width = max((len(line) for line in lines), default=0)
    paragraphs = [""]
    for line in (line.strip() for line in lines):
        if not line:
            paragraphs.append("")
            continue
        last = paragraphs[-1]
        if last.endswith(("-", "\u00ad", "\ufffe")) and line[:1].islower():
            paragraphs[-1] = last[:-1] + line
        else:
            paragraphs[-1] = f"{last} {line}" if last else line
        if len(line) < 0.8 * width and (
            _SENTENCE_END.search(line) or (len(lines) > 1 and not last)
        ):
            paragraphs.append("")
    return [paragraph for paragraph in paragraphs if paragraph]
