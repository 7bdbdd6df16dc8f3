"""Open the segments that a manifest names, and check their counts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from recommender.errors import SnapshotDamaged
from recommender.store.advice import rebuild
from recommender.store.checks import check_file
from recommender.store.layout import MANIFEST, SEGMENT_FACTS, segment_folder
from recommender.store.manifest import Manifest
from recommender.store.segment import Segment


def open_segments(
    folder: Path, name: str, manifest: Manifest, opened: Mapping[str, Segment]
) -> list[Segment]:
    """Return the segments of the snapshot `name` of the index in `folder`, in order.

    Those in `opened`, by name, are taken from there, since a segment never changes. Raises
    `SnapshotDamaged` unless each segment matches the manifest, and together they hold as many
    articles.
    """
    segments = []
    for entry in manifest.segments:
        if entry.name in opened:
            segments.append(opened[entry.name])
            continue
        place = segment_folder(folder, entry.name)
        check_file(place / SEGMENT_FACTS, entry.facts, rebuild(folder))
        segments.append(Segment(place))
    if wrong := _miscount(segments, manifest):
        raise SnapshotDamaged(f"{folder / name / MANIFEST}: {wrong}; {rebuild(folder)}")
    return segments


def _miscount(segments: list[Segment], manifest: Manifest) -> str:
    """Return how the number of articles differs from the manifest; empty if it does not."""
    left = 0
    for segment, entry in zip(segments, manifest.segments, strict=True):
        count, last = len(segment), max(entry.removed, default=-1)
        if last >= count:
            return f"removes article {last} of {count} in segment {entry.name}"
        left += count - len(set(entry.removed))
    if left != manifest.articles:
        return f"names {manifest.articles} articles, there are {left}"
    return ""
