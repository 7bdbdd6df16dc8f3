"""Know the posts of an export of Substack by the table beside their pages: title, date, status."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from html import escape
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from recommender.articles.fields import dated
from recommender.articles.files import SourceFile
from recommender.articles.publication import publication
from recommender.safe_open import Depth, read_bytes
from recommender.types import Article

# The table lies beside the folder of the pages, which are named by the ids of their posts.
TABLE, FOLDER = "posts.csv", "posts"
MAX_TABLE_BYTES = 16 * 1024 * 1024
_COLUMNS = {"post_id", "post_date", "is_published", "title"}


class Post(NamedTuple):
    """What the table says of a post."""

    title: str
    subtitle: str
    date: str
    is_published: str


def is_table(file: SourceFile, names: Sequence[str]) -> bool:
    """Tell whether a table only says what is known of the pages in the folder beside it."""
    is_one = file.path.name == TABLE and _COLUMNS.issubset(names) and "text" not in names
    return is_one and (file.path.parent / FOLDER).is_dir()


def post_of(file: SourceFile) -> Post | None:
    """Return the post whose page a file holds, None for another page."""
    if file.path.parent.name != FOLDER:
        return None
    table = file.path.parent.parent / TABLE
    try:
        facts = table.stat()
    except OSError:
        return None
    posts = _posts(table, facts.st_mtime_ns, facts.st_size)
    return posts.get(PurePosixPath(file.name).name.removesuffix(file.suffix))


def page_of(post: Post, html: str) -> str:
    """Return the page of a post with its title and subtitle, which stand in the table only."""
    subtitle = f"<p>{escape(post.subtitle)}</p>" if post.subtitle else ""
    title = escape(post.title)
    head = f"<head><meta charset='utf-8'><title>{title}</title></head>"
    return f"<html>{head}<body><article><h1>{title}</h1>{subtitle}{html}</article></body></html>"


def with_post(article: Article, post: Post) -> Article:
    """Return the article of the page of a post with what the table says."""
    date = dated([post.date])
    told = publication({"published": post.is_published}).starting(date.start)
    limits = told.limits()
    return replace(article, title=post.title or article.title, date=date.start[:10], **limits)


@lru_cache(maxsize=8)
def _posts(table: Path, changed: int, size: int) -> Mapping[str, Post]:
    """Return the posts of a table by their ids; none of what is no such table."""
    if size > MAX_TABLE_BYTES:
        return {}
    try:
        text = read_bytes(table, Depth.INDEX, MAX_TABLE_BYTES).decode("utf-8-sig")
        rows = csv.DictReader(io.StringIO(text, newline=""))
        if not _COLUMNS.issubset(rows.fieldnames or ()):
            return {}
        names = ("title", "subtitle", "post_date", "is_published")
        return {row["post_id"]: Post(*(row.get(one) or "" for one in names)) for row in rows}
    except (OSError, ValueError, csv.Error):
        return {}
