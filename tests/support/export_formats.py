"""Write labelled articles as content systems, agencies, networks and browsers export them."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from base64 import b64encode
from collections.abc import Callable
from email.message import EmailMessage
from html import escape
from typing import Any

from articles.conftest import warc
from support.formats import Example, element, elements
from support.more_formats import MORE_WRITERS, ODF_NAMES

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def _in(example: Example, suffix: str) -> bytes:
    return Example(f"{example.name}.{suffix}", example.language, example.paragraphs).content()


def _ghost(example: Example, **form: str | None) -> bytes:
    post = {"id": example.name, "uuid": "u", "title": escape(example.title), "status": "published"}
    post |= {"type": "post", "published_at": "2022-03-30T08:00:00.000Z", "locale": example.language}
    return json.dumps({"db": [{"data": {"posts": [{**post, **form}]}}]}).encode()


def lexical(example: Example) -> str:
    """The document of Ghost's editor."""
    nodes: list[dict[str, Any]] = []
    for one in example.blocks():
        texts = [{"type": "text", "text": line} for line in one.lines]
        kind = "" if one.is_plain else one.role
        if one.role == "list":
            items = [{"type": "listitem", "children": [text]} for text in texts]
            nodes.append({"type": "list", "listType": "bullet", "children": items})
        elif one.role == "table":
            nodes.append({"type": "html", "html": element(one)})
        elif kind == "caption":
            nodes.append({"type": "image", "src": "a.jpg", "caption": escape(one.text)})
        else:
            kinds = {"subhead": "extended-heading", "quote": "quote"}
            nodes.append({"type": kinds.get(kind, "paragraph"), "tag": "h2", "children": texts})
    return json.dumps({"root": {"type": "root", "children": nodes}})


def mobiledoc(example: Example) -> str:
    """The document of Ghost's editor of before."""
    sections: list[list[Any]] = []
    cards: list[list[Any]] = []
    for one in example.blocks():
        kind = "" if one.is_plain else one.role
        if one.role == "list":
            sections.append([3, "ul", [[[0, [], 0, line]] for line in one.lines]])
        elif one.role == "table" or kind == "caption":
            is_table = one.role == "table"
            card = {"html": element(one)} if is_table else {"caption": escape(one.text)}
            sections.append([10, len(cards)])
            cards.append(["html" if is_table else "image", card])
        else:
            tag = {"subhead": "h2", "quote": "blockquote"}.get(kind, "p")
            sections.append([1, tag, [[0, [], 0, one.text]]])
    return json.dumps({"version": "0.3.1", "atoms": [], "cards": cards, "sections": sections})


def _ninjs(example: Example) -> bytes:
    item = {
        "uri": f"urn:{example.name}",
        "type": "text",
        "language": example.language,
        "headline": example.title,
        "versioncreated": "2022-06-09T10:00:00Z",
        "body_html": elements(example),
    }
    return json.dumps(item).encode()


def _json_feed(example: Example) -> bytes:
    item = {"id": example.name, "title": example.title, "content_html": elements(example)}
    top = {"version": "https://jsonfeed.org/version/1.1", "title": "The Bell"}
    return json.dumps({**top, "language": example.language, "items": [item]}).encode()


def _outbox(example: Example) -> bytes:
    note = {
        "id": f"https://social.example/{example.name}",
        "type": "Article",
        "name": example.title,
        "published": "2022-03-30T08:00:00Z",
        "to": [PUBLIC],
        "contentMap": {example.language: elements(example)},
    }
    top = {"@context": "https://www.w3.org/ns/activitystreams", "type": "OrderedCollection"}
    return json.dumps({**top, "orderedItems": [{"type": "Create", "object": note}]}).encode()


def _newsml(example: Example) -> bytes:
    return (
        '<?xml version="1.0"?><newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" '
        f'guid="urn:{example.name}" version="1" xml:lang="{example.language}"><itemMeta>'
        '<itemClass qcode="ninat:text"/></itemMeta><contentMeta>'
        f"<headline>{escape(example.title)}</headline></contentMeta><contentSet><inlineXML "
        'contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><head>'
        f"<title>x</title></head><body>{_xhtml(example)}</body></html></inlineXML></contentSet>"
        "</newsItem>"
    ).encode()


def _newsml_1(example: Example) -> bytes:
    return (
        "<NewsML><NewsItem><Identification><NewsIdentifier>"
        f"<PublicIdentifier>urn:{example.name}</PublicIdentifier></NewsIdentifier></Identification>"
        '<NewsManagement><Status FormalName="Usable"/></NewsManagement><NewsComponent><NewsLines>'
        f"<HeadLine>{escape(example.title)}</HeadLine></NewsLines><ContentItem><DataContent>"
        f"{_xhtml(example)}</DataContent></ContentItem></NewsComponent></NewsItem></NewsML>"
    ).encode()


