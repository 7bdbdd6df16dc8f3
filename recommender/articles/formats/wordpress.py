"""Read the posts and pages of a WordPress export (WXR), each as one article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import unescape
from typing import IO, Any

from recommender.articles.clean import marked_blocks, plain_line, text_of_blocks
from recommender.articles.fields import Dated, dated, list_of, object_of, text_of
from recommender.articles.files import SourceFile, given_id
from recommender.articles.formats.wordpress_parts import (
    PATTERN_TYPE,
    Patterns,
    text_of_fields,
    with_footnotes,
)
from recommender.articles.left_out import Record, read_or_left_out
from recommender.articles.plugin_shortcodes import without_plugin_shortcodes
from recommender.articles.publication import Publication, is_article_type, publication
from recommender.articles.shortcodes import without_wordpress_shortcodes
from recommender.articles.status_words import status_of
from recommender.articles.xml_items import child, children, local_name, text_in, whole_elements
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.text.date_fields import DAY_LENGTH, parse_date
from recommender.types import (
    UNKNOWN_LANGUAGE,
    Article,
    Found,
    Notice,
    NoticeKind,
    Refusal,
    Status,
)

# Taxonomies of plugins for the authors and the language of a post.
_AUTHORS, _LANGUAGE = "author", "language"
# In this field, PublishPress states whether the time of expiry counts.
_EXPIRY_STATUS = "_expiration-date-status"
# The namespace of exports in any version, and elements that only exports have. Read as a feed, an
# export would show its drafts.
_EXPORT = re.compile(rb"https?://wordpress\.org/export/|<wp:(?:wxr_version|base_site_url)\b", re.I)
# The rest of a post is behind such a mark, on another page.
_PAGE_END = re.compile(r"<!--(?:more|nextpage)\b[^<>]{0,200}-->")
# The site shows `[[name]]` as `[name]`.
_ESCAPED_SHORTCODE = re.compile(r"\[\[(/?[a-z][\w-]{1,60}(?:\s[^\[\]\n]{0,300})?)\]\]", re.I)
# If an address of these sites stands on a line of its own, WordPress shows a video or post there.
_EMBEDDED_SITES = (
    "youtube youtu.be vimeo dailymotion twitter x instagram facebook tiktok soundcloud spotify "
    "flickr reddit ted bsky threads issuu scribd slideshare mixcloud imgur pinterest speakerdeck"
)
_SITES = "|".join(map(re.escape, _EMBEDDED_SITES.split()))
_EMBEDDED_LINE = re.compile(
    rf"^[^\S\n]*(?:<p>)?https?://(?:[\w-]+\.)?(?:{_SITES})"
    r"(?:\.\w{2,5})?/[^\s<>\"]{1,500}(?:</p>)?[^\S\n]*$",
    re.M | re.I,
)


def is_export(head: bytes) -> bool:
    """Return whether a file with these first bytes is an export."""
    return _EXPORT.search(head) is not None


def read_items(file: SourceFile, stream: IO[bytes], settings: Settings) -> Iterator[Found]:
    """Yield each item's article, notice or refusal; the place is `path:position`.

    Raises `SourceError` after the last whole item if the file ends too soon.
    """
    export = _Export(settings)
    ended: SourceError | None = None
    try:
        for number, element in enumerate(whole_elements(stream, "{*}item"), 1):
            export.site = export.site or _Site.of(element.getparent())
            yield from export.found_in(_Item.of(element), f"{file.name}:{number}")
    except SourceError as error:
        ended = error
    yield from export.rest()
    if ended is None and export.site is None:
        ended = SourceError("holds no post")
    if ended is not None:
        raise ended


def read_post(post: Mapping[str, Any], place: str, settings: Settings) -> Article | Notice:
    """Return the article of a post of the REST API. Its id is the same as in exports.

    The names of the author and the terms are in `_embedded`. Raises `SourceError` if the post
    cannot be read.
    """
    content = object_of(post.get("content"))
    texts = {
        "post_type": text_of(post.get("type")),
        "post_id": text_of(post.get("id")),
        "status": text_of(post.get("status")),
        "title": _rendered(post, "title"),
        "guid": unescape(_rendered(post, "guid")),  # as in an export, with & for &#038;
        "link": text_of(post.get("link")),
        "post_date_gmt": text_of(post.get("date_gmt")),
        "post_date": text_of(post.get("date")),
        "post_modified_gmt": text_of(post.get("modified_gmt")),
        "post_password": "yes" if content.get("protected") else "",
    }
    embedded = object_of(post.get("_embedded"))
    authors = embedded.get("author")
    texts["creator"] = plain_line(text_of(authors)) if isinstance(authors, list) else ""
    terms: dict[str, list[str]] = {}
    for group in list_of(embedded.get("wp:term")):
        for term in map(object_of, list_of(group)):
            name = plain_line(text_of(term.get("name")))  # with & for &amp;
            terms.setdefault(text_of(term.get("taxonomy")), []).append(name)
    item = _Item(texts, _rendered(post, "content"), _rendered(post, "excerpt"), terms)
    return _found_in(
        item, _Site(language=text_of(post.get("lang")) or UNKNOWN_LANGUAGE), place, settings
    )


def is_posts(value: Any) -> bool:
    """Return whether a value is a post of the REST API, or a list of them."""
    posts = value if isinstance(value, list) else [value]
    return bool(posts) and all(
        isinstance(one, dict)
        and isinstance(object_of(one.get("content")).get("rendered"), str)
        and "rendered" in object_of(one.get("title"))
        for one in posts
    )


def read_posts(file: SourceFile, value: Any, settings: Settings) -> Iterator[Found]:
    """Yield what each post of the REST API gives. Places are `path:position`."""
    for number, post in enumerate(value if isinstance(value, list) else [value], 1):
        place = f"{file.name}:{number}"
        try:
            yield read_post(post, place, settings)
        except SourceError as error:
            yield Refusal(place, str(error))


def _rendered(post: Mapping[str, Any], name: str) -> str:
    """Return the rendered form of a field of the REST API."""
    found = object_of(post.get(name)).get("rendered")
    return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class _Site:
    """The title and the language of the site of an export, and the names of its authors."""

    title: str = ""
    language: str = UNKNOWN_LANGUAGE
    authors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, channel: Any) -> _Site:
        if channel is None:
            return cls()
        authors = {
            text_in(child(one, "author_login")): text_in(child(one, "author_display_name"))
            for one in children(channel, "author")
        }
        language = text_in(child(channel, "language")) or UNKNOWN_LANGUAGE
        return cls(plain_line(text_in(child(channel, "title"))), language, authors)


@dataclass(frozen=True, slots=True)
class _Item:
    """The texts of an item's children by their local names, its categories, and its own fields."""

    texts: dict[str, str]
    content: str
    excerpt: str
    terms: dict[str, list[str]]
    fields: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, element: Any) -> _Item:
        texts: dict[str, str] = {}
        encoded = {"content": "", "excerpt": ""}
        terms: dict[str, list[str]] = {}
        fields: dict[str, str] = {}
        for one in element:
            name = local_name(one)
            if name == "encoded":
                encoded["excerpt" if "excerpt" in one.tag else "content"] = one.text or ""
            elif name == "category":
                domain = one.get("domain", "")
                term = one.get("nicename", "") if domain == _LANGUAGE else text_in(one)
                terms.setdefault(domain, []).append(plain_line(term))
            elif name == "postmeta":
                key, value = child(one, "meta_key"), child(one, "meta_value")
                fields.setdefault(text_in(key), text_in(value))
            elif name and len(one) == 0:
                texts.setdefault(name, (one.text or "").strip())
        return cls(texts, encoded["content"], encoded["excerpt"], terms, fields)

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")


