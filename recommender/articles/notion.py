"""Read the properties of a page that Notion exported as HTML: a table above its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

from recommender.articles.front_matter import FrontMatter
from recommender.articles.status_words import plain_name
from recommender.types import Article

MAX_ROWS = 200
_TABLE, _END = '<table class="properties">', "</table>"
_ROW = re.compile(r"<tr\b[^<>]{0,300}><th\b[^<>]{0,300}>", re.I)
# The checkbox of a property, which has no words.
_BOX = re.compile(r"<div\b[^<>]{0,300}\bcheckbox-(on|off)\b[^<>]{0,300}>", re.I)
_TAG = re.compile(r"<[^<>]{0,2000}>")


def text_of(html: str) -> str:
    """Return a page without its table of properties, if it has one."""
    before, _, after = _parted(html)
    return before + after


def with_properties(article: Article, html: str) -> Article:
    """Return the article of a page with the fields of its table of properties, if it has one."""
    _, table, _ = _parted(html)
    if not table:
        return article
    told = FrontMatter(dict(_rows(table))).article_fields(article.path)
    told = {name: value for name, value in told.items() if value}
    notices = [*article.notices, *told.pop("notices", ())]
    return replace(article, **told, notices=notices)


def _parted(html: str) -> tuple[str, str, str]:
    """Return the page before the table of properties, the table, and the page after it."""
    start = html.find(_TABLE)
    end = html.find(_END, start)
    if start < 0 or end < 0 or 'class="page ' not in html[:start]:
        return html, "", ""
    end += len(_END)
    return html[:start], html[start:end], html[end:]


def _rows(table: str) -> Iterator[tuple[str, str]]:
    for row in _ROW.split(table)[1 : MAX_ROWS + 1]:
        name, _, value = row.partition("</th>")
        yield plain_name(_words(name)), _words(_BOX.sub(_word_of_box, value)).removeprefix("@")


def _word_of_box(box: re.Match[str]) -> str:
    return " yes " if box[1].lower() == "on" else " no "


def _words(html: str) -> str:
    return " ".join(unescape(_TAG.sub(" ", html)).split())
