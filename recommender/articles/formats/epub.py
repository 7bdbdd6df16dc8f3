"""Read the chapters of a book (.epub), each as an article."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import unquote

from recommender.articles.documents import caseless
from recommender.articles.elements import name_of
from recommender.articles.files import SourceFile
from recommender.articles.formats.epub_fields import (
    authors_of,
    date_of,
    first_field,
    guide_of,
    is_no_chapter,
)
from recommender.articles.formats.epub_parts import TITLE_BLOCKS, Anchor, Part, parts_of
from recommender.articles.formats.html import decoded
from recommender.articles.formats.xhtml import tree_of_xhtml
from recommender.articles.markup import Placed, joined_text, with_reasons
from recommender.articles.zip_files import damage, opened_zip, part_bytes
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.types import UNKNOWN_LANGUAGE, Article, Refusal, Role

CONTAINER, ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
_PARTS_OF_BOOKS = ("frontmatter", "bodymatter", "backmatter")
FIXED_PROPERTY, FIXED = "rendition:layout", "pre-paginated"
# Programs divide a long chapter into files with such names.
_SPLIT = re.compile(r"(?P<chapter>.+?)_split_\d{1,4}\.")
MAX_CHAPTERS = 2_000
MAX_TITLE_CHARACTERS = 200
PAGES = ("application/xhtml+xml", "text/html")
# A heading without a title: 12, IV, Chapter 2, Hoofdstuk twee, 第三章.
_COUNT = re.compile(
    r"\W*(?:\w+\W+)?(?:\d+|[ivxlc]+|one|two|three|four|five|six|seven|eight|nine|ten|een|twee|drie"
    r"|vier|vijf|zes|zeven|acht|negen|tien|eins?|zwei|drei|un|deux|trois|uno|dos|tres|due|tre)\W*"
    r"|第\w{1,4}[章回話节節]",
    re.I,
)


@dataclass(frozen=True)
class Book:
    """A book's fields, the files of its chapters in order, and the titles in its table of contents.

    `kinds` are the kinds of files that the book states, such as cover and index. `locked` are the
    files that only the program of a shop can read.
    """

    title: str
    language: str
    author: str
    date: str
    chapters: Sequence[str]
    contents: dict[str, list[Anchor]]
    kinds: dict[str, str]
    has_fixed_pages: bool
    locked: frozenset[str]


class Page(NamedTuple):
    """A file of a book: the title in its head, the kind that it states, and its chapters."""

    head: str
    kind: str
    parts: Sequence[Part]


@dataclass
class Chapter:
    """A chapter: the number of its first file, its likely title, and its blocks.

    A second chapter in the seventh file has the number `7.1`.
    """

    number: str
    named: Sequence[str]
    placed: list[Placed]


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield each chapter that has text, or the refusal of the book or the chapter."""
    try:
        with opened_zip(file) as archive:
            book = _book(archive)
            titles = Counter(_titles(archive, book))
            is_empty = True
            for found in _chapters(archive, book, titles):
                is_empty = False
                if isinstance(found, Chapter):
                    yield _article(file, book, found)
                else:
                    number, why = found
                    yield Refusal(f"{file.name}:{number}", why)
            if is_empty:
                raise SourceError("has no text in any chapter")
            if len(book.chapters) > MAX_CHAPTERS:
                why = (
                    f"has {len(book.chapters):,} chapters; only the first {MAX_CHAPTERS:,} are read"
                )
                yield Refusal(file.name, why)
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _book(archive: zipfile.ZipFile) -> Book:
    names = {name.casefold(): name for name in archive.namelist()}
    place = _place(archive)
    package, folder = _parsed(part_bytes(archive, place)), posixpath.dirname(place)
    items = {one.get("id"): one for one in package.iter("{*}item")}
    spine = [items.get(one.get("idref")) for one in package.iter("{*}itemref")]
    listed = [one for one in spine if one is not None]
    if not listed:  # the order of the files is the only one
        listed = [one for one in items.values() if one.get("media-type") in PAGES]
    chapters = [_path(folder, one.get("href", "")) for one in listed]
    kinds = (one.text for one in package.iter("{*}meta") if one.get("property") == FIXED_PROPERTY)
    return Book(
        title=first_field(package, "title"),
        language=first_field(package, "language"),
        author=authors_of(package),
        date=date_of(package),
        chapters=[names.get(name.casefold(), name) for name in chapters if name],
        contents=_contents(archive, folder, list(items.values())),
        kinds=_kinds(archive, folder, package, list(items.values())),
        has_fixed_pages=any((kind or "").strip() == FIXED for kind in kinds),
        locked=_locked(archive),
    )


