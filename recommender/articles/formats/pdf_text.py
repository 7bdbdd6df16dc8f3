"""Take the lines of a PDF with their places, within bounds of size."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from recommender.errors import SourceError

MAX_PAGES = 2_000
MAX_PAGE_CHARACTERS = 20_000_000
# A gap of this many letter heights is between columns or cells, not between words.
WIDE_GAP = 0.9
MAX_FONT_NAME = 200
# A line is turned if the sine of its angle is larger.
MIN_TURN = 0.5
_AGAIN = "open it and save it again"
_BOLD_NAME = re.compile(rb"bold|black|heavy", re.I)
# The parser joins a line that ends in a hyphen with the next one, and puts \ufffe between.
_LINES = re.compile("[^\r\n\ufffe]*(?:\ufffe|\r\n|\r|\n|$)")

# A line: its text, the places of its left, right and lower edges, and the height and weight of its
# letters. Places are in points from the left and the foot of the page. Without a place, all are 0.
Line = tuple[str, float, float, float, float, int]


class Read(NamedTuple):
    """The lines of each page, and what else the pages hold.

    `pictures` are the numbers of the pages with pictures and no text. `turned` are the lines that
    run up or down beside the text.
    """

    pages: list[list[Line]]
    pictures: list[int]
    turned: list[str]


def pages_of(path: Path) -> Read:
    """Return what the pages hold; raise `SourceError` if the file cannot be read."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        is_locked = "assword" in str(error)
        why = "is encrypted; save it without a password" if is_locked else f"is damaged; {_AGAIN}"
        raise SourceError(why) from error
    pages: list[list[Line]] = []
    pictures: list[int] = []
    turned: list[str] = []
    left = MAX_PAGE_CHARACTERS
    with document:
        for number in range(min(len(document), MAX_PAGES)):
            try:
                size, lines, beside, is_picture = _page(document, number)
            except pypdfium2.PdfiumError as error:
                raise SourceError(f"is damaged on page {number + 1}; {_AGAIN}") from error
            left -= size
            if left < 0:
                raise SourceError(f"has over {MAX_PAGE_CHARACTERS:,} characters; split it")
            pages.append(lines)
            turned += beside
            if is_picture:
                pictures.append(number + 1)
    return Read(pages, pictures, turned)


def _page(document: Any, number: int) -> tuple[int, list[Line], list[str], bool]:
    """Return a page's number of characters, its lines, its turned lines, and if it is a picture.

    If most of a page is turned, its lines count as ordinary ones.
    """
    page = document[number]
    characters = page.get_textpage()
    text: str = characters.get_text_range()
    # The parser counts in units of UTF-16. If it leaves some out of the text, no place is right.
    is_placed = characters.count_chars() == len(text.encode("utf-16-le", "surrogatepass")) // 2
    lines: list[Line] = []
    turned: set[int] = set()  # the numbers of the turned lines
    start = 0
    for number_of_line, line in enumerate(_LINES.findall(text)):
        units = len(line) if text.isascii() else len(line.encode("utf-16-le", "surrogatepass")) // 2
        written = line.rstrip("\r\n")
        if written.strip() and is_placed:
            before = len(lines)
            lines += _placed(characters, written, start)
            if _is_turned(characters, written, start):
                turned.update(range(before, len(lines)))
        elif written.strip():
            lines.append((written, 0.0, float(len(written)), -float(number_of_line), 0.0, 0))
        start += units
    is_picture = not lines and _has_picture(page)
    characters.close()
    page.close()
    if 2 * sum(len(lines[at][0]) for at in turned) > sum(len(line[0]) for line in lines):
        turned = set()
    beside = [lines[at][0] for at in sorted(turned)]
    upright = [line for at, line in enumerate(lines) if at not in turned]
    return len(text), upright, beside, is_picture


def _is_turned(characters: Any, line: str, start: int) -> bool:
    from pypdfium2 import raw

    letter = start + len(line) - len(line.lstrip())
    return abs(math.sin(raw.FPDFText_GetCharAngle(characters, letter))) > MIN_TURN


def _has_picture(page: Any) -> bool:
    from pypdfium2 import raw

    return next(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3), None) is not None


def _placed(characters: Any, line: str, start: int) -> list[Line]:
    """Return a line with its place on the page, divided at wide gaps.

    Lines of two columns are one line to the parser if they were painted together.
    """
    from pypdfium2 import PdfiumError

    try:
        middle = len(line) // 2
        letter = start + next(at for at in (*range(middle, len(line)), 0) if not line[at].isspace())
        _, bottom, _, top = characters.get_charbox(letter, loose=True)
        size = round(top - bottom, 1)
        boxes = [characters.get_rect(at) for at in range(characters.count_rects(start, len(line)))]
    except PdfiumError:  # the parser adds characters that have no place, such as spaces
        return [(line, 0.0, 0.0, 0.0, 0.0, 0)]
    if not boxes:
        return [(line, 0.0, 0.0, 0.0, 0.0, 0)]
    weight = _weight(characters, letter)
    cuts = [right[0] for left, right in pairwise(boxes) if right[0] - left[2] > WIDE_GAP * size]
    spans = _spans(characters, line, start, cuts)
    edges = [boxes[0][0], *cuts]
    ends = [
        max(box[2] for box in boxes if edge <= box[0] + 0.1 and (box[0] < after))
        for edge, after in zip(edges, [*cuts, float("inf")], strict=True)
    ]
    if len(spans) != len(edges):
        return [
            (line, round(boxes[0][0], 1), round(boxes[-1][2], 1), round(bottom, 1), size, weight)
        ]
    return [
        (line[first:last].strip(), round(edge, 1), round(end, 1), round(bottom, 1), size, weight)
        for (first, last), edge, end in zip(spans, edges, ends, strict=True)
        if line[first:last].strip()
    ]


def _spans(characters: Any, line: str, start: int, cuts: list[float]) -> list[tuple[int, int]]:
    """Return the start and end of each part of a line between cuts, from left to right."""
    if not cuts:
        return [(0, len(line))]
    places: list[int] = []
    for cut in cuts:
        at = places[-1] if places else 0
        while at < len(line) and characters.get_charbox(start + at)[0] < cut - 0.5:
            at += 1
        places.append(at)
    return list(pairwise([0, *places, len(line)]))


def _weight(characters: Any, index: int) -> int:
    """Return the weight of a letter, by the name of its font or as the font states."""
    import ctypes

    from pypdfium2 import raw

    name, flags = ctypes.create_string_buffer(MAX_FONT_NAME), ctypes.c_int()
    raw.FPDFText_GetFontInfo(characters, index, name, MAX_FONT_NAME, flags)
    if _BOLD_NAME.search(name.value):
        return 700
    return max(int(raw.FPDFText_GetFontWeight(characters, index)), 0)
