"""Read articles from the XML of news agencies: NewsML-G2, NewsML 1, and NITF.

The standards are those of the IPTC, https://iptc.org/standards/.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from recommender.articles.agency_item import (
    TEXT_KINDS,
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
    line_of,
    local_name,
    parse_xml,
    present,
    text_in,
)
from recommender.errors import SourceError
from recommender.text.bylines import names_of_byline
from recommender.types import Article, Found, Notice, NoticeKind, Refusal, Role, Status

# In NewsML 1, components with these roles do not hold the text.
_NO_TEXT_ROLES = {"headline", "subheadline", "byline", "dateline", "stylesheet", "logo", "contact"}
ROOTS = {"newsItem", "newsMessage", "packageItem", "nitf", "NewsML"}


def read_items(file: SourceFile, data: bytes) -> Iterator[Found]:
    """Yield the article of each item, or why there is none. Places are `path:position`.

    Raises `SourceError` if it is not XML, or ends too soon.
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
    """Yield the items of a document: the document itself, or those in a message."""
    names = {"newsItem", "packageItem", "NewsItem"}
    if local_name(root) in names or local_name(root) == "nitf":
        yield root
    else:
        yield from (one for one in root.iter() if local_name(one) in names)


def _found_in(element: Any, place: str, file_id: str) -> Article | Notice:
    """Return the article of an item, or a notice if it is a picture, a package or the like."""
    name = local_name(element)
    if name == "packageItem":
        return Notice(place, NoticeKind.UNPUBLISHED, "package")
    kind = _kind(element)
    if kind not in TEXT_KINDS:
        return Notice(place, NoticeKind.UNPUBLISHED, kind)
    read = {"newsItem": _g2_item, "NewsItem": _newsml_item, "nitf": nitf_item}[name]
    return agency_article(read(element, file_id), place)


def _kind(element: Any) -> str:
    """Return the kind of a NewsML-G2 item: text, picture, video and so on."""
    return _code_of(child(element, "itemMeta", "itemClass"))


def _code_of(element: Any) -> str:
    """Return the code that an element gives, without the alias or the address of its list."""
    if element is None:
        return ""
    names = (element.get(name, "") for name in ("qcode", "uri", "literal"))
    word = next(filter(None, names), "") or text_in(element)
    return word.rstrip("/").replace("/", ":").rpartition(":")[2].strip()


def _g2_item(element: Any, file_id: str) -> AgencyItem:
    meta, content = child(element, "itemMeta"), child(element, "contentMeta")
    meta = element if meta is None else meta
    content = element if content is None else content
    body, plain = _g2_body(element)
    embargo = child(meta, "embargoed")
    language = child(content, "language")
    names = [*_names(content, "subject")]
    dates = [text_in(child(meta, name)) for name in ("firstCreated", "versionCreated")]
    return AgencyItem(
        id=element.get("guid") or file_id,
        title=_g2_headline(content) or text_in(child(meta, "title")),
        blocks=[*_g2_dateline(content, body), *body],
        standfirst=_g2_description(content),
        plain=plain,
        language=("" if language is None else language.get("tag", ""))
        or (element.get(XML_LANG) or ""),
        dates=(text_in(child(content, "contentCreated")), *dates),
        author=_g2_authors(content),
        source=text_in(child(content, "infoSource", "name"))
        or text_in(child(meta, "provider", "name")),
        section=names[0] if names else "",
        tags=tuple(dict.fromkeys(text_in(one) for one in children(content, "keyword"))),
        status=agency_status(_code_of(child(meta, "pubStatus"))),
        embargo=None if embargo is None else text_in(embargo),
        version=element.get("version") or dates[1],
    )


def _names(element: Any, name: str) -> Iterator[str]:
    """Yield the name in each child of an element that has this local name."""
    found = (text_in(child(one, "name")) for one in children(element, name))
    return filter(None, found)


def _g2_headline(content: Any) -> str:
    """Return the first headline of an item with the main role or without one, or else the first."""
    lines = [(one.get("role", "").lower(), text_in(one)) for one in children(content, "headline")]
    main = [text for role, text in lines if text and (not role or role.endswith("main"))]
    return next(iter([*main, *(text for _, text in lines if text)]), "")


def _g2_authors(content: Any) -> str:
    """Return the authors of an item: its bylines, or else its creators."""
    lines = [names_of_byline(line_of(one)) for one in children(content, "by")]
    return ", ".join(dict.fromkeys(filter(None, lines or [*_names(content, "creator")])))


def _g2_description(content: Any) -> str:
    """Return the summary of an item that is meant for readers."""
    roles = ("summary", "abstract", "standfirst", "lead")
    for one in children(content, "description"):
        if one.get("role", "").rpartition(":")[2].lower() in roles:
            return text_in(one)
    return ""


