"""Find the article or the passages that an id names, or say why it names nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from recommender.errors import ArticleNotFound, PassageNotFound
from recommender.store.snapshot import Snapshot
from recommender.types import Passage, Status, StoredArticle

_PASSAGE = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?", re.ASCII)


def position_of(snapshot: Snapshot, id: str) -> int:
    """Return the position of the article that an article's or a paragraph's id names.

    Raises `NotFound` if there is no such article, if it has no such paragraph, or if the public may
    not see it.
    """
    position = snapshot.find(id)
    if position is None:
        position = _position_of_paragraph(snapshot, id)
        _check_paragraph(id, snapshot.stored(position))
    _check_open(snapshot, id, position)
    return position


def rows_of(snapshot: Snapshot, id: str) -> tuple[int, list[int]]:
    """Return the position of the article that an id names, and the rows.

    Raises `NotFound` if there is no such article or passage, or if it was not encoded.
    """
    position = snapshot.find(id)
    if position is not None:
        _check_open(snapshot, id, position)
        rows = list(snapshot.rows(position))
        if not rows:
            raise PassageNotFound(f"{id}: this article has no text to compare; {see(id)}")
        return position, rows
    position = _position_of_paragraph(snapshot, id)
    _check_open(snapshot, id, position)
    number, part = passage_number(id)
    rows = _rows_numbered(snapshot, snapshot.rows(position), number, part)
    return position, rows or _joined_rows(snapshot, id, position)


def _rows_numbered(snapshot: Snapshot, rows: range, number: int, part: int) -> list[int]:
    """Return the rows of an article that have a number and, unless it is 0, a part."""
    numbers, parts = snapshot.columns.numbers_of(rows)
    named = (numbers == number) & ((parts == part) | (part == 0))
    return [rows[at] for at in np.flatnonzero(named).tolist()]


def _joined_rows(snapshot: Snapshot, id: str, position: int) -> list[int]:
    """Return the rows of the passages that a short paragraph was joined with."""
    stored = snapshot.stored(position)
    _check_paragraph(id, stored)
    number, part = passage_number(id)
    passages = [(row, snapshot.passage(row, stored.article)) for row in snapshot.rows(position)]
    rows = [row for row, passage in passages if not part and _is_joined(passage, number, stored)]
    if not rows:
        raise PassageNotFound(_why_no_passage(id, number, stored, [one for _, one in passages]))
    return rows


def _position_of_paragraph(snapshot: Snapshot, id: str) -> int:
    """Return the position of the article that a paragraph's id names."""
    position = snapshot.find(id.rpartition("#")[0]) if "#" in id else None
    if position is None:
        raise ArticleNotFound(
            f"{_named(id)}: no article in {snapshot.folder} has this id; try: search"
        )
    return position


def _check_open(snapshot: Snapshot, id: str, position: int) -> None:
    """Raise `NotFound` for an article that the public may not see now."""
    if position not in snapshot.columns.withheld:
        return
    article = snapshot.article(position)
    until = f" until {article.embargo}" if article.status_now is Status.SCHEDULED else ""
    raise ArticleNotFound(
        f"{_named(id)}: is not published{until} ({article.status_now}); to ask with it, give its "
        "file with --file, or build with --include-unpublished"
    )


def _check_paragraph(id: str, stored: StoredArticle) -> None:
    """Raise `NotFound` if an article has no paragraph of the number that an id names."""
    number, _ = passage_number(id)
    if not any(paragraph.number == number for paragraph in stored.paragraphs):
        raise PassageNotFound(
            f"{_named(id)}: the article has no paragraph {number}; {see(stored.article.id)}"
        )


def _is_joined(passage: Passage, number: int, stored: StoredArticle) -> bool:
    """Return whether a passage with the number of an earlier paragraph holds a short one too."""
    return any(
        paragraph.number == number and passage.start < paragraph.end <= passage.end
        for paragraph in stored.paragraphs
        if paragraph.number and passage.number
    )


def _why_no_passage(
    id: str, number: int, stored: StoredArticle, passages: Sequence[Passage]
) -> str:
    there = ", ".join(dict.fromkeys(f"#{passage.number}" for passage in passages)) or "none"
    for paragraph in stored.paragraphs:
        if paragraph.number == number:
            return (
                f"{_named(id)}: is a {paragraph.role} and is not encoded; the passages are {there}"
            )
    return f"{_named(id)}: the article has no such passage; its passages are {there}"


def passage_number(id: str) -> tuple[int, int]:
    """Return (number, part) of a passage id, part 0 if it names none.

    Raises `NotFound` for an id that does not end in a number.
    """
    found = _PASSAGE.fullmatch(id.rpartition("#")[2])
    if found is None:
        raise PassageNotFound(
            f"{_named(id)}: after # stands a paragraph's number, as in #4 or #7.2"
        )
    return int(found[1]), int(found[2] or 0)


def _named(id: str) -> str:
    """Return an id for a message of one line, whatever it holds."""
    shown = " ".join(id.split())
    return shown if len(shown) <= 200 else f"{shown[:200]}…"


def see(id: str) -> str:
    """Return the advice to look at an article."""
    return f"see: recommender show {id}"
