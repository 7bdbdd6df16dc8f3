"""Read the mean of each article's passages, from a file beside each segment.

A mean stands for a whole article. By the means, the articles that are worth comparing passage by
passage are chosen without reading their passages. The file is an array of numpy, float16 (articles,
dim): the weighted means in one answering space, at length 1 (`alignment.Passages.wholes`). An
article without passages has zeros.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np

from recommender.arrays import Positions, Vectors, finite_floats, map_array
from recommender.errors import SnapshotDamaged
from recommender.safe_open import Depth, open_stream
from recommender.store.advice import on_unread

MEANS_TYPE = np.dtype("<f2")
# So many means are compared at a time, since more do not fit in a processor's cache. A thousand
# took three times as long.
ROWS_AT_ONCE = 256


def means_file(space_id: str) -> str:
    """Return the name of a segment's means in one answering space.

    Count up when other means are written, for example with other weights of roles.
    """
    return f"means-1-{space_id}.npy"


def write_header(articles: int, dim: int, stream: BinaryIO) -> None:
    """Write the header of so many means, which follow in the order in which they are in memory."""
    descr = np.lib.format.dtype_to_descr(MEANS_TYPE)
    header = {"descr": descr, "fortran_order": False, "shape": (articles, dim)}
    np.lib.format.write_array_header_1_0(stream, header)


class SegmentMeans:
    """The means of one segment's articles, by their positions there."""

    def __init__(self, path: Path, articles: int, dim: int, advice: str) -> None:
        """Map the file of so many articles; raise `SnapshotDamaged` if it is of other articles."""
        self._damage = f"{path}: does not hold the means of {articles} articles; {advice}"
        try:
            with open_stream(path, Depth.SEGMENT) as stream:
                mapped = map_array(stream)
        except ValueError as error:
            raise SnapshotDamaged(f"{path}: cannot be read: {error}; {advice}") from error
        except OSError as error:
            raise SnapshotDamaged(
                f"{path}: {error.strerror}; {on_unread(error, advice)}"
            ) from error
        if mapped.shape != (articles, dim) or mapped.dtype != MEANS_TYPE:
            raise SnapshotDamaged(self._damage)
        self._mapped = mapped

    def read(self, positions: Positions) -> Vectors:
        """Return the means of some articles, float32 (len(positions), dim)."""
        found = finite_floats(self._mapped[positions])
        if found is None:
            raise SnapshotDamaged(self._damage)
        return found

    def cosines(self, positions: Positions, vector: Vectors) -> Vectors:
        """Return the cosine of each article's mean to a vector, (len(positions),)."""
        found = np.empty(len(positions), np.float32)
        for first in range(0, len(positions), ROWS_AT_ONCE):
            some = slice(first, first + ROWS_AT_ONCE)
            found[some] = self.read(positions[some]) @ vector
        return found
