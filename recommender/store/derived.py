"""A segment's vectors as they are searched: in an answering space."""

from __future__ import annotations

import re

from recommender.arrays import Rows, Vectors
from recommender.index import Source
from recommender.scoring.space import Space
from recommender.store.segment import Segment

# Count up when other terms, or another layout, are written.
LEXICAL_FILE, WORDS_ONLY_FILE = "lexical-4.bin", "words-only-4.bin"


def centered(segment: Segment, space: Space, rows: Rows) -> Vectors:
    """Return the vectors of a segment's rows in an answering space, shape (len(rows), dim)."""
    return source_of(segment, space).read(rows)


def source_of(segment: Segment, space: Space) -> Source:
    """Return what an index of the segment is made of and refers to."""
    means = space.means_of(segment.languages)

    def read(rows: Rows) -> Vectors:
        return space.center_by(segment.raw(rows), means[segment.language_numbers(rows)])

    return Source(len(segment.passages), segment.dim, read)


def index_file(space_id: str, kind: str) -> str:
    """Return the name of a segment's search index of a FAISS kind for one answering space."""
    return f"index-{space_id}-{re.sub(r'[^a-z0-9_]+', '-', kind.lower())}.faiss"
