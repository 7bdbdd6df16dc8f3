"""Publish snapshots: one writer at a time, the old one live until the new one is whole."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recommender.errors import SnapshotDamaged, SnapshotError, SnapshotMissing
from recommender.safe_open import Stamp, check_folder, is_there, refuse_network, stamp_of
from recommender.store.checks import file_facts
from recommender.store.files import (
    discard,
    make_folder,
    make_new_folder,
    move,
    place_text,
    remove,
    settle,
    sharing,
    sync_tree,
    write_json,
)
from recommender.store.layout import (
    CURRENT,
    GATE,
    MANIFEST,
    SEGMENT_FACTS,
    SEGMENTS,
    current_name,
    segment_folder,
)
from recommender.store.lock import writer_lock
from recommender.store.manifest import (
    Contents,
    Manifest,
    SegmentEntry,
    read_manifest,
    read_part,
    write_manifest,
)
from recommender.store.ownership import (
    BUILDING,
    REMOVED,
    check_index,
    has_unfinished,
    is_marked,
    is_shared,
    mark,
    named_as_snapshots,
    readable_segments,
    readable_snapshots,
    snapshots_in,
    unfinished,
)
from recommender.store.refusals import unrefused
from recommender.store.segment import Segment
from recommender.store.segments import open_segments
from recommender.store.snapshot import Snapshot
from recommender.system.disk import storage_errors

KEPT_SNAPSHOTS = 3
KEPT_REFUSED = 2
# Single writes let so many old snapshots pile up before they delete them: deleting takes longer
# than writing, and a reader that is just opening one still finds it.
LEFT_BY_WRITES = 16


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """A segment of the next snapshot: its name, and the positions of its removed articles."""

    segment: str
    removed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Write:
    """What a single write knows: the live manifest `before` it, its segments, those `opened`."""

    before: Manifest
    opened: Mapping[str, Segment]

    @property
    def build(self) -> str:
        """The build that writes have changed into this snapshot."""
        return self.before.after or self.before.name


# Called with the opened candidate; returns the measurements and, as `refused`, why it must not
# become live.
Gate = Callable[[Snapshot], Mapping[str, Any]]


@contextmanager
def writing(
    folder: Path, *, may_be_new: bool = False, shared: bool = False, is_small: bool = False
) -> Iterator[None]:
    """Hold the index's writer lock; the system's refusals to write become `StorageError`.

    Files that an earlier writer left unfinished are deleted first. A small write only looks for
    them if that writer left the folder that it built in. Raises `IndexLocked` while another process
    writes, `SnapshotMissing` if there is no index, and `FolderForeign` if a folder that may become
    one (`may_be_new`) holds other files. Other users may read the new files if they are `shared`,
    or if the index was.
    """
    refuse_network(folder)
    with storage_errors(folder), sharing(shared or is_shared(folder)):
        if may_be_new:
            make_folder(folder)
        check_index(folder, may_be_new=may_be_new)
        with writer_lock(folder):
            mark(folder, shared=shared or is_shared(folder))
            if not is_small or has_unfinished(folder):
                sweep(folder)
            yield


@contextmanager
def workplace(
    folder: Path, *, may_be_new: bool = False, shared: bool = False, is_small: bool = False
) -> Iterator[Path]:
    """Hold the writer lock as `writing` does, and yield an empty folder to build in."""
    with writing(folder, may_be_new=may_be_new, shared=shared, is_small=is_small):
        building = folder / f"{BUILDING}{os.getpid()}"
        make_new_folder(building)
        try:
            yield building
        finally:
            remove(building)


def new_segment_name() -> str:
    """Return a name that no other segment has."""
    return secrets.token_hex(8)


def adopt_segment(folder: Path, built: Path) -> Path:
    """Move a finished segment into the index; no snapshot names it yet."""
    segments = check_folder(folder / SEGMENTS)
    make_folder(segments)
    sync_tree(built)
    move(built, segments / built.name)
    return segments / built.name


def publish(
    folder: Path,
    building: Path,
    parts: Sequence[SegmentRef],
    contents: Contents,
    gate: Gate | None = None,
    write: Write | None = None,
) -> tuple[Manifest, Mapping[str, Any]]:
    """Make a snapshot of adopted segments live; return its manifest and the gate's findings.

    A small `write` has opened all segments already, so no file is read again. Everything is durable
    before `CURRENT` points to it. If the gate's findings hold a `refused`, the snapshot is written
    but does not become live.
    """
    manifest = _staged(folder, building, parts, contents, write.build if write else "")
    name, staged = manifest.name, building / manifest.name
    findings: Mapping[str, Any] = {}
    if write:
        open_segments(folder, name, manifest, write.opened)  # are they as many as it says?
    else:
        candidate = Snapshot(folder, name, staged)  # opened as readers will open it
        candidate.hold()
        findings = gate(candidate) if gate else {}
    if gate:
        write_json(staged / GATE, findings)
    sync_tree(staged)
    settle()
    move(staged, folder / name)
    _note_place(folder / name, stamp_of(folder / name / MANIFEST), _Place.of(manifest))
    if not findings.get("refused"):
        make_live(folder, name)
    settle()
    if write is None or len([*snapshots_in(folder)]) > KEPT_SNAPSHOTS + LEFT_BY_WRITES:
        prune(folder, KEPT_SNAPSHOTS)
    return manifest, findings


@contextmanager
def unpublished(
    folder: Path, building: Path, parts: Sequence[SegmentRef], contents: Contents
) -> Iterator[Snapshot]:
    """Open a snapshot of adopted segments before it is published, to measure it."""
    name = _staged(folder, building, parts, contents).name
    try:
        yield Snapshot(folder, name, building / name)
    finally:
        remove(building / name)


def _staged(
    folder: Path,
    building: Path,
    parts: Sequence[SegmentRef],
    contents: Contents,
    after: str = "",
) -> Manifest:
    """Write the manifest of the next snapshot into a folder of its name in `building`."""
    made = datetime.now(UTC)
    manifest = Manifest.of(
        contents,
        name=f"{made:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        number=1 + max((number_of(folder, one) for one in snapshots_in(folder)), default=0),
        parent=live_name(folder),
        after=after,
        created=made.isoformat(timespec="seconds"),
        segments=tuple(_entry(folder, part) for part in parts),
    )
    make_folder(building / manifest.name)
    write_manifest(building / manifest.name, manifest)
    return manifest


def _entry(folder: Path, part: SegmentRef) -> SegmentEntry:
    facts = file_facts(segment_folder(folder, part.segment) / SEGMENT_FACTS)
    return SegmentEntry(name=part.segment, removed=part.removed, facts=facts)


def make_live(folder: Path, name: str) -> None:
    """Point readers to a snapshot: the one step that publishes it."""
    place_text(folder / CURRENT, name + "\n", last=True)


def live_name(folder: Path) -> str | None:
    """Return the live snapshot's name, None if there is none or `CURRENT` is damaged."""
    try:
        return current_name(folder)
    except (SnapshotMissing, SnapshotDamaged):
        return None