def _place(archive: zipfile.ZipFile) -> str:
    """Return the path of a book's package file: its container names it, or its suffix shows it."""
    names = archive.namelist()
    if CONTAINER in names:
        container = _parsed(part_bytes(archive, CONTAINER))
        paths = [one.get("full-path") for one in container.iter("{*}rootfile")]
        if paths and paths[0]:
            return str(paths[0])
    found = next((name for name in names if name.lower().endswith(".opf")), "")
    if not found:
        raise SourceError("is not an EPUB: its container names no book")
    return found


def _locked(archive: zipfile.ZipFile) -> frozenset[str]:
    """Return the encrypted files. Encrypted fonts do not matter for the text."""
    if ENCRYPTION not in archive.namelist():
        return frozenset()
    tree = _parsed(part_bytes(archive, ENCRYPTION))
    return frozenset(_path("", one.get("URI", "")) for one in tree.iter("{*}CipherReference"))


def _parsed(data: bytes) -> Any:
    """Return the root of an XML file, as far as it can be read. Entities are not read."""
    from lxml import etree

    try:
        return etree.fromstring(data, _parser(mends=False))
    except etree.XMLSyntaxError as error:
        mended = None
        if b"<!ENTITY" not in data:
            with suppress(etree.XMLSyntaxError):
                mended = etree.fromstring(data.strip(), _parser(mends=True))
        if mended is None:
            raise SourceError(damage(error)) from error
        return mended


def _parser(*, mends: bool) -> Any:
    """Return a parser of XML that reads no entities and no other files."""
    from lxml import etree

    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=mends)


def _path(folder: str, name: str) -> str:
    name = unquote(name).partition("#")[0]
    return posixpath.normpath(posixpath.join(folder, name)) if name else ""


def _contents(
    archive: zipfile.ZipFile, folder: str, items: Sequence[Any]
) -> dict[str, list[Anchor]]:
    """Return the titles that the book's table of contents gives for each file, in its order.

    The first entry of a file names it. Of the others, those of the highest level count.
    """
    found: dict[str, list[Anchor]] = {}
    for item in items:
        is_nav = "nav" in (item.get("properties") or "").split()
        if not is_nav and item.get("media-type") != "application/x-dtbncx+xml":
            continue
        name = _path(folder, item.get("href", ""))
        try:
            tree = _parsed(part_bytes(archive, name))
        except SourceError:  # a book can be read without it
            continue
        for target, title, is_upper in _entries(tree):
            path, id = _path(posixpath.dirname(name), target), target.partition("#")[2]
            named = found.setdefault(path, [])
            if not named or (is_upper and id and id not in {one.id for one in named}):
                named.append(Anchor(id, " ".join(title.split())[:MAX_TITLE_CHARACTERS]))
    return found


def _kinds(
    archive: zipfile.ZipFile, folder: str, package: Any, items: Sequence[Any]
) -> dict[str, str]:
    """Return the kinds of files, as the guide of a book or its landmarks state them."""
    found = {_path(folder, target): kind for kind, target in guide_of(package)}
    for item in items:
        if "nav" not in (item.get("properties") or "").split():
            continue
        name = _path(folder, item.get("href", ""))
        with suppress(SourceError):
            tree = _parsed(part_bytes(archive, name))
            for link in tree.iter("{*}a"):
                kind = next((value for key, value in link.items() if key.endswith("type")), "")
                found.setdefault(_path(posixpath.dirname(name), link.get("href", "")), kind)
    return found


def _entries(tree: Any) -> Iterator[tuple[str, str, bool]]:
    """Yield the target and title of each entry, and whether it is at the top level."""
    for point in tree.iter("{*}navPoint"):
        content, label = point.find("{*}content"), point.find("{*}navLabel")
        if content is not None and label is not None:
            is_upper = name_of(point.getparent()) != "navpoint"
            yield content.get("src", ""), "".join(label.itertext()), is_upper
    for nav in tree.iter("{*}nav"):
        if any(value == "toc" for name, value in nav.items() if name.endswith("type")):
            for link in nav.iter("{*}a"):
                lists = sum(1 for _ in link.iterancestors("{*}ol"))
                yield link.get("href", ""), "".join(link.itertext()), lists < 2


def _titles(archive: zipfile.ZipFile, book: Book) -> Iterator[str]:
    """Yield the `<title>` in the head of each file."""
    for name in book.chapters[:MAX_CHAPTERS]:
        try:
            head = part_bytes(archive, name)[:20_000].decode("utf-8", "replace")
        except SourceError:
            continue
        found = re.search(r"<title[^>]*>([^<]{0,1000})</title>", head, re.I)
        yield " ".join(found[1].split()) if found else ""


