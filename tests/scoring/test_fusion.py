"""What answers a query best speaks for it beside its own words."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.scoring.fusion import FEEDBACK, feedback_vectors, reorder

QUERY, ANSWER, OTHER, FOREIGN = np.eye(4, dtype=np.float32)
BEST = (0.6 * QUERY + 0.8 * ANSWER).astype(np.float32)
FAR = (0.3 * QUERY + 0.954 * OTHER).astype(np.float32)
TRANSLATION = (0.96 * ANSWER + 0.28 * FOREIGN).astype(np.float32)


def test_a_text_like_the_best_answer_comes_near_though_it_is_far_from_the_query() -> None:
    moved = feedback_vectors(QUERY[None], np.stack([BEST, FAR]))
    assert QUERY @ TRANSLATION == 0
    assert float(moved[0] @ TRANSLATION) > 0.2 > float(moved[0] @ OTHER)


def test_the_best_answer_keeps_its_score() -> None:
    moved = feedback_vectors(QUERY[None], np.stack([BEST, FAR]))
    assert float(moved[0] @ BEST) == pytest.approx(0.6, abs=0.01)


def test_what_nothing_answers_is_not_made_to_match() -> None:
    moved = feedback_vectors(QUERY[None], np.stack([ANSWER, OTHER]))
    assert moved[0] == pytest.approx((1 - FEEDBACK) * QUERY, abs=1e-6)
    assert feedback_vectors(QUERY[None], np.empty((0, 4), np.float32)) is not None


def test_each_part_of_a_long_query_is_spoken_for_on_its_own() -> None:
    parts = np.stack([QUERY, OTHER])
    moved = feedback_vectors(parts, np.stack([BEST, FAR]))
    assert moved.shape == parts.shape
    assert float(moved[0] @ ANSWER) > float(moved[1] @ ANSWER)


def test_two_copies_at_the_top_do_not_undo_the_order_of_the_words() -> None:
    order, scores = reorder(np.array([0.9, 0.9, 0.8, 0.7]), np.array([0, 0, 1, 0]), ["nl"] * 4)
    assert order.tolist() == [2, 0, 1, 3]
    third, one, other, last = scores.tolist()
    assert third > one == other > last
    assert third == 0.9
    assert other == pytest.approx(0.9, abs=1e-5)


def test_words_decide_within_a_language_only() -> None:
    kept, words = np.array([0.9, 0.8, 0.7, 0.6]), np.array([0, 1, 0, 1])
    order, scores = reorder(kept, words, ["nl", "en", "nl", "en"])
    assert (order.tolist(), scores.tolist()) == ([0, 1, 2, 3], kept.tolist())
    assert len(reorder(np.empty(0), np.empty(0), [])[0]) == 0
