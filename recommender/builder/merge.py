"""Replace small and mostly removed segments by merged ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recommender.arrays import Rows
from recommender.builder.encode import PASSAGES_AT_ONCE, check_space
from recommender.builder.plan import Size, due_merges
from recommender.store.columns import live_flags
from recommender.store.layout import SEGMENT_FILES, segment_folder
from recommender.store.publish import SegmentRef, adopt_segment, new_segment_name
from recommender.store.segment import Segment
from recommender.store.segment_writer import SegmentWriter


def merge_segments(folder: Path, building: Path, parts: Sequence[SegmentRef]) -> list[SegmentRef]:
    """Return the parts with small and mostly removed segments replaced by merged ones."""
    opened = [Segment(segment_folder(folder, part.segment)) for part in parts]
    live = [
        np.flatnonzero(live_flags(len(segment), part.removed))
        for segment, part in zip(opened, parts, strict=True)
    ]
    sizes = [
        Size(len(segment.passages), int(segment.row_counts[positions].sum()))
        for segment, positions in zip(opened, live, strict=True)
    ]
    result = list(parts)
    for group in due_merges(sizes):
        merged = _merge(building, [(opened[one], live[one]) for one in group])
        adopt_segment(folder, merged)
        result[group[0]] = SegmentRef(merged.name)
        for one in group[1:]:
            result[one] = SegmentRef("")
    return [part for part in result if part.segment]


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
