"""Reads the chapters of a book (.epub), each as an article."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from recommender.articles.files import SourceFile, need
from recommender.articles.formats.html import decoded
from recommender.articles.markup import blocks_of_html, joined_text
from recommender.articles.zip_files import damage, opened_zip, part_bytes
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.text.dates import parse_date
from recommender.types import UNKNOWN_LANGUAGE, Article, Refusal, Role

CONTAINER = "META-INF/container.xml"
MAX_CHAPTERS = 2_000


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield each chapter that has text, or the refusal of the book or the chapter."""
    try:
        with opened_zip(file) as archive:
            package, folder = _package(archive)
            is_empty = True
            for number, name in enumerate(_chapters(package, folder), 1):
                try:
                    article = _article(file, package, number, part_bytes(archive, name))
                except SourceError as error:
                    yield Refusal(f"{file.name}:{number}", str(error))
                    is_empty = False
                    continue
                if article:
                    yield article
                    is_empty = False
            if is_empty:
                raise SourceError("has no text in any chapter")
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _package(archive: zipfile.ZipFile) -> tuple[Any, str]:
    """Return the book's description and the folder that its names are relative to."""
    container = _parsed(part_bytes(archive, CONTAINER))
    paths = [one.get("full-path") for one in container.iter("{*}rootfile")]
    if not paths or not paths[0]:
        raise SourceError("is no EPUB: its container names no book")
    return _parsed(part_bytes(archive, paths[0])), posixpath.dirname(paths[0])


def _parsed(data: bytes) -> Any:
    etree = need("lxml.etree", "epub")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise SourceError(damage(error)) from error


def _chapters(package: Any, folder: str) -> list[str]:
    names = {one.get("id"): one.get("href", "") for one in package.iter("{*}item")}
    spine = [names.get(one.get("idref"), "") for one in package.iter("{*}itemref")]
    paths = [posixpath.normpath(posixpath.join(folder, unquote(name))) for name in spine if name]
    return paths[:MAX_CHAPTERS]


def _article(file: SourceFile, package: Any, number: int, data: bytes) -> Article | None:
    blocks = blocks_of_html(decoded(data).partition("?>")[2] or decoded(data))
    text, marks = joined_text(blocks)
    if not text:
        return None
    heads = [one for one, role, _ in blocks[:3] if role == Role.SUBHEAD]
    return Article(
        id=f"{file.id}/{number}",
        title=heads[0] if heads else opening(text),
        text=text,
        language=_first(package, "language") or UNKNOWN_LANGUAGE,
        date=parse_date(_first(package, "date")),
        author=_first(package, "creator"),
        source=_first(package, "title"),
        path=file.name,
        marks=marks,
    )


def _first(package: Any, name: str) -> str:
    found = next(package.iter(f"{{http://purl.org/dc/elements/1.1/}}{name}"), None)
    return (found.text or "").strip() if found is not None else ""
