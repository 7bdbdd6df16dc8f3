"""Divide a file of a book into chapters, at the places that the table of contents names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from recommender.articles.elements import BREAKING_TAGS, name_of
from recommender.articles.markup import Placed, placed_blocks

# The headings of a chapter are among this many first blocks.
TITLE_BLOCKS = 4
MAX_ANCHORS = 1_000
# A shorter text before the first anchor is a chapter's number, a motto or an ornament.
LEAST_REST_CHARACTERS = 200
_MARK = re.compile("\ue000(\\d{1,4})\ue001")
_HEADING = re.compile("h[1-6]")
_AROUND = {"html", "body"}
_NEVER_WITHIN = {"ul", "ol", "li", "dl", "table", "tbody", "thead", "tr", "td", "th"}


class Anchor(NamedTuple):
    """A place in a file that the table of contents names. Without an id it is the file's start."""

    id: str
    title: str


class Part(NamedTuple):
    """A chapter in a file, or the rest of one: its title in the contents, and its blocks."""

    title: str
    placed: list[Placed]


def parts_of(tree: Any, anchors: Sequence[Anchor]) -> list[Part]:
    """Return the chapters of a file, each from its anchor to the next one.

    An anchor below another heading, such as that of a section, begins no chapter. Text before the
    first one is the rest of the chapter before, and has no title.
    """
    anchors = anchors[:MAX_ANCHORS]
    _put_marks(tree, anchors)
    parts = [Part("", [])]
    for one in placed_blocks(tree):
        if mark := _MARK.fullmatch(one.text):
            parts.append(Part(anchors[int(mark[1])].title, []))
        else:
            parts[-1].placed.append(one)
    if anchors and not anchors[0].id:
        parts[0] = parts[0]._replace(title=anchors[0].title)
    elif len(parts) > 1 and sum(len(one.text) for one in parts[0].placed) < LEAST_REST_CHARACTERS:
        above = parts.pop(0)
        parts[0].placed[:0] = above.placed
    parts = [part for part in parts if part.placed]
    level = _level([one for part in parts for one in part.placed])
    found = list(_joined(parts, level))
    return [Part(anchors[0].title, found[0].placed)] if len(found) == 1 and anchors else found


def _joined(parts: Sequence[Part], level: str) -> Iterator[Part]:
    """Yield the parts. A part without a heading of the level is added to the part before."""
    last: Part | None = None
    for part in parts:
        if last is not None and _level(part.placed[:TITLE_BLOCKS]) != level:
            last.placed.extend(part.placed)
            continue
        if last is not None:
            yield last
        last = part
    if last is not None:
        yield last


def _level(placed: Sequence[Placed]) -> str:
    """Return the tag of the highest heading, empty if there is none."""
    return min((one.tag for one in placed if _HEADING.fullmatch(one.tag)), default="")


def _put_marks(tree: Any, anchors: Sequence[Anchor]) -> None:
    """Put a paragraph with the number of each anchor before the block that opens there."""
    numbers = {anchor.id: at for at, anchor in enumerate(anchors) if anchor.id}
    if not numbers:
        return
    for element in [one for one in tree.iter() if name_of(one) and _ids(one) & numbers.keys()]:
        at = min(numbers.pop(id) for id in _ids(element) & numbers.keys())
        block = _block_of(element)
        if block.getparent() is not None:
            mark = element.makeelement("p")
            mark.text = f"\ue000{at}\ue001"
            block.addprevious(mark)


def _ids(element: Any) -> set[str]:
    return {element.get("id") or "", element.get("name") or ""} - {""}


def _block_of(element: Any) -> Any:
    """Return the outermost element of the page's body that begins with an element."""
    while (parent := element.getparent()) is not None and name_of(parent) not in _AROUND:
        is_whole = name_of(element) in BREAKING_TAGS and name_of(parent) not in _NEVER_WITHIN
        if is_whole and not _opens(parent, element):
            break
        element = parent
    return element


def _opens(parent: Any, element: Any) -> bool:
    """Return whether nothing but space stands before an element in its parent."""
    if (parent.text or "").strip():
        return False
    before = element.itersiblings(preceding=True)
    return not any("".join(one.itertext()).strip() or (one.tail or "").strip() for one in before)
