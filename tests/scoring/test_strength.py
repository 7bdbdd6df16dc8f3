"""Strength is the percentile of a score among unrelated pairs of the same languages."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from recommender.scoring.alignment import Passages
from recommender.scoring.strength import (
    MOST_STRETCHED,
    NOTHING_KNOWN,
    Scale,
    Unrelated,
    measure_unrelated,
    percentile,
)

Numbers = npt.NDArray[np.float64]


def archive(
    languages: list[str], offset: Callable[[str], Numbers], related: float = 0.0, seed: int = 0
) -> dict[str, Unrelated]:
    """Articles of one passage, in any direction but for the offset of their language.

    A share of them is on one story.
    """
    generator = np.random.default_rng(seed)
    story = generator.normal(size=64)
    rows = []
    for number, language in enumerate(languages):
        row = generator.normal(size=64) + offset(language)
        if number < related * len(languages):
            row = row + 3 * story
        rows.append((row / np.linalg.norm(row)).astype(np.float32)[None])
    return measure_unrelated(Passages.of(rows, [np.ones(1, np.float32)] * len(rows)), languages)


def nowhere(language: str) -> Numbers:
    return np.zeros(64)


def test_the_percentile_rises_without_end_and_is_half_in_the_middle() -> None:
    distances = np.linspace(-5, 20, 500)
    found = [percentile(distance) for distance in distances]
    assert found == sorted(found)
    assert (found[0], percentile(0)) == (0, pytest.approx(50, abs=0.1))
    assert percentile(-1e-9) == pytest.approx(percentile(1e-9), abs=0.1)
    assert 99.9 < percentile(6) < percentile(8) < percentile(12) < 100


def test_a_score_of_random_pairs_has_the_strength_of_its_rank_below_the_middle() -> None:
    scales = archive(["nl"] * 300, nowhere)["passages"]
    generator = np.random.default_rng(5)
    rows = generator.normal(size=(2, 4_000, 64))
    rows /= np.linalg.norm(rows, axis=-1, keepdims=True)
    scores = (rows[0] * rows[1]).sum(axis=1)
    for share in (0.1, 0.3, 0.5):
        found = scales.strength(float(np.quantile(scores, share)), "nl", "nl")
        assert found == pytest.approx(100 * share, abs=3)


def test_related_pairs_among_those_drawn_hardly_move_it() -> None:
    alone, mixed = (archive(["nl"] * 300, nowhere, share)["articles"] for share in (0, 0.2))
    for score in (0.2, 0.5):
        before, after = (scales.strength(score, "nl", "nl") for scales in (alone, mixed))
        assert before == pytest.approx(after, abs=2)


def test_a_language_whose_texts_are_all_alike_has_scales_of_its_own() -> None:
    def aside(language: str) -> Numbers:
        return np.full(64, 1.0 if language == "ps" else 0.0)

    languages = ["nl", "en", "de", "ps"] * 60
    scales = archive(languages, aside)["articles"]
    score = 0.35
    assert scales.strength(score, "ps", "ps") < scales.strength(score, "nl", "nl")
    assert scales.strength(score, "nl", "ps") == scales.strength(score, "ps", "nl")


def test_a_language_of_one_article_is_taken_for_like_the_others() -> None:
    scales = archive(["nl", "en"] * 100 + ["lb"], nowhere)["articles"]
    known, rare = scales.scale("nl", "en"), scales.scale("nl", "lb")
    assert (rare.median, rare.spread) == pytest.approx((known.median, known.spread), abs=0.02)
    assert scales.scale("nl", "tlh").spread > 0  # a language it has nothing of


@pytest.mark.parametrize("languages", [["nl"], ["nl", "nl"], ["nl", "en"]])
def test_the_smallest_archives_are_expected_to_be_like_others(languages: list[str]) -> None:
    for kind in ("passages", "articles"):
        scale = archive(languages, nowhere)[kind].scale("nl", "nl")
        expected = NOTHING_KNOWN.scale("nl", "nl")
        assert scale.median == pytest.approx(expected.median, abs=0.06)
        assert scale.spread == pytest.approx(expected.spread, abs=0.03)


def test_scores_between_languages_are_brought_half_the_way_to_those_within_one() -> None:
    scales = Unrelated(apart=Scale(0.1, 0.1), same=Scale(0.2, 0.121), languages={})
    found = scales.comparable(np.array([0.3, 0.1, 0.3]), np.array([True, False, False]))
    assert found.tolist() == pytest.approx([0.3, 0.15, 0.15 + 0.2 * 1.1])


def test_scales_survive_the_manifest() -> None:
    scales = archive(["nl", "en", "de"] * 20, nowhere)["articles"]
    again = Unrelated.from_json(scales.to_json())
    assert again.strength(0.4, "nl", "de") == pytest.approx(scales.strength(0.4, "nl", "de"), 1e-3)


def test_scores_in_two_languages_are_stretched_no_further_than_a_little() -> None:
    """Where each language has subjects of its own, pairs in one spread by those subjects."""
    scales = Unrelated(Scale(0.0, 0.05), Scale(0.1, 0.2), {})
    near, far = scales.comparable(np.array([0.1, 0.2]), np.array([False, False])).tolist()
    assert far - near == pytest.approx(0.1 * MOST_STRETCHED)
    assert scales.comparable_spread == pytest.approx(0.05 * MOST_STRETCHED)
