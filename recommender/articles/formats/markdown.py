"""Read one article from Markdown; its front matter gives the fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt

from recommender.articles.files import SourceFile, decode, read_bytes
from recommender.articles.front_matter import read_front_matter
from recommender.articles.markup import Block, joined_text
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.text.dates import date_in_name
from recommender.types import UNKNOWN_LANGUAGE, Article, Refusal, Role

MAX_MARKDOWN_CHARACTERS = 2 * 1024 * 1024
# The parser leaves out what is nested more deeply; a list in a list takes two levels.
MAX_NESTING = 40


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield the file's article, or the refusal of it."""
    try:
        yield _article(file, decode(read_bytes(file)))
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _article(file: SourceFile, source: str) -> Article:
    if len(source) > MAX_MARKDOWN_CHARACTERS:
        raise SourceError(f"has over {MAX_MARKDOWN_CHARACTERS:,} characters; split it")
    front = read_front_matter(source)
    fields = front.article_fields(file.name, date_in_name(file.name))
    blocks = _blocks(front.body)
    title = fields.pop("title")
    if blocks and blocks[0][2] == "heading" and (not title or blocks[0][0] == title):
        title = blocks[0][0]
        blocks[0] = (title, str(Role.TITLE), "first heading")
    text, marks = joined_text(blocks)
    if not text:
        raise SourceError("is empty")
    language = fields.pop("language") or UNKNOWN_LANGUAGE
    return Article(
        id=file.id,
        title=title or opening(text),
        text=text,
        language=language,
        path=file.name,
        marks=marks,
        **fields,
    )


def _blocks(source: str) -> list[Block]:
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable("table")
    tokens = parser.parse(source)
    if any(token.level >= MAX_NESTING - 1 for token in tokens):
        raise SourceError("is nested too deeply")
    blocks: list[Block] = []
    open_tags: list[str] = []
    for token in tokens:
        if token.nesting == 1:
            open_tags.append(token.type.removesuffix("_open"))
            if token.type == "table_open":
                blocks.append(("", str(Role.TABLE), "table"))
            elif token.type == "tr_open" and blocks[-1][0]:
                blocks[-1] = (blocks[-1][0] + "\n", *blocks[-1][1:])
        elif token.nesting == -1:
            open_tags.pop()
        elif token.type == "inline":
            _add(blocks, open_tags, _plain(token))
        elif token.type in ("fence", "code_block"):
            blocks.append((token.content, "", ""))
    return blocks


def _add(blocks: list[Block], open_tags: list[str], text: str) -> None:
    """Add a piece of text, to the list or table it is in where one is open."""
    if "table" in open_tags:
        before, role, reason = blocks[-1]
        between = "" if not before or before.endswith("\n") else " | "
        blocks[-1] = (before + between + text, role, reason)
    elif "list_item" in open_tags:
        if blocks and blocks[-1][2] == "list":
            blocks[-1] = (f"{blocks[-1][0]}\n- {text}", str(Role.LIST), "list")
        else:
            blocks.append((f"- {text}", str(Role.LIST), "list"))
    elif "heading" in open_tags:
        blocks.append((text, str(Role.SUBHEAD), "heading"))
    elif "blockquote" in open_tags:
        blocks.append((text, str(Role.QUOTE), "block quote"))
    else:
        blocks.append((text, "", ""))


def _plain(token: Any) -> str:
    """Return the words of an inline token, without emphasis, link targets and pictures."""
    words = {"text": None, "code_inline": None, "softbreak": " ", "hardbreak": "\n"}
    return "".join(
        words[child.type] or child.content for child in token.children or () if child.type in words
    )
