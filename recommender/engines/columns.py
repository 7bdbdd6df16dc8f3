"""Give the facts of each article and each row of an archive in an engine, as columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask, Positions, Rows, Vectors
from recommender.engines.records import EngineRecords
from recommender.scoring.alignment import weights_of
from recommender.types import Role


class EngineColumns:
    """The facts of each article and of each row (`answers.archive.Columns`)."""

    def __init__(self, records: EngineRecords, tags: Sequence[str], roles: Sequence[Role]) -> None:
        """Take the languages of tags, as the answering space calls them, and roles by number."""
        self._records = records
        self._languages = np.array(tags, np.str_)
        self._weights = weights_of(roles)

    def dates_of(self, positions: Sequence[int] | Positions) -> Positions:
        """Return the date of each article as yyyymmdd, 00 for a part not known, 0 for no date."""
        return self._records.facts(np.asarray(positions, np.int64))["date"].astype(np.int64)

    def are_in(self, positions: Positions, language: str) -> Mask:
        """Return which articles are in a language, as the answering space calls it."""
        found: Mask = self._languages[self._records.facts(positions)["tag"]] == language
        return found

    def weights(self, rows: Rows) -> Vectors:
        """Return the weight of each of `rows` in its article."""
        found: Vectors = self._weights[self._records.passages(rows)["role"]]
        return found

    def texts_of(self, rows: range | Rows) -> tuple[npt.NDArray[np.void], Positions]:
        """Return the text hash and the length, at least 1, of each of `rows`."""
        found = self._records.passages(np.array(rows, np.int64))
        lengths = found["end"].astype(np.int64) - found["start"].astype(np.int64)
        return found["text_hash"], np.maximum(lengths, 1)

    def numbers_of(self, rows: range | Rows) -> tuple[Positions, Positions]:
        """Return the number and the part of each of `rows`."""
        found = self._records.passages(np.array(rows, np.int64))
        return found["number"].astype(np.int64), found["part"].astype(np.int64)
