"""Encode the passages of new and changed articles into a segment, each distinct text once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np

from recommender.arrays import Rows, Vectors
from recommender.encoders.base import Encoder
from recommender.errors import StorageError
from recommender.store.segment_writer import SegmentWriter
from recommender.system.disk import free_bytes

T = TypeVar("T")


class FoundVectors(Protocol):
    """Known vectors, by the hash of their text (`StoredVectors`)."""

    def find(self, digests: Sequence[bytes]) -> Rows:
        """Return a row for each text hash, -1 if there is none."""

    def read(self, rows: Rows, into: Vectors) -> None:
        """Copy the vectors of `rows` into an array of as many rows."""


class NewVectors(Protocol):
    """The store for vectors as they are encoded (`Checkpoint`)."""

    def __contains__(self, digest: bytes) -> bool: ...

    def add(self, digests: Sequence[bytes], vectors: Vectors) -> None:
        """Keep vectors."""

    def read(self, digests: Sequence[bytes]) -> Vectors:
        """Return the vectors of texts that are kept, shape (len(digests), dim)."""


# The passages held in memory at a time, and the fewest that are encoded at once.
PASSAGES_AT_ONCE = 8_192
SLICE = 256
# Texts are encoded together for about so long. A killed process loses what is not yet in the
# checkpoint, and at the end of each batch the processors wait for the slowest one.
SECONDS_AT_ONCE = 10.0
# An exact index takes as many bytes as two copies of the vectors, the words about as many as the
# texts.
DERIVED_COPIES = 3
SPARE_BYTES = 16_000_000

# Called with the number of texts that are encoded, and of all.
OnEncoded = Callable[[int, int], None]
# Has the texts with some hashes encoded, keeps their vectors, and reports how many are done.
EncodeElsewhere = Callable[[set[bytes], NewVectors, Callable[[int], None]], None]


@dataclass(frozen=True, slots=True)
class Encoded:
    """The number of distinct texts encoded, and of passages that already had a vector."""

    texts: int
    reused: int


def fill_vectors(
    writer: SegmentWriter,
    encoder: Encoder,
    stored: FoundVectors,
    checkpoint: NewVectors,
    report: OnEncoded,
    elsewhere: EncodeElsewhere | None = None,
) -> Encoded:
    """Write the vectors of the writer's passages; each distinct text is encoded at most once.

    `elsewhere`, if given, encodes the missing ones first; this process encodes the rest.
    """
    hashes = writer.text_hashes()
    rows = _find(stored, hashes)
    had = {digest for digest, row in zip(hashes, rows, strict=True) if row >= 0}
    had |= {digest for digest in hashes if digest in checkpoint}
    wanted = set(hashes) - had
    missing = len(wanted)
    check_space(writer.folder, missing, len(hashes), encoder.dim)
    if elsewhere is not None:
        elsewhere(wanted, checkpoint, lambda done: report(done, missing))
    left = sum(digest not in checkpoint for digest in wanted)
    if left or elsewhere is None:
        _encode_missing(
            writer, encoder, had, checkpoint, lambda done: report(missing - left + done, missing)
        )
    writer.write_vectors(_gathered(hashes, rows, stored, checkpoint, encoder.dim), encoder.dim)
    return Encoded(missing, sum(digest in had for digest in hashes))


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of `size` items, the last one shorter."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _find(stored: FoundVectors, hashes: Sequence[bytes]) -> Rows:
    found = [stored.find(chunk) for chunk in chunks(hashes, PASSAGES_AT_ONCE)]
    return np.concatenate([np.empty(0, np.int64), *found])


def _encode_missing(
    writer: SegmentWriter,
    encoder: Encoder,
    had: set[bytes],
    checkpoint: NewVectors,
    report: Callable[[int], None],
) -> None:
    done, size = 0, SLICE
    report(done)
    for passages in chunks(writer.texts(), PASSAGES_AT_ONCE):
        fresh = {
            digest: text
            for digest, text in passages
            if digest not in had and digest not in checkpoint
        }
        by_length = sorted(fresh, key=lambda digest: len(fresh[digest]))
        while by_length:
            batch, by_length = by_length[:size], by_length[size:]
            started = time.monotonic()
            vectors = encoder.encode([fresh[digest] for digest in batch], role="passage")
            checkpoint.add(batch, vectors)
            done += len(batch)
            report(done)
            size = paced(size, time.monotonic() - started)


def paced(size: int, seconds: float) -> int:
    """Return how many texts to encode at once after `size` of them took so many seconds."""
    if seconds < SECONDS_AT_ONCE / 2:
        return min(2 * size, PASSAGES_AT_ONCE)
    return size if seconds < SECONDS_AT_ONCE else max(size // 2, SLICE)


def _gathered(
    hashes: Sequence[bytes],
    rows: Rows,
    stored: FoundVectors,
    checkpoint: NewVectors,
    dim: int,
) -> Iterator[Vectors]:
    for first in range(0, len(hashes), PASSAGES_AT_ONCE):
        wanted = rows[first : first + PASSAGES_AT_ONCE]
        batch = np.empty((len(wanted), dim), dtype=np.float32)
        old = np.flatnonzero(wanted >= 0)
        if len(old):
            vectors = np.empty((len(old), dim), dtype=np.float32)
            stored.read(wanted[old], vectors)
            batch[old] = vectors
        new = np.flatnonzero(wanted < 0)
        if len(new):
            batch[new] = checkpoint.read([hashes[first + at] for at in new.tolist()])
        yield batch


def check_space(folder: Path, encoded: int, rows: int, dim: int) -> None:
    """Raise `StorageError` if the vectors and the files derived from them do not fit."""
    vector = 2 * dim
    needed = encoded * (2 * vector + 20) + rows * (vector * (1 + DERIVED_COPIES) + 50) + SPARE_BYTES
    free = free_bytes(folder)
    if needed > free:
        raise StorageError(
            f"{folder.parent}: about {needed / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB "
            "are free; the old index is unchanged; free some space and build again"
        )
