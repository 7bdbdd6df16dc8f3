"""Read the table of an export of Substack, which has the title, date and status of its posts."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from recommender.articles.clean import plain_line, text_of_blocks
from recommender.articles.columns import columns_of
from recommender.articles.fields import dated
from recommender.articles.files import SourceFile, encoding_by_mark
from recommender.articles.left_out import emptied
from recommender.articles.markup import blocks_of, drop_elements, tree_of_html
from recommender.articles.publication import publication
from recommender.errors import SourceError
from recommender.safe_open import Depth, open_stream
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.types import UNKNOWN_LANGUAGE, Article, Notice

# The table lies beside the folder of the pages, which are named by the ids of their posts.
TABLE, FOLDER = "posts.csv", "posts"
MAX_TABLE_BYTES = 16 * 1024 * 1024
MAX_HEADER_BYTES = 16_384
# Texts that ask a reader to subscribe or to share.
_UNSHOWN = {"subscription-widget-wrap", "subscription-widget", "button-wrapper"}
_COLUMNS = {"post_id", "post_date", "is_published", "title"}


class Post(NamedTuple):
    """The facts of a post in the table."""

    title: str
    subtitle: str
    date: str
    is_published: str


def is_table(file: SourceFile, names: Sequence[str], settings: Settings) -> bool:
    """Return whether a table only describes the pages in the folder beside it.

    A table with a column of texts has articles of its own.
    """
    is_one = file.path.name == TABLE and _COLUMNS.issubset(names)
    has_text = is_one and "text" in columns_of(names, settings.fields).of_field
    return is_one and not has_text and (file.path.parent / FOLDER).is_dir()


def post_of(file: SourceFile) -> Post | None:
    """Return the post whose page a file holds, None for another page.

    Raises `SourceError` if the table of the posts cannot be read: the page may be a draft.
    """
    if file.path.parent.name != FOLDER:
        return None
    table = file.path.parent.parent / TABLE
    try:
        facts = table.stat()
    except OSError:
        return None
    posts, problem = _posts(table, facts.st_mtime_ns, facts.st_size)
    if problem:
        why = f"may be a draft: {TABLE}, which says so, cannot be read ({problem})"
        raise SourceError(f"{why}; export it again")
    return posts.get(PurePosixPath(file.name).name.removesuffix(file.suffix))


def post_article(post: Post, file: SourceFile, html: str) -> Article | Notice:
    """Return the article of a post, from its page and the table.

    A draft without text is a notice. Raises `SourceError` for another one without text.
    """
    tree = tree_of_html(html)
    if tree is not None:
        drop_elements(tree, _UNSHOWN)
    title = plain_line(post.title)
    blocks = blocks_of(tree) if tree is not None else []
    text, marks = text_of_blocks(blocks, title, post.subtitle)
    date = dated([post.date])
    told = publication({"published": post.is_published}).starting(date.start)
    if not blocks or not text:
        return emptied(file, told.status, "has no text")
    return Article(
        id=file.id,
        title=title or opening(text),
        text=text,
        language=UNKNOWN_LANGUAGE,
        date=date.start[:10],
        path=file.name,
        marks=marks,
        notices=date.notices(file.name),
        **told.limits(),
    )


@lru_cache(maxsize=8)
def _posts(table: Path, changed: int, size: int) -> tuple[Mapping[str, Post], str]:
    """Return the posts of a table by their ids, and why it cannot be read.

    Both are empty if it is not such a table.
    """
    try:
        with open_stream(table, Depth.INDEX) as stream:
            data = stream.read(MAX_TABLE_BYTES + 1)
    except OSError as error:
        return {}, error.strerror or str(error)
    encoding = encoding_by_mark(data) or "utf-8"
    names, delimiter = _header(data[:MAX_HEADER_BYTES].decode(encoding, "replace"))
    if not _COLUMNS.issubset(names):
        return {}, ""
    if len(data) > MAX_TABLE_BYTES:
        return {}, f"has over {MAX_TABLE_BYTES:,} bytes"
    try:
        csv.field_size_limit(MAX_TABLE_BYTES)
        lines = io.StringIO(data.decode(encoding), newline="")
        rows = csv.DictReader(lines, names, delimiter=delimiter)
        told = {row["post_id"].strip(): _post(row) for row in rows if row["post_id"]}
    except (ValueError, csv.Error) as error:
        return {}, str(error)
    return told, ""


def _post(row: Mapping[str, str | None]) -> Post:
    names = ("title", "subtitle", "post_date", "is_published")
    return Post(*(row.get(one) or "" for one in names))


def _header(text: str) -> tuple[list[str], str]:
    """Return the columns of a table and their separator, also as spreadsheets write it."""
    line = text.partition("\n")[0].rstrip("\r")
    delimiter = max(",;\t", key=line.count)
    try:
        names = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        names = []
    return [name.strip() for name in names], delimiter
