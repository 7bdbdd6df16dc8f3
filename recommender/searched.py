"""A segment's vectors as they are searched: in an answering space."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from recommender.arrays import Vectors
from recommender.index import Source
from recommender.segment import Segment
from recommender.space import Space


def centered(segment: Segment, space: Space, rows: npt.NDArray[np.int64]) -> Vectors:
    """Return the vectors of a segment's rows in an answering space, shape (len(rows), dim)."""
    means = space.means_of(segment.languages)
    return space.center_by(segment.raw(rows), means[segment.language_numbers(rows)])


def source_of(segment: Segment, space: Space) -> Source:
    """Return what an index of the segment is made of and refers to."""
    return Source(len(segment.passages), segment.dim, lambda rows: centered(segment, space, rows))


def index_file(space_id: str, kind: str) -> str:
    """Return the name of a segment's search index of a FAISS kind for one answering space."""
    return f"index-{space_id}-{re.sub(r'[^a-z0-9_]+', '-', kind.lower())}.faiss"
