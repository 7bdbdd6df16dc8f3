"""Read articles from RSS and Atom files, one for each entry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urljoin

from recommender.articles.charset import decode_page
from recommender.articles.clean import blocks_of_field, cleaned_text, plain_line, text_of_blocks
from recommender.articles.fields import Dated, dated
from recommender.articles.files import CUT, SourceFile, given_id, need
from recommender.articles.left_out import Record, read_or_left_out
from recommender.articles.markup import MAX_OPEN_TAGS, UNNESTED, Block, blocks_of_html
from recommender.articles.publication import Publication, publication
from recommender.articles.shortcodes import figure
from recommender.articles.status_words import status_of, truth
from recommender.articles.xml_items import check_declarations
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.text.date_fields import moment
from recommender.types import (
    UNKNOWN_LANGUAGE,
    Article,
    Found,
    Mark,
    Notice,
    NoticeKind,
    Refusal,
    Status,
)

_AFTER = r"\s*>\s*+(?:<!--(?>.*?-->)\s*+)*+\Z"
_END = re.compile(rf"</(?:rss|feed|rdf:RDF|RDF|channel){_AFTER}", re.I | re.S)
_END_OF_ENTRY = re.compile(rf"</(?:[\w-]{{1,40}}:)?entry{_AFTER}", re.I | re.S)
# A content of up to 200 characters may only link to the page. It does if the summary is four times
# as long.
LONGEST_STUB, STUB_SHARE = 200, 4
_MEDIA_PREFIX = re.compile(
    r"""xmlns:([A-Za-z][\w-]{0,30})\s*=\s*["']https?://(?:search\.yahoo\.com/mrss|www\.rssboard\.org/media-rss)""",
)
_HEAD_CHARACTERS = 20_000
# The parser uses these names for elements that feeds call by several names.
_PARSED = {"id", "published", "updated", "created", "expired", "validity", "title", "summary"}
MAX_CAPTIONS = 50
MAX_SECTIONS = 50
_CAPTION = "recommender:caption"
# A longer description of a picture is text, not a caption.
MAX_CAPTION_CHARACTERS = 1_000
# RSS writes persons as a mail address and a name in parentheses.
_NAME_OF_MAIL = re.compile(r"[^\s()]{1,200}@[^\s()]{1,200}\s{0,9}\((?P<name>[^()]{1,200})\)")
_SCHEME, _IS_WEB = re.compile(r"[a-z][a-z0-9+.-]*:", re.I), re.compile("https?:", re.I)
# Elements of Yandex, Mail.ru and others that hold the full text beside a summary.
_FULL_TEXT = re.compile(r"(?:.*_)?full-?_?text|turbo_content")
# The kinds of Blogger's entries that are articles, and the scheme that marks a kind.
_KINDS = {"", "post", "page"}
_KIND_SCHEME = "/g/2005#kind"
_TOMBSTONE = re.compile(r"<(?:[\w-]{1,40}:)?deleted-entry\s[^<>]{1,4000}>", re.I)
_ATTRIBUTE = re.compile(r"""\b(ref|when)\s*=\s*(["'])(.*?)\2""", re.I)
_ENTRY_END = re.compile(r"</(?:item|entry)\s*>", re.I)
# A document of Atom may be one entry, without a feed around it (RFC 4287, section 2).
_IS_ENTRY = re.compile(
    r"\s*+(?:<[?!](?:--(?>.*?--)|[^>]*+)>\s*+)*+<(?:[\w-]{1,40}:)?entry[\s>]", re.S
)


def read_entries(file: SourceFile, data: bytes, settings: Settings) -> Iterator[Found]:
    """Yield each entry's article, notice or refusal; the place is `path:position`.

    Raises `SourceError` if it is not a feed. If the file ends too soon, it does so at the end.
    """
    source = decode_page(data).text
    end = _END_OF_ENTRY if _IS_ENTRY.match(source) else _END
    is_cut = not end.search(source[-4_096:])
    if is_cut:
        ends = [match.end() for match in _ENTRY_END.finditer(source)]
        source = source[: ends[-1]] if ends else source
    feed = _feed(_with_captions_apart(source))
    channel = _Channel.of(feed)
    for number, entry in enumerate(feed.entries, 1):
        place = f"{file.name}:{number}"
        try:
            yield _found_in(channel, entry, place, settings)
        except SourceError as error:
            yield Refusal(place, str(error))
    yield from _deleted(source, file.name)
    if is_cut:
        raise SourceError(CUT)


def _deleted(source: str, name: str) -> Iterator[Notice]:
    """Yield a notice of each entry that the feed says was deleted (RFC 6721)."""
    for number, found in enumerate(_TOMBSTONE.finditer(source), 1):
        said = {key.lower(): unescape(value) for key, _, value in _ATTRIBUTE.findall(found[0])}
        if id := said.get("ref", "").strip():
            place, when = f"{name}:deleted {number}", said.get("when", "")
            yield Notice(place, NoticeKind.UNPUBLISHED, str(Status.TRASHED), "", id, when)


