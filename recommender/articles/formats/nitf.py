"""Read the article of a NITF document. NITF is the XML of the IPTC for the text of news."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recommender.articles.agency_item import AgencyItem, agency_status
from recommender.articles.markup import Block, blocks_of
from recommender.articles.xml_items import (
    XML_LANG,
    child,
    children,
    found,
    line_of,
    local_name,
    present,
    text_in,
)
from recommender.text.date_fields import moment
from recommender.types import Role

# Names of elements in NITF, and in HTML. All others have the same name in both.
_HTML_NAMES = {
    "block": "div",
    "body.content": "div",
    "body.end": "div",
    "bq": "blockquote",
    "hl1": "h1",
    "hl2": "h2",
    "media": "figure",
    "media-caption": "figcaption",
    "fn": "aside",
    "note": "aside",
    "nitf-table": "div",
    "DataContent": "div",
    "body": "div",
}
_NO_TEXT = {"media-reference", "media-metadata", "media-object", "nitf-table-metadata", "head"}


def nitf_item(element: Any, file_id: str) -> AgencyItem:
    """Return the item of a `nitf` element; `file_id` is its id if it states none."""
    head, body = child(element, "head"), child(element, "body")
    data = child(head, "docdata") if head is not None else None
    opens = child(body, "body.head") if body is not None else None
    doc_id = present(data, "doc-id").get("id-string", "")
    dates = [present(data, name).get("norm", "") for name in ("date.issue", "date.release")]
    pubdata = present(head, "pubdata").get("date.publication", "")
    story = present(opens, "dateline", "story.date").get("norm", "")
    subject = present(head, "tobject", "tobject.subject")
    keywords = [one.get("key", "") for one in present(data, "key-list")]
    release = moment(dates[1])
    return AgencyItem(
        id=doc_id or element.get("uno") or file_id,
        title=text_in(found(opens, "hedline", "hl1")) or text_in(found(head, "title")),
        blocks=nitf_blocks(element),
        standfirst=text_in(found(opens, "abstract")),
        language=element.get(XML_LANG) or "",
        dates=(dates[0], pubdata, story, dates[1]),
        author=_author(found(opens, "byline")),
        source=text_in(found(opens, "distributor")),
        section=subject.get("tobject.subject.type", "")
        or subject.get("tobject.subject.matter", ""),
        tags=tuple(dict.fromkeys(filter(None, keywords))),
        status=agency_status(data.get("management-status", "")) if data is not None else "",
        embargo=release or None,
        expires=present(data, "date.expire").get("norm", ""),
        version=dates[0],
    )


def _author(byline: Any) -> str:
    """Return the persons in a byline, or else its words without their professions."""
    if byline is None:
        return ""
    if persons := [name for one in byline.iter() if (name := _person(one))]:
        return ", ".join(dict.fromkeys(persons))
    return " ".join("".join(_words_without(byline, "byttl")).split())


def _person(element: Any) -> str:
    return text_in(element) if local_name(element) == "person" else ""


def _words_without(element: Any, name: str) -> Iterator[str]:
    """Yield the texts in an element, except those within elements of the given name.

    The parser refuses documents that are nested more than 256 deep.
    """
    if isinstance(element.tag, str):
        yield element.text or ""
    for one in element:
        if local_name(one) == name:
            yield " "
        else:
            yield from _words_without(one, name)
        yield one.tail or ""


def nitf_blocks(element: Any) -> list[Block]:
    """Return the blocks of a document: second headlines, date line, text and tagline."""
    body = child(element, "body")
    if body is None:
        return []
    opens = child(body, "body.head")
    blocks: list[Block] = []
    for second in children(present(opens, "hedline"), "hl2"):
        blocks.append((line_of(second), str(Role.STANDFIRST), "<hl2> in the source"))
    if place := line_of(present(opens, "dateline")):
        blocks.append((place, str(Role.DATELINE), "<dateline> in the source"))
    content = child(body, "body.content")
    blocks += markup_blocks(body if content is None else content)
    if tagline := line_of(present(body, "body.end", "tagline")):
        blocks.append((tagline, str(Role.CREDIT), "<tagline> in the source"))
    return blocks


def markup_blocks(element: Any) -> list[Block]:
    """Return the blocks of an element of NITF or XHTML; none for None."""
    if element is None:
        return []
    for one in list(element.iter()):
        name = local_name(one)
        if name in _NO_TEXT and one is not element and one.getparent() is not None:
            _drop(one)
        elif name:
            one.tag = _HTML_NAMES.get(name, name)
    element.tag = "div"
    return blocks_of(element)


def _drop(element: Any) -> None:
    """Remove an element from its tree. The text after it stays."""
    parent, before = element.getparent(), element.getprevious()
    tail = element.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)
