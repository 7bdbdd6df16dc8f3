"""Two answers about one article are compared before a version becomes live."""

from __future__ import annotations

import math
from typing import Any

import pytest

from recommender.errors import EngineAway
from recommender.evaluate import published
from recommender.evaluate.published import Scored, but_for_ties, same_share


@pytest.mark.parametrize(
    ("wanted", "found", "share"),
    [
        ([("a", 0.9), ("b", 0.8)], [("a", 0.9), ("b", 0.8)], 1.0),
        ([("a", 1.0), ("b", 1.0)], [("c", 1.0), ("d", 1.0)], 1.0),  # copies of one passage
        ([("a", 1.0), ("b", 1.0)], [("b", 1.0), ("c", 1.0)], 1.0),
        ([("a", 1.0), ("b", 1.0)], [("b", 1.0), ("c", 0.99)], 0.5),
        ([("a", 1.0), ("b", 0.5)], [("c", 1.0), ("d", 1.0)], 0.5),  # one answer, not two, is tied
        ([("a", 1.0)], [("c", 1.0), ("d", 1.0)], 0.5),
        ([("a", 1.0), ("b", 1.0)], [], 0.0),
        ([("a", math.nan)], [("b", math.nan)], 0.0),
        ([], [], 1.0),
    ],
)
def test_answers_of_the_same_score_stand_for_each_other(
    wanted: list[Scored], found: list[Scored], share: float
) -> None:
    assert same_share(*but_for_ties(wanted, found)) == pytest.approx(share)


def test_long_answers_that_have_nothing_in_common_are_compared_name_by_name() -> None:
    asked = 0

    class Score(float):
        def __sub__(self, other: float) -> float:
            nonlocal asked
            asked += 1
            return math.nan

    wanted = [(f"a{number}", Score(math.nan)) for number in range(200)]
    found = [(f"b{number}", math.nan) for number in range(200)]
    assert same_share(*but_for_ties(wanted, found)) == 0
    assert not asked


def test_a_server_that_does_not_say_its_release_fails_no_publishing() -> None:
    class Away:
        def warnings(self) -> list[str]:
            raise EngineAway("gone")

    archive: Any = Away()
    assert published._warnings(archive) == ()
