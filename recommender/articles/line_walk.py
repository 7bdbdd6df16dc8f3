"""Convert the lines of a markup to HTML: the common part of AsciiDoc and Org."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence

from recommender.articles.spans import Span, kept

# Blocks within blocks, beyond which a block is its bare text.
MAX_DEPTH = 12
# Marks within marks within marks; nobody writes more.
_SPAN_DEPTH = 3


class LineWalk(ABC):
    """The blocks of a text as HTML; `included` are the files that it names, which are not read."""

    def __init__(self) -> None:
        self.included: list[str] = []
        self._notes: list[str] = []

    def html(self, lines: Sequence[str]) -> str:
        """Return lines as HTML, the notes at the end."""
        body = self._blocks([line.rstrip() for line in lines], 0)
        notes = "".join(f"<p>{one}</p>" for one in self._notes)
        return f"{body}<div class='footnotes'>{notes}</div>" if notes else body

    @abstractmethod
    def _blocks(self, lines: Sequence[str], depth: int) -> str:
        """Return lines as HTML, `depth` blocks within others."""

    def _noted(self, found: re.Match[str]) -> str:
        """Keep a note for the end; return what stands in its place."""
        if found["text"].strip():
            self._notes.append(self._note_html(found["text"].strip()))
        return ""

    def _note_html(self, text: str) -> str:
        return text


def until(lines: Sequence[str], at: int, is_end: Callable[[str], bool]) -> int:
    """Return the number of the first line from `at` on that ends a block, or that of lines."""
    while at < len(lines) and not is_end(lines[at]):
        at += 1
    return at


def listed(items: Iterable[str]) -> str:
    """Return items, which are HTML, as a list."""
    return f"<ul>{''.join(f'<li>{one}</li>' for one in items)}</ul>"


def without_marks(html: str, *spans: Span) -> str:
    """Return a text without the marks around its words, also where some stand within others."""
    for _ in range(_SPAN_DEPTH):
        for span in spans:
            html = span.replaced(html, kept)
    return html
