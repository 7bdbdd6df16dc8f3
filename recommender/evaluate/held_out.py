"""Hold passages out of articles as questions: each should find the rest of its article."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from recommender.store.snapshot import Snapshot
from recommender.types import Role


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A row to ask with, and the rows of its article that must not count as found."""

    kind: Literal["headline", "paragraph"]
    row: int
    hidden: tuple[int, ...]


def held_out(snapshot: Snapshot, position: int) -> Iterator[HeldOut]:
    """Yield an article's headline, and a paragraph from its middle, if others are left."""
    rows = snapshot.rows(position)
    titles = tuple(row for row in rows if snapshot.columns.role(row) is Role.TITLE)
    others = [row for row in rows if row not in titles]
    if titles and others:
        yield HeldOut("headline", titles[0], titles)
    if len(others) > 1:
        middle = others[len(others) // 2]
        yield HeldOut("paragraph", middle, (middle,))
