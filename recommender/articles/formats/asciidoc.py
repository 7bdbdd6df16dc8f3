"""Read one article from AsciiDoc; its header gives the fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from recommender.articles.files import SourceFile
from recommender.articles.formats.asciidoc_blocks import AsciiDocBlocks
from recommender.articles.front_matter import FrontMatter, read_front_matter
from recommender.articles.markup import blocks_of_html
from recommender.articles.status_words import plain_name, status_of
from recommender.articles.written import not_included, read_written, written_article
from recommender.settings import Settings
from recommender.types import Article, Found, Notice

MAX_HEADER_LINES = 200
_TITLE = re.compile(r"[=#][ \t]+(?P<title>\S.*)")
_ATTRIBUTE = re.compile(r":(?P<off>!)?(?P<name>[\w-]+)!?:[ \t]*(?P<value>.*)")
# A line of authors: names, which mail addresses may follow, with semicolons between them.
_AUTHOR = re.compile(r"[^\W\d][\w.'-]*(?: [\w.'-]+){0,3}(?: *<[^<>]{1,200}>)?")
_REVISION = re.compile(
    r"(?:v?[\w.-]+, *)?(?P<date>\d{4}-\d{2}-\d{2}|\d{1,2} \w+ \d{4})(?:: (?P<remark>.*))?"
)
# Jekyll and JBake put these before the names of fields.
_PREFIX = re.compile(r"^(?:page|jbake)(?=.)")
_ADDRESS = re.compile(r" *<[^<>]*>")


def read_file(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield the file's article, or the refusal of it."""
    return read_written(file, _article)


def _article(file: SourceFile, source: str) -> Article | Notice:
    front = read_front_matter(source, lines=False)
    fields, attributes, lines = _header(front.body.splitlines())
    walk = AsciiDocBlocks(attributes)
    html = walk.html(lines)
    merged = FrontMatter({**fields, **front.fields}, "", front.problem)
    return written_article(file, merged, blocks_of_html(html), not_included(file, walk.included))


def _header(lines: list[str]) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Return the fields and the attributes of a document's header, and the lines below it."""
    fields: dict[str, str] = {}
    attributes: dict[str, str] = {}
    at = 0
    while at < min(len(lines), MAX_HEADER_LINES):
        line = lines[at].rstrip()
        if attribute := _ATTRIBUTE.fullmatch(line):
            if not attribute["off"]:
                attributes[attribute["name"].lower()] = attribute["value"].strip()
        elif title := _TITLE.fullmatch(line):
            if "title" in fields:
                break
            fields["title"] = title["title"]
            at += _persons(lines[at + 1 : at + 3], fields)
        elif (line and not line.startswith("//")) or (not line and "title" in fields):
            break
        at += 1
    return {**_fields_of(attributes), **fields}, attributes, lines[at:]


def _fields_of(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that the attributes of a header give, by their plain names."""
    named = {plain_name(name): value or "true" for name, value in attributes.items()}
    named = {name: value for name, value in named.items() if value != "true" or "draft" in name}
    named = {_PREFIX.sub("", name): value for name, value in named.items()} | named
    if status_of(remark := named.get("revremark", "")) is not None:
        named["status"] = remark
    if revised := named.pop("revdate", ""):
        named["date"] = revised
    return named


def _persons(lines: list[str], fields: dict[str, str]) -> int:
    """Add the author and the date below a title; return how many lines they take."""
    if not lines or not all(_AUTHOR.fullmatch(one.strip()) for one in lines[0].split(";")):
        return 0
    fields["author"] = ", ".join(_ADDRESS.sub("", one).strip() for one in lines[0].split(";"))
    revision = _REVISION.fullmatch(lines[1].strip()) if len(lines) > 1 else None
    if revision is None:
        return 1
    fields["date"] = revision["date"]
    if status_of(revision["remark"]) is not None:
        fields["status"] = revision["remark"]
    return 2
