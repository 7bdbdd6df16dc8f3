"""Replace small and mostly removed segments by merged ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from recommender.arrays import Rows
from recommender.builder.encode import PASSAGES_AT_ONCE, check_space
from recommender.builder.plan import SMALLEST_TIER, Size, due_merges
from recommender.builder.words import Copied, join_words
from recommender.store.checks import FileFacts
from recommender.store.columns import live_flags
from recommender.store.layout import SEGMENT_FILES, segment_folder
from recommender.store.manifest import DerivedFiles
from recommender.store.publish import SegmentRef, adopt_segment, new_segment_name
from recommender.store.segment import Segment
from recommender.store.segment_writer import SegmentWriter


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about segments before they are merged, by their names.

    Those in `opened` are open already; `derived` are the derived files that exist.
    """

    derived: DerivedFiles
    opened: Mapping[str, Segment] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Merged:
    """The segments after a merge, and the derived files that it wrote for the merged ones."""

    segments: list[SegmentRef]
    derived: DerivedFiles


def merge_segments(
    folder: Path,
    building: Path,
    segments: Sequence[SegmentRef],
    known: Known,
    smallest: int = SMALLEST_TIER,
) -> Merged:
    """Replace small and mostly removed segments by merged ones.

    `smallest` is the size of the smallest tier.
    """
    opened = open_parts(folder, segments, known.opened)
    live = [
        np.flatnonzero(live_flags(len(segment), one.removed))
        for segment, one in zip(opened, segments, strict=True)
    ]
    sizes = [
        Size(len(segment.passages), int(segment.row_counts[positions].sum()))
        for segment, positions in zip(opened, live, strict=True)
    ]
    result, derived = dict(enumerate(segments)), dict[str, Mapping[str, FileFacts]]()
    for first, *rest in due_merges(sizes, smallest):
        sources = [(opened[one], live[one]) for one in (first, *rest)]
        merged, files = _merge(building, sources, known.derived)
        adopt_segment(folder, merged)
        derived[merged.name] = files
        result[first] = SegmentRef(merged.name)
        for one in rest:
            del result[one]
    return Merged(list(result.values()), derived)


def open_parts(
    folder: Path, parts: Sequence[SegmentRef], known: Mapping[str, Segment]
) -> list[Segment]:
    """Return the segments of the next snapshot; those in `known` are open already."""
    return [
        known[one.segment] if one.segment in known else Segment(segment_folder(folder, one.segment))
        for one in parts
    ]


def _merge(
    building: Path, sources: Sequence[tuple[Segment, Rows]], derived: DerivedFiles
) -> tuple[Path, dict[str, FileFacts]]:
    """Write one segment from the live articles of several, in order, vectors bit for bit.

    Returns its folder, and the derived files that were made from those of the several segments.
    """
    dim, encoder = sources[0][0].dim, sources[0][0].encoder
    rows = sum(int(segment.row_counts[positions].sum()) for segment, positions in sources)
    check_space(building, 0, rows, dim)
    with SegmentWriter(building / new_segment_name()) as writer:
        copied = []
        for segment, positions in sources:
            for name in SEGMENT_FILES:
                segment.files.check(name)
            copied.append(Copied(segment, positions, writer.copy(segment, positions)))
        writer.close_articles()
        writer.write_vectors(
            (
                one.segment.raw(one.rows[first : first + PASSAGES_AT_ONCE])
                for one in copied
                for first in range(0, len(one.rows), PASSAGES_AT_ONCE)
            ),
            dim,
        )
        writer.close(encoder)
    return writer.folder, join_words(writer.folder, writer.language_numbers(), copied, derived)
