"""An engine becomes live if it finds most of what is nearest, or as much as the index does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.archive import Archive
from support.engines import ARCHIVE, index_in
from support.stand_in import HashEncoder

from recommender import Recommender
from recommender.errors import GateRefused
from recommender.evaluate import published
from recommender.evaluate.published import Comparison, compare_answers, compare_recall
from recommender.evaluate.recall import LANGUAGES, questions_of, recall_of
from recommender.store.snapshot import Snapshot


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return Recommender.open(index_in(tmp_path_factory.mktemp("recall")), encoder=ARCHIVE.encoder)


class Poor:
    """An archive that finds, of what is nearest, only what `keeps` says: a function of rows."""

    class Engine:
        efforts = (1, 2, 3)

    engine, effort, place, name = Engine(), 1, "engine", "version"

    def __init__(self, snapshot: Snapshot, keeps: Any) -> None:
        self._snapshot, self._keeps = snapshot, keeps

    def __getattr__(self, name: str) -> Any:
        return getattr(self._snapshot, name)

    def nearest(self, vectors: Any, k: int, scope: Any, *rest: Any, **named: Any) -> Any:
        scores, rows = self._snapshot.nearest(vectors, k, scope, *rest, **named)
        return scores, self._keeps(self, rows)


def exact_of(local: Recommender) -> Snapshot:
    return Snapshot(local.local.folder, local.local.name, exact=True)


def asked(local: Recommender) -> list[int]:
    return published.sampled_articles(local.snapshot, 60)


def first(rows: Any, count: int) -> Any:
    """Return rows of which only the first `count` were found."""
    return np.where(np.arange(rows.shape[1]) < count, rows, -1)


def test_exact_search_finds_all_and_half_of_it_half(local: Recommender) -> None:
    exact = exact_of(local)
    batches = questions_of(exact, asked(local))
    assert [one.purpose for one in batches[:2]] == ["passages", "texts"]
    tags = [one.where.tags for one in batches[2:]]
    assert 2 <= len(tags) <= LANGUAGES
    assert recall_of(local.snapshot, exact, batches) == 1.0
    half: Any = Poor(exact, lambda _, rows: first(rows, 5))
    assert 0.35 <= recall_of(half, exact, batches) <= 0.55


def test_what_is_found_twice_or_elsewhere_counts_for_nothing(local: Recommender) -> None:
    exact = exact_of(local)
    batches = questions_of(exact, asked(local))
    twice: Any = Poor(exact, lambda _, rows: np.repeat(rows[:, :1], rows.shape[1], axis=1))
    assert recall_of(twice, exact, batches) <= 0.15
    nowhere: Any = Poor(exact, lambda _, rows: rows + exact.row_count)
    assert recall_of(nowhere, exact, batches) == 0.0
    unfiltered: Any = Poor(exact, lambda _, rows: rows)
    unfiltered.scope = lambda where: exact.scope(type(where)())
    within = [one for one in batches if one.where.tags]
    assert recall_of(unfiltered, exact, within) < 0.9


def test_of_equal_passages_any_counts(tmp_path: Path) -> None:
    rows = [{"id": f"a{n}", "text": "the ferry leaves at noon"} for n in range(40)]
    rows += [{"id": f"b{n}", "text": f"the bridge {n} is closed"} for n in range(40)]
    local = Archive(rows=rows, encoder=HashEncoder(dim=8)).open_in(tmp_path)
    exact = exact_of(local)
    batches = questions_of(exact, asked(local))

    def others(poor: Any, found: Any) -> Any:
        equal = found < 40  # the copies of one text: others of them are as near
        return np.where(equal & (found >= 0), 39 - found, found)

    shifted: Any = Poor(exact, others)
    assert recall_of(shifted, exact, batches) == 1.0


@pytest.mark.parametrize(
    ("index", "engine", "is_enough"),
    [
        (1.0, 1.0, True),
        (1.0, 0.99, True),
        (1.0, 0.989, False),
        (0.99, 0.986, True),
        (0.973, 0.969, True),
        (0.973, 0.967, False),
        (0.8, 0.7, False),
    ],
)
def test_an_engine_finds_most_or_as_much_as_the_index(
    index: float, engine: float, is_enough: bool
) -> None:
    found = Comparison(200, index_recall=index, engine_recall=engine)
    assert found.finds_enough == is_enough


def test_as_many_answers_may_differ_as_both_miss() -> None:
    assert Comparison(200).least_agreement(4_000) == pytest.approx(0.99)
    assert Comparison(200).least_agreement(40_000) == pytest.approx(0.95)
    missing = Comparison(200, index_recall=0.98, engine_recall=0.99)
    assert missing.least_agreement(40_000) == pytest.approx(0.92)
    assert Comparison(200, index_recall=0.3, engine_recall=0.3).least_agreement(1) == 0.0


def test_effort_is_raised_until_enough_is_found(local: Recommender) -> None:
    remote: Any = Poor(exact_of(local), lambda poor, rows: first(rows, 4 * poor.effort))
    found = compare_recall(local, remote, 15, lambda *_: None)
    assert (found.effort, remote.effort) == (3, 3)
    assert (found.index_recall, found.engine_recall) == (1.0, 1.0)
    found = compare_answers(found, local, remote, lambda *_: None)
    assert found.agreement >= 0.9  # of each vector only twelve neighbours are found


def test_an_engine_that_finds_too_little_is_refused(local: Recommender) -> None:
    remote: Any = Poor(exact_of(local), lambda poor, rows: first(rows, 2 * poor.effort))
    found = compare_recall(local, remote, 15, lambda *_: None)
    assert found.effort == 3
    assert not found.finds_enough
    with pytest.raises(GateRefused, match=r"the engine finds \d\d\.\d%.*the index 100\.0%"):
        published._refuse_unless_found(found, remote)


def test_nothing_is_compared_without_questions(local: Recommender) -> None:
    remote: Any = Poor(exact_of(local), lambda *_: 1 / 0)
    found = compare_recall(local, remote, 0, lambda *_: None)
    assert (found.questions, found.finds_enough, found.agreement) == (0, True, 1.0)
