"""Candidates are held in columns: each is put together when it is taken."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from recommender.answers.editorial import EditorialRule
from recommender.answers.scored_candidates import CandidateScores, ScoredCandidates
from recommender.scoring.relevance import PairTerms
from recommender.scoring.sureness import CONFIDENCES, Surenesses
from recommender.types import Confidence

POSITIONS = (7, 3, 5, 4)
SCORES = np.array([0.2, -0.4, 0.9, 0.2])
LEVELS = np.array([1, 0, 2, 1], np.int8)
RULE = cast(EditorialRule, object())


class Article:
    """An article that has only its position."""

    def __init__(self, position: int) -> None:
        self.position = position


def candidates(*pinned: int) -> ScoredCandidates:
    nothing = np.zeros(len(POSITIONS))
    scores = CandidateScores(
        aligned=SCORES + 1,
        fair=SCORES + 2,
        score=SCORES,
        terms=PairTerms(nothing + 0.1, nothing + 0.2, nothing + 0.3),
        sureness=Surenesses(LEVELS, np.array([0.5, 0.1, 0.9, 0.6])),
        unlike=nothing,
        coverage=np.array([0.0, np.nan, 0.25, 0.5]),
    )
    articles: list[Any] = [Article(position) for position in POSITIONS]
    return ScoredCandidates(articles, scores, dict.fromkeys(pinned, RULE))


@pytest.mark.parametrize(
    ("pinned", "expected"),
    [((), [5, 4, 7, 3]), ((3,), [3, 5, 4, 7]), ((4, 99, 3), [4, 3, 5, 7])],
)
def test_pinned_ones_come_first_then_the_best(pinned: tuple[int, ...], expected: list[int]) -> None:
    found = candidates(*pinned)
    assert [one.other.position for one in found] == list(POSITIONS)
    found.sort()
    assert [one.other.position for one in found] == expected


@pytest.mark.parametrize(
    ("least", "expected"), [("loose", [5, 4, 7, 3]), ("likely", [5, 4, 7]), ("sure", [5])]
)
def test_those_that_are_less_sure_are_left_out_but_pinned_ones_stay(
    least: Confidence, expected: list[int]
) -> None:
    found, pinned = candidates(), candidates(3)
    found.sort()
    assert [one.other.position for one in found.sure(least)] == expected
    assert 3 in [one.other.position for one in pinned.sure(least)]


def test_each_has_its_own_of_every_column() -> None:
    found = candidates(5)
    best = [*found][2]
    assert (best.aligned, best.fair, best.score) == (1.9, 2.9, 0.9)
    assert (best.terms, best.coverage, best.share) == ((0.1, 0.2, 0.3), 0.25, 1.0)
    assert (best.confidence, best.probability) == (CONFIDENCES[2], 0.9)
    assert best.pin is RULE
    assert [one.pin for one in found].count(None) == len(found) - 1


def test_dates_reduce_scores_above_0() -> None:
    found = candidates()
    found.reduce(np.array([0.5, 0.5, 0.1, 1.0]))
    assert [one.score for one in found] == pytest.approx([0.1, -0.4, 0.09, 0.2])
    assert [one.share for one in found] == [0.5, 0.5, 0.1, 1.0]
    found.sort()
    assert [one.other.position for one in found] == [4, 7, 5, 3]
