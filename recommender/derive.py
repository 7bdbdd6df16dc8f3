"""Writes what follows from the vectors and texts of segments, and can always be made again.

Derived files lie in the folder of the segment they follow from, under a name that says what they
were derived for, and are never rewritten: a segment that a new snapshot shares with an old one
brings its derived files along.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from recommender.index import write_index
from recommender.segment import Segment
from recommender.snapshot import INDEX_FILE
from recommender.space import unrelated_scores
from recommender.storage import FileFacts, file_facts


def derive(segments: Sequence[Segment]) -> dict[str, Any]:
    """Write the derived files that the segments lack and return the manifest's fields on them."""
    vectors = np.concatenate([segment.vectors for segment in segments])
    firsts = np.cumsum([0, *(len(segment) for segment in segments)])
    articles = np.concatenate(
        [
            first + segment.passages["article"].astype(np.int64)
            for first, segment in zip(firsts, segments, strict=False)
        ]
    )
    return {
        "derived": {segment.folder.name: _segment_files(segment) for segment in segments},
        "unrelated": unrelated_scores(vectors, articles),
    }


def _segment_files(segment: Segment) -> dict[str, FileFacts]:
    index = segment.folder / INDEX_FILE
    if not index.exists():
        write_index(segment.vectors, index)
    return {INDEX_FILE: file_facts(index)}
