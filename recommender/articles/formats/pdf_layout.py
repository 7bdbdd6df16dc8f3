"""Put the lines of PDF pages in reading order, and join them to paragraphs."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

# Two columns have at least this many lines side by side, of at least this many characters. Half of
# the lines are nearly as wide as their column.
MIN_ROWS = 3
MIN_COLUMN_CHARACTERS = 15
FULL, MIN_FULL_SHARE = 0.7, 0.5
MAX_COLUMNS = 6
# A line begins a paragraph if its step from the line before is this many times the usual step.
GAP = 1.4
# A line ends early if it leaves this share of its column empty.
EARLY = 0.15
# Letters that are larger or smaller by this factor belong to another paragraph.
OTHER_SIZE = 1.08
BOLD = 600
# A large first letter is at least this many times as high as the others.
LARGE = 1.8
# The left edge of a column is where at least this share of its lines begin. First lines of
# paragraphs and captions may begin elsewhere.
EDGE_SHARE = 0.2
_SENTENCE_END = re.compile(r"[.!?…。！？:][\"'”’»)\]]*$")
_HYPHEN = re.compile("(?<=\\w)[-\u2010\u00ad\ufffe]$")
_LAST_WORD = re.compile(r"\w+$")
_FIRST_WORD = re.compile(r"\w+")
_WORDS = re.compile(r"\w+(?:-\w+)*")
# Before these words a hyphen stays: "Ruhr- und Rheinhafen".
_AND_WORDS = "und oder en of og och eller and or ou et y e ja tai i и или da sau vagy"
_AND = frozenset(_AND_WORDS.split())
# In "a-t-il" and "c'est-à-dire" the hyphen belongs to the word.
_OF_FRENCH = (
    (re.compile("-t$"), re.compile(r"(?:ils?|elles?|on)\b")),
    (re.compile("est$", re.I), re.compile(r"à-|ce\b")),
)


class Line(NamedTuple):
    """A line: its place in points from the left and the foot of the page, and its letters.

    `column` is the number of the column that the line is in, 0 without columns.
    """

    text: str
    left: float
    right: float
    bottom: float
    size: float
    weight: int
    column: int = 0

    @property
    def is_bold(self) -> bool:
        """Whether its letters are bold, as those of a heading often are."""
        return self.weight >= BOLD


@dataclass
class Paragraph:
    """A paragraph, the height and boldness of its letters, and where pages begin in its text."""

    text: str
    size: float = 0.0
    is_bold: bool = False
    pages: dict[int, int] = field(default_factory=dict)


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of a page, one column after the other."""
    return [_joined_row(row) for row in _by_columns(_rows(lines), MAX_COLUMNS)]


def with_large_letters(page: Sequence[Line]) -> list[Line]:
    """Return the lines of a page. A large first letter becomes part of the line beside it."""
    found: list[Line] = []
    for line in page:
        before = found[-1] if found else None
        if before is not None and _opens_beside(before, line):
            found[-1] = line._replace(text=before.text.strip() + line.text.lstrip())
        else:
            found.append(line)
    return found


def _opens_beside(letter: Line, line: Line) -> bool:
    """Return whether a line continues the large letter before it."""
    is_letter = len(letter.text.strip()) == 1 and letter.text.strip().isupper()
    is_beside = line.left >= letter.left + 0.5 * line.size and line.bottom > letter.bottom - 1
    is_large = letter.size > LARGE * line.size > 0
    return is_letter and is_large and is_beside and line.text.lstrip()[:1].isalpha()


def paragraphs(pages: Sequence[Sequence[Line]]) -> list[Paragraph]:
    """Return the paragraphs of pages whose lines are in reading order."""
    words = Counter(
        word for page in pages for line in page for word in _WORDS.findall(line.text.casefold())
    )
    found: list[Paragraph] = []
    before: Line | None = None
    is_first = False  # whether the line before begins a paragraph
    for number, page in enumerate(pages):
        for at, (line, flow) in enumerate(_flows(page)):
            text = line.text.strip()
            breaks = before is None or _breaks(before, line, flow, is_first, at == 0)
            if breaks:
                found.append(Paragraph(text.removesuffix("\ufffe"), line.size, line.is_bold))
                found[-1].text = text
            if at == 0:
                found[-1].pages[number] = 0 if breaks else len(found[-1].text) + 1
            if not breaks:
                found[-1].text = _joined(found[-1].text, text, words)
            is_first, before = breaks, line
    for one in found:
        one.text = one.text.replace("\u00ad", "").replace("\ufffe", "-")
    return found


