"""Keep the doubts about declared languages until the articles change."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from recommender.store.snapshot import Snapshot
from recommender.types import LanguageDoubt

# A manifest is read by every reader, so it must stay small.
MAX_DOUBTS = 200


def doubts_after(
    before: Snapshot | None,
    removed: Collection[tuple[int, int]],
    fresh: Sequence[LanguageDoubt],
) -> tuple[LanguageDoubt, ...]:
    """Return the doubts of an index after a change: the `fresh` ones, and those that still hold.

    `removed` are the places of the articles that were removed or cut again: the number of a segment
    of the snapshot before, and a position in it.
    """
    stay = before.manifest.doubts if before else ()
    kept = [one for one in stay if before and _stays(before, one.article_id, removed)]
    return (*fresh, *kept)[:MAX_DOUBTS]


def _stays(snapshot: Snapshot, id: str, removed: Collection[tuple[int, int]]) -> bool:
    """Return whether an article of a snapshot is live and is not removed now."""
    live = snapshot.columns.live_by_segment
    for number, segment in enumerate(snapshot.segments):
        position = segment.lines.find(id)
        if position is not None and live[number][position]:
            return (number, position) not in removed
    return False