def _feed(source: str) -> Any:
    feedparser = need("feedparser", "feeds")
    need("lxml", "feeds")
    data = source.encode("utf-8")
    check_declarations(data)
    _check_open_tags(source)
    # The parser would open a file or an address, so it gets the data itself. The HTML of entries
    # stays as it is: our own reader of HTML reads it.
    feed = feedparser.parse(
        data,
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not feed.entries and not _TOMBSTONE.search(source):
        raise SourceError("has no entries: it is not an RSS or Atom feed, or it is empty")
    return feed


def _with_captions_apart(source: str) -> str:
    """Return a feed in which descriptions of media are credits with a role of our own.

    The parser would take them for the text of the entry.
    """
    prefixes = {"media"} | {found[1] for found in _MEDIA_PREFIX.finditer(source[:_HEAD_CHARACTERS])}
    for prefix in prefixes:
        opening, closing = f"<{prefix}:description", f"</{prefix}:description"
        if opening in source:
            credit = f'<{prefix}:credit role="{_CAPTION}"'
            source = re.sub(rf"{opening}(?=[\s>])", credit, source)
            source = source.replace(closing, f"</{prefix}:credit")
    return source


def _check_open_tags(source: str) -> None:
    """Raise `SourceError` for tags that are nested too deeply to be written by a person."""
    opened = source.count("<") - source.count("<!") - source.count("<?") - source.count("/>")
    left = opened - 2 * source.count("</")
    if left > MAX_OPEN_TAGS and left - len(UNNESTED.findall(source)) > MAX_OPEN_TAGS:
        raise SourceError("is nested too deeply, or has very many tags that are not closed")


class _Channel(NamedTuple):
    """What a feed says of all its entries; `address` is the base of their links."""

    title: str
    language: str
    author: str
    address: str

    @classmethod
    def of(cls, parsed: Any) -> _Channel:
        feed = parsed.feed
        links = {str(one.get("rel")): str(one.get("href")) for one in feed.get("links", ())}
        starts = (links.get(rel, "") for rel in ("alternate", "self"))
        # In RSS that would be the managing editor, who is not the author.
        author = _author(feed) if str(parsed.version).startswith("atom") else ""
        address = next((one for one in starts if _IS_WEB.match(one)), "")
        language = str(feed.get("language") or "")
        return cls(plain_line(feed.get("title", "")), language, plain_line(author), address)


def _found_in(channel: _Channel, entry: Any, place: str, settings: Settings) -> Article | Notice:
    """Return the article of an entry, or a notice if it is no article or is not public."""
    kind = _kind(entry)
    if kind not in _KINDS:
        return Notice(place, NoticeKind.UNPUBLISHED, kind)
    told = _publication(entry)
    record = Record(place, told.status, lambda: (_id(entry), _version(entry, _date(entry, ""))))
    return read_or_left_out(lambda: _article(channel, entry, place, told), record, settings)


def _kind(entry: Any) -> str:
    """Return the kind of an entry in an export of Blogger, which also holds comments."""
    kinds = [
        str(one.get("term", "")).rpartition("#")[2]
        for one in entry.get("tags", ())
        if str(one.get("scheme", "")).endswith(_KIND_SCHEME)
    ]
    return (kinds or [str(entry.get("blogger_type", ""))])[0].strip().lower()


def _publication(entry: Any) -> Publication:
    """Return what an entry says about its publication, by elements of any namespace."""
    told = publication(_fields(entry))._replace(unknown="")
    start = Publication(embargo=moment(_of_any_prefix(entry, "_available")))
    return Publication(_status(entry)).joined(_validity(entry)).joined(told).joined(start)


def _fields(entry: Any) -> dict[str, Any]:
    """Return the elements of an entry that the parser leaves as they are, without prefixes."""
    fields = {
        one: value
        for name, value in entry.items()
        if isinstance(value, str) and value and name not in _PARSED
        for one in (name, name.partition("_")[2])
        if one
    }
    media = entry.get("media_status")
    if isinstance(media, Mapping):
        fields["status"] = str(media.get("state", ""))
    published = entry.get("published")
    return fields | ({"published": published} if truth(published) is not None else {})


def _status(entry: Any) -> str:
    """Return the status of an entry of Blogger."""
    word = str(entry.get("blogger_status", "")).strip()
    found = status_of(word) if word else Status.PUBLISHED
    return "" if found is Status.PUBLISHED else str(found or Status.DRAFT)


def _article(channel: _Channel, entry: Any, place: str, told: Publication) -> Article:
    title = plain_line(entry.get("title", ""))
    text, marks = _text(entry, title)
    if not text:
        raise SourceError("has no text")
    id = _id(entry)
    contents = [one.get("language") for one in (*entry.get("content", ()), entry)]
    language = next(filter(None, contents), "") or channel.language or UNKNOWN_LANGUAGE
    date = _date(entry, language)
    told = told.starting(date.start)
    sections = _sections(entry)
    return Article(
        id=id,
        title=title or opening(text),
        text=text,
        language=language,
        date=date.start[:10],
        author=plain_line(_author(entry)) or channel.author,
        source=channel.title,
        url=_address(entry, channel.address),
        section=sections[0] if sections else "",
        path=place,
        metadata={"tags": sections} if sections else {},
        marks=marks,
        version=_version(entry, date),
        notices=[*told.notices(place), *date.notices(place)],
        **told.limits(),
    )


def _id(entry: Any) -> str:
    id = entry.get("id") or entry.get("link")
    if not id:
        raise SourceError("has no id or link; each entry needs one")
    return given_id(str(id))


def _date(entry: Any, language: str) -> Dated:
    return dated([entry.get("published"), entry.get("updated")], language)


def _version(entry: Any, date: Dated) -> str:
    return entry.get("updated") or date.raw


def _sections(entry: Any) -> list[str]:
    """Return the names of an entry's categories: the label of each, or else its term."""
    names = (
        plain_line(str(one.get("label") or one.get("term") or ""))
        for one in entry.get("tags", ())
        if not str(one.get("scheme") or "").endswith(_KIND_SCHEME)
    )
    return list(dict.fromkeys(filter(None, names)))[:MAX_SECTIONS]


def _validity(entry: Any) -> Publication:
    """Return when an entry begins and ends to be public, by Dublin Core or PRISM."""
    period = str(entry.get("validity") or "").split(";")
    halves = (one.partition("=") for one in period)
    said = {name.strip(): moment(time.strip()) for name, _, time in halves}
    end = said.get("end") or moment(_of_any_prefix(entry, "_expirationdate"))
    return Publication(embargo=said.get("start", ""), expires=end)


def _of_any_prefix(entry: Any, name: str) -> str:
    """Return an element by its name, whatever prefix the feed gives to its namespace."""
    found = (value for key, value in entry.items() if key.endswith(name) and isinstance(value, str))
    return next(found, "").strip()


def _author(entry: Any) -> str:
    """Return the names of the authors without their mail addresses."""
    written = str(entry.get("author") or "")
    if found := _NAME_OF_MAIL.fullmatch(written):
        return found["name"]
    names = [str(one.get("name") or "") for one in entry.get("authors", ())]
    return ", ".join(dict.fromkeys(filter(None, names))) or written


def _address(entry: Any, start: str) -> str:
    """Return the link of an entry; without one the parser gives the id."""
    link = str(entry.get("link") or "")
    if _IS_WEB.match(link):
        return link
    is_id = link == entry.get("id")
    return "" if is_id or _SCHEME.match(link) else urljoin(start, link)


def _text(entry: Any, title: str) -> tuple[str, tuple[Mark, ...]]:
    """Return the text of an entry, and the captions of its media that are not in it."""
    text, marks = _own_text(entry, title)
    captions = [*islice(_captions(entry), MAX_CAPTIONS)]
    if not captions:
        return text, marks
    if not text.strip():  # entries of videos have none
        return text_of_blocks([one for it in captions for one in blocks_of_field(it)], title)
    seen = _folded(text)
    missing = [it for it in dict.fromkeys(captions) if _folded(it) not in seen]
    blocks = [one for it in missing for one in _caption_blocks(it)]
    more, more_marks = text_of_blocks(blocks)
    at = len(text) + 2
    moved = ((start + at, end + at, role, why) for start, end, role, why in more_marks)
    return (f"{text}\n\n{more}", (*marks, *moved)) if more else (text, marks)


def _captions(entry: Any) -> Iterator[str]:
    """Yield the captions of an entry's pictures and videos."""
    for one in entry.get("media_credit", ()):
        words = str(one.get("content") or "").strip()
        if one.get("role") == _CAPTION and words:
            yield words


def _caption_blocks(caption: str) -> list[Block]:
    if len(caption) > MAX_CAPTION_CHARACTERS:
        return blocks_of_field(caption)
    return blocks_of_html(figure(plain_line(caption)))


def _folded(text: str) -> str:
    return "".join(plain_line(text).casefold().split())


def _own_text(entry: Any, title: str) -> tuple[str, tuple[Mark, ...]]:
    """Return the text of an entry: its content, or its summary if the content has no words.

    The summary also counts if the content is only a link, such as "Read more".
    """
    contents = [str(one.get("value", "")) for one in entry.get("content", ())]
    contents += [str(value) for name, value in entry.items() if _FULL_TEXT.fullmatch(name)]
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
