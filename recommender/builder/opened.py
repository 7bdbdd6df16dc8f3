"""Keep the segments and the encoder of the last write open for the next write of this process.

A segment never changes. So a program that adds one article after the other opens and checks only
new segments. The segments of one index are kept open, with their files. Loading the encoder takes
longer than the rest of a write, so the last one is kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from recommender.encoders.base import PRECISION_VARIABLE, Encoder
from recommender.encoders.load import load_encoder
from recommender.safe_open import Stamp, stamp_or_none
from recommender.store.layout import MANIFEST, SEGMENT_FACTS, current_name
from recommender.store.manifest import Manifest
from recommender.store.segment import Segment
from recommender.store.snapshot import Snapshot


@dataclass
class Opened:
    """The segments of one index by their folders, each with the stamp of its `segment.json`.

    The manifest of its live snapshot is kept too, as the last write wrote it.
    """

    _kept: Mapping[Path, tuple[Stamp, Segment]] = field(default_factory=dict)
    _written: tuple[Path, Stamp, Manifest] | None = None

    def snapshot(self, folder: Path) -> Snapshot:
        """Open the live snapshot of an index, reusing the segments that are open."""
        name = current_name(folder)
        place, stamp, manifest = self._written or (None, None, None)
        is_written = place == folder / name and stamp_or_none(folder / name / MANIFEST) == stamp
        return Snapshot(
            folder, name, opened=self.of(folder), manifest=manifest if is_written else None
        )

    def of(self, folder: Path) -> dict[str, Segment]:
        """Return the open segments of the index in `folder` that have not changed, by name."""
        return {
            place.name: segment
            for place, (stamp, segment) in self._kept.items()
            if place.parent.parent == folder and stamp_or_none(place / SEGMENT_FACTS) == stamp
        }

    def keep(self, segments: Iterable[Segment], folder: Path, manifest: Manifest) -> None:
        """Keep the segments and the manifest of the index in `folder`; drop all others."""
        stamps = ((one.folder, stamp_or_none(one.folder / SEGMENT_FACTS), one) for one in segments)
        self._kept = {place: (stamp, one) for place, stamp, one in stamps if stamp}
        written = stamp_or_none(folder / manifest.name / MANIFEST)
        self._written = (folder / manifest.name, written, manifest) if written else None


class KeptEncoder:
    """The encoder that was loaded last, for the writes of this process.

    It is loaded again if its model or its arithmetic changed, and in a forked process.
    """

    def __init__(self) -> None:
        self._kept: tuple[tuple[str | int | None, ...], Encoder] | None = None

    def load(self, model: str | None, fingerprint: str) -> Encoder:
        """Return the encoder of a model with a fingerprint; raise what `load_encoder` raises."""
        key = (model, fingerprint, os.environ.get(PRECISION_VARIABLE), os.getpid())
        kept = self._kept  # no lock, since a fork could copy it while it is held
        if kept is None or kept[0] != key:
            self._kept = kept = None  # two models would need twice the memory
            self._kept = kept = key, load_encoder(model, many=True)
        return kept[1]


OPENED = Opened()
ENCODER = KeptEncoder()
