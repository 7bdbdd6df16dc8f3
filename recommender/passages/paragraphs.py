"""Cut an article into paragraphs, the blocks between blank lines, and give each its role."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

import regex

from recommender.text.blocks import blocks, opening
from recommender.text.dates import leading_date
from recommender.text.roles import (
    CACHED_BLOCKS,
    MAX_STANDFIRST_CHARACTERS,
    Place,
    RoleReason,
    by_rule,
    by_shape,
    is_byline,
    is_headline,
    is_subhead,
)
from recommender.types import Article, Paragraph, Role

MAX_HEAD_BLOCKS = 6
MAX_BYLINE_EXTRA = 40
MAX_NAME_CHARACTERS = 80

# Anna Kovaleva; Anna Kovaleva, "The Northern Herald"; Anna Kovaleva, in Syktyvkar
_NAME = (
    r"\p{Lu}[\p{L}.'’-]+"
    r"(?:\s(?:(?:van|von|der|den|de|del|della|di|da|dos|du|la|le|al|el|bin)\s){0,2}"
    r"\p{Lu}[\p{L}.'’-]*){1,3}"
)
_NAME_ALONE = regex.compile(_NAME)
_NAME_AND_PLACE = regex.compile(
    _NAME + r",\s(?:[«„“\"]\p{Lu}[^«»„“”\"]{1,40}[»”“\"]"
    r"|(?:à|in|te|aus|en|from|w|we|в|у)\s\p{Lu}[\p{L}.'’-]+(?:[\s-]\p{L}[\p{L}.'’-]*){0,3})"
)

# A rule that finds one of these roles in a block overrides the mark that a reader put on it.
_STRONGER_THAN_MARKS = (Role.BOILERPLATE, Role.CREDIT)
# A block that a source marks as one of these is not a byline or date line of its article.
_NO_HEADS = (Role.QUOTE, Role.CAPTION, Role.TABLE, Role.NOTE)


class _Head(NamedTuple):
    """The first blocks of an article: whether they open with the title, and how many they are.

    `dated` blocks may open with a date line. A picture may stand between the head and the text,
    which may open with one as well.
    """

    has_title: bool
    blocks: int
    dated: int


def cut(article: Article) -> tuple[Paragraph, ...]:
    """Return the article's paragraphs in the order of the source, each with its role."""
    spans = blocks(article.text)
    texts = [article.text[start:end] for start, end in spans]
    marks = {start: (Role(role), reason) for start, _, role, reason in article.marks}
    given = [marks.get(start) for start, _ in spans]
    is_apart = [mark is not None and mark[0] in _NO_HEADS for mark in given]
    head = _head_of(article, texts, given, is_apart)
    paragraphs: list[Paragraph] = []
    if article.title and not _is_in_text(article, texts):
        paragraphs.append(Paragraph(0, Role.TITLE, article.title, 0, 0, "title field"))
    for number, ((start, end), block) in enumerate(zip(spans, texts, strict=True), 1):
        is_title = number == 1 and head.has_title
        can_be_dated = number <= head.dated and not (is_title or is_apart[number - 1])
        if can_be_dated and (date_end := _date_end(block)):
            paragraphs.append(_dateline(number, start, block[:date_end].rstrip()))
            block = block[date_end:].lstrip()
            start = end - len(block)
        if block:
            place = Place(number, len(spans), after_body=number > head.blocks)
            after = texts[number] if number < len(texts) else ""
            role, reason = (
                (Role.TITLE, "first line, short, stands alone")
                if is_title
                else _role(article, block, after, place, marks.get(start))
            )
            paragraphs.append(Paragraph(number, role, block, start, end, reason))
    return tuple(paragraphs)


def _dateline(number: int, start: int, text: str) -> Paragraph:
    return Paragraph(
        number, Role.DATELINE, text, start, start + len(text), "opens with a date line"
    )


