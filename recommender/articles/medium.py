"""Make the article of a page that Medium exported: its fields are marked by microformats."""

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
from recommender.types import UNKNOWN_LANGUAGE, Article, Notice, NoticeKind, Status

# How an export names a draft, ends each page, and links to an unpublished page.
_DRAFT_NAME, _END = "draft_", 'Exported from <a href="https://medium.com">Medium</a>'
_ORIGINAL = "View original"
# What a page about an account holds besides its name.
_ACCOUNT = "Medium user ID:"
# Links to other pages, and the subtitle, which is also above the text.
_CARD, _SUBTITLE = "graf--mixtapeEmbed", "graf--subtitle"


def is_page(html: str) -> bool:
    """Return whether a page is of an export of Medium."""
    return _END in html or (_ACCOUNT in html and "h-card" in html)


def read_page(id: str, name: str, html: str) -> Article | Notice:
    """Return the article of a page, or the notice of a response or a page about an account.

    `name` is the path of the page. Raises `SourceError` for a post without text.
    """
    tree = tree_of_html(html)
    content = _first(tree, "e-content")
    if content is None:
        return Notice(name, NoticeKind.UNPUBLISHED, "account")
    if _is_response(tree, content):
        return Notice(name, NoticeKind.UNPUBLISHED, "comment")
    return _article(id, name, tree)


def _is_response(tree: Any, content: Any) -> bool:
    """Return whether a page answers another: its only title is the beginning of its text."""
    title, text = _line(_first(tree, "p-name")), _line(content)
    has_other = any(_first(tree, kind) is not None for kind in ("p-summary", "graf--title"))
    blocks = [block for block in blocks_of(content) if block[0].strip()]
    opens = bool(title) and text.startswith(title.rstrip("… "))
    return opens and not has_other and len(blocks) == 1


def _article(id: str, name: str, tree: Any) -> Article:
    content = _first(tree, "e-content")
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
    is_unpublished = time is None and _ORIGINAL in _line(_first_of(tree, "footer"))
    is_draft = PurePosixPath(name).name.startswith(_DRAFT_NAME) or is_unpublished
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


def _first_of(tree: Any, tag: str) -> Any:
    return next(tree.iter(tag), None)


def _line(element: Any) -> str:
    return "" if element is None else plain_line("".join(element.itertext()))
