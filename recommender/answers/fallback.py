"""Fill short lists with the newest articles of the same section, if a site asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from weakref import WeakKeyDictionary

from recommender.answers.archive import Archive, Scope
from recommender.answers.article_vectors import ArticleVectors
from recommender.answers.related_candidates import may_answer
from recommender.arrays import Positions

# At most so many of the newest articles are read to find those of a section.
LOOKED_AT = 2_000
FIRST_BATCH = 32


@dataclass(frozen=True)
class _Newest:
    """The newest articles of a snapshot, and the sections of those that were read."""

    positions: Positions
    sections: dict[int, str] = field(default_factory=dict)


def newest_of_section(snapshot: Archive, article: ArticleVectors, allowed: Scope) -> Iterator[int]:
    """Yield the newest articles in the section and the language of an article, newest first.

    For an article without a section, those of any section. `allowed` are the rows that may be
    answers. Articles without a date or a passage are left out.
    """
    newest = _newest(snapshot)
    section = _folded(article.article.section)
    spoken = snapshot.columns.are_in(newest.positions, article.language)
    for batch in _batches(newest.positions[spoken]):
        found = batch[may_answer(snapshot, batch, allowed)].tolist()
        if section:
            _learn_sections(snapshot, newest, found)
            found = [one for one in found if newest.sections[one] == section]
        yield from found


def prepared(snapshot: Archive, positions: Iterator[int], wanted: int) -> Iterator[int]:
    """Yield articles; the first ones, as many as are needed, are read together before."""
    while wanted > 0 and (some := list(islice(positions, wanted))):
        snapshot.prepare(some)
        yield from some


def _batches(positions: Positions) -> Iterator[Positions]:
    """Yield positions in order, in ever larger batches: an engine is asked once for each."""
    first, size = 0, FIRST_BATCH
    while first < len(positions):
        yield positions[first : first + size]
        first, size = first + size, 2 * size


def _newest(snapshot: Archive) -> _Newest:
    """Return the newest articles; they are remembered as long as the snapshot lives."""
    known = _KNOWN.get(snapshot)
    if known is None:
        known = _KNOWN.setdefault(snapshot, _Newest(snapshot.newest(LOOKED_AT)))
    return known


def _learn_sections(snapshot: Archive, newest: _Newest, positions: Sequence[int]) -> None:
    missing = [one for one in positions if one not in newest.sections]
    if missing:
        articles = zip(missing, snapshot.articles(missing), strict=True)
        newest.sections.update((one, _folded(article.section)) for one, article in articles)


def _folded(section: str) -> str:
    return " ".join(section.casefold().split())


_KNOWN: WeakKeyDictionary[Archive, _Newest] = WeakKeyDictionary()