def snapshot_names(folder: Path) -> list[str]:
    """Return the names of the snapshots, the oldest first by number, not by the clock."""
    return sorted(snapshots_in(folder), key=lambda name: (number_of(folder, name), name))


def number_of(folder: Path, name: str) -> int:
    """Return the number of a snapshot in the index; 0 if it cannot be read."""
    return _facts(folder, name).number


@dataclass(frozen=True, slots=True)
class _Place:
    """The place of a snapshot among the others.

    Its number, the build that it follows if a write made it, and the snapshot that it replaced.
    """

    number: int = 0
    after: str = ""
    parent: str | None = None

    @classmethod
    def of(cls, manifest: Manifest) -> _Place:
        """Return the place that a manifest states."""
        return cls(manifest.number, manifest.after, manifest.parent)


# The place of each manifest that was read or written here, with the stamp of its file.
_PLACES: dict[Path, tuple[Stamp, _Place]] = {}
_MOST_PLACES = 256


def _facts(folder: Path, name: str) -> _Place:
    """Return the place of a snapshot; if it cannot be read, the number is 0."""
    try:
        stamp = stamp_of(folder / name / MANIFEST)
        known, found = _PLACES.get(folder / name, (None, _Place()))
        if known != stamp:
            found = read_part(folder / name, _Place)
            _note_place(folder / name, stamp, found)
        return found
    except (SnapshotError, OSError):
        return _Place()


