"""Records of an engine are given whole, whatever is remembered of them, and checked."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from recommender.engines import records
from recommender.engines.engine import ARTICLE, POSTING, ROW, FoundArticle, FoundTerm, records_of
from recommender.engines.records import EngineRecords
from recommender.engines.words import Postings
from recommender.errors import SnapshotDamaged
from recommender.evaluate.published import same_share

MOST = {"row": 100, "article": 100, "position": 100, "tag": 2, "language": 2, "role": 3}


class FakeEngine:
    """An archive of articles with one passage each."""

    place = "milvus://h/news"

    def __init__(self, line: bytes = b"x" * 50, wrong: Mapping[str, int] | None = None) -> None:
        self.line, self.wrong = zlib.compress(line), wrong or {}

    def passages(
        self, rows: Sequence[int], articles: Sequence[int], *, raw: bool
    ) -> tuple[Any, Mapping[int, bytes]]:
        found = np.zeros(len(rows), ROW)
        found["row"] = found["article"] = found["first_row"] = rows
        return self._spoilt(found), {row: bytes([0, 60] * 4) for row in rows} if raw else {}

    def articles(self, positions: Sequence[int], ids: Sequence[str] = ()) -> list[FoundArticle]:
        found = np.zeros(len(positions), ARTICLE)
        found["position"] = positions
        found = self._spoilt(found)
        return [
            FoundArticle(f"a{at}", found[n : n + 1], self.line) for n, at in enumerate(positions)
        ]

    def terms(self, terms: Sequence[int], most: int | None) -> list[FoundTerm]:
        return [FoundTerm(one, 0, 7, 0, np.zeros(0, POSTING)) for one in terms]

    def _spoilt(self, found: Any) -> Any:
        for name, value in self.wrong.items():
            if name in found.dtype.names:
                found[name] = value
        return found


def records_from(engine: FakeEngine) -> EngineRecords:
    return EngineRecords(engine, 4, MOST)  # type: ignore[arg-type]  # a stand-in


def test_a_question_for_more_than_is_remembered_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(records, "KEPT_RECORDS", 3)
    monkeypatch.setattr(records, "KEPT_BYTES", 30)
    found, asked = records_from(FakeEngine()), np.arange(20)
    assert found.passages(asked)["row"].tolist() == asked.tolist()
    assert found.facts(asked)["position"].tolist() == asked.tolist()
    assert found.lines(asked.tolist()) == [b"x" * 50] * 20
    assert found.raw(asked).shape == (20, 4)


@pytest.mark.parametrize("wrong", [{"tag": 2}, {"article": 100}, {"language": 9}, {"rows": 101}])
def test_a_record_that_points_nowhere_is_damage(wrong: dict[str, int]) -> None:
    with pytest.raises(SnapshotDamaged):
        records_from(FakeEngine(wrong=wrong)).passages(np.arange(3))


def test_articles_that_point_nowhere_are_damage() -> None:
    with pytest.raises(SnapshotDamaged):
        records_from(FakeEngine(wrong={"position": 100})).facts(np.arange(3))


def test_bytes_that_are_no_records_are_damage() -> None:
    for dtype in (ROW, ARTICLE, POSTING):
        with pytest.raises(SnapshotDamaged, match="milvus://h/news"):
            records_of([bytes(dtype.itemsize), b"xyz"], dtype, "milvus://h/news")
    assert len(records_of([bytes(2 * POSTING.itemsize)], POSTING, "")) == 2


def test_a_term_of_no_language_is_damage() -> None:
    with pytest.raises(SnapshotDamaged):
        Postings(FakeEngine(), 2).first([5])  # type: ignore[arg-type]


def test_lines_are_unpacked_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MOST_BYTES_TOGETHER", 10_000)
    found = records_from(FakeEngine(line=b"x" * 4_000))
    assert len(found.lines([1, 2])) == 2
    with pytest.raises(SnapshotDamaged):
        found.lines([1, 2, 3])
    cut = FakeEngine()
    cut.line = cut.line[:-6]
    with pytest.raises(SnapshotDamaged):
        records_from(cut).lines([1])


def test_answers_that_only_one_of_both_has_count() -> None:
    assert same_share(["a"], ["a", "b"]) == 0.5
    assert same_share(["a", "b"], ["a"]) == 0.5
    assert same_share([], ["a"]) == 0
    assert same_share([], []) == 1
