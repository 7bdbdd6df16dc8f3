"""What is shown: precision, recall and calibration of lists that are known, computed by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from support.answers import answer

from recommender.evaluate.metrics import ratio
from recommender.evaluate.questions import LabelledQuestion
from recommender.evaluate.shown import Shown, calibration_error, judge_shown
from recommender.types import Confidence


def question(id: str, *right: str, hidden: Sequence[str] = ()) -> LabelledQuestion:
    return LabelledQuestion(
        "related", id, "nl", dict.fromkeys(right, 1.0), hidden=frozenset(hidden)
    )


LISTS = [
    (question("1", "a", "b"), [answer("a", "sure"), answer("x", "likely"), answer("b", "loose")]),
    (question("2", "c"), [answer("y", "loose")]),
    (question("3", "d", "e", "f"), [answer("d", "sure"), answer("e", "likely")]),
]


def judged(least: Confidence = "likely", k: int = 10) -> Shown:
    return judge_shown("related", "aligned", LISTS, least, k, 0)


def test_precision_counts_what_is_shown_and_recall_what_there_is_room_for() -> None:
    found = judged()
    assert found.precision is not None
    assert (found.answers, found.empty, found.questions) == (4, 1, 3)
    assert found.precision.value == 3 / 4
    assert found.recall.value == 3 / 6
    assert judged(k=2).recall.value == 3 / 5
    assert judged("sure").precision == ratio(
        np.array([1.0, 0, 1]), np.array([1.0, 0, 1]), ["1", "2", "3"], 0
    )


def test_each_confidence_says_how_much_of_it_was_right_shown_or_not() -> None:
    found = {one.confidence: (one.answers, one.right, one.probability) for one in judged().said}
    assert found == {"sure": (2, 2, 0.9), "likely": (2, 1, 0.7), "loose": (2, 1, 0.2)}
    assert [one.confidence for one in judged().said] == ["sure", "likely", "loose"]


def test_the_error_is_that_of_the_shown_answers() -> None:
    # Two said 0.9 and both are right, two said 0.7 and one is.
    assert judged().error == pytest.approx((2 * 0.1 + 2 * 0.2) / 4)
    assert calibration_error(np.array([0.5, 0.5]), np.array([0.0, 1.0])) == 0
    assert calibration_error(np.array([1.0, 1.0]), np.array([0.0, 0.0])) == 1


def test_questions_that_know_one_right_answer_of_several_have_no_precision() -> None:
    lists = [(question("1", "a", hidden=["a#1"]), [answer("a", "sure"), answer("x", "sure")])]
    found = judge_shown("headline", "hybrid", lists, "likely", 10, 0)
    assert found.precision is None
    assert found.error is None
    assert found.recall.value == 1


def test_nothing_shown_is_no_division_by_zero() -> None:
    found = judge_shown("related", "aligned", [(question("1", "a"), [])], "likely", 10, 0)
    assert found.precision is None
    assert (found.empty, found.recall.value) == (1, 0)
