"""Name the kinds of arrays, scale rows to length 1, and read the files of numpy."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# Python 3.11 can raise SystemError if two threads parse at once, as numpy does with each header.
_PARSING = threading.Lock()


def load_arrays(file: Path | IO[bytes], mmap_mode: Literal["r"] | None = None) -> Any:
    """Return the array of an `.npy` file, or those of an `.npz` by name; pickle is refused.

    Raises `ValueError` if a file holds no array, `OSError` if it cannot be read.
    """
    with _PARSING:
        try:
            found = np.load(file, mmap_mode=mmap_mode, allow_pickle=False)
            return dict(found) if isinstance(found, np.lib.npyio.NpzFile) else found
        except OSError:
            raise
        except (
            Exception
        ) as error:  # a damaged header can raise anything that Python's parser raises
            raise ValueError("it holds no array") from error


def unit(vectors: npt.NDArray[np.floating[Any]]) -> Vectors:
    """Return the rows at length 1; a row of zeros stays one."""
    return scaled(np.array(vectors, dtype=np.float32))


def scaled(rows: Vectors) -> Vectors:
    """Scale rows in place to length 1, and return them."""
    lengths = np.sqrt(np.einsum("...i,...i->...", rows, rows))
    rows /= np.maximum(lengths, np.float32(1e-12))[..., None]
    return rows
