"""Fill short lists as a site may wish: with the newest articles of the same section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from recommender.answers.archive import Archive, Scope
from recommender.answers.article_vectors import ArticleVectors
from recommender.answers.related_candidates import is_allowed
from recommender.arrays import Positions

# The records of so many of the newest articles are read at most, to find those of a section.
LOOKED_AT = 2_000


@dataclass(frozen=True)
class _Newest:
    """The newest articles of a snapshot, and the sections of those that were read."""

    positions: Positions
    sections: dict[int, str] = field(default_factory=dict)


def newest_of_section(snapshot: Archive, article: ArticleVectors, allowed: Scope) -> Iterator[int]:
    """Yield the newest articles in the section and the language of an article, newest first.

    If it has no section, those of any section. `allowed` are the rows that may answer. Articles
    without a date or a passage are left out.
    """
    newest = _newest(snapshot)
    section = _folded(article.article.section)
    spoken = snapshot.columns.are_in(newest.positions, article.language)
    for position in newest.positions[spoken].tolist():
        if not is_allowed(snapshot, position, allowed):
            continue
        if not section or _section(snapshot, newest, position) == section:
            yield position


def _newest(snapshot: Archive) -> _Newest:
    """Return the newest articles; they are remembered as long as the snapshot lives."""
    known = _KNOWN.get(snapshot)
    if known is None:
        known = _KNOWN.setdefault(snapshot, _Newest(snapshot.newest(LOOKED_AT)))
    return known


def _section(snapshot: Archive, newest: _Newest, position: int) -> str:
    if position not in newest.sections:
        newest.sections[position] = _folded(snapshot.article(position).section)
    return newest.sections[position]


def _folded(section: str) -> str:
    return " ".join(section.casefold().split())


_KNOWN: WeakKeyDictionary[Archive, _Newest] = WeakKeyDictionary()
