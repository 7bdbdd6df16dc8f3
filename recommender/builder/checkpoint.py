"""Keep the vectors of a build that was interrupted, so that the next one continues from there."""

from __future__ import annotations

import hashlib
import json
import re
import time
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.arrays import Vectors
from recommender.safe_open import Depth, check_folder, is_file, is_folder, open_stream
from recommender.store.files import append, make_folder, remove, remove_empty

FOLDER = ".resume"
_NAME = re.compile(r"[0-9a-f]{16}\.encoded")
# A power loss costs the encoding of at most so many seconds and one batch; a killed process, one
# batch.
SECONDS_BETWEEN_SYNCS = 20.0


class Checkpoint:
    """The vectors that a build has encoded so far, kept in a file until it is published.

    Each record is a text hash, a vector and a checksum of both. When the file is opened again, the
    bytes after the last complete record are dropped.
    """

    def __init__(self, folder: Path, encoder: str, dim: int) -> None:
        self._path = checkpoint_file(folder, encoder, dim)
        make_folder(check_folder(self._path.parent))
        for other in _files_in(self._path.parent):
            if other != self._path:
                remove(other)
        self._record = np.dtype([("hash", "V16"), ("vector", "<f4", dim), ("crc32", "<u4")])
        self._rows = self._read()
        self.resumed = len(self._rows)
        self._stream = append(self._path, len(self._rows) * self._record.itemsize)
        self._synced = time.monotonic()

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(self, *error: Any) -> None:
        self._stream.abandon()

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._rows

    def add(self, digests: Sequence[bytes], vectors: Vectors) -> None:
        """Append vectors; they are in the file on return, and durable soon after."""
        records = np.empty(len(digests), dtype=self._record)
        records["hash"] = np.array(digests, dtype="V16")
        records["vector"] = vectors
        records["crc32"] = [zlib.crc32(record[:-4]) for record in _bytes_of(records)]
        self._stream.write(records.tobytes())
        self._stream.flush()
        for digest in digests:
            self._rows[digest] = len(self._rows)
        if time.monotonic() - self._synced > SECONDS_BETWEEN_SYNCS:
            self._stream.sync()
            self._synced = time.monotonic()

    def read(self, digests: Sequence[bytes]) -> Vectors:
        """Return the vectors of texts that are in the file, shape (len(digests), dim)."""
        rows = np.array([self._rows[digest] for digest in digests], dtype=np.int64)
        with open_stream(self._path, Depth.FOLDER) as stream:
            records = np.memmap(stream, dtype=self._record, mode="r")
        vectors: Vectors = np.ascontiguousarray(records["vector"][rows])
        return vectors

    def _read(self) -> dict[bytes, int]:
        rows: dict[bytes, int] = {}
        size = self._record.itemsize
        try:
            with open_stream(self._path, Depth.FOLDER) as stream:
                while len(data := stream.read(size)) == size:
                    if zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
                        break
                    rows[data[:16]] = len(rows)
        except FileNotFoundError:
            pass
        return rows


def checkpoint_file(folder: Path, encoder: str, dim: int) -> Path:
    """Return the file for the vectors of an encoder until they are published."""
    name = hashlib.sha256(json.dumps([encoder, dim]).encode()).hexdigest()[:16]
    return folder / FOLDER / f"{name}.encoded"


def clear_checkpoint(folder: Path) -> None:
    """Delete the checkpoint of a build that is published."""
    place = folder / FOLDER
    for path in _files_in(place):
        remove(path)
    remove_empty(place)


def _files_in(folder: Path) -> list[Path]:
    """Return the files of checkpoints in a folder, none if that is a link."""
    if not is_folder(folder):
        return []
    return [one for one in folder.iterdir() if _NAME.fullmatch(one.name) and is_file(one)]


def _bytes_of(records: npt.NDArray[Any]) -> Iterable[bytes]:
    data, size = records.tobytes(), records.dtype.itemsize
    return (data[start : start + size] for start in range(0, len(data), size))