class _Export:
    """An export that is being read. A post waits until the patterns that it shows are read."""

    def __init__(self, settings: Settings) -> None:
        self.site: _Site | None = None
        self._settings = settings
        self._patterns = Patterns()
        self._waiting: list[tuple[_Item, str]] = []

    def found_in(self, item: _Item, place: str) -> Iterator[Found]:
        """Yield what an item gives; nothing yet if it has to wait for patterns."""
        if item["post_type"] == PATTERN_TYPE and _status(item) == "":
            self._patterns.add(item["post_id"], item.content)
        if is_article_type(item["post_type"]) and self._patterns.missing(item.content):
            self._waiting.append((item, place))
        else:
            yield from self._found_in(item, place)

    def rest(self) -> Iterator[Found]:
        """Yield what the items give that still wait at the end of the export."""
        for item, place in self._waiting:
            missing = self._patterns.missing(item.content)
            yield from self._found_in(item, place)
            if missing:
                why = "pattern: a post shows one that the export does not hold"
                yield Notice(place, NoticeKind.FIELD, why, missing[0])

    def _found_in(self, item: _Item, place: str) -> Iterator[Found]:
        content = with_footnotes(self._patterns.put_into(item.content), item.fields)
        if not content.strip() and is_article_type(item["post_type"]):
            content = text_of_fields(item.fields)
        site = self.site or _Site()
        try:
            yield _found_in(replace(item, content=content), site, place, self._settings)
        except SourceError as error:
            yield Refusal(place, str(error))


