"""Read the text files of Kirby, one for each page: fields with lines of four hyphens between.

    Title: The weir holds
    ----
    Text: The weir held. (image: weir.jpg caption: The sill)

A field may be Markdown with tags in brackets, or blocks as JSON.
"""

from __future__ import annotations

import re
from html import escape

from recommender.articles.columns import lacking_columns
from recommender.articles.files import SourceFile
from recommender.articles.formats.markdown_blocks import markdown_blocks
from recommender.articles.front_matter import FrontMatter
from recommender.articles.markup import Block
from recommender.articles.rich_text import EMPTY_DOCUMENTS, document_blocks, is_document
from recommender.articles.shortcodes import figure
from recommender.articles.status_words import plain_name
from recommender.articles.written import written_article
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Article, Notice, NoticeKind

_NAME = r"[A-Za-z][\w-]{0,60}"
_RULE = re.compile(r"^----[ \t]*$", re.M)
_FIELD = re.compile(rf"\s*(?P<name>{_NAME}):(?P<value>.*)", re.S)
# Kirby describes a picture `weir.jpg` in `weir.jpg.txt`, which does not have a page's name.
_PAGE_NAME = re.compile(r"[^/.]+(?:\.[a-z]{2}(?:[-_][A-Za-z]{2})?)?\.txt")
_TAG = re.compile(
    r"\((?P<kind>image|link|email|file|video|audio|gist|twitter|tel|date):"
    r"(?P<inside>[^()\n]{0,2000}(?:\([^()\n]{0,500}\)[^()\n]{0,500}){0,20})\)"
)
_ATTRIBUTE = re.compile(
    r"(?:^|\s)(?P<name>text|caption|alt|title|link|class|imgclass|linkclass|width|height|target|rel"
    r"|popup|lang|poster|controls|autoplay|loop|muted|preload|figureclass|file|download|role):\s*"
)
_SHOWN_ADDRESSES = ("link", "email", "tel")
_KNOWN = {"title", "uuid", "template"}


def is_page(text: str) -> bool:
    """Return whether a text is a page of Kirby: only fields, one of which every page has."""
    if "\n----" not in text or not _RULE.search(text):
        return False
    parts = [_FIELD.match(one) for one in _RULE.split(text) if one.strip()]
    names = {plain_name(one["name"]) for one in parts if one}
    return all(parts) and not _KNOWN.isdisjoint(names)


def read_page(file: SourceFile, text: str, settings: Settings) -> Article | Notice:
    """Return the article of a page, or a notice if the text describes a picture or the like.

    Raises `SourceError` for a page without a text.
    """
    if not _PAGE_NAME.fullmatch(file.name.rpartition("/")[2]):
        return Notice(file.name, NoticeKind.UNPUBLISHED, "attachment")
    fields = _fields(text)
    wanted = settings.fields.get("text", "text").split("+")
    names = [name for one in wanted if (name := plain_name(one)) in fields]
    if not names:
        raise SourceError(lacking_columns(["text"], list(fields)))
    blocks = [block for name in names for block in _blocks(fields[name])]
    told = {name: value for name, value in fields.items() if name not in names}
    return written_article(file, FrontMatter(told), blocks)


def _fields(text: str) -> dict[str, str]:
    found = (_FIELD.fullmatch(one) for one in _RULE.split(text))
    values = ((plain_name(one["name"]), one["value"].strip()) for one in found if one)
    return {name: "" if _is_empty(value) else value for name, value in values}


def _is_empty(value: str) -> bool:
    """Return whether a value holds no words: it is empty, or only names files and users."""
    return (
        value in EMPTY_DOCUMENTS
        or re.fullmatch(r"-\s['\"]?(?:file|user|page)://\S+", value) is not None
    )


def _blocks(value: str) -> list[Block]:
    if is_document(value):
        return document_blocks(value)
    return markdown_blocks(_TAG.sub(_shown, value.replace("\\----", "----")))


def _shown(found: re.Match[str]) -> str:
    """Return what a tag shows: its caption or its words, or a link's address if it has no words."""
    first, *others = _ATTRIBUTE.split(found["inside"])
    told = dict(zip(others[::2], (one.strip() for one in others[1::2]), strict=False))
    if caption := told.get("caption"):
        return figure(caption)
    words = told.get("text", first.strip() if found["kind"] in _SHOWN_ADDRESSES else "")
    return escape(words)
