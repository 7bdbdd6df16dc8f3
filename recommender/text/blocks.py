"""Find the blocks of a text, between blank lines, and the paragraphs of texts that lack them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, pairwise
from statistics import median

from recommender.text.words import length_of

OPENING_CHARACTERS = 80

# A shorter line may be a title, a date, a verse or an address, so it says nothing about wrapping.
LONG_LINE = 60
# A letter of Han, kana or Hangul is as wide as two others, and says as much as so many.
SAYS = 4
# People and programs break lines at up to this width. A longer line was not wrapped.
WIDEST_WRAP = 130
MIN_ENDED = 0.75
# Hardly any wrapped line ends early within a sentence; lines of verse do.
MAX_UNFINISHED = 0.15
# If each line is one sentence, blank lines separate the paragraphs; paragraphs hold more.
SENTENCES_A_LINE = 1.6

BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_PARAGRAPH_BREAK = re.compile("\u2029|\r?\f")
_LINE_BREAK = re.compile("\r\n|[\r\u2028\x85\x0b]")
_BREAKS = re.compile("[\r\u2028\u2029\x85\x0b\f]")
_SENTENCE_END = re.compile(r"[.!?…。！？؟۔।:][\"'”’»)\]」』）]*$")
_INNER_END = re.compile(r"[.!?…؟۔।][\"'”’»)\]]*\s|[。！？]")
_ITEM = re.compile(r"\s*(?:[-*•·◦‣▪●]|\(?\d{1,3}[.)])\s")
_CELLS = re.compile(r"\S(?:\t| \| |\s{3,})\S|^\s*\|.*\|\s*$")
_INDENT = re.compile("(?:[ \u00a0]{2,12}|\t|\u3000{1,2})(?=\\S)")


def blocks(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) of each block between blank lines, white space trimmed."""
    found = []
    start = len(text) - len(text.lstrip())
    for gap in BLANK_LINES.finditer(text, start):
        length = len(text[start : gap.start()].rstrip())
        if length:
            found.append((start, start + length))
        start = gap.end()  # no white space is left before the next block
    if length := len(text[start:].rstrip()):
        found.append((start, start + length))
    return found


def opening(text: str) -> str:
    """Return the first words of `text`, as a title for an article that has none."""
    words = " ".join(text[: 4 * OPENING_CHARACTERS].split())
    if len(words) <= OPENING_CHARACTERS:
        return words
    head, space, _ = words[: OPENING_CHARACTERS + 1].rpartition(" ")
    return (head if space else words[:OPENING_CHARACTERS]) + "…"


def with_paragraphs(text: str) -> str:
    """Return plain text with a blank line between its paragraphs, however the source marks them.

    Sources mark a paragraph by a blank line, by a line of its own, by an indented first line, by a
    short last line, or by a separator of Unicode or a page (U+2029, form feed). Text that is only
    wrapped, and verse, lists and tables, stay as they are.
    """
    if _BREAKS.search(text):
        text = _LINE_BREAK.sub("\n", _PARAGRAPH_BREAK.sub("\n\n", text))
    spans = blocks(text)
    chunks = [text[start:end].split("\n") for start, end in spans]
    if all(len(chunk) == 1 for chunk in chunks):
        return text
    measure = _width if any(map(_is_wide, chain(*chunks))) else _says
    has_long = [any(measure(line) >= LONG_LINE for line in chunk) for chunk in chunks]
    is_only_one = has_long.count(True) == 1
    is_each = is_line_each(chunks, is_only_one)
    found: list[str] = []
    for chunk, is_body in zip(chunks, has_long, strict=True):
        if is_each:
            groups = _line_each(chunk)
        elif is_body:
            groups = _indented(chunk) or (_unwrapped(chunk) if is_only_one else [chunk])
        else:
            groups = [chunk]
        found += ("\n".join(group).strip() for group in groups)
    if len(found) == len(spans):
        return text
    return "\n\n".join(found)


