"""Find the start of a build: the live snapshot, if it can be read and still applies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from recommender.arrays import Mask
from recommender.builder.plan import StoredHashes, recipe_changes
from recommender.builder.reuse import SegmentVectors, StoredVectors
from recommender.builder.sources import Remembered, read_remembered
from recommender.errors import (
    RecommenderError,
    SnapshotDamaged,
    SnapshotForeign,
    SnapshotMissing,
)
from recommender.store.json_records import to_json
from recommender.store.manifest import Manifest
from recommender.store.ownership import readable_segments
from recommender.store.publish import SegmentRef
from recommender.store.segment import Segment
from recommender.store.snapshot import Snapshot, open_live


@dataclass
class Previous:
    """The live snapshot, or None; `reasons` says why all its articles are cut again, if they are.

    `remembered` is what is known about the live snapshot even if it is damaged. `places` has the
    segment and the position of each of `entries`. With `is_checked`, vectors are reused only from
    files that were read and found whole. Without `reuses`, none are reused.
    """

    folder: Path
    encoder: str
    snapshot: Snapshot | None = None
    reasons: tuple[str, ...] = ()
    reuses: bool = True
    is_checked: bool = False
    entries: list[StoredHashes] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    remembered: Remembered | None = None

    @cached_property
    def stored(self) -> StoredVectors:
        """The vectors of this encoder in all segments, also those of earlier snapshots."""
        return StoredVectors(list(self._segments()) if self.reuses else [])

    @property
    def live_name(self) -> str:
        """The name of the live snapshot, empty if there is none."""
        return self.snapshot.name if self.snapshot else ""

    @property
    def manifest(self) -> Manifest | None:
        """The live manifest, None if there is no live snapshot."""
        return self.snapshot.manifest if self.snapshot else None

    def segments_without(self, removed: tuple[int, ...]) -> list[SegmentRef]:
        """Return the snapshot's segments without entries at `removed`; empty ones are left out."""
        return [
            SegmentRef(segment.folder.name, tuple(np.flatnonzero(~mask).tolist()))
            for segment, mask in self.live_without(removed)
            if mask.any()
        ]

    def live_without(self, removed: tuple[int, ...]) -> list[tuple[Segment, Mask]]:
        """Return the snapshot's segments, each with flags of the live articles not at `removed`."""
        if self.snapshot is None:
            return []
        live = [mask.copy() for mask in self.snapshot.columns.live_by_segment]
        for at in removed:
            number, position = self.places[at]
            live[number][position] = False
        return [*zip(self.snapshot.segments, live, strict=True)]

    def without_snapshot(self, error: RecommenderError) -> Previous:
        """Return an empty start, because the live snapshot is damaged."""
        reason = f"the live snapshot cannot be used: {error}"
        return Previous(
            self.folder,
            self.encoder,
            None,
            (reason,),
            self.reuses,
            is_checked=True,
            remembered=self.remembered,
        )

    def _segments(self) -> Iterator[SegmentVectors]:
        for folder in readable_segments(self.folder):
            try:
                segment = SegmentVectors.open(folder)
                if self.is_checked:
                    segment.check()
            except (SnapshotDamaged, SnapshotMissing):
                continue  # `verify` names it; its texts are encoded again
            if segment.encoder == self.encoder:
                yield segment


def find_previous(folder: Path, encoder: str, recipe: Mapping[str, Any], full: bool) -> Previous:
    """Return the start of a build into `folder`.

    If the live snapshot is damaged or of another format, the start is empty, and the reasons say
    so. With `full`, stored vectors are not used either.
    """
    base = Previous(folder, encoder, reuses=not full, remembered=read_remembered(folder))
    try:
        snapshot = open_live(folder)
    except SnapshotMissing:
        return base
    except (SnapshotDamaged, SnapshotForeign) as error:
        return base.without_snapshot(error)
    manifest = snapshot.manifest
    base.reasons = recipe_changes(to_json(manifest.recipe), recipe)
    before = manifest.encoder
    if before.fingerprint != encoder:
        was = f"{before.name} ({before.fingerprint[:20]})"
        base.reasons = (f"encoder changed: {was} -> {encoder[:20]}", *base.reasons)
    if full:
        base.reasons = ("asked for with --full", *base.reasons)
    base.snapshot = snapshot
    for number, (segment, live) in enumerate(
        zip(snapshot.segments, snapshot.columns.live_by_segment, strict=True)
    ):
        records = segment.articles
        hashes = [digest.tobytes() for digest in np.asarray(records["content_hash"])]
        ids = records["id_hash"].tolist()
        for position in np.flatnonzero(live).tolist():
            base.entries.append(StoredHashes(ids[position], hashes[position]))
            base.places.append((number, position))
    return base
