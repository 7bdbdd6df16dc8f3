"""Read documents of editors that keep a text as JSON: each becomes HTML, then blocks.

These are known: Editor.js, Draft.js, ProseMirror, Slate, Quill, Lexical, the rich text of
Contentful and of Prismic, the structured text of DatoCMS and the portable text of Sanity. Of the
blocks of other systems, such as Wagtail, Strapi, Storyblok and Notion, the fields with texts are
read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape, unescape
from typing import Any

from recommender.articles.clean import is_html
from recommender.articles.fields import object_of
from recommender.articles.markup import Block, blocks_of_html
from recommender.articles.rich_kinds import (
    BREAKS,
    ELEMENTS,
    INLINE,
    KIND_FIELDS,
    LINKS,
    OWN_FIELDS,
    TABLE_TAGS,
    TEXT_FIELDS,
    UNSHOWN_FIELDS,
    WORD,
    has_list,
    has_nodes,
    is_block,
    is_list_of,
    is_message,
    is_of_prismic,
    is_picture,
    is_section,
    kind_of,
    plain,
    rows_of_cells,
)

MAX_DEPTH = 60
# Blocks within blocks of a content system.
MAX_FIELD_DEPTH = 20
MAX_JSON_CHARACTERS = 4 * 1024 * 1024
# Elements that are a line of text.
_LINES = ("p", "h3", "span", "figcaption")
_TAG = re.compile(r"<[^<>]*>")
# The key by which Kirby hides a block from the page.
_HIDDEN = "ishidden"
# Empty documents, and the keys that hold the blocks of others.
EMPTY_DOCUMENTS, _HOLDING = ("[]", "{}"), ("blocks", "ops", "content")
_ITEM = frozenset(("content", "text"))
# Errors on a document that is malformed for its kind.
_MALFORMED = (TypeError, AttributeError, KeyError, RecursionError)
# The fields of a card that hold text, as HTML, in the order in which a page shows them.
_CARD_FIELDS = ("title", "header", "text", "message", "content", "html", "code", "caption")


def document_blocks(value: Any) -> list[Block]:
    """Return the blocks of an editor's document, or of its JSON text; none for another value.

    Raises `SourceError` if it is nested too deeply.
    """
    if isinstance(value, str):
        value = _loaded(value)
    found = _written(value)
    return blocks_of_html(f"<div>{found}</div>") if found else []


def is_document(value: Any) -> bool:
    """Return whether a value is JSON text of a document, even of an empty one."""
    if not isinstance(value, str):
        return False
    if value.strip() in EMPTY_DOCUMENTS:
        return True
    loaded = _loaded(value)
    if isinstance(loaded, list):
        return all(isinstance(one, dict) and kind_of(one) for one in loaded)
    if not isinstance(loaded, dict):
        return False
    return any(loaded.get(name) == [] for name in _HOLDING) or _is_known(loaded)


def _is_known(value: Any) -> bool:
    try:
        return _document(value) is not None
    except _MALFORMED:
        return False


def _written(value: Any) -> str:
    """Return a document as HTML, empty for another value."""
    try:
        found = _document(value)
        return found if found is not None else _blocks(value)
    except _MALFORMED:
        return ""


def _document(value: Any) -> str | None:
    """Return the document of a known editor as HTML, None for another value."""
    return next((write(value) for is_one, write in _KINDS if is_one(value)), None)


def _blocks(value: Any) -> str:
    """Return the blocks of a content system as HTML, empty for another value."""
    if isinstance(value, list) and value and all(map(is_block, value)):
        return "".join(map(_fields, value))
    if is_block(value) and any(isinstance(one, list) for one in value.values()):
        return _fields(value)
    if isinstance(value, list) and value and all(map(is_section, value)):
        return "".join(map(_fields, value))
    return _fields(value) if is_section(value) else ""


def _loaded(text: str) -> Any:
    """Return the value of JSON text, None if it is not JSON."""
    if text[:1] not in ("{", "[") or text[-1:] not in ("}", "]"):
        text = text.strip() if text[:1].isspace() or text[-1:].isspace() else ""
    if not text.startswith(("{", "[{")) or len(text) > MAX_JSON_CHARACTERS:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def element(node: Any, depth: int = 0, is_inline: bool = False) -> str:
    """Return a node as HTML: a text, a line break, or an element with its content.

    Texts that a node holds beside its own, such as the caption of a picture, follow it; `is_inline`
    says that it is within a line of text.
    """
    if not isinstance(node, dict) or depth > MAX_DEPTH:
        return ""
    kind = kind_of(node)
    if kind in BREAKS:
        return "<br>"
    own = node.get("text", node.get("value"))
    children = _children(node)
    if kind == "list" and node.get("listType") == "number":
        kind = "ol"
    tag = "span" if kind in INLINE else ELEMENTS.get(kind, "div")
    is_line = tag in _LINES
    inside = (escape(own) if isinstance(own, str) else "") + "".join(
        element(one, depth + 1, is_line) for one in children
    )
    if isinstance(own, str) and not children and kind in ("text", "", "span"):
        return inside
    beside = "" if kind in LINKS else _beside(node, kind, depth)
    if beside and (is_inline or tag == "span"):
        beside = f" {_TAG.sub(' ', beside)} "
    return (f"<{tag}>{inside}</{tag}>" if inside else "") + beside


def _beside(node: Mapping[str, Any], kind: str, depth: int) -> str:
    """Return the texts that a node holds beside its own text and its children, as HTML."""
    tag = ELEMENTS.get(kind, "figcaption" if is_picture(kind) else "")
    tag = tag if tag in ("figcaption", "blockquote", "pre") else ""
    held = {"text": str, "value": str, "content": list}  # fields of the node itself
    return "".join(
        _field(name, value, tag, depth + 1)
        for name, value in ((plain(str(one)), value) for one, value in node.items())
        if not isinstance(value, held.get(name, ()))
        and name not in OWN_FIELDS
        and name not in KIND_FIELDS
        and name not in UNSHOWN_FIELDS
    )


def _children(node: Mapping[str, Any]) -> Sequence[Any]:
    """Return the nodes in a node: those of its line before those below it."""
    lists = [found for name in ("content", "children") if isinstance(found := node.get(name), list)]
    return lists[0] if len(lists) == 1 else [one for nodes in lists for one in nodes]


def _nodes(nodes: Sequence[Any]) -> str:
    return "".join(map(element, nodes))


def _card(block: Mapping[str, Any]) -> str:
    """Return a block of Editor.js: its texts are HTML in its data."""
    kind, data = kind_of(block), block.get("data")
    if not isinstance(data, dict) or kind == "atomic":
        return element(block)
    items, rows = data.get("items"), data.get("content")
    if isinstance(items, list) and all(map(_is_item, items)):
        return f"<ul>{''.join(_items(items, 0))}</ul>"
    if isinstance(rows, list) and rows_of_cells(rows) is not None:
        return _table(rows, 0)
    found = []
    for name in _CARD_FIELDS:
        text = data.get(name)
        if isinstance(text, str) and text.strip():
            tag = "figcaption" if name == "caption" else ELEMENTS.get(kind, "p")
            shown = f"<{tag}>{escape(text) if name == 'code' else text}</{tag}>"
            found.append(f"<figure>{shown}</figure>" if tag == "figcaption" else shown)
    others = {name: value for name, value in data.items() if name not in _CARD_FIELDS}
    return "".join(found) + _fields(others, "figcaption" if is_picture(kind) else "")


def _is_item(item: Any) -> bool:
    return isinstance(item, str) or (isinstance(item, dict) and not _ITEM.isdisjoint(item))


def _cards(document: Mapping[str, Any]) -> str:
    """Return the blocks of Editor.js, or of Draft.js, which keeps pictures in a separate place."""
    given = document.get("entityMap")
    entities = dict(given) if isinstance(given, dict) else {}
    return "".join(_card(block) + _entities(block, entities) for block in document["blocks"])


def _entities(block: Any, entities: dict[str, Any]) -> str:
    """Return what a place of Draft.js shows; each of the `entities` is taken out and shown once."""
    if not isinstance(block, dict) or kind_of(block) != "atomic":
        return ""
    ranges = block.get("entityRanges")
    named = ranges if isinstance(ranges, list) else ()
    keys = [one.get("key") for one in named if isinstance(one, dict)]
    return "".join(
        _beside(one["data"], kind_of(one), 0)
        for one in (entities.pop(str(key), None) for key in keys)
        if isinstance(one, dict) and isinstance(one.get("data"), dict)
    )


def _table(rows: Sequence[Any], depth: int) -> str:
    """Return the rows of a table as HTML; a cell may be a text, nodes, or a block with texts."""
    lines = (
        "".join(f"<td>{_cell(one, depth)}</td>" for one in cells)
        for cells in rows_of_cells(rows) or ()
    )
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _cell(value: Any, depth: int) -> str:
    if isinstance(value, list):
        return "".join(_cell(one, depth + 1) for one in value) if depth < MAX_FIELD_DEPTH else ""
    if isinstance(value, dict):
        text = value.get("plain_text")
        return escape(text) if isinstance(text, str) else element(value)
    return "" if value is None or isinstance(value, bool) else _text_of_cell(str(value))


def _text_of_cell(text: str) -> str:
    return text if is_html(text) else escape(text)


def _fields(block: Mapping[str, Any], tag: str = "", depth: int = 0) -> str:
    """Return a block of a content system as HTML: the texts of its fields and inner blocks.

    `tag` is the element of the block around it.
    """
    if depth > MAX_FIELD_DEPTH:
        return ""
    fields = {plain(str(name)): value for name, value in block.items()}
    if fields.get(_HIDDEN) is True:
        return ""
    kind = next((str(fields[name]) for name in KIND_FIELDS if fields.get(name)), "")
    known = ELEMENTS.get(plain(kind.rpartition(".")[2]).removesuffix("block"), "")
    tag = known if known not in ("", "p", "ul", "ol", *TABLE_TAGS) else tag
    shown = (
        _field(name, value, tag, depth)
        for name, value in fields.items()
        if name not in KIND_FIELDS and name not in UNSHOWN_FIELDS
    )
    return "".join(shown)


def _field(name: str, value: Any, tag: str, depth: int) -> str:
    """Return a field of a block as HTML."""
    if isinstance(value, str):
        return _text_field(name, value.strip(), tag)
    if isinstance(value, dict):
        found = _document(value)
        return found if found is not None else _fields(value, tag, depth + 1)
    if not isinstance(value, list):
        return ""
    if is_list_of(value, "plain_text"):  # Notion
        line = "".join(escape(str(one.get("plain_text") or "")) for one in value)
        return _shown([line], tag or TEXT_FIELDS.get(name, "p"))
    if value and all(isinstance(one, str) for one in value):
        return "".join(_text_field(name, one.strip(), tag or "li") for one in value)
    if rows_of_cells(value) is not None and depth < MAX_FIELD_DEPTH:
        return _table(value, depth)
    if (found := _document(value)) is not None:
        return found
    return "".join(_fields(one, tag, depth + 1) for one in value if isinstance(one, dict))


def _list_fields(blocks: Any) -> str:
    """Return the blocks that a document refers to, in the order in which they are given."""
    given = blocks if isinstance(blocks, list) else ()
    return "".join(_fields(one) for one in given if isinstance(one, dict))


def _text_field(name: str, text: str, tag: str) -> str:
    """Return the text of a field, none for a single word in a field that holds no texts."""
    is_text = any(sign.isspace() for sign in text) or not text.isascii()
    if not is_text and name not in TEXT_FIELDS:
        return ""
    has_tags = is_html(text)
    if not (is_text or has_tags or WORD.fullmatch(text)):
        return ""
    tag = tag or TEXT_FIELDS.get(name, "p")
    if has_tags:
        return f"<div>{text}</div>" if tag == "p" else _shown([text], tag)
    return _shown([escape(one) for one in text.split("\n\n")], tag)


def _shown(parts: Sequence[str], tag: str) -> str:
    """Return pieces of HTML as elements; captions are in a figure."""
    shown = "".join(f"<{tag}>{one}</{tag}>" for one in parts)
    return f"<figure>{shown}</figure>" if tag == "figcaption" else shown


def _items(items: Sequence[Any], depth: int) -> Iterator[str]:
    for one in items:
        if isinstance(one, str):
            yield f"<li>{one}</li>"
        elif isinstance(one, dict) and depth < MAX_DEPTH:
            yield f"<li>{one.get('content') or one.get('text') or ''}</li>"
            inner = one.get("items")
            yield from _items(inner if isinstance(inner, list) else (), depth + 1)


def _quill(operations: Sequence[Any]) -> str:
    """Return the lines of a document of Quill: the break at the end of a line has its format."""
    found: list[str] = []
    line = ""
    for one in operations:
        text = one.get("insert") if isinstance(one, dict) else None
        if isinstance(text, dict):  # a picture, a name
            text = _TAG.sub(" ", _fields(text)).strip()
            line += f" {unescape(text)} " if text else ""
        if not isinstance(text, str) or isinstance(one["insert"], dict):
            continue
        first, *others = text.split("\n")
        line += first
        kinds = object_of(one.get("attributes"))
        for other in others:
            found.append(f"<{_line_tag(kinds)}>{escape(line)}</{_line_tag(kinds)}>")
            line = other
    return "".join([*found, f"<p>{escape(line)}</p>" if line else ""])


def _line_tag(kinds: Mapping[str, Any]) -> str:
    names = {"header": "h3", "list": "li", "blockquote": "blockquote", "code-block": "pre"}
    return next((tag for name, tag in names.items() if kinds.get(name)), "p")


def _message(pieces: Sequence[Any]) -> str:
    text = "".join(one if isinstance(one, str) else one["text"] for one in pieces)
    lines = (escape(one.strip()) for one in text.split("\n\n"))
    return "".join(f"<p>{line.replace(chr(10), '<br>')}</p>" for line in lines if line)


# Functions that recognise a document by its value, with those that write it as HTML.
_KINDS: tuple[tuple[Callable[[Any], bool], Callable[[Any], str]], ...] = (
    (
        lambda value: isinstance(value, dict) and has_list(value.get("root"), "children", "type"),
        lambda value: _nodes(value["root"]["children"]),
    ),
    (
        lambda value: (
            has_list(value, "content", "type", "nodeType") and kind_of(value) in ("doc", "document")
        ),
        lambda value: _nodes(value["content"]),
    ),
    (lambda value: has_list(value, "ops", "insert"), lambda value: _quill(value["ops"])),
    (
        lambda value: has_list(value, "blocks", "type"),
        _cards,
    ),
    (lambda value: is_list_of(value, "insert"), _quill),
    (is_message, _message),
    (is_of_prismic, _nodes),
    (
        lambda value: is_list_of(value, "_type", "children", "data") and has_nodes(value),
        lambda value: "".join(map(_card, value)),
    ),
    (
        lambda value: (
            isinstance(value, dict) and has_list(value.get("document"), "children", "type")
        ),
        lambda value: _nodes(value["document"]["children"]),
    ),
    (
        lambda value: (
            isinstance(value, dict)
            and isinstance(value.get("value"), dict)
            and "document" in value["value"]
        ),
        lambda value: _written(value["value"]) + _list_fields(value.get("blocks")),
    ),
)
