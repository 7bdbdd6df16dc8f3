"""Leave out the headers and footers that pages of a PDF share, and page numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from recommender.articles.formats.pdf_layout import GAP, Line, step_of

# If this many pages share a header, it is that of a chapter.
CHAPTER_PAGES = 3

# What pages share of a line: its text with # for each number, and the height of its letters.
Key = tuple[str, float]
# These stand around a page number, which is at the left end of a line or at its right end.
_AROUND = "-–—•·|/ #"
# "Page 2 of 3" in several languages, with # for each number.
_NUMBER = re.compile(
    r"[-–—•·|/ ]*(?:(?:page|p\.|pg\.|seite|s\.|pagina|blz\.?|página|pág\.|strona|str\.|sida|side"
    r"|sivu|страница|стр\.|с\.|сторінка|sayfa|σελίδα|σελ\.|صفحة|صفحه|עמוד|पृष्ठ|หน้า|trang|halaman"
    r"|第)\s?)?#(?:\s?(?:of|von|van|de|di|sur|av|af|z|из|з|/|από|من|מתוך)\s?#)?"
    r"(?:\s?(?:页|頁|ページ|쪽))?[-–—•·|/ #]*",
    re.I,
)


def without_heads(pages: Sequence[Sequence[Line]], edge: int) -> list[list[Line]]:
    """Leave out page numbers, and the headers and footers that pages share but for the numbers.

    Pages share a line if more than half of them have it among their first or last `edge` lines, in
    letters of the same height. If room separates the line from the text, it is enough that more
    than half of the left pages have it, or of the right pages, or the pages of a chapter.
    """
    keys = [{at: _key(page[at]) for at in _edges(page, edge)} for page in pages]
    apart = [
        {at: key for at, key in own.items() if at in _apart(page, edge)}
        for own, page in zip(keys, pages, strict=True)
    ]
    of_all = _repeated(keys, len(keys) / 2)
    of_some = _repeated(apart, CHAPTER_PAGES - 1)
    of_some |= _repeated(apart[::2], len(apart) / 4) | _repeated(apart[1::2], len(apart) / 4)
    return [
        [
            line
            for at, line in enumerate(page)
            if not (at in own and (_is_number(line) or own[at] in of_all))
            and not (at in room and room[at] in of_some)
        ]
        for page, own, room in zip(pages, keys, apart, strict=True)
    ]


def _edges(page: Sequence[Line], edge: int) -> set[int]:
    """Return the first and last lines of a page, in reading order and from top to bottom."""
    return {at for order in _orders(page) for at in (*order[:edge], *order[-edge:])}


def _orders(page: Sequence[Line]) -> tuple[list[int], list[int]]:
    """Return the lines of a page in reading order, and from top to bottom.

    In reading order, the footer of a page with columns may follow the first column.
    """
    read = list(range(len(page)))
    return read, sorted(read, key=lambda at: -page[at].bottom)


def _repeated(keys: Sequence[dict[int, Key]], count: float) -> set[Key]:
    """Return the lines that more than `count` pages, and at least two, have at their edges."""
    counts = Counter(key for page in keys for key in set(page.values()))
    return {key for key, found in counts.items() if found > max(count, 1)}


def _apart(page: Sequence[Line], edge: int) -> set[int]:
    """Return the lines at the edges of a page that room separates from its text."""
    step = step_of(page)
    found: set[int] = set()
    for order in (one for read in _orders(page) for one in (read, read[::-1])):
        for count, (at, after) in enumerate(pairwise(order), 1):
            if count > edge:
                break
            if abs(page[at].bottom - page[after].bottom) > GAP * step > 0:
                found |= set(order[:count])
    return found


def _key(line: Line) -> Key:
    text = _without_numbers(line)
    return text.strip(_AROUND) or text, round(line.size)


def _without_numbers(line: Line) -> str:
    return re.sub(r"\d+", "#", " ".join(line.text.split()))


def _is_number(line: Line) -> bool:
    """Return whether a line is a page number."""
    return _NUMBER.fullmatch(_without_numbers(line)) is not None
