"""Open the files of a segment: check each against its facts, and map its arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.arrays import map_array
from recommender.errors import SnapshotDamaged
from recommender.safe_open import Depth, open_stream
from recommender.store.advice import look_over, on_unread, rebuild
from recommender.store.checks import check_content, check_file
from recommender.store.files import read_json
from recommender.store.json_records import WrongField, read_record
from recommender.store.layout import ARTICLES, PASSAGES, SEGMENT_FACTS, SEGMENT_FILES, VECTORS
from recommender.store.records import ARTICLE_RECORD, PASSAGE_RECORD, STORED, SegmentFacts


class SegmentFiles:
    """The open files of a segment in `folder`, readable even if they are deleted.

    `articles`, `passages` and `words_only` are arrays of records, `vectors` is (passages, dim).
    Raises `SnapshotDamaged` for a file that is missing or does not match `segment.json`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.facts = facts = read_facts(folder)
        for name in SEGMENT_FILES:
            check_file(folder / name, facts.files.get(name), self.advice)
        self.articles = self._records(ARTICLES, ARTICLE_RECORD, facts.articles)
        count = facts.passages
        records = self._records(PASSAGES, PASSAGE_RECORD, count + facts.words_only)
        self.passages, self.words_only = records[:count], records[count:]
        self.vectors: npt.NDArray[np.floating[Any]] = self._load(VECTORS)
        if self.vectors.shape != (count, facts.dim) or self.vectors.dtype not in STORED:
            raise SnapshotDamaged(
                f"{folder / VECTORS}: {self.vectors.dtype} {self.vectors.shape} is not what "
                f"it should hold; {self.advice}"
            )

    @property
    def advice(self) -> str:
        """The command to run if a file is damaged."""
        return advice_for(self.folder)

    def damage(self, name: str, what: str) -> SnapshotDamaged:
        """Return the error for a file in which a reader found the fault `what`."""
        return SnapshotDamaged(f"{self.folder / name}: {what}; {look_over(self.folder.parents[1])}")

    def check(self, name: str) -> None:
        """Raise `SnapshotDamaged` unless a file holds what was written; reads all of it."""
        check_content(self.folder / name, self.facts.files[name], self.advice)

    def _load(self, name: str) -> Any:
        try:
            with open_stream(self.folder / name, Depth.SEGMENT) as stream:
                return map_array(stream)
        except (ValueError, OSError) as error:
            raise SnapshotDamaged(
                f"{self.folder / name}: cannot be read: {error}; {on_unread(error, self.advice)}"
            ) from error

    def _records(self, name: str, dtype: np.dtype[Any], count: int) -> npt.NDArray[Any]:
        records: npt.NDArray[Any] = self._load(name)
        if records.dtype != dtype or records.shape != (count,):
            raise SnapshotDamaged(
                f"{self.folder / name}: does not hold {count} records of this format; {self.advice}"
            )
        return records


def advice_for(folder: Path) -> str:
    """Return the command to run if a file of a segment is damaged."""
    return rebuild(folder.parent.parent)  # INDEX/segments/NAME


def read_facts(folder: Path) -> SegmentFacts:
    """Return the facts of a segment's files; raise `SnapshotDamaged` if they cannot be read."""
    path, advice = folder / SEGMENT_FACTS, advice_for(folder)
    try:
        return read_record(SegmentFacts, read_json(path, Depth.SEGMENT, advice))
    except WrongField as error:
        raise SnapshotDamaged(f"{path}: {error}; {advice}") from error
