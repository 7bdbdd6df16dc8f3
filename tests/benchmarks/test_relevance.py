"""The relevance model is learned right from facts whose weights are known, and tested fairly."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

import numpy as np
import pytest
from support.answers import answer

from benchmarks.relevance import learn
from benchmarks.relevance.learn import Model, across, fitted_line, learned, quality, shipped
from benchmarks.relevance.pairs import FEATURES, Asked, shipped_weights, stories_of
from benchmarks.relevance.picture import shares
from benchmarks.relevance.shown import Answered, precision_recall, precision_where_kept
from recommender.evaluate.questions import LabelledQuestion
from recommender.scoring.relevance import load_relevance

WEIGHTS = np.array([8.0, 4.0, 0.3, 0.2, 6.0])


def asked_of(count: int, name: str = "set", stories: int = 20, seed: int = 0) -> list[Asked]:
    """Articles whose candidates are right with the log-odds of `WEIGHTS` and -1."""
    generator = np.random.default_rng(seed)
    found = []
    for number in range(count):
        facts = generator.normal(0.0, 1.0, (30, len(FEATURES))) / WEIGHTS
        right = generator.random(30) < 1 / (1 + np.exp(-(facts @ WEIGHTS - 1)))
        ids = tuple(f"{name}-{number}-{at}" for at in range(30))
        relevant = {id: 1.0 for id, is_right in zip(ids, right.tolist(), strict=True) if is_right}
        found.append(
            Asked(
                name,
                f"{name}-{number}",
                f"{name} story {number % stories}",
                "nl",
                facts,
                facts @ WEIGHTS,
                right.astype(float),
                relevant or {"none": 1.0},
                ids,
            )
        )
    return found


def test_the_weights_that_made_the_labels_are_learned() -> None:
    model = learned(asked_of(400))
    assert model.weights / WEIGHTS == pytest.approx(np.ones(len(WEIGHTS)), abs=0.15)
    assert model.constant == pytest.approx(-1, abs=0.15)


def test_a_fact_that_is_left_out_has_no_weight() -> None:
    assert learned(asked_of(20), free=[0, 2]).weights[[1, 3, 4]].tolist() == [0, 0, 0]


def test_the_shipped_model_keeps_its_ratios() -> None:
    ratios = shipped_weights()
    found = shipped(asked_of(50)).weights
    assert found / found[0] == pytest.approx(ratios)
    related = load_relevance().related
    assert dict(zip(FEATURES, ratios.tolist(), strict=True))["words"] == related.word_weight


def test_a_large_set_counts_no_more_than_a_small_one() -> None:
    few, many = asked_of(40, "few"), asked_of(40, "many", seed=1)
    once, often = learned([*few, *many]), learned([*few, *many * 5])
    assert often.weights == pytest.approx(once.weights, rel=0.01)


def test_no_story_is_on_both_sides_of_a_fold() -> None:
    asked = asked_of(60)
    sides: list[tuple[set[str], set[str]]] = []

    def note(rest: Sequence[Asked]) -> Model:
        learned_from = {one.story for one in rest}
        sides.append((learned_from, {one.story for one in asked} - learned_from))
        return Model(0.0, WEIGHTS)

    found = across(asked, lambda one: one.story, note)
    assert found.questions == len(asked)
    held = [story for _, side in sides for story in side]
    assert sorted(held) == sorted({one.story for one in asked})
    assert len(sides) == learn.FOLDS


def test_the_right_log_odds_have_a_small_loss_and_error() -> None:
    asked = asked_of(200)
    right = quality([(one, one.scores - 1) for one in asked])
    too_sure = quality([(one, 3 * (one.scores - 1)) for one in asked])
    assert right.loss < too_sure.loss
    assert right.error < 0.03 < too_sure.error
    assert right.ndcg == too_sure.ndcg


def test_the_line_to_probability_is_found_again() -> None:
    decades = np.linspace(-4, 2, 20_000)
    said = 1 / (1 + np.exp(-(-1 - 2 * decades)))
    right = (np.random.default_rng(0).random(len(decades)) < said).astype(float)
    assert fitted_line(decades, right, np.ones(len(decades))) == pytest.approx((-1, 2), abs=0.1)


def question(id: str, *right: str) -> LabelledQuestion:
    return LabelledQuestion("related", id, "nl", dict.fromkeys(right, 1.0))


def test_articles_that_labels_connect_are_of_one_story() -> None:
    found = stories_of([question("a", "b"), question("c", "b"), question("d", "e")])
    assert found["a"] == found["c"] != found["d"]


def test_precision_is_read_where_enough_is_kept() -> None:
    points = [(0.5, 1.0), (0.9, 0.8), (1.0, 0.6)]
    assert precision_where_kept(points, 0.84) == 0.8
    assert precision_where_kept(points, 1.0) == 0.6
    assert precision_recall([Answered(question("a", "b"), ())]) == []


def test_answers_of_the_same_probability_are_shown_together() -> None:
    answers = [answer("a", "sure"), answer("x", "sure"), answer("b", "likely")]
    found = precision_recall([Answered(question("q", "a", "b"), answers)])
    assert found == [(0.5, 0.5), (1.0, 2 / 3)]


def test_a_picture_is_whole_and_holds_each_line_and_name() -> None:
    lines = {"a & b": [(0.0, 0.0), (1.0, 1.0)], "c": [(0.5, 0.25)]}
    root = ElementTree.fromstring(shares(lines, "x", "y", diagonal=True, dots=True))
    names = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"a & b", "c", "x", "y"} <= set(names)
    assert len(list(root.iter("{http://www.w3.org/2000/svg}polyline"))) == 2
