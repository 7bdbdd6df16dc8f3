"""Keep the segments of the last write open for the next write of this process.

A segment never changes, so that a program which adds one article after the other opens and checks
only those that are new. The segments of one index are kept, and for them the files that are open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from recommender.safe_open import Stamp, stamp_of
from recommender.store.layout import SEGMENT_FACTS
from recommender.store.segment import Segment


@dataclass
class OpenedSegments:
    """The segments of one index by their folders, each with the stamp of its `segment.json`."""

    _kept: Mapping[Path, tuple[Stamp, Segment]] = field(default_factory=dict)

    def of(self, folder: Path) -> dict[str, Segment]:
        """Return those of the index in `folder` that are still what was opened, by name."""
        return {
            place.name: segment
            for place, (stamp, segment) in self._kept.items()
            if place.parent.parent == folder and _stamp(place) == stamp
        }

    def keep(self, segments: Iterable[Segment]) -> None:
        """Keep the segments of an index, and let go of all others."""
        stamps = ((one.folder, _stamp(one.folder), one) for one in segments)
        self._kept = {place: (stamp, one) for place, stamp, one in stamps if stamp}


def _stamp(segment: Path) -> Stamp | None:
    try:
        return stamp_of(segment / SEGMENT_FACTS)
    except OSError:
        return None


OPENED = OpenedSegments()
