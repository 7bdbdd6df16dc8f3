"""Read one article from reStructuredText, with the fields at its start or in front matter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recommender.articles.files import SourceFile
from recommender.articles.formats.rst_blocks import parsed_rst
from recommender.articles.front_matter import FrontMatter, read_front_matter
from recommender.articles.markup import blocks_of_html
from recommender.articles.status_words import plain_name
from recommender.articles.written import not_included, read_written, written_article
from recommender.settings import Settings
from recommender.types import Article, Found, Notice

# The directive of a post in ABlog. A post without a date is a draft.
_POST = re.compile(r"^\.\. post::[ \t]*(?P<date>.*?)[ \t]*$", re.M)


def read_file(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield the file's article, or the refusal of it."""
    return read_written(file, _article)


def _article(file: SourceFile, source: str) -> Article | Notice:
    front = read_front_matter(source, lines=False)
    found = parsed_rst(front.body)
    fields = {plain_name(name): value for name, value in found.fields.items()}
    if post := _POST.search(source):
        fields = {"date": post["date"], **fields} if post["date"] else {"draft": "yes", **fields}
    merged = FrontMatter({**fields, **front.fields}, "", front.problem)
    blocks = blocks_of_html(found.html)
    return written_article(file, merged, blocks, not_included(file, found.included))
