"""Say how many threads a process computes with."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_info


def threads_of_numpy(_: object) -> int:
    """Return how many threads numpy multiplies matrices with in this process."""
    assert np.ones(1).all()  # it is loaded
    return max(one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas")
