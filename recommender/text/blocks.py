"""The blocks of a text: what stands between blank lines."""

from __future__ import annotations

import re

OPENING_CHARACTERS = 80

# Scripts from here on do not put spaces between words; each letter says as much as three.
WIDE_FROM = "\u2e80"
WIDE = re.compile(f"[{WIDE_FROM}-\U0010ffff]")

_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")


def blocks(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) of each block between blank lines, white space trimmed."""
    found = []
    start = 0
    for gap in [*_BLANK_LINES.finditer(text), None]:
        end = gap.start() if gap else len(text)
        piece = text[start:end]
        if stripped := piece.strip():
            left = start + piece.index(stripped)
            found.append((left, left + len(stripped)))
        start = gap.end() if gap else end
    return found


def opening(text: str) -> str:
    """Return the first words of `text`, a title where none is given."""
    words = " ".join(text[: 4 * OPENING_CHARACTERS].split())
    if len(words) <= OPENING_CHARACTERS:
        return words
    head, space, _ = words[: OPENING_CHARACTERS + 1].rpartition(" ")
    return (head if space else words[:OPENING_CHARACTERS]) + "…"
