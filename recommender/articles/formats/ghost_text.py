"""Take the text of a document in the formats of Ghost's editors: Lexical and Mobiledoc."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from recommender.articles.formats.markdown_blocks import markdown_blocks
from recommender.articles.markup import Block, blocks_of_html
from recommender.articles.rich_text import element

# Cards that Ghost shows only in mails, or that hold no text.
_UNSHOWN = {"email", "email-cta", "paywall", "hr", "horizontalrule"}
# The fields of cards that hold text, in the order in which a page shows them. For each: the element
# to show it in.
_CARD_FIELDS = {
    "heading": "h4",
    "header": "h2",
    "title": "p",
    "fileTitle": "p",
    "productTitle": "h4",
    "subheader": "p",
    "calloutText": "p",
    "textValue": "p",
    "content": "div",
    "description": "p",
    "productDescription": "div",
    "fileCaption": "p",
    "disclaimer": "p",
    "html": "div",
    "code": "pre",
    "caption": "figcaption",
}
_PLAIN_FIELDS = {"code"}


def lexical_blocks(written: str) -> list[Block]:
    """Return the blocks of a Lexical document; none if the text is not one."""
    return _blocks(lambda: _of_lexical(json.loads(written)["root"]["children"]))


def mobiledoc_blocks(written: str) -> list[Block]:
    """Return the blocks of a Mobiledoc document; none if the text is not one."""
    return _blocks(lambda: _of_mobiledoc(json.loads(written)))


def _blocks(find: Callable[[], Iterable[Block]]) -> list[Block]:
    try:
        return list(find())
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return []


def _of_lexical(nodes: Sequence[Any]) -> Iterator[Block]:
    for node in nodes:
        if isinstance(node.get("children"), list):
            yield from blocks_of_html(element(node))
        else:
            yield from _of_card(str(node.get("type")), node)


def _of_card(kind: str, card: Mapping[str, Any]) -> Iterator[Block]:
    """Yield the blocks of a card: Markdown, or the texts that its fields hold."""
    if kind in _UNSHOWN:
        return
    markdown = card.get("markdown")
    if isinstance(markdown, str):
        yield from markdown_blocks(markdown)
    about = card.get("metadata")
    for fields in (about if isinstance(about, dict) else {}, card):
        for name, tag in _CARD_FIELDS.items():
            text = fields.get(name)
            if isinstance(text, str) and text.strip():
                shown = escape(text) if name in _PLAIN_FIELDS else text
                element = f"<{tag}>{shown}</{tag}>"
                yield from blocks_of_html(
                    f"<figure>{element}</figure>" if name == "caption" else element
                )


def _of_mobiledoc(document: Mapping[str, Any]) -> Iterator[Block]:
    atoms = document.get("atoms") or []
    for kind, *section in document["sections"]:
        if kind == 1:  # a paragraph or heading
            tag, markers = section[:2]
            tag = tag if tag in ("h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "aside") else "p"
            yield from blocks_of_html(f"<{tag}>{_of_markers(markers, atoms)}</{tag}>")
        elif kind == 3:  # a list
            items = "".join(f"<li>{_of_markers(one, atoms)}</li>" for one in section[1])
            yield from blocks_of_html(f"<ul>{items}</ul>")
        elif kind == 10:  # a card
            name, *payload = document["cards"][section[0]]
            if payload and isinstance(payload[0], dict):
                yield from _of_card(str(name), payload[0])


def _of_markers(markers: Sequence[Any], atoms: Sequence[Any]) -> str:
    """Return the text of a paragraph as HTML, with the atoms in it, such as line breaks."""
    found = []
    for kind, _, _, value in markers:
        if kind == 0:
            found.append(escape(value))
        else:
            name, text = atoms[value][:2]
            found.append("<br>" if name == "soft-return" else escape(str(text or "")))
    return "".join(found)
