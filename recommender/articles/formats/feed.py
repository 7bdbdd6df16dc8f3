"""Reads articles from RSS and Atom files: one an entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recommender.articles.files import SourceFile, need, plain_id, read_bytes
from recommender.articles.formats.html import decoded
from recommender.articles.markup import blocks_of_html, joined_text
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.text.date_fields import parse_date
from recommender.types import UNKNOWN_LANGUAGE, Article, Refusal


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield each entry's article or refusal; the place of a refusal is `path:position`."""
    try:
        feed = _feed(file)
    except SourceError as error:
        yield Refusal(file.name, str(error))
        return
    for number, entry in enumerate(feed.entries, 1):
        place = f"{file.name}:{number}"
        try:
            yield _article(feed.feed, entry, place)
        except SourceError as error:
            yield Refusal(place, str(error))


def _feed(file: SourceFile) -> Any:
    feedparser = need("feedparser", "feeds")
    need("lxml", "feeds")
    source = decoded(read_bytes(file)).text
    if "<!ENTITY" in source or "<!DOCTYPE" in source[:10_000].upper().replace("<!DOCTYPE HTML", ""):
        raise SourceError("declares XML entities or a document type, which are not read")
    # As text: the parser is not to fetch what a name or an address in it points at.
    feed = feedparser.parse(
        source.encode("utf-8"), response_headers={"content-type": "application/xml; charset=utf-8"}
    )
    if not feed.entries:
        raise SourceError("has no entries: it is no RSS or Atom feed, or an empty one")
    return feed


def _article(feed: Any, entry: Any, place: str) -> Article:
    contents = [one.get("value", "") for one in entry.get("content", ())]
    html = max([*contents, entry.get("summary", "")], key=len)
    text, marks = joined_text(blocks_of_html(html))
    if not text:
        raise SourceError("has no text")
    id = entry.get("id") or entry.get("link")
    if not id:
        raise SourceError("has no id or link; each entry needs one")
    return Article(
        id=plain_id(str(id)[:512]),
        title=entry.get("title", "").strip() or opening(text),
        text=text,
        language=entry.get("language") or feed.get("language") or UNKNOWN_LANGUAGE,
        date=parse_date(entry.get("published") or entry.get("updated") or ""),
        author=entry.get("author", ""),
        source=feed.get("title", ""),
        url=entry.get("link", ""),
        path=place,
        marks=marks,
    )
