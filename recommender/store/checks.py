"""Record the size and the digests of the files of an index, and check them when they are read."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from recommender.errors import SnapshotDamaged
from recommender.safe_open import Depth, open_stream
from recommender.store.advice import on_unread
from recommender.store.files import BUFFER_BYTES

# Files up to this size are read and checked at every opening, which takes some 10 ms. `verify`
# checks larger ones. Readers check each number that they use from those.
CHECKED_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The size in bytes of a written file, and two digests of its content."""

    bytes: int
    crc32: int
    sha256: str


def file_facts(path: Path) -> FileFacts:
    """Return the size and the digests of a segment's file; reads all of it."""
    sha256, crc32, size = hashlib.sha256(), 0, 0
    with open_stream(path, Depth.SEGMENT) as stream:
        while data := stream.read(BUFFER_BYTES):
            sha256.update(data)
            crc32 = zlib.crc32(data, crc32)
            size += len(data)
    return FileFacts(size, crc32, sha256.hexdigest())


def check_file(path: Path, expected: FileFacts | None, advice: str) -> FileFacts:
    """Check the size and the digest of a segment's file, and return its facts.

    The content of a large file is not read. Raises `SnapshotDamaged` if size or content are wrong,
    or if the file has no facts.
    """
    if expected is None:
        raise SnapshotDamaged(f"{path}: its size and content were not recorded; {advice}")
    with _damage(path, advice), open_stream(path, Depth.SEGMENT) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size != expected.bytes:
            raise SnapshotDamaged(
                f"{path}: found {size:,} bytes, expected {expected.bytes:,}; {advice}"
            )
        if size <= CHECKED_BYTES and zlib.crc32(stream.read()) != expected.crc32:
            raise SnapshotDamaged(f"{path}: its content is not what was written; {advice}")
    return expected


def check_content(path: Path, expected: FileFacts | None, advice: str) -> None:
    """Raise `SnapshotDamaged` unless the file holds what was written; reads all of it."""
    known = check_file(path, expected, advice)
    with _damage(path, advice):
        if file_facts(path) != known:
            raise SnapshotDamaged(f"{path}: its content is not what was written; {advice}")


@contextmanager
def _damage(path: Path, advice: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SnapshotDamaged(
            f"{error.filename or path}: {error.strerror or error}; {on_unread(error, advice)}"
        ) from error
