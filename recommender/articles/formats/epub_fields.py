"""Read the fields of a book from its package file, and recognise pages that are not chapters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recommender.text.date_fields import parse_date

_DC = "{http://purl.org/dc/elements/1.1/}"
_OPF = "{http://www.idpf.org/2007/opf}"
_AUTHOR_ROLES = {"", "aut"}
# These dates say when the file was made or changed, not when the book appeared.
_OF_FILES = {"modification", "creation", "conversion", "ops-publication", "epub-publication"}
# Short pages of these kinds only repeat the book's title, author and the like.
_OF_BOOK = {"cover", "titlepage", "halftitlepage", "title-page", "halftitle"}
MOST_OF_BOOK_CHARACTERS = 500
# Pages of these kinds only list where something stands.
_LISTS = {"toc", "index", "loi", "lot", "loa", "lov", "page-list", "landmarks"}


def first_field(package: Any, name: str) -> str:
    """Return the first field of a book with a name, empty if there is none."""
    return next((text for _, text in _fields(package, name)), "")


def authors_of(package: Any) -> str:
    """Return the authors of a book; the other contributors if nobody is called an author."""
    roles = {
        (one.get("refines") or "").removeprefix("#"): (one.text or "").strip()
        for one in package.iter("{*}meta")
        if one.get("property") == "role"
    }
    found = [
        (one.get(f"{_OPF}role") or roles.get(one.get("id") or "", ""), text)
        for one, text in _fields(package, "creator")
    ]
    names = [name for role, name in found if role in _AUTHOR_ROLES] or [name for _, name in found]
    return ", ".join(dict.fromkeys(names))


def date_of(package: Any) -> str:
    """Return the publication date of a book. The time at which its file was made does not count."""
    dates = [(one.get(f"{_OPF}event") or "", text) for one, text in _fields(package, "date")]
    published = [text for event, text in dates if "publication" in event and event not in _OF_FILES]
    plain = [text for event, text in dates if event not in _OF_FILES]
    return next(filter(None, map(parse_date, (*published, *plain))), "")


def guide_of(package: Any) -> Iterator[tuple[str, str]]:
    """Yield the kind of each page that the guide of a book names, and its address."""
    for one in package.iter("{*}reference"):
        yield (one.get("type") or "").lower(), one.get("href") or ""


def is_no_chapter(kinds: str, text: str) -> bool:
    """Return whether a page of these kinds only repeats facts of the book, or lists its places."""
    of_page = set(kinds.split())
    if of_page & _LISTS:
        return True
    return bool(of_page & _OF_BOOK) and len(text) <= MOST_OF_BOOK_CHARACTERS


def _fields(package: Any, name: str) -> Iterator[tuple[Any, str]]:
    for one in package.iter(f"{_DC}{name}"):
        if text := " ".join((one.text or "").split()):
            yield one, text
