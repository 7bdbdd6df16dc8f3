"""Outline an article: the facts by which a build decides what to do with it, without its text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from recommender.types import Article

_LINE_NUMBER = re.compile(r"(?<=.):\d+$")


class Outline(NamedTuple):
    """The facts of an article before it is cut: its version, its change, its blocks.

    `path` has the line of a row. `sameness` is a hash of its title, text and date; `content` is the
    hash by which a build compares it. `keys` are the fingerprints of all its blocks in order, and
    `title_key` that of its title (`passages/boilerplate.py`). `row` is the digest by which the next
    build recognises its row (`known_rows.py`), empty if it must not. `place` is where its text
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
    """Return a row's article without its line number, as a build compares and stores it.

    With it, every row below an inserted one would count as changed.
    """
    return replace(article, path=_LINE_NUMBER.sub("", article.path))
