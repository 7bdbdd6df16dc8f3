"""Make the article of a page that Medium exported: its fields stand in marks of microformats."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from recommender.articles.clean import plain_line, text_of_blocks
from recommender.articles.fields import dated
from recommender.articles.markup import blocks_of, drop_elements, tree_of_html
from recommender.errors import SourceError
from recommender.text.blocks import opening
from recommender.text.dates import date_in_name
from recommender.types import UNKNOWN_LANGUAGE, Article, Status

# How an export names a draft, and ends each page.
_DRAFT_NAME, _END = "draft_", 'Exported from <a href="https://medium.com">Medium</a>'
# What leads to another page, and the subtitle, which stands above the text as well.
_CARD, _SUBTITLE = "graf--mixtapeEmbed", "graf--subtitle"


def is_page(html: str) -> bool:
    """Tell whether a page is of an export of Medium."""
    return _END in html and "e-content" in html


def medium_article(id: str, name: str, html: str) -> Article:
    """Return the article of a page; `name` is its path. Raises `SourceError` for none."""
    tree = tree_of_html(html)
    content = _first(tree, "e-content")
    if content is None:
        raise SourceError("has no text")
    title, subtitle = _line(_first(tree, "p-name")), _line(_first(tree, "p-summary"))
    repeats = subtitle and _line(_first(content, _SUBTITLE)) == subtitle
    drop_elements(content, {_CARD, _SUBTITLE} if repeats else {_CARD})
    blocks = [block for block in blocks_of(content) if block[0].strip()]
    text, marks = text_of_blocks(blocks, title, subtitle)
    if not text:
        raise SourceError("has no text")
    time, link = _first(tree, "dt-published"), _first(tree, "p-canonical")
    date = dated([None if time is None else time.get("datetime")])
    tags = [tag for tag in map(_line, _all(tree, "p-tag")) if tag]
    is_draft = PurePosixPath(name).name.startswith(_DRAFT_NAME)
    return Article(
        id=id,
        title=title or opening(text),
        text=text,
        language=UNKNOWN_LANGUAGE,
        date=date.start[:10] or date_in_name(name),
        author=_line(_first(tree, "p-author")),
        url="" if link is None else link.get("href", ""),
        section=tags[0] if tags else "",
        path=name,
        metadata={"tags": tags} if tags else {},
        marks=marks,
        status=Status.DRAFT if is_draft else "",
        notices=date.notices(name),
    )


def _all(tree: Any, kind: str) -> Iterator[Any]:
    """Yield the elements of a class."""
    return (one for one in tree.iter() if kind in (one.get("class") or "").split())


def _first(tree: Any, kind: str) -> Any:
    return next(_all(tree, kind), None) if tree is not None else None


def _line(element: Any) -> str:
    return "" if element is None else plain_line("".join(element.itertext()))
