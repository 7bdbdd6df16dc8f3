"""Prints the text of each page of a PDF as JSON: run as a process of its own, within bounds."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

MAX_PAGES = 2_000
MAX_CHARACTERS = 20_000_000
MAX_MEMORY_BYTES = 2 * 1024**3
# A step to the next line of so many usual ones begins a paragraph.
GAP = 1.4


def main(path: str) -> None:
    _bound_memory()
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        is_locked = "assword" in str(error)
        sys.exit("is encrypted; save it without a password" if is_locked else "is damaged")
    pages: list[str] = []
    left = MAX_CHARACTERS
    for number in range(min(len(document), MAX_PAGES)):
        page = document[number].get_textpage()
        text = page.get_text_range()
        left -= len(text)
        if left < 0:
            sys.exit(f"has over {MAX_CHARACTERS:,} characters; split it")
        pages.append(with_gaps(text.splitlines(keepends=True), _bottoms(page, text)))
    json.dump(pages, sys.stdout)


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


if __name__ == "__main__":
    main(sys.argv[1])
