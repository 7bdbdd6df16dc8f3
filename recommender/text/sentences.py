"""Find the sentences of a text, in any script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

Span = tuple[int, int]
# What may end a sentence: marks before white space, marks of scripts without spaces, a line's end.
_END = re.compile(
    r"""
    (?<![.!?…؟।॥۔።։။។]) [.!?…؟।॥۔።։။។]++ ["'”’“»)\]]*+ (?= \s++ ["'“‘«‹(\[]*+ (?P<next>.?) )
    | [。！？]+ [”’」』）]* | \n
    """,
    re.VERBOSE | re.DOTALL,
)
# A full stop after these ends no sentence: an initial, a day of the month, a title before a name.
_ABBREVIATED = re.compile(
    r"""
    (?: (?: \A | (?<=[\s.("'“‘„«-]) ) [^\W\d_]
      | (?<!\d) (?<!\d[.,:]) \d{1,2}
      | \b (?: [Dd]r | [Dd]rs | [Dd]hr | [Ii]r | [Ii]ng | [Mm]evr | [Pp]rof | [Nn]r | [Aa]rt | No
          | Mr | Mrs | Ms | Mme | St | Sr | Sra | Sen | Rep | Gen | Gov | Lt | Col | Rev | Hr | Fr )
    ) \. \Z
    """,
    re.VERBOSE,
)
# An abbreviation has at most so many characters, with the one before it.
_ABBREVIATION_CHARACTERS = 8
_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")


def sentences(text: str) -> list[Span]:
    """Return the (start, end) of each sentence of a text, without the white space around it.

    A line end within a paragraph ends no sentence.
    """
    return trimmed(text, units(_LINE_END.sub(" ", text)))


def units(text: str) -> Iterator[Span]:
    """Yield the (start, end) of each sentence with the white space after it, and of the rest.

    Every line end ends a sentence.
    """
    start = 0
    for match in _END.finditer(text):
        if _is_end(match):
            yield start, match.end()
            start = match.end()
    if start < len(text):
        yield start, len(text)


def parts_at_marks(text: str) -> Iterator[str]:
    """Yield the parts of a text between all marks that may end a sentence.

    A sentence with an abbreviation or a date in it is several parts, but no part belongs to two
    sentences. Two texts are compared by such parts.
    """
    start = 0
    for match in _END.finditer(text):
        yield text[start : match.end()]
        start = match.end()
    yield text[start:]


def trimmed(text: str, spans: Iterable[Span]) -> list[Span]:
    """Return spans without the white space around their texts; empty ones are left out."""
    kept = []
    for start, end in spans:
        piece = text[start:end]
        if stripped := piece.strip():
            left = start + len(piece) - len(piece.lstrip())
            kept.append((left, left + len(stripped)))
    return kept


def _is_end(match: re.Match[str]) -> bool:
    """Return whether marks end a sentence.

    Marks before a small letter end none, nor does the full stop of an abbreviation.
    """
    following = match["next"]
    if following is None:  # marks of scripts without spaces, or a line's end
        return True
    if following.islower():
        return False
    start = match.start()
    before = match.string[max(start - _ABBREVIATION_CHARACTERS, 0) : start + 1]
    return match[0] != "." or _ABBREVIATED.search(before) is None
