"""Let emphasis open and close beside brackets and quotes within a line of words without spaces.

To CommonMark, `**「橋」**は` and `ה**"גשר"**` are not emphasis: a bracket or a quote stands within
the stars and a letter outside. Their writers mean bold, and many programs show it so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import category

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

_STAR = "*"
_OPENING, _CLOSING = ("Ps", "Pi"), ("Pe", "Pf", "Po")
_QUOTES = "\"'`<"


def relax_emphasis(parser: MarkdownIt) -> None:
    """Let a parser take such stars for emphasis."""
    from markdown_it.rules_inline import emphasis

    def tokenized(state: StateInline, silent: bool) -> bool:
        start = state.pos
        if not emphasis.tokenize(state, silent):
            return False
        if state.src[start] == _STAR:
            before, after = state.src[start - 1 : start], state.src[state.pos : state.pos + 1]
            length = state.pos - start
            opens = _is_word(before, length) and _is(after, _OPENING)
            closes = _is_word(after, length) and _is(before, _CLOSING)
            for one in state.delimiters[-length:]:
                one.open, one.close = one.open or opens, one.close or closes
        return True

    parser.inline.ruler.at("emphasis", tokenized)


def _is_word(letter: str, stars: int) -> bool:
    """Return whether a sign is a letter. One star beside a Latin one may be of a formula."""
    return letter.isalnum() and (stars > 1 or not letter.isascii())


def _is(sign: str, categories: tuple[str, ...]) -> bool:
    return bool(sign) and (category(sign) in categories or sign in _QUOTES)
