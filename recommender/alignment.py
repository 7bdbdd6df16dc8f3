"""Compares two articles passage by passage."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


def align(vectors: Vectors, others: Vectors) -> tuple[float, Vectors]:
    """Return how alike two articles are, and the cosine of each pair of their passages.

    `vectors` is (n, dim), `others` (m, dim), unit rows; the pairs are (n, m). The score is the
    mean of both directions' means of the best match, so it does not depend on which comes first.
    """
    pairs = vectors @ others.T
    return float(pairs.max(axis=1).mean() + pairs.max(axis=0).mean()) / 2, pairs
