"""Vectors in PostgreSQL have lists or a graph, by the number of passages."""

from __future__ import annotations

import pytest

from recommender.engines.postgres_index import (
    EFFORTS,
    GRAPH,
    LISTS,
    MOST_IN_LISTS,
    VectorIndex,
    index_for,
    options_of,
    read_index,
)
from recommender.engines.publisher import EXACT_PASSAGES


@pytest.mark.parametrize(
    ("passages", "index"),
    [
        (0, VectorIndex()),
        (EXACT_PASSAGES, VectorIndex()),
        (EXACT_PASSAGES + 1, VectorIndex(LISTS, 256)),
        (188_674, VectorIndex(LISTS, 1_024)),
        (MOST_IN_LISTS, VectorIndex(LISTS, 1_024)),
        (MOST_IN_LISTS + 1, VectorIndex(GRAPH)),
    ],
)
def test_the_index_is_chosen_by_the_number_of_passages(passages: int, index: VectorIndex) -> None:
    assert index_for(passages) == index


def test_what_the_server_says_of_an_index_is_what_it_was_told() -> None:
    for index in (VectorIndex(LISTS, 512), VectorIndex(GRAPH)):
        assert read_index(index.method, options_of(index).replace(" ", "")) == index
    assert read_index("", "") == VectorIndex()
    assert read_index(LISTS, "lists=many,fillfactor") == VectorIndex(LISTS, 0)


def test_an_effort_is_a_setting_of_the_server() -> None:
    lists, graph = VectorIndex(LISTS, 1_024), VectorIndex(GRAPH)
    assert lists.reach(16) == ("ivfflat.probes", "164")
    assert VectorIndex(LISTS, 0).reach(8) == ("ivfflat.probes", "1")
    assert graph.reach(4_000) == ("hnsw.ef_search", "1000")
    assert (lists.candidates(48), graph.candidates(1_000), graph.candidates(2_000)) == (0, 0, 2_000)
    assert all(list(one) == sorted(one) for one in EFFORTS.values())
