"""Read one article from an Org file; its keywords give the fields."""

from __future__ import annotations

from collections.abc import Iterator

from recommender.articles.files import SourceFile
from recommender.articles.formats.org_blocks import OrgBlocks
from recommender.articles.front_matter import FrontMatter, read_front_matter
from recommender.articles.markup import blocks_of_html
from recommender.articles.status_words import plain_name
from recommender.articles.written import not_included, read_written, written_article
from recommender.settings import Settings
from recommender.types import Article, Refusal


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield the file's article, or the refusal of it."""
    return read_written(file, _article)


def _article(file: SourceFile, source: str) -> Article:
    front = read_front_matter(source, lines=False)
    walk = OrgBlocks()
    html = walk.html(front.body.splitlines())
    # Exporters for sites write their fields with a prefix: HUGO_DRAFT.
    named = {plain_name(name): value for name, value in walk.keywords.items()}
    plain = {name.removeprefix("hugo"): value for name, value in named.items()} | named
    merged = FrontMatter({**plain, **front.fields}, "", front.problem)
    return written_article(file, merged, blocks_of_html(html), not_included(file, walk.included))
