"""Check the structure of a FAISS file before FAISS maps it: its kind, and the bounds of its parts.

FAISS trusts most of what a file says. A file that was cut off, or a graph with links to vectors
that do not exist, makes it read memory out of bounds, which ends the process. A file may also name
another file, which FAISS would open. So only the kinds that `write.py` makes are accepted.

A file begins with four letters that name its kind. Numbers are little-endian. A list is its length,
in 8 bytes, and its elements.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recommender.errors import SnapshotDamaged
from recommender.index.part import Source
from recommender.safe_open import Depth, open_stream

# The scalar quantizers that are accepted, by their numbers in FAISS (`QT_8bit` is 0): the bits of a
# code for each number of a vector, how many numbers are learned in all, and how many for each.
SCALAR_KINDS = {
    0: (8, 0, 2), 1: (4, 0, 2), 2: (8, 2, 0), 3: (4, 2, 0), 4: (16, 0, 0),
    5: (8, 0, 0), 6: (6, 0, 2), 7: (16, 0, 0), 8: (8, 0, 0),
}  # fmt: skip
# FAISS's number for comparing by inner product.
_INNER_PRODUCT = 0
# What follows the kind of an index, and the kind of an index that holds every vector.
_HEAD, _FLAT = "iqqqBi", b"IxFI"
_MOST_DIM, _MOST_ROWS = 1 << 20, 1 << 40


class BadStructure(ValueError):
    """A file is not one that FAISS can map safely; the message says why."""


class Shape(NamedTuple):
    """The dimension of the vectors of an index, and their number."""

    dim: int
    rows: int


class _Parts:
    """The parts of a file, one after the other; none may extend past the end."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._at, self._size = 0, os.fstat(stream.fileno()).st_size

    def numbers(self, form: str) -> tuple[int, ...]:
        """Read numbers of the forms that `struct` names."""
        form = f"<{form}"
        return struct.unpack(form, self._stream.read(self._pass(struct.calcsize(form))))

    def name(self) -> bytes:
        """Read the four letters of a kind."""
        return self._stream.read(self._pass(4))

    def skip(self, size: int) -> None:
        """Skip so many bytes."""
        self._pass(size)
        self._stream.seek(self._at)

    def skip_list(self, width: int) -> int:
        """Skip a list of elements of so many bytes; return how many it has."""
        [count] = self.numbers("Q")
        self.skip(count * width)
        return count

    def list(self, kind: str) -> npt.NDArray[Any]:
        """Return a list of numbers, mapped."""
        [count] = self.numbers("Q")
        start, dtype = self._at, np.dtype(kind)
        self.skip(count * dtype.itemsize)
        if not count:
            return np.empty(0, dtype)
        return np.asarray(np.memmap(self._stream, dtype, "r", offset=start, shape=(count,)))

    def end(self) -> None:
        """Raise `BadStructure` unless all of the file was read."""
        _check(self._at == self._size, "goes on behind its last part")

    def seek(self) -> None:
        """Continue where the last part ended: mapping a part moves the place in the file."""
        self._stream.seek(self._at)

    def _pass(self, size: int) -> int:
        _check(self._at + size <= self._size, "ends within a part")
        self._at += size
        return size


Reader = Callable[[_Parts, Shape], None]


@contextmanager
def checked_file(path: Path) -> Iterator[IO[bytes]]:
    """Yield an index file that can be mapped safely; raise `SnapshotDamaged` for any other."""
    try:
        stream = open_stream(path, Depth.SEGMENT)
    except OSError as error:
        place = error.filename or path
        raise SnapshotDamaged(f"{place}: {error.strerror}; {repair_of(path)}") from error
    with stream:
        try:
            check_structure(stream)
        except BadStructure as error:
            raise SnapshotDamaged(f"{path}: {error}; {repair_of(path)}") from error
        yield stream


def check_shape(path: Path, source: Source, found: tuple[int, int]) -> None:
    """Raise `SnapshotDamaged` unless an index holds a vector for each row of `source`."""
    if found != (source.rows, source.dim):
        raise SnapshotDamaged(
            f"{path}: found {found[0]} vectors of {found[1]} numbers, "
            f"expected {source.rows} of {source.dim}; {repair_of(path)}"
        )


def damage_of(path: Path) -> str:
    """Return what is wrong with an index whose scores are not finite."""
    return f"{path}: holds a vector that is not finite; {repair_of(path)}"


def not_exact(path: Path) -> SnapshotDamaged:
    """Return the error for an index without vectors that the manifest calls exact."""
    return SnapshotDamaged(f"{path}: is not the exact index of the manifest; {repair_of(path)}")


