"""Name the kinds of arrays, scale rows to length 1, and read the files of numpy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import IO, Any, Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Item = TypeVar("Item")

# How float16 becomes float32: its bits move up, the sign stays, and the exponent grows.
_MORE_BITS, _SIGN_AND_NUMBER = np.int32(13), np.int32(-0x70002000)
_EXPONENTS = np.float32(2.0**112)
_EXPONENT = np.int16(0x7C00)


class Spans(NamedTuple):
    """Runs of rows, such as those of several articles: the first row and the length of each run."""

    firsts: Positions
    counts: Positions

    @property
    def places(self) -> Positions:
        """The place of the first row of each run in `rows`, (runs,)."""
        return np.cumsum(self.counts) - self.counts

    @property
    def rows(self) -> Rows:
        """The rows of all runs, run after run."""
        shift = np.repeat(self.firsts - self.places, self.counts)
        return np.arange(len(shift), dtype=np.int64) + shift

    def ranges(self) -> list[range]:
        """Return each run as a range."""
        ends = self.firsts + self.counts
        return list(map(range, self.firsts.tolist(), ends.tolist()))


def in_blocks(
    items: Iterable[Item], rows_of: Callable[[Item], int], most: int
) -> Iterator[list[Item]]:
    """Yield items in their order, in blocks of at most so many rows, or of one with more."""
    block: list[Item] = []
    held = 0
    for item in items:
        count = rows_of(item)
        if block and held + count > most:
            yield block
            block, held = [], 0
        block.append(item)
        held += count
    if block:
        yield block


def spread(rows: Sequence[int], most: int) -> Rows:
    """Return the rows as int64, or `most` of them spread evenly from the first to the last."""
    if len(rows) <= most:
        return np.array(rows, dtype=np.int64)
    places = np.linspace(0, len(rows) - 1, most).astype(np.int64)
    return np.array(rows, dtype=np.int64)[places]


# Python 3.11 can raise SystemError if two threads parse at once, as numpy does with each header.
_PARSING = threading.Lock()


def load_arrays(stream: IO[bytes]) -> Any:
    """Return the array of an `.npy` file, or those of an `.npz` by name; pickle is refused.

    Raises `ValueError` if a file holds no array, `OSError` if it cannot be read.
    """
    with _parsing():
        found = np.load(stream, allow_pickle=False)
        return dict(found) if isinstance(found, np.lib.npyio.NpzFile) else found


def npy_bytes(numbers: npt.NDArray[Any]) -> bytes:
    """Return the file of numpy that holds an array."""
    stream = BytesIO()
    np.save(stream, numbers, allow_pickle=False)
    return stream.getvalue()


def map_array(stream: IO[bytes]) -> npt.NDArray[Any]:
    """Return the array of an `.npy` file, mapped; it stays mapped when the file is closed.

    Raises `ValueError` if the file holds no array, `OSError` if it cannot be read.
    """
    with _parsing():
        version = np.lib.format.read_magic(stream)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, is_fortran, dtype = read_header(stream)
        if dtype.hasobject:
            raise ValueError("it holds objects")
        order: Literal["F", "C"] = "F" if is_fortran else "C"
        mapped = np.memmap(
            stream, dtype=dtype, mode="r", offset=stream.tell(), shape=shape, order=order
        )
        # As a plain array: a slice of numpy's own class for mapped files takes twice as long.
        return np.asarray(mapped)


@contextmanager
def _parsing() -> Iterator[None]:
    """Parse a file of numpy alone; every error but `OSError` becomes `ValueError`.

    A damaged header can raise anything that Python's parser raises.
    """
    with _PARSING:
        try:
            yield
        except OSError:
            raise
        except Exception as error:
            raise ValueError("it holds no array") from error


def are_among(numbers: npt.NDArray[np.integer[Any]], known: npt.NDArray[np.integer[Any]]) -> Mask:
    """Return which numbers are among the known ones, which may be in any order.

    For a few hundred numbers this takes a tenth of the time of `np.isin`.
    """
    if not len(known):
        return np.zeros(len(numbers), np.bool_)
    known = np.sort(known)
    found: Mask = known.take(known.searchsorted(numbers), mode="clip") == numbers
    return found


def are_first(numbers: npt.NDArray[np.integer[Any]]) -> Mask:
    """Return which numbers differ from the one before them; the first one does."""
    found = np.ones(len(numbers), np.bool_)
    found[1:] = numbers[1:] != numbers[:-1]
    return found


def highest_places(scores: Scores, count: int) -> Positions:
    """Return the places of the `count` highest scores of each line, in order: (…, count).

    Of equal scores the first are taken. Numpy's own choice among them differs between processors.
    """
    least = np.partition(scores, -count, axis=-1)[..., -count, None]
    found, are_equal = scores > least, scores == least
    missing = count - np.count_nonzero(found, axis=-1, keepdims=True)
    if np.count_nonzero(are_equal) > missing.sum():
        are_equal &= np.cumsum(are_equal, axis=-1) <= missing
    found |= are_equal
    return found.nonzero()[-1].reshape(*scores.shape[:-1], count)


def known_or_0(numbers: Numbers) -> Numbers:
    """Return numbers with 0 in place of NaN; this is faster than `np.nan_to_num`."""
    return np.where(np.isnan(numbers), 0.0, numbers)


def bounded(numbers: Numbers, least: float, most: float) -> Numbers:
    """Return numbers within bounds; for a few hundred this is faster than `np.clip`."""
    return np.minimum(np.maximum(numbers, least), most)


def are_finite(numbers: Vectors) -> bool:
    """Return whether all of some small numbers are finite; their sum says so soonest."""
    with np.errstate(invalid="ignore", over="ignore"):
        return bool(np.isfinite(numbers.sum()))


def finite_floats(numbers: npt.NDArray[np.floating[Any]]) -> Vectors | None:
    """Return some numbers as float32; None if one of them is not finite.

    float16 is converted bit by bit, several times as fast as numpy converts it.
    """
    if numbers.dtype != np.float16:
        found: Vectors = numbers.astype(np.float32, copy=False)
        return found if are_finite(found) else None
    halves = numbers.view(np.int16)
    # Infinity and NaN have all bits of the exponent set.
    if (halves & _EXPONENT).max(initial=0) == _EXPONENT:
        return None
    bits = halves.astype(np.int32)
    bits <<= _MORE_BITS
    bits &= _SIGN_AND_NUMBER
    found = bits.view(np.float32)
    found *= _EXPONENTS  # the exponent of float16 counts from another zero
    return found


def unit(vectors: npt.NDArray[np.floating[Any]]) -> Vectors:
    """Return the rows at length 1; a row of zeros stays one."""
    return scaled(np.array(vectors, dtype=np.float32))


def scaled(rows: Vectors) -> Vectors:
    """Scale rows in place to length 1, and return them."""
    lengths = np.sqrt(np.einsum("...i,...i->...", rows, rows))
    rows /= np.maximum(lengths, np.float32(1e-12))[..., None]
    return rows
