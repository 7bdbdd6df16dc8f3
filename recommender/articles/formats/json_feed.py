"""Read the items of a JSON Feed (jsonfeed.org), each as one article."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recommender.articles.clean import cleaned_text, plain_line, text_of_html
from recommender.articles.fields import Dated, dated, list_of, text_of
from recommender.articles.files import SourceFile, given_id
from recommender.articles.left_out import Record, read_or_left_out
from recommender.articles.publication import Publication, publication
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.types import UNKNOWN_LANGUAGE, Article, Found, Notice, Refusal


def is_feed(value: Any) -> bool:
    """Return whether a value is a JSON Feed."""
    return (
        isinstance(value, dict)
        and "jsonfeed.org" in text_of(value.get("version"))
        and isinstance(value.get("items"), list)
    )


def read_value(file: SourceFile, value: Any, settings: Settings) -> Iterator[Found]:
    """Yield each item's article or refusal; the place is `path:position`."""
    for number, item in enumerate(value["items"], 1):
        place = f"{file.name}:{number}"
        try:
            if not isinstance(item, dict):
                raise SourceError("is not an item of a JSON Feed")
            yield _found_in(value, item, place, settings)
        except SourceError as error:
            yield Refusal(place, str(error))
    if not value["items"]:
        raise SourceError("has no items")


def _found_in(
    feed: Mapping[str, Any], item: Mapping[str, Any], place: str, settings: Settings
) -> Article | Notice:
    """Return the article of an item, or a notice if it is not public."""
    told = publication(item)
    for name, value in item.items():
        if name.startswith("_") and isinstance(value, dict):  # an extension
            told = told.joined(publication(value))
    told = told._replace(unknown="")
    record = Record(place, told.status, lambda: (_id(item), _version(item, _date(item, ""))))
    return read_or_left_out(lambda: _article(feed, item, place, told), record, settings)


def _article(
    feed: Mapping[str, Any], item: Mapping[str, Any], place: str, told: Publication
) -> Article:
    title = plain_line(text_of(item.get("title")))
    html, plain = item.get("content_html"), item.get("content_text")
    summary = text_of(item.get("summary"))
    if isinstance(html, str) and html.strip():
        text, marks = text_of_html(html, title, summary)
    else:
        text, marks = cleaned_text(plain if isinstance(plain, str) else summary, title)
    if not text.strip():
        raise SourceError("has no text")
    id = _id(item)
    language = text_of(item.get("language")) or text_of(feed.get("language"))
    date = _date(item, language)
    told = told.starting(date.start)
    tags = [name for name in map(text_of, list_of(item.get("tags"))) if name]
    authors = [item.get("authors"), item.get("author"), feed.get("authors"), feed.get("author")]
    return Article(
        id=id,
        title=title or opening(text),
        text=text,
        language=language or UNKNOWN_LANGUAGE,
        date=date.start[:10],
        author=next((name for name in map(text_of, authors) if name), ""),
        source=plain_line(text_of(feed.get("title"))),
        url=text_of(item.get("url")),
        section=tags[0] if tags else "",
        path=place,
        metadata={"tags": tags} if tags else {},
        marks=marks,
        version=_version(item, date),
        notices=[*told.notices(place), *date.notices(place)],
        **told.limits(),
    )


def _id(item: Mapping[str, Any]) -> str:
    return given_id(text_of(item.get("id")) or text_of(item.get("url")))


def _date(item: Mapping[str, Any], language: str) -> Dated:
    return dated([item.get("date_published"), item.get("date_modified")], language)


def _version(item: Mapping[str, Any], date: Dated) -> str:
    return text_of(item.get("date_modified")) or date.raw
