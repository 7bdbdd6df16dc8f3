"""Compare two snapshots: the articles that changed, and the related lists that changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recommender.answers.recommender import Recommender
from recommender.errors import PassageNotFound, SnapshotNotFound
from recommender.store.layout import current_name
from recommender.store.publish import snapshot_names
from recommender.store.snapshot import Snapshot

# The related lists of so many articles are compared: changed ones, and their neighbours.
COMPARED_LISTS = 200
LIST_LENGTH = 5


@dataclass(frozen=True, slots=True)
class ListChange:
    """A list of related articles that changed: the ids added and removed, and why, in words."""

    article_id: str
    came: tuple[str, ...]
    went: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Difference:
    """The ids of articles added, changed and removed between snapshots `before` and `after`.

    `changed` holds the fields of each that differ. `related` holds the lists that differ, of the
    `compared` ones.
    """

    before: str
    after: str
    came: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]
    went: tuple[str, ...]
    related: tuple[ListChange, ...]
    compared: int


def diff(
    folder: str | Path = "vectors", before: str | None = None, after: str | None = None
) -> Difference:
    """Return the difference of two kept snapshots.

    `after` is the live one if it is not named, `before` the one that `after` replaced. Raises
    `SnapshotNotFound` for a name that is not kept.
    """
    folder = Path(folder)
    after = after or current_name(folder)
    new = Snapshot(folder, _kept(folder, after))
    before = before or new.manifest.parent or ""
    old = Snapshot(folder, _kept(folder, before))
    old_contents, new_contents = _contents(old), _contents(new)
    came = [new_contents[one][1] for one in new_contents.keys() - old_contents.keys()]
    went = [old_contents[one][1] for one in old_contents.keys() - new_contents.keys()]
    both = old_contents.keys() & new_contents.keys()
    changed = {
        _id(new, new_contents[one][1]): _changed_fields(
            old, new, old_contents[one][1], new_contents[one][1]
        )
        for one in both
        if old_contents[one][0] != new_contents[one][0]
    }
    came_ids = sorted(_id(new, position) for position in came)
    went_ids = sorted(_id(old, position) for position in went)
    touched = _neighbourhood(old, new, went_ids, [*changed, *came_ids])
    return Difference(
        before=old.name,
        after=new.name,
        came=tuple(came_ids),
        changed=dict(sorted(changed.items())),
        went=tuple(went_ids),
        related=tuple(_list_changes(old, new, touched, set(changed))),
        compared=len(touched),
    )


def _kept(folder: Path, name: str) -> str:
    if name not in snapshot_names(folder):
        what = f"snapshot {name}" if name else "an earlier snapshot"
        raise SnapshotNotFound(f"{folder}: {what} is not kept; see: recommender history")
    return name


def _contents(snapshot: Snapshot) -> dict[int, tuple[bytes, int]]:
    """Return for each live article's id hash its content hash and position."""
    contents: dict[int, tuple[bytes, int]] = {}
    position = 0
    for segment, live in zip(snapshot.segments, snapshot.columns.live_by_segment, strict=True):
        hashes = np.asarray(segment.articles["content_hash"])
        ids = segment.articles["id_hash"].tolist()
        for local in np.flatnonzero(live).tolist():
            contents[ids[local]] = hashes[local].tobytes(), position + local
        position += len(segment)
    return contents


def _id(snapshot: Snapshot, position: int) -> str:
    return snapshot.article(position).id


def _changed_fields(old: Snapshot, new: Snapshot, before: int, after: int) -> tuple[str, ...]:
    was: dict[str, Any] = old.article(before).record()
    now: dict[str, Any] = new.article(after).record()
    return tuple(name for name in now if now[name] != was.get(name))


def _neighbourhood(
    old: Snapshot, new: Snapshot, went: Iterable[str], touched: Iterable[str]
) -> list[str]:
    """Return the articles of both snapshots whose lists may differ, the changed ones first."""
    found: dict[str, None] = {}
    for snapshot, ids in ((new, touched), (old, went)):
        recommender = Recommender(snapshot)
        for id in ids:
            if len(found) >= COMPARED_LISTS:
                break
            found[id] = None
            try:
                related = recommender.related(id, k=4 * LIST_LENGTH, confidence="loose")
            except PassageNotFound:
                continue  # an article without text has no related ones
            found |= dict.fromkeys(one.article_id for one in related)
    both = [id for id in found if old.find(id) is not None and new.find(id) is not None]
    return both[:COMPARED_LISTS]


def _list_changes(
    old: Snapshot, new: Snapshot, ids: Iterable[str], changed: set[str]
) -> Iterable[ListChange]:
    for id in ids:
        was, now = _related(old, id), _related(new, id)
        came = tuple(one for one in now if one not in was)
        went = tuple(one for one in was if one not in now)
        if came or went:
            yield ListChange(id, came, went, _why(old, new, id, (*came, *went), changed))


def _related(snapshot: Snapshot, id: str) -> list[str]:
    try:
        found = Recommender(snapshot).related(id, k=LIST_LENGTH, confidence="loose")
    except PassageNotFound:
        return []
    return [one.article_id for one in found]


def _why(old: Snapshot, new: Snapshot, id: str, moved: Iterable[str], changed: set[str]) -> str:
    if old.manifest.encoder != new.manifest.encoder:
        return "the encoder is another one"
    reasons = ["it changed itself"] if id in changed else []
    for one in moved:
        if old.find(one) is None:
            reasons.append(f"{one} came")
        elif new.find(one) is None:
            reasons.append(f"{one} went")
        elif one in changed:
            reasons.append(f"{one} changed")
    return "; ".join(reasons) or "the articles around it moved"