def _rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Return the pieces of each line, from left to right."""
    rows: list[list[Line]] = []
    for line in lines:
        last = rows[-1][-1] if rows else None
        if last and _is_beside(last, line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _is_beside(before: Line, line: Line) -> bool:
    """Return whether a piece stands to the right of the one before, on the same line."""
    is_level = abs(line.bottom - before.bottom) < 0.5 * line.size
    return is_level and line.left >= before.right - 0.5 * line.size


def _by_columns(rows: list[list[Line]], most: int) -> list[list[Line]]:
    gutter = _gutter(rows) if most > 1 else None
    if gutter is None:
        return rows
    ordered: list[list[Line]] = []
    left: list[list[Line]] = []
    right: list[list[Line]] = []
    last = 0  # the highest number of a column

    def flush() -> None:
        nonlocal last
        for side in (left, right):
            after = 1 + last
            for row in _by_columns(side, most - 1) if side else ():
                ordered.append([one._replace(column=after + one.column) for one in row])
                last = max(last, *(one.column for one in ordered[-1]))
            side.clear()

    before = None
    for row in rows:
        if before is not None and row[0].bottom > before + 2 * row[0].size:
            flush()  # this row stands higher on the page
        before = row[0].bottom
        sides = _sides(row, gutter)
        if sides is None:
            flush()
            ordered.append(row)
            last = max(last, *(one.column for one in row))
            continue
        if sides[0]:
            left.append(sides[0])
        if sides[1]:
            right.append(sides[1])
    flush()
    return ordered


def _sides(row: Sequence[Line], gutter: float) -> tuple[list[Line], list[Line]] | None:
    """Return the pieces left and right of a gutter; None if one of them crosses it."""
    if any(one.left < gutter < one.right for one in row):
        return None
    return [one for one in row if one.right <= gutter], [one for one in row if one.left >= gutter]


def _gutter(rows: Sequence[Sequence[Line]]) -> float | None:
    """Return the place of the gap between two columns of running text; None without columns."""
    gaps = [(one.right, other.left) for row in rows for one, other in pairwise(row)]
    if len(gaps) < MIN_ROWS:
        return None
    places = {(start + end) / 2 for start, end in gaps} | {end - 1 for _, end in gaps}
    in_gaps = _Spans(gaps)
    in_pieces = _Spans((one.left, one.right) for row in rows for one in row)
    best = max(sorted(places), key=lambda place: (in_gaps.around(place), -in_pieces.around(place)))
    pairs = [sides for row in rows if (sides := _sides(row, best)) and all(sides)]
    if len(pairs) < MIN_ROWS:
        return None
    is_text = all(_is_column([pair[side] for pair in pairs]) for side in (0, 1))
    return best if is_text else None


def _is_column(rows: Sequence[Sequence[Line]]) -> bool:
    """Return whether the rows on one side of a gap are long and full enough for running text."""
    widths = [row[-1].right - row[0].left for row in rows]
    characters = sum(len(one.text) for row in rows for one in row) / len(rows)
    full = sum(width >= FULL * max(widths) for width in widths)
    return characters >= MIN_COLUMN_CHARACTERS and full >= MIN_FULL_SHARE * len(widths)


class _Spans:
    """Spans, each from one place on a line to a later one."""

    def __init__(self, spans: Iterable[tuple[float, float]]) -> None:
        proper = [(start, end) for start, end in spans if start < end]
        self._starts = sorted(start for start, _ in proper)
        self._ends = sorted(end for _, end in proper)

    def around(self, place: float) -> int:
        """Return how many spans a place lies within. The edges of a span are outside it."""
        return bisect_left(self._starts, place) - bisect_right(self._ends, place)


def _joined_row(row: Sequence[Line]) -> Line:
    if len(row) == 1:
        return row[0]
    text = " ".join(one.text for one in row)
    return row[0]._replace(text=text, right=max(one.right for one in row))


class _Flow(NamedTuple):
    """The column that a line is in: its edges, the step from line to line, and its longest line."""

    left: float
    right: float
    step: float
    characters: int


def _flows(lines: Sequence[Line]) -> Iterator[tuple[Line, _Flow]]:
    """Yield each line with its column. The lines of a column stand below each other."""
    usual = step_of(lines)
    start = 0
    for end in range(1, len(lines) + 1):
        if end < len(lines):
            before, line = lines[end - 1], lines[end]
            if not _is_elsewhere(before, line) and not _is_other_size(before, line):
                continue
        column = lines[start:end]
        flow = _flow(column, usual)
        yield from ((line, flow) for line in column)
        start = end


def _flow(column: Sequence[Line], usual_step: float) -> _Flow:
    counts = Counter(round(line.left / 4) for line in column)
    usual = min(edge for edge, count in counts.items() if count >= EDGE_SHARE * len(column))
    left = min(line.left for line in column if round(line.left / 4) == usual)
    step = step_of(column) if len(column) > MIN_ROWS else usual_step
    longest = max(len(line.text) for line in column)
    return _Flow(left, max(line.right for line in column), step, longest)


def step_of(lines: Sequence[Line]) -> float:
    """Return the usual step from a line to the next, 0 if there is none.

    It is the lower quartile. On a page of short paragraphs, most steps are between paragraphs.
    """
    steps = sorted(
        step for one, other in pairwise(lines) if (step := one.bottom - other.bottom) > 0
    )
    return steps[len(steps) // 4] if steps else 0.0


def _is_elsewhere(before: Line, line: Line) -> bool:
    """Return whether a line does not stand below the one before."""
    if line.column != before.column or (line.bottom >= before.bottom and line.size):
        return True
    return line.left > before.right or line.right < before.left


def _breaks(before: Line, line: Line, flow: _Flow, is_first: bool, is_new_page: bool) -> bool:
    """Return whether a line begins a paragraph; `is_first` says whether the line before does."""
    if _is_other_type(before, line):
        return True
    is_end = _SENTENCE_END.search(before.text.rstrip()) is not None
    if _HYPHEN.search(before.text.rstrip()):
        return False
    if is_new_page or _is_elsewhere(before, line):
        return is_end
    step = before.bottom - line.bottom
    if flow.step and step > GAP * flow.step:
        return True
    room, is_early = _room(before, line, flow)
    if is_early and (is_end or (is_first and room > EARLY)):
        return True
    indent = line.left - flow.left
    is_indented = 0.6 * line.size < indent < 5 * line.size and before.left - flow.left < indent / 2
    return bool(line.size) and is_indented and (is_end or is_early)


def _room(before: Line, line: Line, flow: _Flow) -> tuple[float, bool]:
    """Return the share of its column that a line leaves empty, and whether the next word fits in.

    It must fit in points and in letters. Some programs break lines by their number of letters,
    whatever the widths.
    """
    word = 1 + len(line.text.split(maxsplit=1)[0])
    letters = flow.characters - len(before.text)
    points = flow.right - before.right
    letter = (before.right - before.left) / max(len(before.text), 1)
    share = min(points / max(flow.right - flow.left, 1.0), letters / max(flow.characters, 1))
    return share, letters >= word and points > letter * word


def _is_other_type(before: Line, line: Line) -> bool:
    return before.is_bold != line.is_bold or _is_other_size(before, line)


def _is_other_size(before: Line, line: Line) -> bool:
    small, large = sorted((before.size, line.size))
    return small > 0 and large > OTHER_SIZE * small


def _joined(before: str, after: str, words: Counter[str]) -> str:
    """Return two lines of a paragraph as one text. A word that they divide becomes one word."""
    if not _HYPHEN.search(before):
        return f"{before} {after}"
    start, mark = before[:-1], before[-1]
    first = _FIRST_WORD.match(after)
    if first is None or not after[0].islower():
        is_word = first is not None and mark != "\u00ad"
        return f"{start}-{after}" if is_word else f"{before} {after}"
    if mark == "\u00ad":
        return start + after
    if first[0] in _AND:
        return f"{start}- {after}"
    if any(one.search(start) and other.match(after) for one, other in _OF_FRENCH):
        return f"{start}-{after}"
    last = _LAST_WORD.search(start)
    one, other = (last[0] if last else "").casefold(), first[0].casefold()
    if words[one + other]:
        return start + after
    # `words` counts each half once for the divided word itself.
    if words[f"{one}-{other}"] or (words[one] > 1 and words[other] > 1):
        return f"{start}-{after}"
    return start + after


def body_size(found: Iterable[Paragraph]) -> float:
    """Return the height of the letters of most of the text."""
    sizes: Counter[float] = Counter()
    for one in found:
        sizes[one.size] += len(one.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0