def repair_of(path: Path) -> str:
    """Return the command that makes a damaged index file again."""
    index = path.parents[2]  # INDEX/segments/NAME/FILE
    return f"run: recommender verify --repair --index {index}, or ask with --exact"


def map_vectors(stream: IO[bytes]) -> npt.NDArray[np.uint8] | None:
    """Return the vectors of a checked file, mapped, as bytes (rows, 4 * dim); None if it has codes.

    As bytes, because the numbers do not begin at a multiple of four.
    """
    stream.seek(0)
    parts = _Parts(stream)
    if parts.name() != _FLAT:
        return None
    dim, rows, *_ = parts.numbers(_HEAD)
    held: npt.NDArray[np.uint8] = parts.list("<f4").view(np.uint8)
    return held.reshape(rows, 4 * dim)


def check_structure(stream: IO[bytes]) -> None:
    """Raise `BadStructure` for a file that FAISS could not map safely."""
    parts = _Parts(stream)
    _read(parts, _KINDS)
    parts.end()


def _check(is_so: bool | np.bool_, why: str) -> None:
    if not is_so:
        raise BadStructure(why)


def _read(parts: _Parts, kinds: Mapping[bytes, Reader]) -> Shape:
    """Check an index of one of some kinds."""
    kind = parts.name()
    _check(kind in kinds, f"is of the kind {kind!r}, which no build makes here")
    dim, rows, _, _, is_trained, metric = parts.numbers(_HEAD)
    _check(metric == _INNER_PRODUCT, "does not compare by inner product")
    _check(0 < dim < _MOST_DIM and 0 <= rows < _MOST_ROWS, "has a wrong number of vectors")
    _check(is_trained == 1, "is not trained")
    shape = Shape(dim, rows)
    kinds[kind](parts, shape)
    return shape


def _flat(parts: _Parts, shape: Shape) -> None:
    _check(parts.skip_list(4) == shape.dim * shape.rows, "does not hold its vectors")


def _codes(parts: _Parts, shape: Shape) -> None:
    size = _scalar_quantizer(parts, shape)
    _check(parts.skip_list(1) == size * shape.rows, "does not hold a code for each vector")


