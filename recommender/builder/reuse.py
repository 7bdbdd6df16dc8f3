"""Reuse the vectors of stored segments instead of computing them again.

They are found by the hash of the text that they were encoded from, within one encoder's
fingerprint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from recommender.arrays import Vectors, map_array
from recommender.errors import SnapshotDamaged
from recommender.safe_open import Depth, open_stream
from recommender.store.advice import rebuild
from recommender.store.checks import FileFacts, check_content, check_file
from recommender.store.files import read_json
from recommender.store.json_records import read_record
from recommender.store.layout import PASSAGES, SEGMENT_FACTS, VECTORS
from recommender.store.records import STORED


@dataclass(frozen=True, slots=True)
class _Files:
    """The fields of `segment.json` in every format: the encoder's fingerprint, the files."""

    encoder: str
    files: Mapping[str, FileFacts]


@dataclass(frozen=True, slots=True)
class SegmentVectors:
    """The vectors of a segment of any format, and the hashes of their texts.

    These are the same in all formats; everything else differs and may be unreadable.
    """

    path: Path
    facts: FileFacts
    encoder: str
    hashes: npt.NDArray[np.void]
    vectors: npt.NDArray[np.floating[Any]]

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Map a segment's files; raise `SnapshotDamaged` if they hold no vectors of texts."""
        advice = rebuild(folder.parent.parent)
        paths = [folder / PASSAGES, folder / VECTORS]
        try:
            facts = read_record(_Files, read_json(folder / SEGMENT_FACTS, Depth.SEGMENT, advice))
            for path in paths:
                check_file(path, facts.files.get(path.name), advice)
            passages, vectors = map(_mapped, paths)
            hashes = passages["text_hash"][: len(vectors)]
        except (ValueError, OSError, KeyError, IndexError) as error:
            raise SnapshotDamaged(
                f"{folder}: holds no vectors of texts: {error}; {advice}"
            ) from error
        is_whole = len(hashes) == len(vectors) and hashes.dtype == "V16"
        if vectors.ndim != 2 or vectors.dtype not in STORED or not is_whole:
            raise SnapshotDamaged(f"{folder}: holds no vectors of texts; {advice}")
        return cls(paths[1], facts.files[VECTORS], facts.encoder, hashes, vectors)

    def check(self) -> None:
        """Raise `SnapshotDamaged` unless the vectors are what was written; reads all of them."""
        check_content(self.path, self.facts, rebuild(self.path.parents[2]))


class StoredVectors:
    """The vectors of segments, by text hash."""

    def __init__(self, segments: Sequence[SegmentVectors]) -> None:
        self._segments = [segment for segment in segments if len(segment.vectors)]
        hashes = [np.asarray(segment.hashes) for segment in self._segments]
        halves = np.concatenate([np.empty((0, 2), "<u8"), *map(_halves, hashes)])
        self._order = np.argsort(halves[:, 0], kind="stable")
        self._halves = halves[self._order]
        self._firsts = np.cumsum([0, *map(len, hashes)])
        self._checked: set[int] = set()

    def find(self, digests: Sequence[bytes]) -> npt.NDArray[np.int64]:
        """Return a row for each text hash, -1 if there is none."""
        wanted = _halves(np.array(digests, dtype="V16"))
        found = np.full(len(wanted), -1, dtype=np.int64)
        firsts = np.searchsorted(self._halves[:, 0], wanted[:, 0])
        for number, (first, (left, right)) in enumerate(zip(firsts, wanted, strict=True)):
            while first < len(self._halves) and self._halves[first, 0] == left:
                if self._halves[first, 1] == right:
                    found[number] = self._order[first]
                    break
                first += 1
        return found

    def read(self, rows: npt.NDArray[np.int64], into: Vectors) -> None:
        """Copy the vectors of `rows` into an array of as many rows.

        Raises `SnapshotDamaged` if their file has changed since it was written: damage must not
        spread to another segment.
        """
        numbers = np.searchsorted(self._firsts, rows, "right") - 1
        for number in np.unique(numbers):
            segment = self._segments[number]
            if number not in self._checked:
                segment.check()
                self._checked.add(number)
            mine = numbers == number
            into[mine] = segment.vectors[rows[mine] - self._firsts[number]]


def _mapped(path: Path) -> npt.NDArray[Any]:
    with open_stream(path, Depth.SEGMENT) as stream:
        return map_array(stream)


def _halves(hashes: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    return np.ascontiguousarray(hashes).view("<u8").reshape(-1, 2)
