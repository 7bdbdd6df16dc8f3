"""Which rows of a segment may be answered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import faiss
import numpy as np

from recommender.arrays import Mask, Rows

NO_ROWS = range(0)


@dataclass(frozen=True)
class Among:
    """All of `rows` rows, or those that `mask` flags; none of `barred`.

    An article's own rows are `barred`: a mask of every row for them would cost more than a search.
    """

    rows: int
    mask: Mask | None = None
    barred: range = NO_ROWS

    @cached_property
    def flags(self) -> Mask:
        """One flag a row."""
        flags = np.ones(self.rows, np.bool_) if self.mask is None else self.mask.copy()
        flags[self.barred.start : self.barred.stop] = False
        return flags

    @cached_property
    def count(self) -> int:
        """How many rows may be answered."""
        if self.mask is None:
            return self.rows - len(self.barred)
        return int(np.count_nonzero(self.flags))

    @property
    def allowed(self) -> Rows:
        """The rows that may be answered."""
        if self.count == self.rows:
            return np.arange(self.rows)
        return np.flatnonzero(self.flags)

    @cached_property
    def selector(self) -> Any:
        """What tells FAISS which rows may be answered; None where all may."""
        if self.count == self.rows:
            return None
        if self.mask is None:
            return faiss.IDSelectorNot(faiss.IDSelectorRange(self.barred.start, self.barred.stop))
        return faiss.IDSelectorBitmap(np.packbits(self.flags, bitorder="little"))
