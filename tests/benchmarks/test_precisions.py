"""The comparison of precisions counts what moved, what changed places and what was lost."""

from __future__ import annotations

import pytest

from benchmarks.precisions import Answered, compare, table


def answered(ndcg: float | None = None, **scores: float) -> Answered:
    return Answered(scores, {id: 50 * score for id, score in scores.items()}, ndcg)


def test_equal_answers_differ_in_nothing() -> None:
    one = [answered(a=0.9, b=0.5), answered(0.75, c=0.4)]
    found = compare(one, one)
    assert (found["max_score"], found["max_strength"], found["changed_gap"]) == (0, 0, 0)
    assert (found["same_first"], found["shared"], found["ndcg"]) == (1, 1, 0.75)


def test_what_moved_changed_places_or_was_lost_is_counted() -> None:
    before = [answered(a=0.9, b=0.8, c=0.5, d=0.4), answered(e=0.7)]
    after = [answered(b=0.86, a=0.85, c=0.5, x=0.45), answered(e=0.7)]
    found = compare(before, after)
    assert found["questions"] == 2
    assert found["max_score"] == pytest.approx(0.06)
    assert found["max_strength"] == pytest.approx(3)
    assert found["changed_gap"] == pytest.approx(0.1)
    assert found["same_first"] == 0.5
    assert found["shared"] == pytest.approx((3 / 4 + 1) / 2)
    assert "ndcg" not in found


def test_the_table_has_a_line_for_each_precision() -> None:
    one = compare([answered(1.0, a=0.9)], [answered(1.0, a=0.9)])
    lines = table({"sets": {"news": [{"precision": "int8", "arithmetic": "", **one}]}}).splitlines()
    assert lines[2] == "| `news` | 1 | int8 | 0.0000, 0.000 | 100.0% | 100.0% | 0.000 | 1.000 |"