def _note_place(snapshot: Path, stamp: Stamp, place: _Place) -> None:
    """Keep the place of a snapshot in memory; the number of places is limited."""
    if len(_PLACES) >= _MOST_PLACES:
        _PLACES.clear()
    _PLACES[snapshot] = (stamp, place)


def kept_names(folder: Path, names: Sequence[str], keep: int) -> set[str]:
    """Return which of the snapshots `names`, the oldest first, are kept: always the live one.

    These are kept: the newest `keep` snapshots, and the newest `keep` builds, each with the last
    write after it. So no number of writes replaces a build. If more than one is kept, the one
    before the live one is among them. The newest `KEPT_REFUSED` that a gate refused are kept too,
    in addition to the others.
    """
    sound = set(unrefused(folder, names))
    refused = [name for name in names if name not in sound]
    kept = {*_newest(folder, [name for name in names if name in sound], keep)}
    kept |= {*_last(refused, min(keep, KEPT_REFUSED))}
    live = live_name(folder)
    parent = _facts(folder, live).parent if live and keep > 1 else None
    return kept | {name for name in names if name in (live, parent)}


def _newest(folder: Path, names: Sequence[str], keep: int) -> Iterator[str]:
    """Yield the newest `keep` snapshots, and the newest builds, each with the last write after."""
    last: dict[str, str] = {}
    for name in names:
        build = _facts(folder, name).after or name
        last.pop(build, None)
        last[build] = name  # the builds in the order of the last snapshot of each
    yield from _last(names, keep)
    for build in _last([*last], keep):
        yield from {build, last[build]} & {*names}


def _last(names: Sequence[str], count: int) -> Sequence[str]:
    return names[max(0, len(names) - count) :]


def prune(folder: Path, keep: int) -> list[str]:
    """Delete all snapshots but those of `kept_names`; return the deleted names.

    Segments that no kept snapshot uses are deleted too. A reader keeps the files that it has open.
    If a manifest or `CURRENT` is lost or damaged, the segments that its snapshot may use stay. A
    snapshot or segment that cannot be read is not deleted, and nothing is deleted in a folder
    without our marker.
    """
    if not is_marked(folder):
        return []
    names = snapshot_names(folder)
    if live_name(folder) not in names and (names or is_there(folder / CURRENT)):
        return []
    kept = kept_names(folder, names, keep)
    ours = set(readable_snapshots(folder))
    deleted = [name for name in names if name not in kept and name in ours]
    for name in deleted:
        discard(folder / name, _aside(folder))
        _PLACES.pop(folder / name, None)
    try:
        manifests = [read_manifest(folder / name) for name in named_as_snapshots(folder)]
    except SnapshotError:
        return deleted  # the segments of that snapshot are not known
    used = {entry.name for manifest in manifests for entry in manifest.segments}
    for segment in readable_segments(folder):
        if segment.name not in used:
            discard(segment, _aside(folder))
    return deleted


def _aside(folder: Path) -> Path:
    """Return a name for a folder that is being deleted; a sweep recognises it."""
    return folder / f"{REMOVED}{secrets.token_hex(8)}"


def sweep(folder: Path) -> None:
    """Delete the unfinished files of a stopped writer, but not its encoded vectors."""
    if not is_marked(folder):
        return
    for leftover in [*unfinished(folder)]:
        remove(leftover)
    prune(folder, max(KEPT_SNAPSHOTS, len(snapshot_names(folder))))
