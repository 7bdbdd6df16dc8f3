"""Read documents of editors that keep a text as JSON: each becomes HTML, then blocks.

Known are Editor.js, Draft.js, ProseMirror, Slate, Quill, Lexical, the rich text of Contentful, that
of Prismic, the structured text of DatoCMS and the portable text of Sanity. Of the blocks of other
systems, as Wagtail, Strapi, Storyblok and Notion have them, the texts of their fields are read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from recommender.articles.clean import is_html
from recommender.articles.markup import Block, blocks_of_html

MAX_DEPTH = 60
# Blocks within blocks of a content system.
MAX_FIELD_DEPTH = 20
MAX_JSON_CHARACTERS = 4 * 1024 * 1024
# The element that each kind of node is, by its name without capitals, hyphens and underscores.
_ELEMENTS = {
    **dict.fromkeys(("paragraph", "p", "normal", "unstyled", "block", "text"), "p"),
    **dict.fromkeys(("heading", "header", "title", "extendedheading"), "h3"),
    **{f"{name}{level}": "h3" for name in ("h", "heading") for level in range(1, 7)},
    **{f"header{level}": "h3" for level in ("one", "two", "three", "four", "five", "six")},
    **dict.fromkeys(("quote", "blockquote", "extendedquote", "pullquote"), "blockquote"),
    **dict.fromkeys(("list", "bulletlist", "unorderedlist", "bulletedlist", "ul"), "ul"),
    **dict.fromkeys(("orderedlist", "numberedlist", "numberlist", "ol"), "ol"),
    **dict.fromkeys(("olistitem", "listitem", "li", "unorderedlistitem", "orderedlistitem"), "li"),
    **dict.fromkeys(("taskitem", "checklistitem", "bullet", "number"), "li"),
    **dict.fromkeys(("codeblock", "code", "pre", "preformatted"), "pre"),
    **dict.fromkeys(("caption", "figcaption", "imagecaption"), "figcaption"),
    **dict.fromkeys(("table", "tr", "td", "th", "aside"), ""),
    "tablerow": "tr",
    "tablecell": "td",
    "tableheader": "th",
    "tableheadercell": "th",
    **dict.fromkeys(("bulletedlistitem", "numberedlistitem", "todo"), "li"),
}
_TABLE_TAGS = ("table", "tr", "td", "th", "aside")
_ELEMENTS |= {name: name for name, element in _ELEMENTS.items() if not element}
_INLINE = {
    "link",
    "autolink",
    "hyperlink",
    "span",
    "mention",
    "a",
    "entryhyperlink",
    "assethyperlink",
}
_BREAKS = {"hardbreak", "linebreak", "br"}
# What tells the kind of a block of a content system, by its name without hyphens and underscores.
_KIND_FIELDS = ("type", "component", "blocktype", "acffclayout", "typename", "object")
# Fields whose text may be a single word; others hold a text only if it has several. The element of
# those that are no paragraph.
_TEXT_FIELDS = {
    **dict.fromkeys(("text", "body", "content", "html", "paragraph", "value", "message"), "p"),
    **dict.fromkeys(("description", "intro", "lead", "summary", "answer", "label", "items"), "p"),
    **dict.fromkeys(("richtext", "attribution"), "p"),
    **dict.fromkeys(("title", "heading", "headline", "header", "subheading", "question"), "h3"),
}
_TEXT_FIELDS |= {"quote": "blockquote", "caption": "figcaption", "code": "pre"}
_UNSHOWN_FIELDS = {"alt", "alttext", "alternativetext", "annotations", "createdby", "lasteditedby"}
_WORD = re.compile(r"[^\W\d_][\w'’-]*[.!?…]?")
# The fields of a card that hold text, as HTML, in the order in which a page shows them.
_CARD_FIELDS = ("title", "header", "text", "message", "content", "html", "code", "caption")


def document_blocks(value: Any) -> list[Block]:
    """Return the blocks of a document of an editor, or of JSON text of one; none for another value.

    Raises `SourceError` if it is nested too deeply.
    """
    if isinstance(value, str):
        value = _loaded(value)
    found = _written(value)
    return blocks_of_html(f"<div>{found}</div>") if found else []


def _written(value: Any) -> str:
    """Return a document as HTML, empty for another value."""
    try:
        found = _document(value)
        return found if found is not None else _blocks(value)
    except (TypeError, AttributeError, KeyError, RecursionError):
        return ""


def _document(value: Any) -> str | None:
    """Return the document of a known editor as HTML, None for another value."""
    return next((write(value) for is_one, write in _KINDS if is_one(value)), None)


def _blocks(value: Any) -> str:
    """Return the blocks of a content system as HTML, empty for another value."""
    if isinstance(value, list) and value and all(map(_is_block, value)):
        return "".join(map(_fields, value))
    is_one = _is_block(value) and any(isinstance(one, list) for one in value.values())
    return _fields(value) if is_one else ""


def _loaded(text: str) -> Any:
    """Return what JSON text holds, None for a text that is none."""
    if text[:1] not in ("{", "[") or text[-1:] not in ("}", "]"):
        text = text.strip() if text[:1].isspace() or text[-1:].isspace() else ""
    if not text.startswith(("{", "[{")) or len(text) > MAX_JSON_CHARACTERS:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def element(node: Any, depth: int = 0) -> str:
    """Return a node as HTML: a text, a line break, or an element with what is in it."""
    if not isinstance(node, dict) or depth > MAX_DEPTH:
        return ""
    kind = _kind(node)
    if kind in _BREAKS:
        return "<br>"
    own = node.get("text", node.get("value"))
    children = _children(node)
    inside = (escape(own) if isinstance(own, str) else "") + "".join(
        element(one, depth + 1) for one in children
    )
    if isinstance(own, str) and not children and kind in ("text", "", "span"):
        return inside
    if kind == "list" and node.get("listType") == "number":
        kind = "ol"
    tag = "span" if kind in _INLINE else _ELEMENTS.get(kind, "div")
    return f"<{tag}>{inside}</{tag}>" if inside else ""


def _kind(node: Mapping[str, Any]) -> str:
    """Return the kind of a node: an item of a list before its style, the style before its type."""
    for name in ("listItem", "style", "type", "nodeType", "_type"):
        value = node.get(name)
        if isinstance(value, str) and value:
            kind = _plain(value)
            if name != "style" or kind in _ELEMENTS:  # else how it looks
                return kind
    return ""


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


def _children(node: Mapping[str, Any]) -> Sequence[Any]:
    for name in ("children", "content"):
        if isinstance(found := node.get(name), list):
            return found
    return ()


def _nodes(nodes: Sequence[Any]) -> str:
    return "".join(map(element, nodes))


def _card(block: Mapping[str, Any]) -> str:
    """Return a block of Editor.js: its texts are HTML in its data."""
    kind, data = _kind(block), block.get("data")
    if not isinstance(data, dict):
        return element(block) or _fields(block)
    if isinstance(items := data.get("items"), list):
        return f"<ul>{''.join(_items(items, 0))}</ul>"
    if isinstance(rows := data.get("content"), list):
        cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"
    found = []
    for name in _CARD_FIELDS:
        text = data.get(name)
        if isinstance(text, str) and text.strip():
            tag = "figcaption" if name == "caption" else _ELEMENTS.get(kind, "p")
            shown = f"<{tag}>{escape(text) if name == 'code' else text}</{tag}>"
            found.append(f"<figure>{shown}</figure>" if tag == "figcaption" else shown)
    return "".join(found)


def _fields(block: Mapping[str, Any], tag: str = "", depth: int = 0) -> str:
    """Return a block of a content system as HTML: the texts of its fields, and of blocks in them.

    `tag` is the element of the block around it.
    """
    if depth > MAX_FIELD_DEPTH:
        return ""
    fields = {_plain(str(name)): value for name, value in block.items()}
    kind = next((str(fields[name]) for name in _KIND_FIELDS if fields.get(name)), "")
    known = _ELEMENTS.get(_plain(kind.rpartition(".")[2]).removesuffix("block"), "")
    tag = known if known not in ("", "p", "ul", "ol", *_TABLE_TAGS) else tag
    shown = (
        _field(name, value, tag, depth)
        for name, value in fields.items()
        if name not in _KIND_FIELDS and name not in _UNSHOWN_FIELDS
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
    if _is_list_of(value, "plain_text"):  # Notion
        line = "".join(escape(str(one.get("plain_text") or "")) for one in value)
        return _shown([line], tag or _TEXT_FIELDS.get(name, "p"))
    if value and all(isinstance(one, str) for one in value):
        return "".join(_text_field(name, one.strip(), tag or "li") for one in value)
    if (found := _document(value)) is not None:
        return found
    return "".join(_fields(one, tag, depth + 1) for one in value if isinstance(one, dict))


def _text_field(name: str, text: str, tag: str) -> str:
    """Return a text of a field as HTML, none for a word of a field that holds no text."""
    is_text = any(sign.isspace() for sign in text) or not text.isascii()
    if not is_text and name not in _TEXT_FIELDS:
        return ""
    has_tags = is_html(text)
    if not (is_text or has_tags or _WORD.fullmatch(text)):
        return ""
    tag = tag or _TEXT_FIELDS.get(name, "p")
    if has_tags:
        return f"<div>{text}</div>" if tag == "p" else _shown([text], tag)
    return _shown([escape(one) for one in text.split("\n\n")], tag)


def _shown(parts: Sequence[str], tag: str) -> str:
    """Return pieces of HTML as elements; captions are in a figure."""
    shown = "".join(f"<{tag}>{one}</{tag}>" for one in parts)
    return f"<figure>{shown}</figure>" if tag == "figcaption" else shown


def _is_block(value: Any) -> bool:
    """Tell whether a value is a block of a content system: an object that says of what kind."""
    return isinstance(value, dict) and not {_plain(name) for name in value}.isdisjoint(_KIND_FIELDS)


def _items(items: Sequence[Any], depth: int) -> Iterator[str]:
    for one in items:
        if isinstance(one, str):
            yield f"<li>{one}</li>"
        elif isinstance(one, dict) and depth < MAX_DEPTH:
            yield f"<li>{one.get('content') or one.get('text') or ''}</li>"
            yield from _items(one.get("items") or (), depth + 1)


def _quill(operations: Sequence[Any]) -> str:
    """Return the lines of a document of Quill: the break at the end of a line says what it is."""
    found: list[str] = []
    line = ""
    for one in operations:
        text = one.get("insert") if isinstance(one, dict) else None
        if not isinstance(text, str):
            continue
        first, *others = text.split("\n")
        line += first
        kinds = one.get("attributes") or {}
        for other in others:
            found.append(f"<{_line_tag(kinds)}>{escape(line)}</{_line_tag(kinds)}>")
            line = other
    return "".join([*found, f"<p>{escape(line)}</p>" if line else ""])


def _line_tag(kinds: Mapping[str, Any]) -> str:
    names = {"header": "h3", "list": "li", "blockquote": "blockquote", "code-block": "pre"}
    return next((tag for name, tag in names.items() if kinds.get(name)), "p")


def _is_of_prismic(value: Any) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(one, dict) and "type" in one for one in value)
        and any("spans" in one and "text" in one for one in value)
    )


def _is_list_of(value: Any, *names: str) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, dict) for one in value)
        and any(name in value[0] for name in names)
    )


def _has_list(value: Any, name: str, *names: str) -> bool:
    return isinstance(value, dict) and _is_list_of(value.get(name), *names)


# What tells a document by its value, and writes it as HTML.
_KINDS: tuple[tuple[Callable[[Any], bool], Callable[[Any], str]], ...] = (
    (
        lambda value: isinstance(value, dict) and _has_list(value.get("root"), "children", "type"),
        lambda value: _nodes(value["root"]["children"]),
    ),
    (
        lambda value: (
            _has_list(value, "content", "type", "nodeType") and _kind(value) in ("doc", "document")
        ),
        lambda value: _nodes(value["content"]),
    ),
    (lambda value: _has_list(value, "ops", "insert"), lambda value: _quill(value["ops"])),
    (
        lambda value: _has_list(value, "blocks", "type"),
        lambda value: "".join(map(_card, value["blocks"])),
    ),
    (lambda value: _is_list_of(value, "insert"), _quill),
    (_is_of_prismic, _nodes),
    (
        lambda value: _is_list_of(value, "_type", "children", "data") and _has_nodes(value),
        lambda value: "".join(map(_card, value)),
    ),
    (
        lambda value: (
            isinstance(value, dict) and _has_list(value.get("document"), "children", "type")
        ),
        lambda value: _nodes(value["document"]["children"]),
    ),
    (
        lambda value: (
            isinstance(value, dict)
            and isinstance(value.get("value"), dict)
            and "document" in value["value"]
        ),
        lambda value: _written(value["value"]),
    ),
)


def _has_nodes(nodes: Sequence[Mapping[str, Any]]) -> bool:
    return any(isinstance(one.get("children", one.get("data")), list | dict) for one in nodes)
