"""Read articles from the XML of news agencies: NewsML-G2, NewsML 1, and NITF.

The standards are those of the IPTC, https://iptc.org/standards/.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from recommender.articles.agency_item import (
    AgencyItem,
    agency_article,
    agency_status,
)
from recommender.articles.files import SourceFile
from recommender.articles.formats.nitf import markup_blocks, nitf_blocks, nitf_item
from recommender.articles.markup import Block
from recommender.articles.xml_items import (
    XML_LANG,
    child,
    children,
    first_below,
    found,
    local_name,
    parse_xml,
    present,
    text_in,
)
from recommender.errors import SourceError
from recommender.types import Article, Found, Notice, NoticeKind, Refusal, Role, Status

ROOTS = {"newsItem", "newsMessage", "packageItem", "nitf", "NewsML"}


def read_items(file: SourceFile, data: bytes) -> Iterator[Found]:
    """Yield the article of each item of a file, or why there is none; places are `path:position`.

    Raises `SourceError` for what is no XML, or ends too soon.
    """
    number = 0
    for number, element in enumerate(_items(parse_xml(data)), 1):
        place = f"{file.name}:{number}"
        try:
            yield _found_in(element, place, file.id)
        except SourceError as error:
            yield Refusal(place, str(error))
    if not number:
        raise SourceError("holds no news item")


def _items(root: Any) -> Iterator[Any]:
    """Yield the items of a document; those of a message are within it."""
    names = {"newsItem", "packageItem", "NewsItem"}
    if local_name(root) in names or local_name(root) == "nitf":
        yield root
    else:
        yield from (one for one in root.iter() if local_name(one) in names)


def _found_in(element: Any, place: str, file_id: str) -> Article | Notice:
    """Return the article of an item, or the notice of a picture, a package and the like."""
    name = local_name(element)
    if name == "packageItem":
        return Notice(place, NoticeKind.UNPUBLISHED, "package")
    kind = _kind(element)
    if kind not in ("", "text", "composite"):
        return Notice(place, NoticeKind.UNPUBLISHED, kind)
    read = {"newsItem": _g2_item, "NewsItem": _newsml_item, "nitf": nitf_item}[name]
    return agency_article(read(element, file_id), place)


def _kind(element: Any) -> str:
    """Return what an item of NewsML-G2 is of: text, picture, video and so on."""
    item_class = child(element, "itemMeta", "itemClass")
    return "" if item_class is None else item_class.get("qcode", "").rpartition(":")[2]


def _g2_item(element: Any, file_id: str) -> AgencyItem:
    meta, content = child(element, "itemMeta"), child(element, "contentMeta")
    meta = element if meta is None else meta
    content = element if content is None else content
    body, plain = _g2_body(element)
    status = child(meta, "pubStatus")
    embargo = child(meta, "embargoed")
    language = child(content, "language")
    names = [text_in(child(one, "name")) for one in children(content, "subject")]
    names = [name for name in names if name]
    dates = [text_in(child(meta, name)) for name in ("firstCreated", "versionCreated")]
    return AgencyItem(
        id=element.get("guid") or file_id,
        title=text_in(child(content, "headline")) or text_in(child(meta, "title")),
        blocks=[*_g2_dateline(content, body), *body],
        standfirst=_g2_description(content),
        plain=plain,
        language=("" if language is None else language.get("tag", ""))
        or (element.get(XML_LANG) or ""),
        dates=(text_in(child(content, "contentCreated")), *dates),
        author=text_in(child(content, "by")) or text_in(child(content, "creator", "name")),
        source=text_in(child(content, "infoSource", "name"))
        or text_in(child(meta, "provider", "name")),
        section=names[0] if names else "",
        tags=tuple(dict.fromkeys(text_in(one) for one in children(content, "keyword"))),
        status="" if status is None else agency_status(status.get("qcode", "") or text_in(status)),
        embargo=None if embargo is None else text_in(embargo),
        version=element.get("version") or dates[1],
    )


def _g2_description(content: Any) -> str:
    """Return the summary of an item, where it is for readers."""
    roles = ("summary", "abstract", "standfirst", "lead")
    for one in children(content, "description"):
        if one.get("role", "").rpartition(":")[2].lower() in roles:
            return text_in(one)
    return ""


def _g2_dateline(content: Any, body: Sequence[Block]) -> list[Block]:
    """Return the date line that stands beside a text, if the text does not open with it."""
    text = text_in(child(content, "dateline"))
    if not text or not body or body[0][0].casefold().startswith(text.casefold()):
        return []
    return [(text, str(Role.DATELINE), "<dateline> in the source")]


def _g2_body(element: Any) -> tuple[list[Block], str]:
    """Return the blocks of the text, or the text if it is plain."""
    content = child(element, "contentSet")
    if content is None:
        return [], ""
    for part in children(content, "inlineXML"):
        nitf = next((one for one in part.iter() if local_name(one) == "nitf"), None)
        if nitf is not None:
            return nitf_blocks(nitf), ""
        if blocks := markup_blocks(part):
            return blocks, ""
    return [], "\n\n".join(text_in(part) for part in children(content, "inlineData"))


def _newsml_item(element: Any, file_id: str) -> AgencyItem:
    identifier = child(element, "Identification", "NewsIdentifier")
    management = present(element, "NewsManagement")
    lines = first_below(element, "NewsLines")
    content = first_below(element, "DataContent")
    nitf = None if content is None else first_below(content, "nitf")
    change = child(management, "StatusWillChange", "DateAndTime")
    status = agency_status(present(management, "Status").get("FormalName", ""))
    language = first_below(element, "Language")
    return AgencyItem(
        id=text_in(found(identifier, "PublicIdentifier")) or file_id,
        title=text_in(found(lines, "HeadLine")),
        blocks=nitf_blocks(nitf) if nitf is not None else markup_blocks(content),
        standfirst=text_in(found(lines, "SubHeadLine")),
        plain=text_in(content),
        language="" if language is None else language.get("FormalName", ""),
        dates=(
            text_in(child(management, "FirstCreated")),
            text_in(child(management, "ThisRevisionCreated")),
        ),
        author=text_in(found(lines, "ByLine")),
        source=text_in(found(lines, "CopyrightLine")),
        status="" if status == Status.SCHEDULED else status,
        embargo=text_in(change) if status == Status.SCHEDULED else None,
        version=text_in(found(identifier, "RevisionId")),
    )
