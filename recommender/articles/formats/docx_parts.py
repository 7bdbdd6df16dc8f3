"""Take the text of the diagrams, charts and chunks that a Word document keeps beside its body.

A diagram (SmartArt) keeps its words as points that lines connect. A chunk is a whole page or text
that a program inserted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from recommender.articles.charset import decode_page
from recommender.articles.documents import DocumentParagraph
from recommender.articles.formats.mail_text import MailText, plain_blocks
from recommender.articles.markup import Block, blocks_of_html, check_depth
from recommender.articles.tables import row_of
from recommender.articles.xml_items import local_name, parse_xml
from recommender.errors import SourceError
from recommender.types import Role

MAX_CHUNK_BYTES = 8 * 1024 * 1024
MAX_POINTS = 10_000
_HTML = ("text/html", "application/xhtml+xml")
_MAIL = ("message/rfc822", "multipart/related", "application/x-mimearchive")


def paragraphs_of_part(kind: str, data: bytes) -> Sequence[DocumentParagraph]:
    """Return the paragraphs of a part of the type `kind`.

    A damaged part has none. Raises `SourceError` for an unknown type.
    """
    name = kind.partition(";")[0].strip().lower()
    if "diagram" in name or "chart" in name:
        try:
            root = parse_xml(data)
        except SourceError:
            return ()
        return list(_points(root) if "diagram" in name else _chart(root))
    if len(data) > MAX_CHUNK_BYTES:
        raise SourceError(f"has over {MAX_CHUNK_BYTES:,} bytes")
    return [DocumentParagraph(*one) for one in _chunk(name, data)]


def _chunk(name: str, data: bytes) -> Sequence[Block]:
    if name in _HTML:
        html = decode_page(data).text
        check_depth(html)
        return blocks_of_html(html)
    if name == "text/plain":
        return plain_blocks(decode_page(data).text)
    if name in _MAIL:
        from recommender.articles.formats.mail import parsed_mail

        text = MailText()
        text.take(parsed_mail(data))
        return text.blocks
    raise SourceError(f"is {name}")


def _points(root: Any) -> Iterator[DocumentParagraph]:
    """Yield the words of a diagram as a list, in the order of its branches."""
    points = {one.get("modelId", ""): one for one in _all(root, "pt")}
    below: dict[str, list[tuple[int, str]]] = {}
    for line in _all(root, "cxn"):
        if line.get("type", "parOf") == "parOf":
            place = line.get("srcOrd", "0")
            order = int(place) if place.isdecimal() else 0
            below.setdefault(line.get("srcId", ""), []).append((order, line.get("destId", "")))
    tops = [name for name, one in points.items() if one.get("type") == "doc"]
    pending = [*points, *tops][::-1]  # points that no line connects come last
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        if name in seen or name not in points:
            continue
        seen.add(name)
        pending += [one for _, one in sorted(below.get(name, ()), reverse=True)]
        text = _words(points[name])
        if text:
            yield DocumentParagraph(text, str(Role.LIST), "diagram")


def _chart(root: Any) -> Iterator[DocumentParagraph]:
    """Yield the titles of a chart as captions, and its series as a table."""
    for title in _all(root, "title"):
        if text := _words(title):
            yield DocumentParagraph(text, str(Role.CAPTION), "title of a chart")
    names = dict.fromkeys(
        " ".join((value.text or "").split())
        for kind in ("tx", "cat")
        for part in _all(root, kind)
        for cache in _all(part, "strCache")
        for value in _all(cache, "v")
    )
    if text := row_of(filter(None, names)):
        yield DocumentParagraph(text, str(Role.TABLE), "chart")


def _all(element: Any, name: str) -> list[Any]:
    """Return the elements of a local name below another, at most as many as people write."""
    found = (one for one in element.iter() if local_name(one) == name)
    return [one for one, _ in zip(found, range(MAX_POINTS), strict=False)]


def _words(element: Any) -> str:
    """Return the words of the runs below an element, with spaces between paragraphs."""
    lines = ("".join(run.text or "" for run in _all(line, "t")) for line in _all(element, "p"))
    return " ".join(" ".join(lines).split())
