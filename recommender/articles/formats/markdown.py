"""Read one article from Markdown or MDX; its front matter gives the fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from recommender.articles import field_names
from recommender.articles.clean import marked_blocks
from recommender.articles.files import SourceFile
from recommender.articles.formats.markdown_blocks import markdown_blocks
from recommender.articles.front_matter import (
    FrontMatter,
    read_exported,
    read_front_matter,
    read_notion,
)
from recommender.articles.markup import Block
from recommender.articles.rich_kinds import kind_of
from recommender.articles.rich_text import document_blocks
from recommender.articles.shortcodes import without_generator_marks, without_mdx_marks
from recommender.articles.spans import Span, dropped
from recommender.articles.written import read_written, written_article
from recommender.settings import Settings
from recommender.types import Article, Found, Notice

# MDX imports components above its text. Docusaurus reads Markdown files as MDX.
_IMPORT = re.compile(
    r"\A\s*(?:import [^\n]{1,300};?\n\s*){0,20}?import \w+ from ['\"][^'\"\n]{1,200}['\"];?[ \t]*$",
    re.M,
)
# Notion names the file of an exported page by its title and its id.
_NOTION_NAME = re.compile(r" [0-9a-f]{32}\.md\b")
# To Markdown, indented lines are code. A text may be indented as a whole, or be indented HTML.
_INDENTED = re.compile(r"(?:\A|\n[ \t]*\n)(?: {4}|\t)[ \t]*\S")
_INDENT = re.compile(r"\s*?^((?: {4}|\t)[ \t]*)(?=\S)", re.M)
_IS_HTML = re.compile(
    r"\s*<(?:p|div|h[1-6]|ul|ol|article|section|blockquote|figure|table|main|header|span|a|img|b|em"
    r"|strong)[\s>]",
    re.I,
)
_MARKS = re.compile(r"^(?:#{1,6}[ \t]|[-*+][ \t]|\d{1,4}\.[ \t]|```|~~~|>[ \t])|\]\(", re.M)
_CODE = Span(
    re.compile("<(?P<mark>pre|code|script|style)[\\s>]"),
    {name: re.compile(f"</{name}>") for name in ("pre", "code", "script", "style")},
    most=100_000,
)
# Front matter may hold the text of a file in one of these fields.
_TEXT_FIELDS = ("content", "body", "text", *field_names.TEXTS)
# In the name of a file, a day may stand before the title, and a language after it.
_BEFORE_TITLE = re.compile(r"\d{4}-?\d{2}-?\d{2}[ _-]+")
_LANGUAGE = re.compile(r"\.[a-z]{2}(?:[-_][A-Za-z]{2})?\Z")
_LINK = re.compile(r"\[\[[^\[\]\n]{1,300}\]\]")
_NO_TITLES = {"index", "_index", "readme"}


def read_file(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield the file's article, or the refusal of it."""
    return read_written(file, _article)


def _article(file: SourceFile, source: str) -> Article | Notice:
    front = read_notion(source) if _NOTION_NAME.search(file.name) else None
    front = front or read_front_matter(source)
    is_mdx = ".mdx" in file.suffix or _IMPORT.search(front.body) is not None
    if is_mdx and not front.fields:
        front = read_exported(source) or front
    body = without_mdx_marks(front.body) if is_mdx else front.body
    blocks = _blocks(body, is_mdx) or _blocks_in_head(front)
    is_titled = bool(blocks) and blocks[0][2].startswith("<h1>")
    if not is_titled and not front.fields.get("title") and (title := _title_in_name(file, body)):
        front = replace(front, fields={**front.fields, "title": title})
    return written_article(file, front, blocks)


def _blocks(body: str, is_mdx: bool) -> list[Block]:
    """Return the blocks of a text. It may be indented as a whole, or be indented HTML.

    Markdown would take such lines for code.
    """
    if _INDENTED.search(body):
        if _IS_HTML.match(body) and not _MARKS.search(_CODE.replaced(body, dropped)):
            return marked_blocks(without_generator_marks(body))
        if indent := _INDENT.match(body):
            body = re.sub(rf"^[ \t]{{1,{len(indent[1])}}}", "", body, flags=re.M)
    return markdown_blocks(body, is_mdx=is_mdx)


def _blocks_in_head(front: FrontMatter) -> list[Block]:
    """Return the blocks of the text that stands in the front matter, where Statamic writes it."""
    for name, value in front.fields.items():
        if _are_blocks(value) and (blocks := document_blocks(value)):
            return blocks
        if isinstance(value, str) and name in _TEXT_FIELDS and value.strip():
            return markdown_blocks(value)
    return []


def _are_blocks(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) and kind_of(one) for one in value)


def _title_in_name(file: SourceFile, body: str) -> str:
    """Return the title in the name of a file, which Obsidian shows; empty if there is none.

    A name in words is a title. So is any name of a note that links to other notes.
    """
    name = _BEFORE_TITLE.sub("", _LANGUAGE.sub("", file.id.rpartition("/")[2])).strip()
    is_in_words = not name.isascii() or " " in name
    is_title = is_in_words or (_LINK.search(body) is not None and name.lower() not in _NO_TITLES)
    return name if is_title and any(map(str.isalpha, name)) else ""
