"""A query looks into as many inverted lists as may still better its tenth answer."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np
import pytest

from recommender.errors import SnapshotDamaged
from recommender.index.allowed_rows import AllowedRows
from recommender.index.lists import EVERYTHING, FIRST, Lists
from recommender.index.part import SearchPurpose, Source, Tuning
from recommender.index.parts import ApproximatePart
from recommender.index.write import make

ROWS, DIM, LISTS = 6_400, 24, 256
REACH = 0.4


class Counting:
    """A FAISS index that notes how many lists each search reads."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.lists: list[int] = []

    def search_preassigned_c(self, count: int, *arguments: Any) -> None:
        numbers = faiss.rev_swig_ptr(arguments[2], count * arguments[-1].nprobe)
        self.lists.append(int((numbers >= 0).sum()))
        self._index.search_preassigned_c(count, *arguments)


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Texts far from one another, and twenty that are nearly the same."""
    found = np.random.default_rng(0).standard_normal((ROWS, DIM)).astype(np.float32)
    found[:20] = found[0] + 0.05 * found[:20]
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def index(vectors: np.ndarray) -> Any:
    made = make(f"IVF{LISTS},SQfp16", DIM)
    made.train(vectors)
    made.add(vectors)
    return made


EVERY = AllowedRows(ROWS)


def looked_into(index: Any, vectors: np.ndarray, reach: float, among: AllowedRows = EVERY) -> int:
    counting = Counting(index)
    lists = Lists(counting, Lists.of(index).centres)
    lists.probe(vectors, 20, reach, among)
    return sum(counting.lists)


def test_who_has_near_relatives_is_answered_from_few_lists(index: Any, vectors) -> None:
    assert looked_into(index, vectors[:1], REACH) == FIRST
    assert looked_into(index, vectors[500:501], REACH) > 3 * FIRST


def test_relatives_that_may_not_be_answered_do_not_end_the_search(index: Any, vectors) -> None:
    allowed = np.ones(ROWS, dtype=bool)
    allowed[:20] = False
    assert looked_into(index, vectors[:1], REACH, AllowedRows(ROWS, allowed)) > 2 * FIRST
    assert looked_into(index, vectors[:1], REACH, AllowedRows(ROWS, None, range(20))) > 2 * FIRST
    _, rows = Lists.of(index).probe(vectors[:1], 40, REACH, AllowedRows(ROWS, allowed))
    assert (rows[rows >= 0] >= 20).all()


def test_the_whole_reach_is_every_list_and_finds_the_best(index: Any, vectors) -> None:
    assert looked_into(index, vectors[500:501], EVERYTHING) == LISTS
    _, rows = Lists.of(index).probe(vectors[500:510], 20, EVERYTHING, EVERY)
    expected = np.argsort(-vectors[500:510] @ vectors.T, axis=1)[:, :20]
    same = [len({*one} & {*other}) for one, other in zip(rows, expected, strict=True)]
    assert np.mean(same) > 19.5  # halves may swap the last of them
    assert all(len({*one}) == 20 for one in rows.tolist())  # no list is searched twice


def test_what_a_query_finds_does_not_depend_on_what_else_is_asked(index: Any, vectors) -> None:
    lists = Lists.of(index)
    _, together = lists.probe(vectors[:60:3], 20, REACH, EVERY)
    for number, row in enumerate(range(0, 60, 3)):
        _, alone = lists.probe(vectors[row : row + 1], 20, REACH, EVERY)
        assert {*together[number].tolist()} == {*alone[0].tolist()}


def test_where_few_rows_are_allowed_the_rest_is_minus_one(index: Any, vectors) -> None:
    _, rows = Lists.of(index).probe(vectors[:1], 20, EVERYTHING, _few([3, 4_000]))
    assert sorted(rows[0].tolist()) == [-1] * 18 + [3, 4_000]


def test_many_groups_are_compared_with_the_lists_at_once(
    index: Any, vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    nearness_of = Lists.nearness_of

    def counting(lists: Lists, some: np.ndarray) -> np.ndarray:
        compared.append(len(some))
        return nearness_of(lists, some)

    monkeypatch.setattr(Lists, "nearness_of", counting)
    tuning = Tuning(f"IVF{LISTS},RaBitQ2", 0.99, 0, {"texts": REACH, "passages": REACH}, {})
    source = Source(ROWS, DIM, vectors.__getitem__)
    part = ApproximatePart(source, index, tuning, Lists.of(index))
    groups = [vectors[first : first + 2] for first in range(0, 20, 2)]
    among = [AllowedRows(ROWS, None, range(first, first + 2)) for first in range(0, 20, 2)]
    found = list(part.search_each(groups, 10, among, "articles"))
    assert compared == [20]
    for group, allowed, (scores, rows) in zip(groups, among, found, strict=True):
        best, alone = part.search(group, 10, allowed, "articles")
        assert rows.tolist() == alone.tolist()
        assert np.allclose(scores, best, atol=1e-6)


@pytest.mark.parametrize("purpose", ["texts", "articles"])
def test_lists_that_name_a_row_that_there_is_not_are_damaged(
    vectors: np.ndarray, purpose: SearchPurpose
) -> None:
    """Nobody checks a large file byte by byte at opening."""
    made = make(f"IVF{LISTS},SQfp16", DIM)
    made.train(vectors)
    made.add_with_ids(vectors, np.arange(ROWS) + 1)
    tuning = Tuning(f"IVF{LISTS},RaBitQ2", 0.99, 0, {"texts": EVERYTHING, "passages": 0.0}, {})
    source = Source(ROWS, DIM, vectors.__getitem__)
    part = ApproximatePart(source, made, tuning, Lists.of(made), "index-x: names a row")
    with pytest.raises(SnapshotDamaged, match="index-x: names a row"):
        part.search(vectors, 20, AllowedRows(ROWS), purpose)


def _few(rows: list[int]) -> AllowedRows:
    mask = np.zeros(ROWS, np.bool_)
    mask[rows] = True
    return AllowedRows(ROWS, mask)
