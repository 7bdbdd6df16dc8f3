"""Make the article of an item of a news agency, whatever its format."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from recommender.articles.clean import cleaned_text, plain_line, text_of_blocks
from recommender.articles.fields import dated
from recommender.articles.files import MAX_ID_CHARACTERS, plain_id
from recommender.articles.markup import Block
from recommender.articles.publication import Publication, embargo
from recommender.errors import SourceError
from recommender.text.blocks import opening
from recommender.text.bylines import names_of_byline
from recommender.text.date_fields import moment
from recommender.text.last_moments import last_moment
from recommender.types import UNKNOWN_LANGUAGE, Article, Mark, Notice, NoticeKind, Status

# The words by which agencies say that the public may not see a text yet.
_STATUS = {
    "usable": "",
    "withheld": Status.PRIVATE,
    "embargoed": Status.SCHEDULED,
    "canceled": Status.TRASHED,
    "cancelled": Status.TRASHED,
}
# The beginning of a code: the alias of a scheme, or its address.
_PREFIX = re.compile(r".*[:/]")
# Classes of content without text.
TEXT_KINDS = ("", "text", "composite", "story", "article")


class AgencyItem(NamedTuple):
    """The facts of an item about its article, and the blocks of its text.

    `plain` is its text if it has no blocks. `embargo` is None for none, and empty if it does not
    say when it ends.
    """

    id: str
    title: str
    blocks: Iterable[Block]
    standfirst: str = ""
    plain: str = ""
    language: str = ""
    dates: tuple[str, ...] = ()
    author: str = ""
    url: str = ""
    source: str = ""
    section: str = ""
    tags: tuple[str, ...] = ()
    status: str = ""
    embargo: str | None = None
    expires: str = ""
    version: str = ""


def agency_article(item: AgencyItem, place: str) -> Article | Notice:
    """Return the article of an item, or the notice of one that only withdraws an article.

    Raises `SourceError` for an item without text or id.
    """
    title = plain_line(item.title)
    text, marks = _text(item, title)
    if not text and item.id.strip() and item.status not in ("", Status.SCHEDULED):
        gone, version = plain_id(item.id), item.version or dated(item.dates, item.language).raw
        return Notice(place, NoticeKind.UNPUBLISHED, item.status, "", gone, version)
    if not text:
        raise SourceError("has no text")
    if not item.id.strip():
        raise SourceError("has no id")
    if len(item.id) > MAX_ID_CHARACTERS:
        raise SourceError(f"has an id of over {MAX_ID_CHARACTERS} characters")
    date = dated(item.dates, item.language)
    told = _limits(item).starting(date.start)
    return Article(
        id=plain_id(item.id),
        title=title or opening(text),
        text=text,
        language=item.language or UNKNOWN_LANGUAGE,
        date=date.start[:10],
        author=names_of_byline(plain_line(item.author)),
        source=plain_line(item.source),
        url=item.url,
        section=plain_line(item.section),
        path=place,
        metadata={"tags": list(item.tags)} if item.tags else {},
        marks=marks,
        version=item.version or date.raw,
        notices=[*told.notices(place), *date.notices(place)],
        **told.limits(),
    )


def _text(item: AgencyItem, title: str) -> tuple[str, tuple[Mark, ...]]:
    text, marks = text_of_blocks(item.blocks, title, item.standfirst)
    return (text, marks) if text or not item.plain else cleaned_text(item.plain, title)


def _limits(item: AgencyItem) -> Publication:
    """Return the limits of an item's publication; an embargo without a time has no end."""
    told = Publication(item.status, expires=moment(item.expires))
    if item.embargo is None:
        return told
    return told.joined(embargo(last_moment(item.embargo), item.embargo))


def agency_status(word: str) -> str:
    """Return the status that an agency gives; an unknown one means that the text is not usable."""
    plain = _PREFIX.sub("", word.strip()).lower()
    return str(_STATUS.get(plain, Status.PENDING)) if plain else ""
