"""Take the notes at the foot of PDF pages out of the text that they interrupt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from recommender.articles.formats.pdf_layout import OTHER_SIZE, Line

# A note begins with its number or sign, and words follow.
_OPENS = re.compile(r"\s*(?:\[?\d{1,3}[\])]?|[*†‡§¶]{1,3})[.:]?\s*(?=[^\W\d_]|[\"'“‘«„(])")
Pages = list[list[Line]]


def without_notes(pages: Sequence[Sequence[Line]]) -> tuple[Pages, Pages]:
    """Return the pages without the notes at their foot, and the lines of each note.

    A note is in smaller letters than the text. It stands at the end of a column, and begins with a
    number or a sign.
    """
    usual = _usual_size(pages)
    texts: Pages = []
    notes: Pages = []
    for page in pages:
        kept: list[Line] = []
        for column in _columns(page):
            start = _start_of_notes(column, usual)
            kept += column[:start]
            for line in column[start:]:
                if _OPENS.match(line.text):
                    notes.append([])
                notes[-1].append(line)
        texts.append(kept)
    return texts, notes


def _usual_size(pages: Sequence[Sequence[Line]]) -> float:
    """Return the letter height of most of the text; 0 if no line has a place."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page:
            sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _columns(page: Sequence[Line]) -> list[list[Line]]:
    """Return the lines of each column. Lines across the page, between columns, are a column too."""
    columns: list[list[Line]] = []
    for line in page:
        if columns and columns[-1][-1].column == line.column:
            columns[-1].append(line)
        else:
            columns.append([line])
    return columns


def _start_of_notes(column: Sequence[Line], usual: float) -> int:
    """Return the number of the first line of the notes; that of the end if there are none."""
    start = len(column)
    for at in range(len(column) - 1, 0, -1):
        line = column[at]
        if not 0 < line.size * OTHER_SIZE < usual:
            break
        if _OPENS.match(line.text) and column[at - 1].bottom > line.bottom:
            start = at
    return start