def _chapters(
    archive: zipfile.ZipFile, book: Book, titles: Counter[str]
) -> Iterator[Chapter | tuple[int, str]]:
    """Yield each chapter that has text, and the number and reason of each refused file."""
    chapter: Chapter | None = None
    for number, page in _pages(archive, book):
        if isinstance(page, str):
            yield number, page
            continue
        head = _own_title(page.head, book, titles)
        for at, (title, placed) in enumerate(page.parts):
            is_rest = not at and _is_rest(book, number, page, head)
            if chapter is not None and is_rest:
                chapter.placed += placed
                continue
            if chapter is not None:
                yield chapter
            named = [one for one in (title, "" if at else head) if one]
            chapter = Chapter(f"{number}.{at}" if at else str(number), named, list(placed))
    if chapter is not None:
        yield chapter


def _pages(archive: zipfile.ZipFile, book: Book) -> Iterator[tuple[int, Page | str]]:
    """Yield the number of each file with its text, or with the reason why it is refused.

    Files without text, and those that only repeat facts of the book, are left out.
    """
    for number, name in enumerate(book.chapters[:MAX_CHAPTERS], 1):
        try:
            if name in book.locked:
                raise SourceError("is encrypted; only the program of its shop can read it")
            page = _page(part_bytes(archive, name), book.contents.get(name, ()))
        except SourceError as error:
            yield number, str(error)
            continue
        written = "".join(one.text for part in page.parts for one in part.placed)
        kinds = f"{page.kind} {book.kinds.get(name, '')}"
        if written and not is_no_chapter(kinds, written):
            yield number, page


def _own_title(head: str, book: Book, titles: Counter[str]) -> str:
    """Return the title in a file's head, empty if other files or the book have the same title."""
    is_own = titles[head] == 1 and caseless(head) != caseless(book.title)
    return head if is_own else ""


def _page(data: bytes, anchors: Sequence[Anchor]) -> Page:
    tree = tree_of_xhtml(decoded(data).text)
    if tree is None:
        return Page("", "", ())
    head = " ".join("".join(tree.findtext(".//{*}head/{*}title") or "").split())
    kinds = (
        value
        for one in islice(tree.iter("{*}body", "{*}section", "{*}div"), 2)
        for name, value in one.items()
        if name.endswith("type") and value not in _PARTS_OF_BOOKS
    )
    return Page(head, next(kinds, ""), parts_of(tree, anchors))


def _is_rest(book: Book, number: int, page: Page, head: str) -> bool:
    """Return whether a file begins with the rest of the chapter before."""
    first, *others = page.parts
    if others and not first.title:
        return not any(one.role == Role.SUBHEAD for one in first.placed[:TITLE_BLOCKS])
    return not head and number > 1 and _goes_on(book, number, first, page.kind)


def _goes_on(book: Book, number: int, part: Part, kind: str) -> bool:
    """Return whether a file without a title of its own continues the chapter before.

    Programs divide long chapters. The table of contents lists only the first file of each.
    """
    before, name = book.chapters[number - 2 : number]
    if name in book.contents or kind:
        return False
    if any(one.role == Role.SUBHEAD for one in part.placed[:TITLE_BLOCKS]):
        return False
    one, other = _SPLIT.match(before), _SPLIT.match(name)
    if one and other and one["chapter"] == other["chapter"]:
        return True
    is_listed = any(one in book.contents for one in book.chapters[: number - 1])
    return is_listed or book.has_fixed_pages


def _article(file: SourceFile, book: Book, chapter: Chapter) -> Article:
    placed = chapter.placed
    title, place = _title(placed, chapter.named)
    for above in range(place):  # the number of a chapter above its title
        placed[above] = placed[above]._replace(role=str(Role.SUBHEAD), tag="title")
    if place >= 0:
        placed[place] = placed[place]._replace(role=str(Role.TITLE), tag="title")
    text, marks = joined_text(with_reasons(placed))
    return Article(
        id=f"{file.id}/{chapter.number}",
        title=title or opening(text),
        text=text,
        language=book.language or UNKNOWN_LANGUAGE,
        date=book.date,
        author=book.author,
        source=book.title,
        path=file.name,
        marks=marks,
    )


def _title(placed: Sequence[Placed], named: Sequence[str]) -> tuple[str, int]:
    """Return a chapter's title and the number of its block; -1 if the title is not in the text.

    The highest heading is the title. If there is no heading, or only a number, the title is that of
    the book's table of contents or of the page's head.
    """
    opens = placed[:TITLE_BLOCKS]
    headings = [
        (one.tag, number)
        for number, one in enumerate(opens)
        if one.role == Role.SUBHEAD and not _COUNT.fullmatch(one.text)
    ]
    if headings:
        _, number = min(headings)
        return opens[number].text, number
    for name in named:
        for number, one in enumerate(opens):
            if caseless(one.text) == caseless(name):
                return one.text, number
    if named and not _COUNT.fullmatch(named[0]):
        return named[0], -1
    counts = [number for number, one in enumerate(opens) if one.role == Role.SUBHEAD]
    if counts:
        return opens[counts[0]].text, counts[0]
    return (named[0], -1) if named else ("", -1)
