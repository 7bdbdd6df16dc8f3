"""Know the nodes and blocks of editors' documents: their kinds, and the fields with text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

# The element that each kind of node is, by its name without capitals, hyphens and underscores.
ELEMENTS = {
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
TABLE_TAGS = ("table", "tr", "td", "th", "aside")
ELEMENTS |= {name: name for name, element in ELEMENTS.items() if not element}
INLINE = {
    "link",
    "autolink",
    "hyperlink",
    "span",
    "mention",
    "status",
    "emoji",
    "a",
    "entryhyperlink",
    "assethyperlink",
}
BREAKS = {"hardbreak", "linebreak", "br"}
# Keys that hold the kind of a block of a content system, without hyphens and underscores.
KIND_FIELDS = ("type", "component", "blocktype", "acffclayout", "typename", "object", "blockname")
# Fields whose text may be a single word; others hold a text only if it has several words. Each has
# its element, unless that is a paragraph.
TEXT_FIELDS = {
    **dict.fromkeys(("text", "body", "content", "html", "paragraph", "value", "message"), "p"),
    **dict.fromkeys(("description", "intro", "lead", "summary", "answer", "label", "items"), "p"),
    **dict.fromkeys(("richtext", "attribution", "author", "speaker", "credit"), "p"),
    **dict.fromkeys(("cite", "citation"), "p"),
    **dict.fromkeys(("title", "heading", "headline", "header", "subheading", "question"), "h3"),
}
TEXT_FIELDS |= {"quote": "blockquote", "caption": "figcaption", "code": "pre"}
UNSHOWN_FIELDS = {"alt", "alttext", "alternativetext", "annotations", "createdby", "lasteditedby"}
UNSHOWN_FIELDS |= {"updatedby", "sys", "marks", "markdefs", "properties", "rel", "class", "sizes"}
UNSHOWN_FIELDS |= {"classname", "style", "styles", "srcset", "allow", "sandbox", "fontfamily"}
UNSHOWN_FIELDS |= {"filename", "arialabel", "placeholder", "theme", "seo", "format"}
# Fields with the same text once more, as in blocks of WordPress.
UNSHOWN_FIELDS |= {"innercontent", "originalcontent", "savecontent"}
# Fields with the text of a node itself; all other fields are beside it.
OWN_FIELDS = {"children", "listitem", "version", "direction", "indent", "key", "id"}
# Links, of which only the words are shown.
LINKS = {"link", "autolink", "hyperlink", "a", "entryhyperlink", "assethyperlink", "span"}
# The kinds of pieces of a line in an export of Telegram.
_MESSAGE_PIECES = {
    *("plain", "bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "link"),
    *("text_link", "mention", "mention_name", "hashtag", "cashtag", "email", "phone", "bank_card"),
    *("bot_command", "custom_emoji", "blockquote"),
}
# Names of the forms of one text in an object.
_FORMS = {"html", "rendered", "processed", "raw", "plain", "plaintext", "markdown", "md", "value"}
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?")
# Parts of the names of kinds whose texts are captions.
_PICTURES = ("image", "figure", "photo", "picture", "media", "upload", "video", "gallery", "asset")
WORD = re.compile(r"[^\W\d_][\w'’-]*[.!?…]?")


def kind_of(node: Mapping[str, Any]) -> str:
    """Return the kind of a node: an item of a list before its style, the style before its type."""
    for name in ("listItem", "style", "type", "nodeType", "_type"):
        value = node.get(name)
        if isinstance(value, str) and value:
            kind = plain(value)
            if name != "style" or kind in ELEMENTS:  # otherwise how it looks
                return kind
    return ""


def plain(name: str) -> str:
    """Return a name in lower case, without hyphens and underscores."""
    return name.lower().replace("-", "").replace("_", "")


def is_message(value: Any) -> bool:
    """Return whether a value is a text of Telegram: plain and marked pieces of a line."""
    return (
        isinstance(value, list)
        and any(isinstance(one, dict) for one in value)
        and all(isinstance(one, str) or _is_piece(one) for one in value)
    )


def _is_piece(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("text"), str)
        and value.get("type") in _MESSAGE_PIECES
    )


def is_of_prismic(value: Any) -> bool:
    """Return whether a value is rich text of Prismic."""
    return (
        isinstance(value, list)
        and all(isinstance(one, dict) and "type" in one for one in value)
        and any("spans" in one and "text" in one for one in value)
    )


def is_list_of(value: Any, *names: str) -> bool:
    """Return whether a value is a list of objects, of which the first has one of the names."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, dict) for one in value)
        and any(name in value[0] for name in names)
    )


def has_list(value: Any, name: str, *names: str) -> bool:
    """Return whether a value is an object with such a list (`is_list_of`) under a name."""
    return isinstance(value, dict) and is_list_of(value.get(name), *names)


def is_section(value: Any) -> bool:
    """Return whether a value is an object with several texts, such as a heading and a text.

    An object with the same text in several forms or languages is not.
    """
    if not isinstance(value, dict):
        return False
    names = [str(name) for name in value]
    if not _FORMS.isdisjoint(map(plain, names)) or all(map(_LANGUAGE.fullmatch, names)):
        return False
    return sum(map(_holds_text, value.values())) > 1 or any(map(_is_list_of_texts, value.values()))


def _holds_text(value: Any) -> bool:
    return _is_list_of_texts(value) or (isinstance(value, str) and bool(value.strip()))


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, dict) for one in value)


def is_picture(kind: str) -> bool:
    """Return whether a kind is a picture, a video or the like, whose texts are captions."""
    return any(part in kind for part in _PICTURES)


def rows_of_cells(value: Any) -> list[list[Any]] | None:
    """Return the cells of the rows of a table, None for a value that is none."""
    if not isinstance(value, list) or not value:
        return None
    rows = [_cells(one) for one in value]
    found = [one for one in rows if one is not None]
    return found if len(found) == len(rows) else None


def _cells(row: Any) -> list[Any] | None:
    for name in ("table_row", "cells"):
        if isinstance(row, dict) and isinstance(inner := row.get(name), dict | list):
            row = inner
    return row if isinstance(row, list) else None


def has_nodes(nodes: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether an object of a list has nodes or data in it."""
    return any(isinstance(one.get("children", one.get("data")), list | dict) for one in nodes)


def is_block(value: Any) -> bool:
    """Return whether a value is a block of a content system: an object that states its kind."""
    return isinstance(value, dict) and not {plain(name) for name in value}.isdisjoint(KIND_FIELDS)