def _scalar_quantizer(parts: _Parts, shape: Shape) -> int:
    """Check a scalar quantizer; return the bytes of a code."""
    kind, _, _, dim, size = parts.numbers("iifQQ")
    _check(kind in SCALAR_KINDS and dim == shape.dim, "has a quantizer that no build makes here")
    bits, learned, learned_each = SCALAR_KINDS[kind]
    _check(size == (dim * bits + 7) // 8, "has codes of a wrong length")
    trained = parts.list("<f4")
    parts.seek()
    _check(len(trained) == learned + learned_each * dim, "has a quantizer that is not trained")
    _check(np.isfinite(trained).all(), "has a quantizer with numbers that are not finite")
    return size


def _inverted(parts: _Parts, shape: Shape, quantizer: Callable[[_Parts, Shape], int]) -> None:
    """Check an index of inverted lists, whose codes are those of a quantizer."""
    lists, _ = parts.numbers("QQ")
    _check(0 < lists < _MOST_ROWS, "has a wrong number of lists")
    centres = _read(parts, _CENTRES)
    _check(centres == (shape.dim, lists), "lacks centres of its lists")
    map_kind, mapped = parts.numbers("BQ")
    _check(not map_kind and not mapped, "has a map, which no build makes here")
    size = quantizer(parts, shape)
    _check(parts.name() == b"ilar", "keeps its lists elsewhere")
    _check(parts.numbers("QQ") == (lists, size), "has lists of other codes")
    counts = _list_sizes(parts, lists)
    _check(int(counts.sum(dtype=np.float64)) == shape.rows, "has lists of other vectors")
    parts.skip(shape.rows * (size + 8))


def _list_sizes(parts: _Parts, lists: int) -> npt.NDArray[np.uint64]:
    """Return the sizes of inverted lists: of all, or of those that are not empty."""
    layout = parts.name()
    _check(layout in (b"full", b"sprs"), "has lists of an unknown layout")
    found = parts.list("<u8")
    parts.seek()
    if layout == b"full":
        _check(len(found) == lists, "has sizes of other lists")
        return found
    _check(len(found) % 2 == 0, "has sizes of other lists")
    numbers, sizes = found[::2], found[1::2]
    is_known = not len(numbers) or int(numbers.max()) < lists
    _check(is_known and (numbers[1:] > numbers[:-1]).all(), "has sizes of other lists")
    return sizes


def _inverted_flat(parts: _Parts, shape: Shape) -> None:
    _inverted(parts, shape, lambda parts, shape: 4 * shape.dim)


def _inverted_codes(parts: _Parts, shape: Shape) -> None:
    def quantizer(parts: _Parts, shape: Shape) -> int:
        size = _scalar_quantizer(parts, shape)
        again, _ = parts.numbers("QB")
        _check(again == size, "has codes of a wrong length")
        return size

    _inverted(parts, shape, quantizer)


def _inverted_bits(parts: _Parts, shape: Shape) -> None:
    _inverted(parts, shape, lambda parts, shape: _bits_quantizer(parts, shape, several=False))


def _inverted_several_bits(parts: _Parts, shape: Shape) -> None:
    _inverted(parts, shape, lambda parts, shape: _bits_quantizer(parts, shape, several=True))


def _bits_quantizer(parts: _Parts, shape: Shape, *, several: bool) -> int:
    """Check a RaBitQ quantizer of one bit for each number, or of several."""
    dim, size, metric = parts.numbers("QQi")
    bits = parts.numbers("Q")[0] if several else 1
    again, _, query_bits = parts.numbers("QBB")
    is_known = dim == shape.dim and metric == _INNER_PRODUCT
    _check(is_known and 0 < bits < 10 and query_bits <= 8, "has a quantizer of another kind")
    _check(size == again == _bits_size(dim, bits), "has codes of a wrong length")
    return size


def _bits_size(dim: int, bits: int) -> int:
    import faiss  # an exact index has none

    return int(faiss.RaBitQuantizer(dim, faiss.METRIC_INNER_PRODUCT, bits).code_size)


def _graph_flat(parts: _Parts, shape: Shape) -> None:
    _graph(parts, shape, _FLAT)


def _graph_codes(parts: _Parts, shape: Shape) -> None:
    _graph(parts, shape, b"IxSQ")


def _graph(parts: _Parts, shape: Shape, stored: bytes) -> None:
    """Check a graph (HNSW) and its vectors.

    A vector has some neighbours on each of its levels. `widths` says where the neighbours on each
    level begin among its own, `offsets` where its own begin among all.
    """
    parts.skip_list(8)
    widths, levels, offsets = parts.list("<i4"), _next(parts, "<i4"), _next(parts, "<u8")
    neighbours = _next(parts, "<i4")
    parts.seek()
    entry, top, *_ = parts.numbers("iiiii")
    rows = shape.rows
    is_whole = len(levels) == rows and len(offsets) == rows + 1 and len(widths) > 0
    _check(is_whole and widths[0] == 0 and (widths[1:] >= widths[:-1]).all(), "has no whole graph")
    if rows:
        _check(0 < levels.min() <= levels.max() < len(widths), "has no whole graph")
        _check(0 <= entry < rows and levels[entry] == levels.max() == top + 1, "has no entry")
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(widths[levels], dtype=np.int64)])
    _check(np.array_equal(ends, offsets) and int(ends[-1]) == len(neighbours), "has no whole graph")
    for level in range(int(levels.max(initial=0))):
        _check_level(level, widths, levels, ends, neighbours)
    _check(_read(parts, {stored: _KINDS[stored]}) == shape, "is not of its vectors")


def _next(parts: _Parts, kind: str) -> npt.NDArray[Any]:
    parts.seek()
    return parts.list(kind)


def _check_level(
    level: int,
    widths: npt.NDArray[np.int32],
    levels: npt.NDArray[np.int32],
    ends: npt.NDArray[np.int64],
    neighbours: npt.NDArray[np.int32],
) -> None:
    """Check that the neighbours on a level are vectors that have that level, or -1 for none."""
    here = np.flatnonzero(levels > level)
    width = int(widths[level + 1] - widths[level])
    for start in range(0, len(here), 65_536):
        firsts = ends[here[start : start + 65_536]] + int(widths[level])
        found = neighbours[firsts[:, None] + np.arange(width)]
        _check(not found.size or -1 <= found.min() <= found.max() < len(levels), "leads nowhere")
        _check((levels[found[found >= 0]] > level).all(), "leads nowhere")


_CENTRES: Mapping[bytes, Reader] = {_FLAT: _flat, b"IHNf": _graph_flat}
_KINDS: Mapping[bytes, Reader] = {
    _FLAT: _flat,
    b"IxSQ": _codes,
    b"IHNf": _graph_flat,
    b"IHNs": _graph_codes,
    b"IwFl": _inverted_flat,
    b"IwSq": _inverted_codes,
    b"Iwrq": _inverted_bits,
    b"Iwrr": _inverted_several_bits,
}
