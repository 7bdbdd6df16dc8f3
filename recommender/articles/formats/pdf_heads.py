"""Leave out the heads and feet that pages of a PDF share, and the numbers of pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from recommender.articles.formats.pdf_layout import GAP, Line, step_of

# So many pages make a chapter whose head is no text.
CHAPTER_PAGES = 3

# What pages share: a line without its numbers, and the height of its letters.
Key = tuple[str, float]


def without_heads(pages: Sequence[Sequence[Line]], edge: int) -> list[list[Line]]:
    """Leave out the heads and feet that pages share but for their numbers, and page numbers.

    Pages share a line if more than half of them have it among their first or last `edge` lines, in
    letters of one height. Of lines apart from the text it is enough that more than half of the left
    or of the right pages have them, or those of a chapter.
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
            if not (at in own and (_is_number(own[at]) or own[at] in of_all))
            and not (at in room and room[at] in of_some)
        ]
        for page, own, room in zip(pages, keys, apart, strict=True)
    ]


def _edges(page: Sequence[Line], edge: int) -> set[int]:
    return {*range(min(edge, len(page))), *range(max(len(page) - edge, 0), len(page))}


def _repeated(keys: Sequence[dict[int, Key]], count: float) -> set[Key]:
    """Return what more than so many pages, and more than one, have at their edges."""
    counts = Counter(key for page in keys for key in set(page.values()))
    return {key for key, found in counts.items() if found > max(count, 1)}


def _apart(page: Sequence[Line], edge: int) -> set[int]:
    """Return which lines at the edges of a page have room between them and its text."""
    step = step_of(page)
    found: set[int] = set()
    for order in (range(len(page)), range(len(page) - 1, -1, -1)):
        for count, (at, after) in enumerate(pairwise(order), 1):
            if count > edge:
                break
            if abs(page[at].bottom - page[after].bottom) > GAP * step > 0:
                found |= set(order[:count])
    return found


def _key(line: Line) -> Key:
    return re.sub(r"\d+", "#", " ".join(line.text.split())), round(line.size)


def _is_number(key: Key) -> bool:
    return re.fullmatch(r"[-–—•·|/ ]*#[-–—•·|/ #]*", key[0]) is not None
