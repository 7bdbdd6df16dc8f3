"""Classify elements of marked-up text: blocks, lists, notes, references, and what is not text."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from recommender.types import Role

ROLE_OF_TAG = {
    **{f"h{level}": Role.SUBHEAD for level in range(1, 7)},
    "head": Role.SUBHEAD,
    "li": Role.LIST,
    "item": Role.LIST,
    "blockquote": Role.QUOTE,
    "quote": Role.QUOTE,
    "table": Role.TABLE,
    "figcaption": Role.CAPTION,
    "caption": Role.CAPTION,
    "figure": Role.CAPTION,
    "note": Role.NOTE,
}
_BLOCK_NAMES = (
    "p div section article main body ul ol list dl dt dd pre address hr html center header footer "
    "aside details summary fieldset legend form tbody thead tfoot tr td th row cell hgroup dir menu"
)
_SKIPPED_NAMES = (
    "script style nav noscript template iframe svg button select textarea graphic img title "
    "object audio video canvas annotation annotation-xml rt rp"
)
BLOCK_TAGS = set(_BLOCK_NAMES.split())
SKIPPED_TAGS = set(_SKIPPED_NAMES.split())
BREAKING_TAGS = BLOCK_TAGS | set(ROLE_OF_TAG) | {"nav", "iframe", "video", "audio", "object"}
BREAKS = BREAKING_TAGS | {"br", ""}
# Classes of buttons, players and file descriptions in texts of WordPress and Ghost.
_SKIPPED_CLASSES = {"wp-block-file__button", "wp-block-button", "kg-audio-player"}
_SKIPPED_CLASSES |= {"kg-video-player", "kg-video-overlay", "kg-file-card-metadata"}
_SKIPPED_CLASSES |= {"kg-button-card", "kg-signup-card"}
_MAY_BE_SKIPPED = re.compile(r"wp-block-|kg-")
# An element of these kinds that is mostly links leads elsewhere.
OWN_TEXT_TAGS = {"aside", "figure", "figcaption"}
# These may hold nothing but a page number.
PAGE_MARK_TAGS = {"span", "div", "p"}
MAX_LINK_SHARE = 0.5
MAX_NUMBER_CHARACTERS = 20
_NOTE_KIND = re.compile(r"(?:doc-|wp-block-)?(?:foot|end|rear)notes?", re.I)
_NOTE_MARK = re.compile(r"\[?(?:\d{1,3}|[a-z*†‡§¶↩⏎^]|↩︎)\]?", re.I)


def name_of(element: Any) -> str:
    """Return an element's tag without a namespace; empty for a comment or an instruction."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    if "}" in tag:
        tag = tag.rpartition("}")[2]
    return tag if tag.islower() else tag.lower()


def has_blocks(element: Any) -> bool:
    """Return whether an element holds one that begins a new block."""
    return any(name_of(one) in BREAKING_TAGS for one in element.iterdescendants())


def is_mostly_links(element: Any) -> bool:
    """Return whether more than half of the text of an element is in links."""
    links = sum(len("".join(one.itertext()).strip()) for one in element.iter("{*}a"))
    return links > MAX_LINK_SHARE * len("".join(element.itertext()).strip())


def is_note(element: Any) -> bool:
    """Return whether an element holds notes to the text, as books and generators mark them."""
    if not element.attrib:
        return False
    kinds = (value for name, value in element.items() if name.endswith(("type", "role", "class")))
    return any(_NOTE_KIND.fullmatch(kind) for value in kinds for kind in value.split())


def is_skipped(kind: str) -> bool:
    """Return whether the class of an element says that it is not text."""
    return bool(_MAY_BE_SKIPPED.search(kind) and _SKIPPED_CLASSES & set(kind.split()))


def is_page_mark(element: Any) -> bool:
    """Return whether an element holds a page number of the printed book.

    If it was never closed, it holds all that follows.
    """
    kinds = (value for name, value in element.items() if name.endswith(("type", "role")))
    if not any("pagebreak" in kind for kind in kinds):
        return False
    return len("".join(islice(element.itertext(), 3)).strip()) <= MAX_NUMBER_CHARACTERS


def is_reference(element: Any, tag: str) -> bool:
    """Return whether an element is not text: the number of a note or a page, or a button."""
    if tag in PAGE_MARK_TAGS:
        return bool(element.attrib) and is_page_mark(element)
    if tag == "sup" and len(element) == 1 and not (element.text or "").strip(" ["):
        return is_reference(element[0], name_of(element[0]))
    if tag != "a":
        return False
    if "-" in (kind := element.get("class") or "") and is_skipped(kind):
        return True
    kinds = " ".join(value for name, value in element.items() if name.endswith(("type", "role")))
    if "noteref" in kinds or "backlink" in kinds:
        return True
    is_within = (element.get("href") or "").startswith("#")
    return is_within and _NOTE_MARK.fullmatch("".join(element.itertext()).strip()) is not None
