"""Read one article from Markdown or MDX; its front matter gives the fields."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recommender.articles.files import SourceFile
from recommender.articles.formats.markdown_blocks import markdown_blocks
from recommender.articles.front_matter import read_exported, read_front_matter, read_notion
from recommender.articles.shortcodes import without_mdx_marks
from recommender.articles.written import read_written, written_article
from recommender.settings import Settings
from recommender.types import Article, Found, Notice

# How an export of Notion names a page: its title, then its id.
_NOTION_NAME = re.compile(r" [0-9a-f]{32}\.md\b")


def read_file(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield the file's article, or the refusal of it."""
    return read_written(file, _article)


def _article(file: SourceFile, source: str) -> Article | Notice:
    front = read_notion(source) if _NOTION_NAME.search(file.name) else None
    front = front or read_front_matter(source)
    is_mdx = ".mdx" in file.suffix
    if is_mdx and not front.fields:
        front = read_exported(source) or front
    body = without_mdx_marks(front.body) if is_mdx else front.body
    return written_article(file, front, markdown_blocks(body, is_mdx=is_mdx))
