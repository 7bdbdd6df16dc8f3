"""Read what editors mark in Markdown as its readers are to see it: CriticMarkup.

`{++added++}` and the later words of `{~~old~>new~~}` are text, `{--taken out--}` and
`{>>a comment<<}` are none, and `{==marked==}` is text that a comment is about.
"""

from __future__ import annotations

import re

from recommender.articles.spans import Span

MAX_CHARACTERS = 10_000
_CLOSING = {"++": "++", "--": "--", "~~": "~~", "==": "==", ">>": "<<"}
_EDIT = Span(
    re.compile(r"\{(?P<mark>\+\+|--|~~|==|>>)"),
    {mark: re.compile(re.escape(f"{closing}}}")) for mark, closing in _CLOSING.items()},
    most=MAX_CHARACTERS,
)
_MAY_BE = re.compile(r"\{(?:\+\+|--|~~|==|>>)")


def has_edits(markdown: str) -> bool:
    """Return whether a text holds marks of an editor: most hold none."""
    return "{" in markdown and _MAY_BE.search(markdown) is not None


def with_edits(markdown: str) -> str:
    """Return Markdown with its edits accepted and without the comments on it."""
    return _EDIT.replaced(markdown, _accepted)


def _accepted(opening: re.Match[str], inside: str) -> str:
    mark = opening["mark"]
    if mark in ("--", ">>"):
        return ""
    return inside.rpartition("~>")[2] if mark == "~~" else inside
