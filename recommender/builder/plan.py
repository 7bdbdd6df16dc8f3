"""Plan the work of a build, without reading or writing a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# Segments of up to this many passages are in the smallest tier; each next tier has room for four
# times more.
SMALLEST_TIER = 4_096
TIER_FACTOR = 4
# So many segments of one tier are merged into one of the next.
TIER_WIDTH = 4


class Change(StrEnum):
    """The difference between an article and the live snapshot."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class StoredHashes:
    """The hashes by which an article is compared: 64 bits of its id's, and that of its content."""

    id_hash: int
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """The work of a build. `kept` and `removed` are positions among the live entries.

    `reasons` says why unchanged articles are cut again; if it is empty, they are not.
    """

    kept: tuple[int, ...]
    removed: tuple[int, ...]
    added: int
    changed: int
    gone: int
    reasons: tuple[str, ...]

    @property
    def touched_articles(self) -> int:
        """The number of articles that are added, changed or removed."""
        return self.added + self.changed + self.gone

    @property
    def is_empty(self) -> bool:
        """Whether the build would make the same snapshot again."""
        return not (self.removed or self.added or self.changed or self.reasons)


class ChangeFinder:
    """Compares articles, one at a time as they are read, with those of the live snapshot."""

    def __init__(self, live: Sequence[StoredHashes], reasons: Sequence[str] = ()) -> None:
        self._live = live
        self._reasons = tuple(reasons)
        self._by_content = {entry.content_hash: at for at, entry in enumerate(live)}
        self._ids = {entry.id_hash for entry in live}
        self._same: list[int] = []
        self._touched: list[int] = []
        self._count = {Change.ADDED: 0, Change.CHANGED: 0, Change.SAME: 0}

    @property
    def recuts(self) -> bool:
        """Whether unchanged articles are cut again too."""
        return bool(self._reasons)

    def add(self, entry: StoredHashes, touched: bool = False) -> Change:
        """Take the next article of the source and return how it differs.

        The content's hash covers the id, so equal content is the same article. An article that is
        `touched` by a change elsewhere is cut again although it is the same.
        """
        at = self._by_content.get(entry.content_hash)
        if at is not None:
            (self._touched if touched else self._same).append(at)
            change = Change.SAME
        else:
            change = Change.CHANGED if entry.id_hash in self._ids else Change.ADDED
        self._count[change] += 1
        return change

    def plan(self) -> Plan:
        """Return the plan; every article of the source has been added."""
        same = set(self._same)
        kept = () if self.recuts else tuple(sorted(same))
        removed = sorted(set(range(len(self._live))) - set(kept))
        return Plan(
            kept=kept,
            removed=tuple(removed),
            added=self._count[Change.ADDED],
            changed=self._count[Change.CHANGED],
            gone=len(self._live) - len(same) - len(self._touched) - self._count[Change.CHANGED],
            reasons=self._reasons,
        )


def plan(
    live: Sequence[StoredHashes], source: Iterable[StoredHashes], reasons: Sequence[str] = ()
) -> Plan:
    """Return the plan that leads from the articles of the live snapshot to those of the source."""
    comparison = ChangeFinder(live, reasons)
    for entry in source:
        comparison.add(entry)
    return comparison.plan()


def recipe_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a sentence for each field of the recipe that has changed."""
    return tuple(
        f"{name.replace('_', ' ')} changed: {before.get(name)} -> {after.get(name)}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )


@dataclass(frozen=True, slots=True)
class Size:
    """The number of passages in a segment, and of those whose article is live."""

    rows: int
    live: int


def due_merges(sizes: Sequence[Size], smallest: int = SMALLEST_TIER) -> list[list[int]]:
    """Return the groups of segments to merge, each into one, by position.

    Segments are sorted in tiers by size, and each tier holds at most three. So few segments are
    searched after any number of builds, and a passage is copied once a tier, not once a build. A
    segment that lost more than half of its articles is written again alone.
    """
    tiers: dict[int, list[int]] = {}
    for position, size in enumerate(sizes):
        tiers.setdefault(_tier(size.live, smallest), []).append(position)
    due: list[int] = []
    for tier in range(max(tiers, default=-1) + 1):
        members = tiers.get(tier, [])
        merged = _tier(sum(sizes[one].live for one in due), smallest) >= tier if due else False
        if len(members) + merged >= TIER_WIDTH:
            due += members
    groups = [sorted(due)] if due else []
    groups += [
        [position]
        for position, size in enumerate(sizes)
        if size.live * 2 < size.rows and position not in due
    ]
    return groups


def _tier(rows: int, smallest: int) -> int:
    tier = 0
    while rows > smallest:
        rows, tier = rows // TIER_FACTOR, tier + 1
    return tier