def _head_of(
    article: Article,
    texts: list[str],
    given: Sequence[RoleReason | None],
    is_apart: list[bool],
) -> _Head:
    """Return the head of an article; `given` are the roles that its source gives to its blocks."""
    is_signature = (mark is not None and mark[0] is Role.BOILERPLATE for mark in reversed(given))
    last = len(texts) - sum(takewhile(bool, is_signature))
    has_title = _has_title(article, texts)
    head = _head(article, texts, is_apart, has_title, last)
    return _Head(has_title, head, head + 1 + sum(takewhile(bool, is_apart[head:])))


def _role(
    article: Article, block: str, after: str, place: Place, mark: RoleReason | None
) -> RoleReason:
    if mark and mark[0] is Role.BOILERPLATE:
        return mark
    ruled = by_rule(block, place)
    if ruled and (mark is None or ruled[0] in _STRONGER_THAN_MARKS):
        return ruled
    if mark:
        return mark
    if not place.after_body:
        if _is_author(article, block):
            return Role.BYLINE, "is the author's name"
        if _is_name(block, after):
            return Role.BYLINE, "is a name alone"
        return Role.STANDFIRST, "stands between the title and the byline or date line"
    if shaped := by_shape(block):
        return shaped
    if is_subhead(block, after):
        return Role.SUBHEAD, "short line above a paragraph, no sentence"
    return Role.BODY, "running text"


def _head(
    article: Article, texts: list[str], is_apart: list[bool], opens_with_title: bool, last: int
) -> int:
    """Return the number of blocks before the running text: up to the last byline or date.

    Blocks that close the text, from `last` on, are not its head but its signature. A block that is
    set apart does not count either: a quote may close with a name and a day.
    """
    title = head = int(opens_with_title)
    for number, block in enumerate(texts[:MAX_HEAD_BLOCKS], 1):
        if len(block) > MAX_STANDFIRST_CHARACTERS or number >= max(last, title + 2):
            break
        if is_apart[number - 1]:
            continue
        after = texts[number] if number < len(texts) else ""
        is_signed = is_byline(block, Place(number, len(texts), after_body=False))
        is_named = _is_author(article, block) or (number > title and _is_name(block, after))
        if is_signed or is_named or _date_end(block) == len(block):
            head = number
    return head


def _date_end(block: str) -> int:
    """Return the end of the date line that a block opens with, or 0."""
    if len(block) <= MAX_STANDFIRST_CHARACTERS:
        return _short_date_end(block)
    return leading_date(block)[1]


@lru_cache(maxsize=CACHED_BLOCKS)
def _short_date_end(block: str) -> int:
    return leading_date(block)[1]


def _is_author(article: Article, block: str) -> bool:
    author = article.author.casefold().strip()
    return (
        bool(author) and author in block.casefold() and len(block) <= len(author) + MAX_BYLINE_EXTRA
    )


def _is_name(block: str, after: str) -> bool:
    """Return whether a block is only a name with a paper or a place, or one above a date line."""
    if len(block) > MAX_NAME_CHARACTERS or block.endswith(".") or not block[:1].isupper():
        return False
    if _NAME_AND_PLACE.fullmatch(block):
        return True
    return _NAME_ALONE.fullmatch(block) is not None and _date_end(after) > 0


def _has_title(article: Article, texts: list[str]) -> bool:
    """Return whether the first block is a headline, not a short text used as its own title."""
    return len(texts) > 1 and _same(texts[0], article.title) and is_headline(texts[0])


def _is_in_text(article: Article, texts: list[str]) -> bool:
    """Return whether the title is a block of the text, or was made from the first words."""
    first = texts[0] if texts else ""
    if _same(first, article.title):
        return True
    titles = (
        article.text[start:end] for start, end, role, _ in article.marks if role == Role.TITLE
    )
    if any(_same(title, article.title) for title in titles):
        return True
    return any(_opens_with(text[_date_end(text) :], article.title) for text in texts[:2])


def _opens_with(text: str, title: str) -> bool:
    """Return whether a title was made from the first words of a text."""
    return text.lstrip()[:1] == title[:1] and title == opening(text)


def _same(block: str, title: str) -> bool:
    """Return whether two texts are the same but for case and white space."""
    if block.lstrip()[:1].casefold()[:1] != title.lstrip()[:1].casefold()[:1]:
        return False  # most of them, and faster
    return " ".join(block.split()).casefold() == " ".join(title.split()).casefold()