def _xhtml(example: Example) -> str:
    return elements(example).replace("<img src='a.jpg'>", "<img src='a.jpg'/>")


def _fodt(example: Example) -> bytes:
    """A flat OpenDocument text: the elements of the packed one in one file."""
    with zipfile.ZipFile(io.BytesIO(MORE_WRITERS["odt"](example))) as packed:
        content = packed.read("content.xml").decode()
    inside = content.partition(">")[2].removesuffix("</office:document-content>")
    return (
        f"<office:document {ODF_NAMES} office:mimetype='application/vnd.oasis.opendocument.text'>"
        f"{inside}</office:document>"
    ).encode()


def saved_page(html: str, encoding: str = "quoted-printable") -> bytes:
    """A page as a browser saves it: with its style, its picture, and the page of a frame."""
    message = EmailMessage()
    message["Snapshot-Content-Location"] = "https://paper.example/a"
    message.set_content(html, subtype="html", cte=encoding)
    message.add_related(b"p { color: red }", "text", "css", cid="<css@mhtml.blink>")
    message.add_related(b64encode(b"GIF"), "image", "gif", cid="<gif@mhtml.blink>")
    frame = "<html><body><p>Advertisement in a frame of its own</p></body></html>"
    message.add_related(frame.encode(), "text", "html", cid="<frame@mhtml.blink>")
    return message.as_bytes()


def _mht(example: Example) -> bytes:
    return saved_page(_in(example, "html").decode())


def _xhtml_page(example: Example) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml" '
        f'xml:lang="{example.language}"><head><title>{escape(example.title)}</title></head><body>'
        f"<article><h1>{escape(example.title)}</h1>{_xhtml(example)}</article></body></html>"
    ).encode()


def _wet(example: Example) -> bytes:
    """The plain text of a page as crawlers keep it: a paragraph a line."""
    text = "\n".join([example.title, *(one.text for one in example.blocks())]).encode()
    head = (
        "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: https://paper.example/"
        f"{example.name}\r\nWARC-Date: 2023-01-01T00:00:00Z\r\n"
        "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\n"
        f"Content-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text + b"\r\n\r\n"


def _wacz(example: Example) -> bytes:
    page = {f"https://example.org/{example.name}": _in(example, "html")}
    return _zipped("archive/data.warc", warc(page))


def _zipped(name: str, data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, data)
    return stream.getvalue()


def _mbox(example: Example) -> bytes:
    head = f"From desk@paper.example Sat Mar  2 09:30:00 2024\nMessage-ID: <{example.name}@x>\n"
    return head.encode() + MORE_WRITERS["eml"](example) + b"\n"


EXPORT_WRITERS: dict[str, Callable[[Example], bytes]] = {
    "ghost html.json": lambda example: _ghost(example, html=elements(example)),
    "ghost lexical.json": lambda example: _ghost(example, html=None, lexical=lexical(example)),
    "ghost mobiledoc.json": lambda example: _ghost(example, html="", mobiledoc=mobiledoc(example)),
    "ninjs.json": _ninjs,
    "lines of ninjs.jsonl": lambda example: _ninjs(example) + b"\n",
    "feed.json": _json_feed,
    "outbox.json": _outbox,
    "newsml g2.xml": _newsml,
    "newsml 1.xml": _newsml_1,
    "flat.fodt": _fodt,
    "box.mbox": _mbox,
    "text.wet": _wet,
    "folder.zip": lambda example: _zipped("a.md", _in(example, "md")),
    "packed.md.gz": lambda example: gzip.compress(_in(example, "md")),
    "packed.json.bz2": lambda example: bz2.compress(_in(example, "json")),
    "packed.csv.xz": lambda example: lzma.compress(_in(example, "csv")),
    "packed.tsv.zip": lambda example: _zipped("a.tsv", _in(example, "tsv")),
}
# A page may be read without what speaks of the site.
PAGE_WRITERS: dict[str, Callable[[Example], bytes]] = {
    "page.html": lambda example: _in(example, "html"),
    "page.xhtml": _xhtml_page,
    "page.html.gz": lambda example: gzip.compress(_in(example, "html")),
    "page.mht": _mht,
    "page.mhtml": _mht,
    "page.warc": lambda example: _in(example, "warc"),
    "page.wacz": _wacz,
}
PLAIN_WRITERS: dict[str, Callable[[Example], bytes]] = {
    f"plain.{suffix}": lambda example, suffix=suffix: _in(example, suffix)  # type: ignore[misc]
    for suffix in ("txt", "md", "docx", "epub", "rss", "atom", "csv", "tsv", "jsonl", "json")
}
