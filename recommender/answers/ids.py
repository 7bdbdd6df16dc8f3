"""Find the article or the passages that a name means, or say why it means none.

A name is an article's id or another of its names (`naming.py`). `#4` or `#7.2` after it names a
paragraph or a part of one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from recommender.answers.archive import Archive
from recommender.answers.naming import Unseen, find_article, find_id, shown, suggestions
from recommender.errors import ArticleNotFound, PassageNotFound
from recommender.store.article_ids import id_text
from recommender.store.names import is_address
from recommender.types import Article, Passage, Status, StoredArticle

_PASSAGE = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?", re.ASCII)


class Place(NamedTuple):
    """What a name means: an article by its position, or one paragraph of it.

    `number` is None for the whole article; `part` is 0 for a whole paragraph.
    """

    position: int
    number: int | None = None
    part: int = 0

    def id_in(self, article: Article) -> str:
        """Return the id of the article at its position, or of a passage."""
        if self.number is None:
            return article.id
        return f"{article.id}#{self.number}" + (f".{self.part}" if self.part else "")


def place_of(snapshot: Archive, name: str | int, unseen: Unseen = frozenset()) -> Place:
    """Return what a name means; articles that are `unseen` count as missing.

    Raises `NotFound` if there is no such article or paragraph, or if the public may not see it,
    `AmbiguousName` if it means several articles, and `QueryError` for what is no id (`id_text`).
    """
    name = id_text(name)
    place = _place_of(snapshot, name, unseen)
    _check_open(snapshot, name, place.position)
    return place


def position_of(snapshot: Archive, name: str | int) -> int:
    """Return the position of the article that a name means; raises the errors of `place_of`.

    The name of a paragraph means its article, which must have that paragraph.
    """
    name = id_text(name)
    place = place_of(snapshot, name)
    if place.number is not None:
        check_paragraph(name, snapshot.stored(place.position), place.number)
    return place.position


def rows_of(snapshot: Archive, name: str | int) -> tuple[Place, list[int]]:
    """Return what a name means, and its rows.

    Raises the errors of `place_of`, and `NotFound` if there is no such passage or it was not
    encoded.
    """
    name = id_text(name)
    place = place_of(snapshot, name)
    rows = snapshot.rows(place.position)
    if place.number is not None:
        named = _rows_numbered(snapshot, rows, place.number, place.part)
        return place, named or _joined_rows(snapshot, name, place)
    if not rows:
        raise PassageNotFound(f"{shown(name)}: this article has no text to compare; {see(name)}")
    return place, list(rows)


def _place_of(snapshot: Archive, name: str, unseen: Unseen) -> Place:
    """Return what a name means; the name of an article may itself end like a paragraph's."""
    whole, mark, last = name.rpartition("#")
    for find in (find_id, find_article):
        if (position := find(snapshot, name, unseen)) is not None:
            return Place(position)
        if mark and (position := find(snapshot, whole, unseen)) is not None:
            return Place(position, *_number(name, last))
    raise ArticleNotFound(_why_no_article(snapshot, name))


def _number(name: str, last: str) -> tuple[int | None, int]:
    """Return the (number, part) after #, part 0 if there is none.

    An address may have a fragment after #, which is not a number.
    """
    found = _PASSAGE.fullmatch(last)
    if found is None and is_address(name):
        return None, 0
    if found is None:
        raise PassageNotFound(
            f"{shown(name)}: after # stands a paragraph's number, as in #4 or #7.2"
        )
    return int(found[1]), int(found[2] or 0)


def _why_no_article(snapshot: Archive, name: str) -> str:
    if not name.strip():
        return "the name of the article is empty; give its id, address, path or title"
    if not name.rpartition("#")[0].strip() and name.startswith("#"):
        return f"{shown(name)}: names no article; write its id before the #, as in ID{shown(name)}"
    nearest = suggestions(snapshot, name)
    similar = f"; similar: {nearest}" if nearest else ""
    return (
        f"{shown(name)}: no article in {snapshot.place} has this id, address, path or title"
        f"{similar}; try: recommender list WORDS"
    )


def _rows_numbered(snapshot: Archive, rows: range, number: int, part: int) -> list[int]:
    """Return the rows of an article that have a number and, unless it is 0, a part."""
    numbers, parts = snapshot.columns.numbers_of(rows)
    named = (numbers == number) & ((parts == part) | (part == 0))
    return [rows[at] for at in np.flatnonzero(named).tolist()]


def _joined_rows(snapshot: Archive, name: str, place: Place) -> list[int]:
    """Return the rows of the passages that a short paragraph was joined with."""
    position, number, part = place
    stored = snapshot.stored(position)
    assert number is not None
    check_paragraph(name, stored, number)
    passages = [(row, snapshot.passage(row, stored.article)) for row in snapshot.rows(position)]
    rows = [row for row, passage in passages if not part and _is_joined(passage, number, stored)]
    if not rows:
        raise PassageNotFound(_why_no_passage(name, place, stored, [one for _, one in passages]))
    return rows


def _check_open(snapshot: Archive, name: str, position: int) -> None:
    """Raise `NotFound` for an article that the public may not see now."""
    if position not in snapshot.withheld():
        return
    article = snapshot.article(position)
    until = f" until {article.embargo}" if article.status_now is Status.SCHEDULED else ""
    raise ArticleNotFound(
        f"{shown(name)}: is not published{until} ({article.status_now}); to ask with it, give its "
        "file with --file, or build with --include-unpublished"
    )


def check_paragraph(name: str, stored: StoredArticle, number: int) -> None:
    """Raise `NotFound` if an article has no paragraph of the number that a name has."""
    if not any(paragraph.number == number for paragraph in stored.paragraphs):
        raise PassageNotFound(
            f"{shown(name)}: the article has no paragraph {number}; {see(stored.article.id)}"
        )


def _is_joined(passage: Passage, number: int, stored: StoredArticle) -> bool:
    """Return whether a passage with the number of an earlier paragraph also holds a short one."""
    return any(
        paragraph.number == number and passage.start < paragraph.end <= passage.end
        for paragraph in stored.paragraphs
        if paragraph.number and passage.number
    )


def _why_no_passage(
    name: str, place: Place, stored: StoredArticle, passages: Sequence[Passage]
) -> str:
    _, number, part = place
    own = [passage for passage in passages if passage.number == number]
    there = ", ".join(dict.fromkeys(_mark(passage) for passage in own or passages)) or "none"
    if part and (own or any(_is_joined(passage, number or 0, stored) for passage in passages)):
        whose = "its" if own else "the"
        return f"{shown(name)}: paragraph {number} has no part {part}; {whose} passages are {there}"
    for paragraph in stored.paragraphs:
        if paragraph.number == number:
            return (
                f"{shown(name)}: is a {paragraph.role} and is not encoded; the passages are {there}"
            )
    return f"{shown(name)}: the article has no such passage; its passages are {there}"


def _mark(passage: Passage) -> str:
    """Return how the name of a passage ends."""
    return f"#{passage.number}" + (f".{passage.part}" if passage.part else "")


def see(name: str) -> str:
    """Return the advice to look at the article."""
    return f"see: recommender show {name}"
