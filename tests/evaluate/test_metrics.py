"""The figures of a ranking, each computed by hand."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest

from recommender.evaluate.metrics import Figure, mean_figures, ndcg, recall, reciprocal_rank


def test_ndcg_discounts_by_rank_and_compares_with_the_best_order() -> None:
    gained = 1 + 2 / log2(3)
    best = 2 + 1 / log2(3)
    assert ndcg(["b", "a"], {"a": 2, "b": 1}, k=10) == pytest.approx(gained / best)
    assert ndcg(["a", "b"], {"a": 2, "b": 1}, k=10) == 1


def test_ndcg_looks_at_the_first_k_answers_and_the_k_best() -> None:
    assert ndcg(["x", "a"], {"a": 1}, k=1) == 0
    assert ndcg(["a"], {"a": 1, "b": 1, "c": 1}, k=1) == 1


def test_recall_is_of_all_that_is_relevant() -> None:
    assert recall(["a", "x", "b"], {"a": 1, "b": 1, "c": 1, "d": 1}, k=3) == 0.5
    assert recall(["a", "x", "b"], {"a": 1, "b": 1, "c": 1, "d": 1}, k=2) == 0.25


def test_the_reciprocal_rank_is_of_the_first_relevant_answer_within_k() -> None:
    assert reciprocal_rank(["x", "y", "a", "b"], {"a": 1, "b": 1}, k=10) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x", "y", "a"], {"a": 1}, k=2) == 0


def test_a_mean_has_bounds_around_it_that_are_the_same_every_time() -> None:
    values = np.array([[0.0], [1.0]] * 50)
    groups = [str(number) for number in range(100)]
    [figure] = mean_figures(values, groups, seed=0)
    assert figure.value == 0.5
    assert 0.35 < figure.low < 0.45 < 0.55 < figure.high < 0.65  # 0.5 +- 1.96 * 0.05
    assert mean_figures(values, groups, seed=0) == (figure,)


def test_questions_of_one_group_are_drawn_together() -> None:
    values = np.array([[1.0], [1.0], [0.0], [0.0]])
    [apart] = mean_figures(values, ["a", "b", "c", "d"], seed=0)
    [together] = mean_figures(values, ["a", "a", "c", "c"], seed=0)
    assert (together.low, together.high) == (0, 1)
    assert apart.value == together.value == 0.5
    assert mean_figures(values, ["a"] * 4, seed=0) == (Figure(0.5, 0.5, 0.5),)