def _g2_dateline(content: Any, body: Sequence[Block]) -> list[Block]:
    """Return the date line of an item, if its text does not begin with it."""
    text = text_in(child(content, "dateline"))
    if not text or not body or body[0][0].casefold().startswith(text.casefold()):
        return []
    return [(text, str(Role.DATELINE), "<dateline> in the source")]


def _g2_body(element: Any) -> tuple[list[Block], str]:
    """Return the blocks of an item's text, or its plain text."""
    content = child(element, "contentSet")
    if content is None:
        return [], ""
    forms = [_g2_form(part) for part in children(content, "inlineXML")]
    fullest = max(forms, key=lambda blocks: sum(len(text) for text, _, _ in blocks), default=[])
    if fullest:
        return fullest, ""
    return [], "\n\n".join(text_in(part) for part in children(content, "inlineData"))


def _g2_form(part: Any) -> list[Block]:
    """Return the blocks of one of the forms in which an item holds its text."""
    nitf = next((one for one in part.iter() if local_name(one) == "nitf"), None)
    return nitf_blocks(nitf) if nitf is not None else markup_blocks(part)


def _newsml_item(element: Any, file_id: str) -> AgencyItem:
    identifier = child(element, "Identification", "NewsIdentifier")
    management = present(element, "NewsManagement")
    content, captions = _newsml_contents(element)
    lines = _lines_of(content, element)
    nitf = None if content is None else first_below(content, "nitf")
    change = child(management, "StatusWillChange", "DateAndTime")
    status = agency_status(present(management, "Status").get("FormalName", ""))
    will_be = present(management, "StatusWillChange", "FutureStatus").get("FormalName", "")
    ends = agency_status(will_be) in (Status.TRASHED, Status.PRIVATE)
    language = first_below(element, "Language")
    plain = text_in(content)  # before the blocks are made, which changes the names of elements
    blocks = nitf_blocks(nitf) if nitf is not None else markup_blocks(content)
    return AgencyItem(
        id=text_in(found(identifier, "PublicIdentifier")) or file_id,
        title=text_in(found(lines, "HeadLine")),
        blocks=[*blocks, *(block for one in captions for block in _caption_blocks(one))],
        standfirst=text_in(found(lines, "SubHeadLine")),
        plain=plain,
        language="" if language is None else language.get("FormalName", ""),
        dates=(
            text_in(child(management, "FirstCreated")),
            text_in(child(management, "ThisRevisionCreated")),
        ),
        author=text_in(found(lines, "ByLine")),
        source=text_in(found(lines, "CopyrightLine")),
        status="" if status == Status.SCHEDULED else status,
        embargo=text_in(change) if status == Status.SCHEDULED else None,
        expires=text_in(change) if ends and not status else "",
        version=text_in(found(identifier, "RevisionId")),
    )


def _newsml_contents(element: Any) -> tuple[Any, list[Any]]:
    """Return the content of an item that is its text, and the contents that are captions.

    An item may hold its text in several forms. The longest one in a component of the main role
    counts, or the longest one of all without such a component.
    """
    contents = [
        (_role_of(one), one)
        for one in element.iter()
        if local_name(one) == "DataContent" and _is_text(one)
    ]
    contents = [(role, one) for role, one in contents if role not in _NO_TEXT_ROLES] or contents
    captions = [one for role, one in contents if "caption" in role]
    texts = [one for role, one in contents if "caption" not in role]
    main = [one for role, one in contents if role == "main"]
    fullest = max(main or texts or captions, key=lambda one: len(text_in(one)), default=None)
    return fullest, [one for one in captions if one is not fullest]


def _caption_blocks(content: Any) -> list[Block]:
    texts = [text for text, _, _ in markup_blocks(content)] or [text_in(content)]
    return [(text, str(Role.CAPTION), "a caption in the source") for text in texts]


def _is_text(content: Any) -> bool:
    """Return whether a content is a text, not a style sheet."""
    item = content.getparent()
    kind = str(present(item, "MediaType").get("FormalName", "")).lower()
    form = str(present(item, "Format").get("FormalName", "")).lower()
    return kind in TEXT_KINDS and "css" not in form


def _role_of(content: Any) -> str:
    """Return the role of the innermost component with a role around a content."""
    for around in content.iterancestors():
        role = child(around, "Role")
        if role is not None and local_name(around) == "NewsComponent":
            return str(role.get("FormalName", "")).lower()
    return ""


def _lines_of(content: Any, element: Any) -> Any:
    """Return the lines (headline, byline) of the component around a content, or else the first."""
    for around in () if content is None else content.iterancestors():
        if (lines := child(around, "NewsLines")) is not None:
            return lines
    return first_below(element, "NewsLines")
