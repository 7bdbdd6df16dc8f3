"""Choose the FAISS index of a segment, and the recall that it must reach."""

from __future__ import annotations

import math

EXACT, AUTO, FAST = "exact", "auto", "fast"
FLAT = "Flat"

# An exact search over this many rows takes some 3 ms on one thread. A snapshot has up to three
# segments of each smaller size, and they are searched one after the other.
EXACT_ROWS = {AUTO: 20_000, FAST: 5_000}
# The recall@10 that is promised: the share of the true ten best that is found, on average.
RECALL = {AUTO: 0.99, FAST: 0.95}
# The number of inverted lists is this times the square root of the rows, rounded to a power of two.
# Fewer lists are longer to scan. More lists take longer to learn, and it takes longer to find the
# near ones.
LISTS = 4.0
MOST_LISTS = 8_192
# RaBitQ codes of two bits for each number of a vector. They decide which stored vectors are worth
# reading. Compared with codes of eight bits, they find the same in a third of the time, from a
# quarter of the memory.
CODES = "RaBitQ2"
# This many candidates are scored on the stored vectors. Fewer are enough if the codes rank the near
# ones well, as they do for vectors of `LONG` numbers or more: with 384 numbers, the first 64 by
# code held 99.95% of those of the ten best that the first 100 held.
CANDIDATES, FEW_CANDIDATES, LONG = 100, 64, 256


def kind_for(setting: str, rows: int) -> str:
    """Return the FAISS factory string of the index over this many rows.

    `setting` is `exact`, `auto`, `fast` or a factory string. Small segments ignore a factory
    string and are searched exactly.
    """
    if setting == EXACT or rows <= EXACT_ROWS.get(setting, EXACT_ROWS[FAST]):
        return FLAT
    if setting not in EXACT_ROWS:
        return setting
    lists = min(2 ** round(math.log2(LISTS * math.sqrt(rows))), MOST_LISTS)
    return f"IVF{lists},{CODES}"


def is_promised(setting: str) -> bool:
    """Return whether a setting promises its recall; a factory string promises none."""
    return setting in RECALL


def recall_for(setting: str) -> float:
    """Return the recall@10 that a setting promises, or that a factory string is tuned for."""
    return RECALL.get(setting, RECALL[AUTO])


def candidates_for(kind: str, dim: int) -> int:
    """Return how many candidates a FAISS index of a kind must find, for up to ten answers."""
    return FEW_CANDIDATES if kind.endswith(CODES) and dim >= LONG else CANDIDATES
