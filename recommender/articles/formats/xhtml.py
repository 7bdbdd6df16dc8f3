"""Parse pages that are written as XML, in books, feeds and news of agencies."""

from __future__ import annotations

import re
from html.entities import html5
from typing import Any

from recommender.articles.markup import check_depth, tree_of_html

_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
_ENTITY = re.compile(r"&(\w{2,31});")
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_SELF_CLOSED = re.compile(
    r"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|wbr)\b)"
    r"([a-zA-Z][\w:-]*)((?:\s[^<>]*)?)/>"
)


def tree_of_xhtml(source: str) -> Any:
    """Return a page of XHTML as an lxml element, None if it holds nothing.

    A page that is not XML is read as HTML. Empty elements stay empty: alone, a parser of HTML would
    put the rest of a page into `<title/>` or `<a id="p"/>`. Raises `SourceError` if the page is
    nested too deeply.
    """
    from lxml import etree

    check_depth(source)
    if "<!ENTITY" not in source:  # entities are never resolved, but shown as written
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
        )
        named = _ENTITY.sub(_character, _DECLARATION.sub("", source))
        try:
            return etree.fromstring(named.encode("utf-8", "replace"), parser)
        except etree.XMLSyntaxError:
            pass
    return tree_of_html(_SELF_CLOSED.sub(r"<\1\2></\1>", source))


def _character(found: re.Match[str]) -> str:
    """Return the character that an HTML entity names. Entities of XML stay as they are."""
    name = found[1]
    if name in _XML_ENTITIES:
        return found[0]
    return html5.get(f"{name};", found[0])
