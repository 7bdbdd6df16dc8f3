"""Read articles from RSS and Atom files: one an entry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from recommender.articles.charset import decode_page
from recommender.articles.clean import blocks_of_field, cleaned_text, plain_line, text_of_blocks
from recommender.articles.fields import dated
from recommender.articles.files import MAX_ID_CHARACTERS, SourceFile, need, plain_id
from recommender.articles.markup import MAX_OPEN_TAGS, UNNESTED
from recommender.articles.publication import PUBLIC
from recommender.articles.xml_items import CUT, check_declarations
from recommender.errors import SourceError
from recommender.text.blocks import opening
from recommender.types import UNKNOWN_LANGUAGE, Article, Found, Mark, Refusal

_END = re.compile(
    r"</(?:rss|feed|rdf:RDF|RDF|channel)\s*>\s*+(?:<!--(?>.*?-->)\s*+)*+\Z", re.I | re.S
)
# A content of at most so many characters may only lead to the page, if the summary is so many times
# as long.
LONGEST_STUB, STUB_SHARE = 200, 4
_ENTRY_END = re.compile(r"</(?:item|entry)\s*>", re.I)


def read_entries(file: SourceFile, data: bytes) -> Iterator[Found]:
    """Yield each entry's article or refusal; the place of a refusal is `path:position`.

    Raises `SourceError` for what is no feed, and for one that ends too soon, after its entries.
    """
    source = decode_page(data).text
    is_cut = not _END.search(source[-4_096:])
    if is_cut:
        ends = [match.end() for match in _ENTRY_END.finditer(source)]
        source = source[: ends[-1]] if ends else source
    feed = _feed(source)
    for number, entry in enumerate(feed.entries, 1):
        place = f"{file.name}:{number}"
        try:
            yield _article(feed.feed, entry, place)
        except SourceError as error:
            yield Refusal(place, str(error))
    if is_cut:
        raise SourceError(CUT)


def _feed(source: str) -> Any:
    feedparser = need("feedparser", "feeds")
    need("lxml", "feeds")
    data = source.encode("utf-8")
    check_declarations(data)
    _check_open_tags(source)
    # As text: the parser is not to fetch what a name or an address in it points at. The HTML of
    # entries is read as any other is.
    feed = feedparser.parse(
        data,
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not feed.entries:
        raise SourceError("has no entries: it is no RSS or Atom feed, or an empty one")
    return feed


def _check_open_tags(source: str) -> None:
    """Raise `SourceError` for tags that only a machine would open one within another."""
    opened = source.count("<") - source.count("<!") - source.count("<?") - source.count("/>")
    left = opened - 2 * source.count("</")
    if left > MAX_OPEN_TAGS and left - len(UNNESTED.findall(source)) > MAX_OPEN_TAGS:
        raise SourceError("is nested too deeply, or has very many tags that are not closed")


def _article(feed: Any, entry: Any, place: str) -> Article:
    title = plain_line(entry.get("title", ""))
    text, marks = _text(entry, title)
    if not text:
        raise SourceError("has no text")
    id = entry.get("id") or entry.get("link")
    if not id:
        raise SourceError("has no id or link; each entry needs one")
    language = entry.get("language") or feed.get("language") or UNKNOWN_LANGUAGE
    changed = entry.get("updated") or ""
    date = dated([entry.get("published"), changed], language)
    told = PUBLIC.starting(date.start)
    return Article(
        id=plain_id(str(id)[:MAX_ID_CHARACTERS]),
        title=title or opening(text),
        text=text,
        language=language,
        date=date.start[:10],
        author=plain_line(entry.get("author", "")),
        source=plain_line(feed.get("title", "")),
        url=entry.get("link", ""),
        path=place,
        marks=marks,
        version=changed or date.raw,
        notices=date.notices(place),
        **told.limits(),
    )


def _text(entry: Any, title: str) -> tuple[str, tuple[Mark, ...]]:
    """Return the text of an entry: its content if that has words, else its summary.

    Of a content that only leads elsewhere, as "Read more" does, the summary is the text.
    """
    contents = [str(one.get("value", "")) for one in entry.get("content", ())]
    texts = [(cleaned_text(one, title), one) for one in contents]
    found, content = max(texts, key=lambda one: len(one[0][0]), default=(("", ()), ""))
    if len(found[0]) > LONGEST_STUB:
        return found
    summary = str(entry.get("summary", ""))
    told = cleaned_text(summary, title)
    if not found[0].strip() or found[0] == told[0]:
        return told
    if len(told[0]) < STUB_SHARE * len(found[0]):
        return found
    return text_of_blocks([*blocks_of_field(summary), *blocks_of_field(content)], title)
