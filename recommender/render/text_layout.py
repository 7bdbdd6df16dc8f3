"""Lay out text for terminals and Markdown, with every text of a source escaped for its place.

No control or direction-changing character reaches a terminal, no markup a Markdown page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len, chop_cells

SNIPPET_LINES = 3
SOFT_HYPHEN = "\u00ad"
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&])")


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: `1 article`, `2,000 articles`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


@dataclass(frozen=True, slots=True)
class Page:
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
    """Return `text` for a terminal: white space folded, unsafe characters spelled out.

    Hyphens that may be are left out: a terminal shows them, although no line ends there.
    """
    return visible(" ".join(text.replace(SOFT_HYPHEN, "").split()))


def titled(title: str) -> str:
    """Return a title in one line, or a word for none."""
    return one_line(title) or "(no title)"


def visible(text: str) -> str:
    """Return `text` with unsafe characters spelled out."""
    return _UNSAFE.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def to_json(value: Any, indent: int | None = None) -> str:
    """Return JSON whose strings hold no character that a terminal would act on."""
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
        lines = [*lines[: limit - 1], lines[limit - 1].rstrip() + " …"]
    return [" " * indent + line for line in lines]


def hanging(label: str, text: str, page: Page) -> list[str]:
    """Return a label and a text in lines of the page, all of the text to the right of the label."""
    indent = cell_len(label)
    first, *more = wrapped(one_line(text), page.width, indent, limit=None, chop=False)
    return [(label + first[indent:]).rstrip(), *more]


def joined(entries: Sequence[Sequence[str]]) -> str:
    """Return the lines of entries, an empty line between entries."""
    return "\n\n".join("\n".join(entry) for entry in entries) + "\n"


def marked(text: str) -> str:
    """Return a text in one line of Markdown, its markup escaped."""
    return _MARKUP.sub(r"\\\1", one_line(text))


def code(text: str) -> str:
    """Return a text that may stand between backquotes in Markdown."""
    return one_line(text).replace("`", "'")
