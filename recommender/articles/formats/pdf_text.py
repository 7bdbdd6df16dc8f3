"""Takes the text of PDFs: run as a process of its own, within bounds.

A line of its input is the path of a file, as JSON; the line it answers holds the text of each page
(`pages`) or why there is none (`error`).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import IO, Any

MAX_PAGES = 2_000
MAX_PAGE_CHARACTERS = 20_000_000
MAX_MEMORY_BYTES = 2 * 1024**3
# A step to the next line of so many usual ones begins a paragraph.
GAP = 1.4


def main() -> None:
    """Answer each line of the input, until its end."""
    answers = _own_output()
    _bound_memory()
    for line in sys.stdin.buffer:
        answers.write(json.dumps(_answer(json.loads(line))).encode() + b"\n")
        answers.flush()


def _answer(path: str) -> dict[str, Any]:
    try:
        return {"pages": _pages(path)}
    except ValueError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": f"takes over {MAX_MEMORY_BYTES // 1024**3} GB of memory to read; split it"}


def _pages(path: str) -> list[str]:
    """Return the text of each page; raise `ValueError` where there is none to take."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        is_locked = "assword" in str(error)
        why = "is encrypted; save it without a password" if is_locked else "is damaged"
        raise ValueError(why) from error
    pages: list[str] = []
    left = MAX_PAGE_CHARACTERS
    with document:
        for number in range(min(len(document), MAX_PAGES)):
            try:
                text, page = _page(document, number)
            except pypdfium2.PdfiumError as error:
                raise ValueError(f"is damaged on page {number + 1}") from error
            left -= len(text)
            if left < 0:
                raise ValueError(f"has over {MAX_PAGE_CHARACTERS:,} characters; split it")
            pages.append(page)
    return pages


def _page(document: Any, number: int) -> tuple[str, str]:
    """Return the page's characters, and its lines with the gaps between them."""
    page = document[number]
    characters = page.get_textpage()
    text: str = characters.get_text_range()
    lines = with_gaps(text.splitlines(keepends=True), _bottoms(characters, text))
    characters.close()
    page.close()
    return text, lines


def with_gaps(lines: Sequence[str], bottoms: Sequence[float]) -> str:
    """Return the lines as text, a blank line where the page leaves more room than between lines.

    `bottoms` are the lines' heights on the page in points, counted from its foot; none: no gaps.
    """
    steps = [upper - lower for upper, lower in pairwise(bottoms)]
    forward = sorted(step for step in steps if step > 0)
    # The lower quarter: on a page of short paragraphs most steps are those between paragraphs.
    usual = forward[len(forward) // 4] if forward else 0.0
    gaps = [usual > 0 and step > GAP * usual for step in steps]
    written = [line.rstrip("\r\n") for line in lines]
    return "\n".join(
        line + "\n" if at < len(gaps) and gaps[at] else line for at, line in enumerate(written)
    )


def _bottoms(page: Any, text: str) -> list[float]:
    """Return the lower edge of each line's first character; none where they cannot be told."""
    from pypdfium2 import PdfiumError

    if page.count_chars() != len(text):  # characters beyond 16 bits are counted twice
        return []
    bottoms: list[float] = []
    start = 0
    try:
        for line in text.splitlines(keepends=True):
            bottoms.append(page.get_charbox(start, loose=True)[1])
            start += len(line)
    except PdfiumError:
        return []
    return bottoms


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows: the time is bounded all the same
        return
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))


def _own_output() -> IO[bytes]:
    """Return standard output; what a library prints there goes to standard error from now on."""
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return own


if __name__ == "__main__":
    main()
