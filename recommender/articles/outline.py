"""Outline what was read of an article: what a build decides by, without its text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from recommender.types import Article

_LINE_NUMBER = re.compile(r"(?<=.):\d+$")


class Outline(NamedTuple):
    """What is decided about an article before it is cut: its version, its change, its blocks.

    `path` has the line of a row. `sameness` is a hash of its title, text and date, `content` the
    one that a build compares it by. `keys` are the fingerprints of all its blocks, in their order,
    and `title_key` that of its title (`passages/boilerplate.py`). `row` is what a row is known by
    at the next build (`known_rows.py`), empty if it is not to be known. `place` is where its text
    waits: the numbers of a chunk and of the entry in it (`builder/farm/spool.py`).
    """

    id: str
    path: str
    version: str
    language: str
    sameness: int
    content: str
    title_key: int
    keys: Sequence[int]
    row: str
    place: tuple[int, int] = (0, 0)


class Withdrawn(NamedTuple):
    """A version of an article that the public may not see."""

    id: str
    path: str
    version: str


def without_line(article: Article) -> Article:
    """Return a row's article without the number of its line, as a build compares and stores it.

    With it, every row below an inserted one would count as changed.
    """
    return replace(article, path=_LINE_NUMBER.sub("", article.path))
