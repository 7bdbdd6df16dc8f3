"""Two answers about one article are compared before a version becomes live."""

from __future__ import annotations

import math

import pytest

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
