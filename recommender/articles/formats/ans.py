"""Read stories in ANS, the JSON of Arc XP: one story, a list of them, or the answer to a search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from recommender.articles.agency_item import AgencyItem, agency_article
from recommender.articles.clean import blocks_of_field
from recommender.articles.fields import language_of, list_of, object_of, text_of
from recommender.articles.files import SourceFile
from recommender.articles.left_out import Record, read_or_left_out
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Article, Found, Notice, NoticeKind, Refusal, Status

MAX_DEPTH = 12
# The types with a text. A story may be shown as a video or a gallery.
_KINDS = {"", "story", "video", "gallery", "feed"}
_CAPTIONED = {"image", "video", "gallery", "graphic", "audio"}
# Elements that link to other pages, embed something or only draw a line.
_PASSED_OVER = {"interstitial_link", "link_list", "oembed_response", "divider", "custom_embed"}
_PASSED_OVER |= {"reference", "story", "correction_reference"}


def is_story(value: Any) -> bool:
    """Return whether an object is a story of ANS: it has headlines and content elements."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("headlines"), dict)
        and isinstance(value.get("content_elements"), list)
    )


def is_stories(value: Any) -> bool:
    """Return whether a value is a story, a list of stories, or the answer to a search."""
    return any(map(is_story, _stories(value)[:1]))


def read_value(file: SourceFile, value: Any, settings: Settings) -> Iterator[Found]:
    """Yield each story's article, notice or refusal; the place is `path:position`."""
    for number, story in enumerate(_stories(value), 1):
        yield read_story(story, f"{file.name}:{number}", settings)


def read_story(story: Any, place: str, settings: Settings) -> Found:
    """Return the article of a story, or why there is none."""
    if not is_story(story):
        return Refusal(place, "is not a story of ANS")
    kind = text_of(story.get("type")).lower()
    if kind not in _KINDS:
        return Notice(place, NoticeKind.UNPUBLISHED, kind)
    status = _status(story)
    try:
        return read_or_left_out(
            lambda: _article(story, place, status), Record(place, status), settings
        )
    except SourceError as error:
        return Refusal(place, str(error))


def _stories(value: Any) -> list[Any]:
    if isinstance(value, dict) and not is_story(value):
        value = value.get("content_elements", value)  # the answer to a search
    return value if isinstance(value, list) else [value]


def _article(story: Mapping[str, Any], place: str, status: str) -> Article | Notice:
    dates = ("display_date", "first_publish_date", "publish_date", "created_date")
    taxonomy = object_of(story.get("taxonomy"))
    section = taxonomy.get("primary_section") or taxonomy.get("sections")
    return agency_article(
        AgencyItem(
            id=text_of(story.get("_id")) or text_of(story.get("canonical_url")),
            title=_basic(story, "headlines"),
            blocks=blocks_of_field(_html(story)),
            standfirst=_basic(story, "subheadlines") or _basic(story, "description"),
            language=language_of(story.get("language") or story.get("locale")),
            dates=tuple(text_of(story.get(name)) for name in dates),
            author=text_of(object_of(story.get("credits")).get("by")),
            url=text_of(story.get("canonical_url")),
            source=text_of(object_of(story.get("distributor")).get("name")),
            section=text_of(section).partition(",")[0],
            tags=tuple(filter(None, map(text_of, list_of(taxonomy.get("tags"))))),
            status=status,
            version=text_of(story.get("last_updated_date")),
        ),
        place,
    )


def _status(story: Mapping[str, Any]) -> str:
    """Return the status of a story, by whether this revision of it is published.

    If the revision does not say so, the properties of the story do.
    """
    told = object_of(story.get("revision")).get("published")
    if not isinstance(told, bool):
        told = object_of(story.get("additional_properties")).get("is_published")
    return Status.DRAFT if story.get("publish") is False or told is False else ""


def _html(story: Mapping[str, Any]) -> str:
    """Return the text of a story as HTML, and the captions of the pictures that belong to it."""
    promoted = object_of(object_of(story.get("promo_items")).get("basic"))
    opening = _element(promoted, 0) if text_of(promoted.get("type")) in _CAPTIONED else ""
    return opening + _elements(story.get("content_elements"), 0)


def _elements(values: Any, depth: int) -> str:
    return "".join(_element(one, depth) for one in list_of(values) if isinstance(one, dict))


def _element(one: Mapping[str, Any], depth: int) -> str:
    """Return an element as HTML. Of an element of unknown type, return its content."""
    kind = text_of(one.get("type"))
    if depth > MAX_DEPTH or kind in _PASSED_OVER:
        return ""
    content = one.get("content")
    content = content if isinstance(content, str) else ""
    match kind:
        case "header":
            return f"<h3>{content}</h3>"
        case "raw_html":
            return content
        case "code":
            return f"<pre>{escape(content)}</pre>"
        case "list":
            items = (f"<li>{_item(it, depth + 1)}</li>" for it in list_of(one.get("items")))
            return f"<ul>{''.join(items)}</ul>"
        case "quote" | "blockquote" | "pullquote":
            said = _elements(one.get("content_elements"), depth + 1) or f"<p>{content}</p>"
            return f"<blockquote>{said}{_citation(one)}</blockquote>"
        case "table":
            return _table(one)
    if kind in _CAPTIONED:
        return _figure(one)
    inner = _elements(one.get("content_elements") or one.get("items"), depth + 1)
    return (f"<p>{content}</p>" if content else "") + inner


def _item(item: Any, depth: int) -> str:
    return _element(item, depth) if isinstance(item, dict) else escape(text_of(item))


def _citation(quote: Mapping[str, Any]) -> str:
    words = object_of(quote.get("citation")).get("content")
    return f"<p>{words}</p>" if isinstance(words, str) and words.strip() else ""


def _figure(one: Mapping[str, Any]) -> str:
    captions = (one.get("caption") or _basic(one, "description"), one.get("subtitle"))
    written = dict.fromkeys(it for it in captions if isinstance(it, str) and it.strip())
    inside = "".join(f"<figcaption>{it}</figcaption>" for it in written)
    return f"<figure>{inside}</figure>" if inside else ""


def _table(one: Mapping[str, Any]) -> str:
    rows = [one.get("header"), *list_of(one.get("rows"))]
    made = ("".join(f"<td>{_cell(cell)}</td>" for cell in list_of(row)) for row in rows)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in made if row)}</table>"


def _cell(cell: Any) -> str:
    content = cell.get("content") if isinstance(cell, dict) else cell
    return content if isinstance(content, str) else text_of(content)


def _basic(story: Mapping[str, Any], name: str) -> str:
    found = story.get(name)
    return text_of(found.get("basic") if isinstance(found, dict) else found)
