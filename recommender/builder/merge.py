"""Replace small and mostly removed segments by merged ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from recommender.arrays import Rows
from recommender.builder.encode import PASSAGES_AT_ONCE, check_space
from recommender.builder.plan import SMALLEST_TIER, Size, due_merges
from recommender.store.columns import live_flags
from recommender.store.layout import SEGMENT_FILES, segment_folder
from recommender.store.publish import SegmentRef, adopt_segment, new_segment_name
from recommender.store.segment import Segment
from recommender.store.segment_writer import SegmentWriter


def merge_segments(
    folder: Path,
    building: Path,
    segments: Sequence[SegmentRef],
    known: Mapping[str, Segment] | None = None,
    smallest: int = SMALLEST_TIER,
) -> list[SegmentRef]:
    """Return the segments, with small and mostly removed ones replaced by merged ones.

    Those in `known`, by name, are open already. `smallest` is the size of the smallest tier.
    """
    opened = open_parts(folder, segments, known or {})
    live = [
        np.flatnonzero(live_flags(len(segment), one.removed))
        for segment, one in zip(opened, segments, strict=True)
    ]
    sizes = [
        Size(len(segment.passages), int(segment.row_counts[positions].sum()))
        for segment, positions in zip(opened, live, strict=True)
    ]
    result = dict(enumerate(segments))
    for first, *rest in due_merges(sizes, smallest):
        merged = _merge(building, [(opened[one], live[one]) for one in (first, *rest)])
        adopt_segment(folder, merged)
        result[first] = SegmentRef(merged.name)
        for one in rest:
            del result[one]
    return list(result.values())


def open_parts(
    folder: Path, parts: Sequence[SegmentRef], known: Mapping[str, Segment]
) -> list[Segment]:
    """Return the segments of the next snapshot, those in `known` as they are open already."""
    return [
        known[one.segment] if one.segment in known else Segment(segment_folder(folder, one.segment))
        for one in parts
    ]


def _merge(building: Path, sources: Sequence[tuple[Segment, Rows]]) -> Path:
    """Write one segment of the live articles of several, in their order, vectors bit for bit."""
    dim, encoder = sources[0][0].dim, sources[0][0].encoder
    rows = sum(int(segment.row_counts[positions].sum()) for segment, positions in sources)
    check_space(building, 0, rows, dim)
    with SegmentWriter(building / new_segment_name()) as writer:
        copied = []
        for segment, positions in sources:
            for name in SEGMENT_FILES:
                segment.files.check(name)
            copied.append(writer.copy(segment, positions))
        writer.close_articles()
        writer.write_vectors(
            (
                segment.raw(wanted[first : first + PASSAGES_AT_ONCE])
                for (segment, _), wanted in zip(sources, copied, strict=True)
                for first in range(0, len(wanted), PASSAGES_AT_ONCE)
            ),
            dim,
        )
        writer.close(encoder)
    return writer.folder
