"""Lay out text for terminals and Markdown, with every text of a source escaped for its place.

No control or direction-changing character reaches a terminal, no markup a Markdown page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from rich.cells import cell_len, chop_cells

SNIPPET_LINES = 3
# The facts of a title below it are indented by so many columns.
INDENT_BELOW = 2
# Text below the title of an answer, or below the number of a paragraph, begins in this column.
INDENT = 4
SOFT_HYPHEN = "\u00ad"
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"
# They turn the direction of the following text, or are invisible.
_TURNING = "\u2028-\u202e\u2066-\u2069\ufeff"
# They set the direction of a neighbour only.
_MARKS = "\u061c\u200e\u200f"
_UNSAFE = re.compile(f"[{_CONTROLS}{_MARKS}{_TURNING}]")
_UNSAFE_ON_THE_WEB = re.compile(f"[{_CONTROLS}]")
_TURNS = re.compile(f"[{_TURNING}]")
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&])")


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: `1 article`, `2,000 articles`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


class Page(NamedTuple):
    """The place that text goes to: its width in columns, and whether it takes colour."""

    width: int = 80
    color: bool = False

    def strong(self, text: str) -> str:
        """Return a text in bold, if there is colour."""
        return f"{BOLD}{text}{PLAIN}" if self.color else text

    def faint(self, text: str) -> str:
        """Return a text in a faint colour, if there is colour."""
        return f"\x1b[2m{text}{PLAIN}" if self.color else text


def one_line(text: str) -> str:
    """Return `text` for a terminal: white space folded, unsafe characters escaped.

    Soft hyphens are left out: a terminal shows them, although no line ends there.
    """
    return visible(" ".join(text.replace(SOFT_HYPHEN, "").split()))


def web_line(text: str) -> str:
    """Return `text` for a page or a program: white space folded, control characters escaped.

    Characters that turn the direction of a text are left out. Marks of direction stay: texts in
    Arabic and Hebrew need them.
    """
    line = " ".join(text.replace(SOFT_HYPHEN, "").split())
    return _UNSAFE_ON_THE_WEB.sub(_spelled, _TURNS.sub("", line))


def titled(title: str) -> str:
    """Return a title in one line, or a word for none."""
    return one_line(title) or "(no title)"


def visible(text: str) -> str:
    """Return `text` with unsafe characters escaped."""
    return _UNSAFE.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def to_json(value: Any, indent: int | None = None) -> str:
    """Return JSON whose strings hold no character on which a terminal acts."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str, allow_nan=False)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def dotted(words: Sequence[str]) -> str:
    """Return words in one line, dots between them; empty ones are left out."""
    return " · ".join(one_line(word) for word in words if word)


def wrapped(
    text: str,
    width: int,
    indent: int,
    limit: int | None = SNIPPET_LINES,
    *,
    chop: bool = True,
) -> list[str]:
    """Break `text` into lines of `width` columns, wide characters counted as two.

    Lines beyond `limit` are left out. A word that is longer than a line is cut, unless `chop` is
    False: a path or an id should stay one word.
    """
    room = max(width - indent, 20)
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and cell_len(lines[-1]) + 1 + cell_len(word) <= room:
            lines[-1] += f" {word}"
            continue
        pieces = (chop_cells(word, room) if chop else [word]) or [""]
        lines += pieces if lines[-1] else []
        if not lines[0]:
            lines = pieces
    if limit is not None and len(lines) > limit:
        lines = [*lines[: limit - 1], _broken_off(lines[limit - 1], room)]
    return [" " * indent + line for line in lines]


def _broken_off(line: str, room: int) -> str:
    """Return a line with an ellipsis after the last word that leaves room for it."""
    if cell_len(line) + 2 > room:
        kept = chop_cells(line, room - 2)[0]
        line = kept.rpartition(" ")[0] or kept
    return line.rstrip() + " …"


def hanging(label: str, text: str, page: Page) -> list[str]:
    """Return a label and a text in lines of the page, all of the text to the right of the label."""
    indent = cell_len(label)
    first, *more = wrapped(one_line(text), page.width, indent, limit=None, chop=False)
    return [(label + first[indent:]).rstrip(), *more]


def shortened(text: str, width: int) -> str:
    """Return `text` in at most `width` columns, an ellipsis in place of what is cut off.

    A character is never parted from its marks, and wide characters count as two columns.
    """
    if cell_len(text) <= width:
        return text
    kept = chop_cells(text, width - 1)[0] if width > 1 else ""
    return kept.rstrip() + "…"


def headed(
    lead: str, title: str, facts: Sequence[str], page: Page, *, is_strong: bool = True
) -> list[str]:
    """Return the head of an answer: its title and, beside it or below it, its facts.

    Facts that do not fit beside the title are below it, to the right of `lead`. A title that is
    wider than the page is cut.
    """
    name, beside = lead + titled(title), dotted(facts)
    strong = page.strong if is_strong else str
    if not beside:
        return [strong(shortened(name, page.width))]
    if cell_len(name) + 2 + cell_len(beside) <= page.width:
        return [f"{strong(name)}  {page.faint(beside)}"]
    below = packed(facts, page, indent=cell_len(lead) or INDENT_BELOW)
    return [strong(shortened(name, page.width)), *map(page.faint, below)]


def packed(facts: Sequence[str], page: Page, indent: int) -> list[str]:
    """Return facts in as few lines of the page as they need, dots between them."""
    return filled([one_line(fact) for fact in facts], page, indent, between=" · ")


def filled(facts: Sequence[str], page: Page, indent: int, between: str) -> list[str]:
    """Return printable facts in as few lines as they need; empty ones are left out.

    A line ends between two facts, or between the words of a fact that is wider than the page. An id
    stays whole however narrow the page is, so that it can be copied.
    """
    lines: list[str] = []
    for fact in filter(None, facts):
        if lines and indent + cell_len(f"{lines[-1]}{between}{fact}") <= page.width:
            lines[-1] += f"{between}{fact}"
        else:
            lines += wrapped(fact, page.width - indent, 0, limit=None, chop=False)
    return [" " * indent + line for line in lines]


def paragraph(text: str, page: Page, indent: int = 0) -> list[str]:
    """Return a text in one line or, if it is wider than the page, in as many as it needs."""
    return wrapped(one_line(text), page.width, indent, limit=None, chop=False)


def joined(entries: Sequence[Sequence[str]]) -> str:
    """Return the lines of entries, an empty line between entries."""
    return "\n\n".join("\n".join(entry) for entry in entries) + "\n"


def marked(text: str) -> str:
    """Return a text in one line of Markdown, its markup escaped."""
    return _MARKUP.sub(r"\\\1", one_line(text))


def code(text: str) -> str:
    """Return a text that may stand between backquotes in Markdown."""
    return one_line(text).replace("`", "'")
