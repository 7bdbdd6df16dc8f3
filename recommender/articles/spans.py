r"""Replace what stands between two marks in one pass, however many marks open without an end.

A pattern such as `\*.{0,2000}?\*` looks ahead again from each star that nothing closes. Here the
next closing mark is remembered, so that the time grows with the length of the text only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Shown = Callable[[re.Match[str], str], str]


@dataclass(frozen=True, slots=True)
class Span:
    """What opens and closes a span of text, and how many characters may stand between.

    `closings` has the closing pattern for each value of the opening's group `mark`; under the empty
    text, the one of an opening without such a group. `opening` must not look far ahead itself.
    """

    opening: re.Pattern[str]
    closings: Mapping[str, re.Pattern[str]]
    most: int
    least: int = 0

    def replaced(self, text: str, shown: Shown) -> str:
        """Return a text with `shown(opening, inside)` for each span; the first to open counts."""
        ahead = {mark: _Ahead(closing, text) for mark, closing in self.closings.items()}
        has_marks = "mark" in self.opening.groupindex
        pieces: list[str] = []
        done = at = 0
        while opening := self.opening.search(text, at):
            closing = ahead[opening["mark"] if has_marks else ""].found(opening.end() + self.least)
            if closing is None or closing[0] - opening.end() > self.most:
                at = opening.start() + 1
                continue
            pieces += (
                text[done : opening.start()],
                shown(opening, text[opening.end() : closing[0]]),
            )
            done = at = closing[1]
        return "".join([*pieces, text[done:]]) if pieces else text


def kept(opening: re.Match[str], text: str) -> str:
    """Return what stands between the marks: a span is replaced by it."""
    return text


def dropped(opening: re.Match[str], text: str) -> str:
    """Return an empty text: a span is taken out."""
    return ""


class _Ahead:
    """The next place where a pattern is found in a text, asked for at places that mostly grow."""

    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self._pattern = pattern
        self._text = text
        self._since, self._found = 0, (-1, -1)  # it is not found between `since` and there

    def found(self, at: int) -> tuple[int, int] | None:
        """Return the first start and end from a place on, None if there is none any more."""
        if not self._since <= at <= self._found[0]:
            match = self._pattern.search(self._text, at)
            self._since = at
            self._found = match.span() if match else (len(self._text) + 1, 0)
        return self._found if self._found[1] else None
