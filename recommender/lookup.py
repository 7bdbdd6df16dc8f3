"""Finds what an id names in a snapshot, or says why it names nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recommender.errors import NotFound
from recommender.snapshot import Snapshot
from recommender.types import Passage, StoredArticle

_PASSAGE = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?", re.ASCII)


def position_of(snapshot: Snapshot, id: str) -> int:
    """Return the position of the article that an article's or a paragraph's id names.

    Raises `NotFound` where there is no such article, or it has no such paragraph.
    """
    position = snapshot.find(id)
    return _of_paragraph(snapshot, id)[0] if position is None else position


def rows_of(snapshot: Snapshot, id: str) -> tuple[int, list[int]]:
    """Return the article and the rows that an id names."""
    position = snapshot.find(id)
    if position is None:
        position, stored = _of_paragraph(snapshot, id)
    else:
        stored = snapshot.stored(position)
    rows = list(snapshot.rows(position))
    if stored.article.id != id:
        number, part = passage_number(id)
        passages = [(row, snapshot.passage(row, stored.article)) for row in rows]
        rows = [
            row
            for row, passage in passages
            if passage.number == number and part in (0, passage.part)
        ] or [row for row, passage in passages if not part and _is_joined(passage, number, stored)]
        if not rows:
            raise NotFound(_why_no_passage(id, number, stored, [one for _, one in passages]))
    elif not rows:
        raise NotFound(f"{id}: this article has no text to compare; {see(stored)}")
    return position, rows


def _of_paragraph(snapshot: Snapshot, id: str) -> tuple[int, StoredArticle]:
    """Return the article that a paragraph's id names, read once."""
    position = snapshot.find(id.rpartition("#")[0]) if "#" in id else None
    if position is None:
        raise NotFound(f"{_named(id)}: no article in {snapshot.folder} has this id; try: search")
    number, _ = passage_number(id)
    stored = snapshot.stored(position)
    if not any(paragraph.number == number for paragraph in stored.paragraphs):
        raise NotFound(f"{_named(id)}: the article has no paragraph {number}; {see(stored)}")
    return position, stored


def _is_joined(passage: Passage, number: int, stored: StoredArticle) -> bool:
    """Tell whether a short paragraph is part of a passage that has an earlier one's number."""
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
    """Return (number, part) of a passage id, part 0 where it names none."""
    found = _PASSAGE.fullmatch(id.rpartition("#")[2])
    if found is None:
        raise NotFound(f"{_named(id)}: after # stands a paragraph's number, as in #4 or #7.2")
    return int(found[1]), int(found[2] or 0)


def _named(id: str) -> str:
    """Return an id for a message of one line, whatever it holds."""
    shown = " ".join(id.split())
    return shown if len(shown) <= 200 else f"{shown[:200]}…"


def see(stored: StoredArticle) -> str:
    return f"see: recommender show {stored.article.id}"