def paragraphs_of_lines(lines: Sequence[str]) -> list[str]:
    """Return the paragraphs between soft breaks: each line is one, or all lines together.

    Long lines that end sentences are paragraphs. Other lines belong together, such as those of a
    verse.
    """
    written = [line.strip() for line in lines if line.strip()]
    if is_line_each([written], is_only_one=True):
        return ["\n".join(group) for group in _line_each(written)]
    return ["\n".join(written)] if written else []


def is_line_each(chunks: Sequence[Sequence[str]], is_only_one: bool) -> bool:
    """Return whether each line is a paragraph: long lines, nearly all of which end sentences.

    `is_only_one` says that nothing else marks paragraphs. Otherwise the lines may be sentences.
    """
    lines = [line.rstrip() for chunk in chunks if len(chunk) > 1 for line in chunk]
    rows = [line for line in lines if not _CELLS.search(line)]
    long = list(filter(_is_wide, rows)) or [one for one in rows if _says(one) >= LONG_LINE]
    if not long or (is_only_one and len(long) < 2 and max(map(_width, long)) <= WIDEST_WRAP):
        return False
    usual = median(map(_width, long))
    if usual > WIDEST_WRAP * (1 if is_only_one else 1.5):
        return True
    ended = sum(_SENTENCE_END.search(line) is not None for line in long) / len(long)
    if ended < MIN_ENDED:
        return False
    if is_only_one:
        return True
    sentences = sum(len(_INNER_END.findall(f"{line} ")) for line in long) / len(long)
    return sentences >= SENTENCES_A_LINE and max(map(_width, long)) > WIDEST_WRAP


def _line_each(lines: Sequence[str]) -> list[list[str]]:
    """Return each line as a group; items of a list and rows of a table are grouped together."""
    groups: list[list[str]] = []
    kind = ""
    for line in lines:
        before, kind = kind, "item" if _ITEM.match(line) else "row" if _CELLS.search(line) else ""
        if kind and kind == before:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _indented(lines: Sequence[str]) -> list[list[str]] | None:
    """Return the groups that indented lines open; None if indents mark no paragraphs."""
    indented = [_INDENT.match(line) is not None and not _ITEM.match(line) for line in lines]
    count = sum(indented[1:])
    if not count or any(_CELLS.search(line.strip()) for line in lines):
        return None
    if all(indented[1:]) and not all("\u3000" in line[:2] for line in lines[1:]):
        return None  # a quotation, or verse
    starts = [
        at
        for at in range(1, len(lines))
        if indented[at] and (_SENTENCE_END.search(lines[at - 1].rstrip()) or at == 1)
    ]
    if len(starts) < MIN_ENDED * count:
        return None
    return _groups(lines, starts)


def _unwrapped(lines: Sequence[str]) -> list[list[str]]:
    """Return the groups of wrapped lines; a group ends early at a sentence end, or opens short.

    A line ends early if the next one's first word would have fitted on it.
    """
    widths = [_width(line.rstrip()) for line in lines]
    widest = max(widths)
    if len(lines) < 4 or widest > WIDEST_WRAP:
        return [list(lines)]
    starts, unfinished = [], 0
    is_head = True
    for at, (line, after) in enumerate(pairwise(lines), 1):
        room = 0.9 * widest - widths[at - 1] - 1
        is_early = room >= _width((after.split() or [""])[0])
        is_head = is_head and is_early and widths[at - 1] < MIN_ENDED * widest
        if is_head or (is_early and _SENTENCE_END.search(line.rstrip())):
            starts.append(at)
        unfinished += is_early and at not in starts[-1:]
    return [list(lines)] if unfinished > MAX_UNFINISHED * len(lines) else _groups(lines, starts)


def _groups(lines: Sequence[str], starts: Sequence[int]) -> list[list[str]]:
    return [list(lines[start:end]) for start, end in pairwise([0, *starts, len(lines)])]


def _is_wide(line: str) -> bool:
    return _width(line) >= LONG_LINE


def _says(line: str) -> int:
    """Return how much a line says, in letters: a few of Han, kana and Hangul say a sentence.

    This separates the paragraphs of a text that has no long lines.
    """
    return length_of(line, SAYS)


def _width(line: str) -> int:
    """Return the width of a line in letters; those of Han, kana and Hangul count twice."""
    return length_of(line, 2)
