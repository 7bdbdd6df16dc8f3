"""Choose how PostgreSQL indexes vectors, by inverted lists or by a graph, and the search effort."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from recommender.engines.publisher import EXACT_PASSAGES

# The methods of pgvector, as the server names them.
LISTS, GRAPH = "ivfflat", "hnsw"
# Up to so many passages have lists. A search of lists takes longer the more passages there are. A
# search of a graph hardly does, but misses some passages with any effort, above all if many are
# equal.
MOST_IN_LISTS = 300_000
# The number of lists is this times the square root of the passages, rounded to a power of two. For
# 188,674 passages, 1,024 lists are built in a fifth of the time of 2,048, and find nearly as many.
LISTS_FOR_ROOT = 2.0
# The efforts of a search, the least first: for lists the percentage searched, for a graph
# `ef_search`. Beyond the most that the server allows, a graph is searched until it has so many
# candidates.
EFFORTS = {LISTS: (8, 12, 16, 24, 32, 48), GRAPH: (600, 1_000, 2_000, 4_000)}
MOST_REACH = 1_000


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """How the vectors of a version are indexed: the method, empty for none, and how many lists."""

    method: str = ""
    lists: int = 0

    @property
    def efforts(self) -> Sequence[int]:
        """The efforts of a search, the least first."""
        return EFFORTS.get(self.method, EFFORTS[LISTS])

    def reach(self, effort: int) -> tuple[str, str]:
        """Return the setting of the server for an effort, and its value."""
        if self.method == LISTS:
            return "ivfflat.probes", str(max(1, math.ceil(self.lists * effort / 100)))
        return "hnsw.ef_search", str(min(effort, MOST_REACH))

    def candidates(self, effort: int) -> int:
        """Return how many candidates an effort asks for at least."""
        return effort if self.method == GRAPH and effort > MOST_REACH else 0


def index_for(passages: int) -> VectorIndex:
    """Return the index for so many passages."""
    if passages <= EXACT_PASSAGES:
        return VectorIndex()
    if passages > MOST_IN_LISTS:
        return VectorIndex(GRAPH)
    return VectorIndex(LISTS, 2 ** round(math.log2(LISTS_FOR_ROOT * math.sqrt(passages))))


def options_of(index: VectorIndex) -> str:
    """Return the server's options for building an index."""
    if index.method == LISTS:
        return f"lists = {index.lists}"
    return "m = 16, ef_construction = 128"


def read_index(method: str, options: str) -> VectorIndex:
    """Return the index that a server describes, such as `lists=1024`."""
    found = dict(one.partition("=")[::2] for one in options.split(",") if one)
    lists = found.get("lists", "")
    return VectorIndex(method, int(lists) if lists.isdecimal() else 0)
