"""Parse XML of strangers: no entities, no network, no document type, bounded size and depth.

The parser is libxml2's. It continues after a fault, and text is taken only from complete elements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any

from recommender.articles.files import CUT, UTF8_BOM, need
from recommender.errors import SourceError

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
BYTES_AT_ONCE = 1 << 16
MAX_ELEMENT_BYTES = 64 * 1024 * 1024

# XML holds no other control characters; pasted texts do.
_CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13))
# The text that may precede the root element. A document type that names its file is not fetched.
_PROLOG = re.compile(rb"\s*(?:(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*>)\s*)*", re.S | re.I)
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)
_UTF16 = re.compile(rb"""(<\?xml[^>]{0,200}?encoding\s*=\s*["'])utf-?(?:16|32)[^"']*""", re.I)
HEAD_BYTES = 4_096
# The end of a document with its last comments, each of which is read once.
_WHOLE = re.compile(rb"</[\w:.-]+\s*>\s*+(?:<!--(?>.*?-->)\s*+)*+\Z", re.S)


def local_name(element: Any) -> str:
    """Return an element's tag without its namespace; empty for a comment or an instruction."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def text_in(element: Any) -> str:
    """Return all text within an element, None for none."""
    return "" if element is None else "".join(element.itertext()).strip()


def child(element: Any, *names: str) -> Any:
    """Return the first element below another by a path of local names, or None."""
    for name in names:
        element = next((one for one in element if local_name(one) == name), None)
        if element is None:
            return None
    return element


def children(element: Any, name: str) -> Iterator[Any]:
    """Yield the children of an element with a local name."""
    return (one for one in element if local_name(one) == name)


def parse_xml(data: bytes) -> Any:
    """Return the root element of a document; raise `SourceError` if it cannot be read."""
    etree = need("lxml.etree", "feeds")
    check_declarations(data)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, recover=False
    )
    try:
        return etree.fromstring(_clean(data), parser=parser)
    except etree.XMLSyntaxError as error:
        if "Premature end" in str(error) or not data.rstrip().endswith(b">"):
            raise SourceError(CUT) from error
        raise SourceError(f"is not readable XML: {error.msg}") from error


def whole_elements(stream: IO[bytes], *tags: str) -> Iterator[Any]:
    """Yield each complete element of one of the tags (`{*}item`); it is cleared afterwards.

    Raises `SourceError` at the end of a file that ends too soon, and for one that declares entities
    or a document type.
    """
    etree = need("lxml.etree", "feeds")
    parser = etree.XMLPullParser(
        events=("end",), tag=tags, resolve_entities=False, no_network=True, recover=True
    )
    tail, size = b"", 0
    while data := stream.read(BYTES_AT_ONCE):
        if not tail:
            check_declarations(data)
        parser.feed(_clean(data))
        tail = (tail + data)[-HEAD_BYTES:]
        size += len(data)
        for _, element in parser.read_events():
            yield element
            size = 0
            _forget(element)
        if size > MAX_ELEMENT_BYTES:
            raise SourceError(f"has an element of over {MAX_ELEMENT_BYTES:,} bytes; split it")
    if not _WHOLE.search(tail):
        raise SourceError(CUT)


def check_declarations(data: bytes) -> None:
    """Raise `SourceError` if XML defines a document type or entities before its root."""
    prolog = _PROLOG.match(data.removeprefix(UTF8_BOM))
    end = prolog.end() if prolog else 0
    if _DECLARATION.match(data.removeprefix(UTF8_BOM), end):
        raise SourceError("declares XML entities or a document type, which are not read")


def _clean(data: bytes) -> bytes:
    """Return XML without control characters; recoded XML declares its new encoding."""
    return _UTF16.sub(rb"\1utf-8", data.translate(None, _CONTROLS), count=1)


def _forget(element: Any) -> None:
    """Free an element that was read, and those before it."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def first_below(element: Any, name: str) -> Any:
    """Return the first element at any depth below another with a local name, or None."""
    return next((one for one in element.iter() if local_name(one) == name), None)


def found(element: Any, *names: str) -> Any:
    """Return what `child` does, or None for no element."""
    return None if element is None else child(element, *names)


def present(element: Any, *names: str) -> Any:
    """Return an element by its path, or an empty one if it is missing."""
    one = found(element, *names)
    return NOTHING if one is None else one


def line_of(element: Any) -> str:
    """Return all text within an element as one line."""
    return " ".join(text_in(element).split())


class Nothing:
    """An element that holds nothing."""

    tag = ""
    text = None

    def get(self, name: str, default: str = "") -> str:
        """Return the default: there are no attributes."""
        return default

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def itertext(self) -> Iterator[str]:
        """Yield no text."""
        return iter(())


NOTHING = Nothing()
