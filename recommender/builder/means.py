"""Write the mean of each article's passages, which stands for the whole article."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from recommender.arrays import Positions, Vectors
from recommender.scoring.alignment import MAX_COMPARED, Passages, compared_rows
from recommender.scoring.space import Space
from recommender.store.derived import source_of
from recommender.store.means import MEANS_TYPE, write_header
from recommender.store.segment import Segment

# So many vectors are held in memory at a time.
ROWS_AT_ONCE = 8_192


def write_means(segment: Segment, space: Space, stream: BinaryIO) -> None:
    """Write the file of `store/means.py` for the articles of a segment in an answering space."""
    source = source_of(segment, space)
    write_header(len(segment), segment.dim, stream)
    for positions in blocks_of(np.minimum(segment.row_counts, MAX_COMPARED)):
        found: Vectors = np.zeros((len(positions), segment.dim), np.float32)
        used = positions[segment.row_counts[positions] > 0]
        if len(used):
            rows, firsts = compared_rows([segment.rows(position) for position in used.tolist()])
            passages = Passages(source.read(rows), segment.weights(rows), firsts)
            found[used - positions[0]] = passages.wholes
        stream.write(found.astype(MEANS_TYPE).tobytes())


def blocks_of(counts: Positions) -> Iterator[Positions]:
    """Yield the positions of articles in order, in blocks of at most `ROWS_AT_ONCE` passages."""
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        before = int(ends[start] - counts[start])
        stop = int(np.searchsorted(ends, before + ROWS_AT_ONCE, "right"))
        stop = min(max(stop, start + 1), start + ROWS_AT_ONCE)
        yield np.arange(start, stop)
        start = stop
