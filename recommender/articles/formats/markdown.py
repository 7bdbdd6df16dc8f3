"""Read one article from Markdown; its front matter gives the fields."""

from __future__ import annotations

from collections.abc import Iterator

from recommender.articles.files import SourceFile, decode
from recommender.articles.formats.markdown_blocks import markdown_blocks
from recommender.articles.front_matter import read_front_matter
from recommender.articles.markup import joined_text
from recommender.articles.packed import unpacked_bytes
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.text.dates import date_in_name
from recommender.types import UNKNOWN_LANGUAGE, Article, Refusal, Role

MAX_MARKDOWN_CHARACTERS = 2 * 1024 * 1024


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield the file's article, or the refusal of it."""
    try:
        yield _article(file, decode(unpacked_bytes(file)))
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _article(file: SourceFile, source: str) -> Article:
    if len(source) > MAX_MARKDOWN_CHARACTERS:
        raise SourceError(f"has over {MAX_MARKDOWN_CHARACTERS:,} characters; split it")
    front = read_front_matter(source)
    fields = front.article_fields(file.name, date_in_name(file.name))
    blocks = markdown_blocks(front.body)
    title = fields.pop("title")
    if blocks and blocks[0][1] == Role.SUBHEAD and (not title or blocks[0][0] == title):
        title = blocks[0][0]
        blocks[0] = (title, str(Role.TITLE), "opens the text")
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
