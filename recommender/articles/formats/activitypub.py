"""Read the posts of an account over ActivityPub: its outbox, as servers export it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recommender.articles.clean import blocks_of_field, plain_line, text_of_blocks
from recommender.articles.fields import dated, list_of, text_of
from recommender.articles.files import SourceFile, given_id
from recommender.articles.left_out import Record, is_left_out
from recommender.articles.markup import Block, lists_joined
from recommender.articles.publication import Publication
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.types import (
    UNKNOWN_LANGUAGE,
    Article,
    Found,
    Notice,
    NoticeKind,
    Refusal,
    Role,
    Status,
)

_COLLECTIONS = {"OrderedCollection", "OrderedCollectionPage", "Collection", "CollectionPage"}
_WRITTEN = {"Note", "Article", "Page", "Question", "Event"}
_PUBLIC = {"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"}


def is_collection(value: Any) -> bool:
    """Return whether a value is a collection of activities."""
    return (
        isinstance(value, dict)
        and "activitystreams" in str(value.get("@context"))[:2_000]
        and text_of(value.get("type")) in _COLLECTIONS | _WRITTEN | {"Create"}
    )


def read_value(file: SourceFile, value: Any, settings: Settings) -> Iterator[Found]:
    """Yield the article of each activity, or why there is none; the place is `path:position`.

    Posts of other people are skipped.
    """
    items = value.get("orderedItems") or value.get("items") or _first_page(value) or [value]
    for number, item in enumerate(items if isinstance(items, list) else [items], 1):
        place = f"{file.name}:{number}"
        try:
            yield _found_in(item, place, settings)
        except SourceError as error:
            yield Refusal(place, str(error))


def _first_page(value: Mapping[str, Any]) -> Any:
    page = value.get("first")
    return page.get("orderedItems") or page.get("items") if isinstance(page, dict) else None


def _found_in(item: Any, place: str, settings: Settings) -> Article | Notice:
    """Return the article of an activity, or a notice if it is no article or is not public."""
    activity = text_of(item.get("type")) if isinstance(item, dict) else "reference"
    written = item.get("object") if activity in ("Create", "Update") else item
    if activity == "Delete":
        return _deleted(item, place)
    kind = text_of(written.get("type")) if isinstance(written, dict) else activity
    if kind not in _WRITTEN:
        return Notice(place, NoticeKind.UNPUBLISHED, kind or "unknown type")
    status = "" if _is_public(written) and _is_public(item) else Status.PRIVATE
    if is_left_out(status, settings):
        return Record(place, status, lambda: (_id(written), _version(written))).left_out()
    return _article(written, place, status)


def _deleted(activity: Mapping[str, Any], place: str) -> Notice:
    """Return the notice of an activity that withdraws an earlier post."""
    gone = activity.get("object")
    id = text_of(gone.get("id")) if isinstance(gone, dict) else text_of(gone)
    when = text_of(activity.get("published")) or text_of(activity.get("updated"))
    if isinstance(gone, dict):
        when = when or text_of(gone.get("deleted"))
    return Notice(place, NoticeKind.UNPUBLISHED, str(Status.TRASHED), withdraws=id, version=when)


def _is_public(written: Mapping[str, Any]) -> bool:
    """Return whether a post is addressed to everyone, or to nobody in particular."""
    audience = [written.get("to"), written.get("cc")]
    parts = (part if isinstance(part, list) else [part] for part in audience)
    named = {one if one is None else text_of(one) for part in parts for one in part}
    return bool(named & _PUBLIC) or named == {None}


def _article(written: Mapping[str, Any], place: str, status: str) -> Article:
    title = plain_line(text_of(written.get("name")))
    content, language = _content(written)
    blocks = [*blocks_of_field(content), *_options(written)]
    text, marks = text_of_blocks(blocks, title, text_of(written.get("summary")))
    if not text:
        raise SourceError("has no text")
    id = _id(written)
    date = dated([written.get("published")])
    told = Publication(status).starting(date.start)
    names = [text_of(tag).lstrip("#") for tag in list_of(written.get("tag"))]
    return Article(
        id=id,
        title=title or opening(text),
        text=text,
        language=language or UNKNOWN_LANGUAGE,
        date=date.start[:10],
        author=text_of(written.get("attributedTo")),
        url=_link(written.get("url")),
        path=place,
        metadata={"tags": names} if names else {},
        marks=marks,
        version=_version(written),
        notices=date.notices(place),
        **told.limits(),
    )


def _id(written: Mapping[str, Any]) -> str:
    return given_id(text_of(written.get("id")) or _link(written.get("url")))


def _version(written: Mapping[str, Any]) -> str:
    return text_of(written.get("updated")) or dated([written.get("published")]).raw


def _content(written: Mapping[str, Any]) -> tuple[str, str]:
    """Return the text, and its language if one is named. Of several languages the first counts."""
    content, by_language = written.get("content"), written.get("contentMap")
    texts = {
        text: str(language)
        for language, text in (by_language.items() if isinstance(by_language, dict) else ())
        if isinstance(text, str) and text.strip()
    }
    if isinstance(content, str) and content.strip():
        only = next(iter(texts.values())) if len(texts) == 1 else ""
        return content, texts.get(content, only)
    if texts:
        return next(iter(texts.items()))
    source = written.get("source")
    typed = source.get("content") if isinstance(source, dict) else None
    return typed if isinstance(typed, str) else "", ""


def _options(written: Mapping[str, Any]) -> list[Block]:
    """Return the answers to choose from in a poll, as items of a list."""
    offered = written.get("oneOf") or written.get("anyOf")
    names = [text_of(one) for one in list_of(offered)]
    items = [(name, str(Role.LIST), "an answer of a poll") for name in names if name]
    return lists_joined(items)


def _link(value: Any) -> str:
    """Return the address of a page: `value` itself, or the first of a list of links."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("href")
    return value if isinstance(value, str) else ""
