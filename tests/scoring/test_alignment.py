"""Articles are compared passage by passage, and as wholes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recommender.arrays import Vectors
from recommender.scoring import alignment
from recommender.scoring.alignment import ROWS_AT_ONCE, Passages, align_all, align_each, weights_of
from recommender.types import Role

Align = Callable[[Passages, Passages], list[float]]


def passages(*counts: int, seed: int = 0) -> Passages:
    """Articles of so many passages each, in any direction."""
    generator = np.random.default_rng(seed)
    vectors = []
    for count in counts:
        rows = generator.normal(size=(count, 16)).astype(np.float32)
        vectors.append(rows / np.linalg.norm(rows, axis=1, keepdims=True))
    return Passages.of(vectors, [np.ones(count, np.float32) for count in counts])


def article(found: Passages, number: int) -> Passages:
    ends = [*found.firsts[1:].tolist(), len(found.vectors)]
    rows = slice(int(found.firsts[number]), ends[number])
    return Passages.of([found.vectors[rows]], [found.weights[rows]])


def score(one: Vectors, other: Vectors) -> float:
    ours, theirs = (Passages.of([side], [np.ones(len(side), np.float32)]) for side in (one, other))
    return align_each(ours, theirs)[0]


def _noting(shapes: list[int], align: Align) -> Align:
    """Return `align`, noting how many passages it is given at once."""

    def noted(ours: Passages, theirs: Passages) -> list[float]:
        shapes.append(len(theirs.vectors))
        return align(ours, theirs)

    return noted


def test_an_article_is_all_alike_to_itself_whatever_the_order_of_its_passages() -> None:
    rows = np.eye(5, dtype=np.float32)
    assert score(rows, rows[::-1]) == pytest.approx(1, abs=1e-4)


def test_the_score_does_not_depend_on_which_article_is_first() -> None:
    scores = align_all(passages(1, 2, 7, 30))
    assert scores == pytest.approx(scores.T, abs=1e-6)


def test_articles_compared_one_by_one_or_all_together_score_the_same() -> None:
    found = passages(1, 3, 2 * ROWS_AT_ONCE, 8, 1, ROWS_AT_ONCE - 2, 5)
    together = align_all(found)
    for number in range(7):
        one_by_one = align_each(article(found, number), found)
        assert together[number] == pytest.approx(one_by_one, abs=1e-4)


def test_long_articles_are_compared_with_few_at_a_time_and_score_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = passages(40, 30, 7, 50, 1)
    ours = article(found, 0)
    together = align_each(ours, found)
    monkeypatch.setattr(alignment, "PAIRS", 40 * 40)
    shapes = []
    monkeypatch.setattr(alignment, "_align_block", _noting(shapes, alignment._align_block))
    assert align_each(ours, found) == pytest.approx(together, abs=1e-6)
    assert shapes == [40, 37, 50, 1]


def test_one_passage_in_common_counts_for_more_between_short_articles() -> None:
    common, *rest = np.eye(12, dtype=np.float32)[:, None]
    short = score(np.concatenate([common, rest[0]]), np.concatenate([common, rest[1]]))
    long = score(np.concatenate([common, *rest[:5]]), np.concatenate([common, *rest[5:10]]))
    assert short > long > 0.1


def test_a_title_that_matches_counts_for_more_than_a_paragraph() -> None:
    title, body, other = np.eye(3, dtype=np.float32)[:, None]
    weights = weights_of([Role.TITLE, Role.BODY])
    ours = Passages.of([np.concatenate([title, body])], [weights])
    theirs = Passages.of(
        [np.concatenate([title, other]), np.concatenate([other, body])], [weights, weights]
    )
    by_title, by_body = align_each(ours, theirs)
    assert by_title > by_body
