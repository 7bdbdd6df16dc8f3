"""Hold the rows of a segment that may be answers, in the forms that searches need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from recommender.arrays import Mask, Rows

NO_ROWS = range(0)


@dataclass(frozen=True)
class AllowedRows:
    """All of `rows` rows, or those that `mask` marks, without those in `excluded`.

    An article's own rows are `excluded`: a mask of every row would cost more than a search.
    """

    rows: int
    mask: Mask | None = None
    excluded: range = NO_ROWS

    @cached_property
    def flags(self) -> Mask:
        """A flag for each row, shape (rows,)."""
        flags = np.ones(self.rows, np.bool_) if self.mask is None else self.mask.copy()
        flags[self.excluded.start : self.excluded.stop] = False
        return flags

    @cached_property
    def count(self) -> int:
        """How many rows may be answers."""
        if self.mask is None:
            return self.rows - len(self.excluded)
        return int(np.count_nonzero(self.flags))

    @property
    def allowed(self) -> Rows:
        """The rows that may be answers, in order."""
        if self.count == self.rows:
            return np.arange(self.rows)
        return np.flatnonzero(self.flags)

    @cached_property
    def selector(self) -> Any:
        """The FAISS selector of the rows that may be answers; None if all may."""
        if self.count == self.rows:
            return None
        import faiss  # an index of few rows needs none

        if self.mask is None:
            return faiss.IDSelectorNot(
                faiss.IDSelectorRange(self.excluded.start, self.excluded.stop)
            )
        return faiss.IDSelectorBitmap(np.packbits(self.flags, bitorder="little"))