def _found_in(item: _Item, site: _Site, place: str, settings: Settings) -> Article | Notice:
    """Return the article of an item, or a notice if it is no article or is not public."""
    if not is_article_type(item["post_type"]):
        return Notice(place, NoticeKind.UNPUBLISHED, item["post_type"])
    status = _status(item)
    record = Record(place, status, lambda: (_id(item), _version(item, _date(item))))
    return read_or_left_out(lambda: _article(item, site, place, status), record, settings)


def _article(item: _Item, site: _Site, place: str, status: str) -> Article:
    title = plain_line(item["title"])
    blocks = marked_blocks(_html(item), is_classic=True)
    text, marks = text_of_blocks(blocks, title, item.excerpt)
    if not text:
        raise SourceError("has no text")
    id, date = _id(item), _date(item)
    told = Publication(status, expires=_expiry(item)).starting(date.start)
    languages = item.terms.get(_LANGUAGE)
    tags = item.terms.get("post_tag") or item.terms.get("tag")
    return Article(
        id=id,
        title=title or opening(text),
        text=text,
        language=languages[0] if languages else site.language,
        date=_day(date.start, item["post_date"]),
        author=_authors(item, site),
        source=site.title,
        url=item["link"],
        section=", ".join(dict.fromkeys(item.terms.get("category", ()))),
        path=place,
        metadata={"tags": tags} if tags else {},
        marks=marks,
        version=_version(item, date),
        notices=date.notices(place) if status == "" else (),
        **told.limits(),
    )


def _id(item: _Item) -> str:
    return given_id(item["guid"] or item["link"] or item["post_id"], "guid")


def _date(item: _Item) -> Dated:
    gmt = item["post_date_gmt"]
    return dated([item["pubDate"], gmt and f"{gmt}+00:00", item["post_date"]])


def _version(item: _Item, date: Dated) -> str:
    return item["post_modified_gmt"] or date.raw


def _status(item: _Item) -> str:
    """Return the status of an item. Published items without a password are public.

    An unknown word comes from a plugin, and is for an item that is not published.
    """
    word = item["status"].lower()
    if word in ("", "publish"):
        return Status.PROTECTED if item["post_password"] else ""
    found = status_of(word)
    return Status.DRAFT if found in (None, Status.PUBLISHED) else str(found)


def _authors(item: _Item, site: _Site) -> str:
    """Return the names of an item's authors: those that a plugin keeps, or else its creator."""
    logins = item.terms.get(_AUTHORS) or [item["creator"]]
    return ", ".join(dict.fromkeys(site.authors.get(one) or one for one in logins))


def _day(start: str, local: str) -> str:
    """Return the day of a moment in the time zone of the site, as the site shows it."""
    day = parse_date(local)
    return day if start and len(day) == len(start[:10]) == DAY_LENGTH else start[:10]


def _expiry(item: _Item) -> str:
    """Return the time at which a plugin removes an item from the site; empty if none does."""
    if item.fields.get(_EXPIRY_STATUS, "saved") != "saved":
        return ""
    return publication(item.fields).expires


def _html(item: _Item) -> str:
    """Return the HTML of an item without shortcodes. Shortcodes for captions become figures."""
    html = _ESCAPED_SHORTCODE.sub(r"&#91;\1&#93;", _PAGE_END.sub("\n\n", item.content))
    html = without_wordpress_shortcodes(html)
    shown = _EMBEDDED_LINE.sub("", html)
    html = shown if shown.strip() else html  # a post may be a video alone
    return without_plugin_shortcodes(html)
