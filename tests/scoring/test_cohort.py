"""Texts on other subjects, which the nearest passages must beat to be answers."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.arrays import unit
from recommender.scoring.cohort import NEAREST_TEXTS, NearTexts, load_cohort

FOOD, WAR = np.eye(4, dtype=np.float32)[:2]


def near_texts() -> NearTexts:
    query = unit(np.array([[0.6, 0.3, 0.1, 0]], np.float32))
    return NearTexts.of(query, np.array([WAR, FOOD]))


def test_the_nearest_texts_come_first() -> None:
    near = near_texts()
    assert near.cosines.tolist() == sorted(near.cosines.tolist(), reverse=True)
    assert near.vectors[0].tolist() == FOOD.tolist()


def test_a_text_on_the_subject_of_a_hit_says_nothing_against_it() -> None:
    near, hits = near_texts(), np.array([FOOD, np.eye(4, dtype=np.float32)[3]])
    on_food, on_nothing = near.on_other_subjects(hits, alike=0.2)
    assert on_nothing == pytest.approx(near.cosines[0])
    assert on_food == pytest.approx(near.cosines[1])


def test_a_hit_that_is_a_little_like_a_text_is_freed_from_it_a_little() -> None:
    near, hit = near_texts(), unit(np.array([[0.5, 0, 0, 1]], np.float32))
    [found] = near.on_other_subjects(hit, alike=0.2)
    assert found == pytest.approx(near.cosines[0] - (float(hit[0, 0]) - 0.2))


def test_no_hit_and_several_pieces_of_a_query_are_taken() -> None:
    assert near_texts().on_other_subjects(np.zeros((0, 4), np.float32), 0.2).shape == (0,)
    both = NearTexts.of(np.array([WAR, FOOD]), np.array([WAR, FOOD]))
    assert both.cosines.tolist() == [1, 1]


def test_few_of_the_texts_are_compared_with_hits() -> None:
    known = load_cohort("multilingual-e5-small")
    assert known is not None
    assert len(known.languages) == len(known.vectors) > NEAREST_TEXTS
    assert len(NearTexts.of(known.vectors[:1], known.vectors).cosines) == NEAREST_TEXTS
    assert load_cohort("another") is None
