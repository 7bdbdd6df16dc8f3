"""Which FAISS index a segment gets, and what it may miss: pure."""

from __future__ import annotations

import math

EXACT, AUTO, FAST = "exact", "auto", "fast"
FLAT = "Flat"

# Up to so many rows an exact search takes some 3 ms on one thread. A snapshot has up to three
# segments of each size below it, which are searched one after the other.
EXACT_ROWS = {AUTO: 20_000, FAST: 5_000}
# Which share of the ten best must be found, on average.
RECALL = {AUTO: 0.99, FAST: 0.95}
# Inverted lists for each square root of the rows, as a power of two, and the most: with fewer a
# list is long, with more it takes longer to find the near ones, and to learn them.
LISTS = 4.0
MOST_LISTS = 8_192
# Two bits for each number of a vector, which tell what is worth reading the stored vector of.
# Against eight bits the same is found from a quarter of the memory in a third of the time.
CODES = "RaBitQ2"
# So many candidates are scored on the stored vectors: fewer where codes name the near ones well, as
# these do of long vectors. Of 384 numbers, the first 64 by code held 99.95% of what the first 100
# held of the ten best.
CANDIDATES, FEW_CANDIDATES, LONG = 100, 64, 256


def kind_for(setting: str, rows: int) -> str:
    """Return the FAISS factory string of the index over so many rows.

    `setting` is `exact`, `auto`, `fast` or a factory string, which small segments ignore.
    """
    if setting == EXACT or rows <= EXACT_ROWS.get(setting, EXACT_ROWS[FAST]):
        return FLAT
    if setting not in EXACT_ROWS:
        return setting
    lists = min(2 ** round(math.log2(LISTS * math.sqrt(rows))), MOST_LISTS)
    return f"IVF{lists},{CODES}"


def is_promised(setting: str) -> bool:
    """Tell whether a setting promises its recall, or a factory string gives what it gives."""
    return setting in RECALL


def recall_for(setting: str) -> float:
    """Return the least recall at ten that a setting promises, or is tried for."""
    return RECALL.get(setting, RECALL[AUTO])


def candidates_for(kind: str, dim: int) -> int:
    """Return how many candidates a FAISS index of a kind must name, for up to ten answers."""
    return FEW_CANDIDATES if kind.endswith(CODES) and dim >= LONG else CANDIDATES
