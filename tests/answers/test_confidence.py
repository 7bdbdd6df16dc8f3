"""How sure articles are depends on the spread of scores, and more of it between two languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from support.archive import Archive
from support.stand_in import HashEncoder

from recommender import Recommender
from recommender.answers.article_vectors import RelatedQuery, StoredArticleVectors
from recommender.answers.candidates import Candidates
from recommender.answers.confidence import HitConfidence, RelatedConfidence, least_hit
from recommender.answers.hit_query import HitQuery, Selection
from recommender.scoring.cohort import NearTexts
from recommender.scoring.relevance import load_relevance
from recommender.scoring.strength import Scale, Unrelated
from recommender.scoring.sureness import Sureness


def archive_in(folder: Path, articles: int) -> Recommender:
    rows = [
        {"id": f"a{n}", "text": f"Story {n} of the river.\n\nIt rose by {n} metres that night."}
        for n in range(articles)
    ]
    return Archive(rows=rows, encoder=HashEncoder()).open_in(folder)


@pytest.fixture
def archive(tmp_path: Path) -> Recommender:
    return archive_in(tmp_path, 30)


def confidence_of(
    archive: Recommender, same: float, apart: float, length: float = 1e9, known: bool = True
) -> Callable[..., Any]:
    """Return the confidence of scores where pairs spread so far within and between languages."""
    snapshot = archive.snapshot
    scales = Unrelated(Scale(0.0, apart), Scale(0.0, same), {})
    unrelated = {"articles": scales, "passages": scales}
    query = RelatedQuery([StoredArticleVectors(snapshot, 0)])
    with (
        mock.patch.dict(vars(snapshot.derived), {"unrelated": unrelated}),
        mock.patch("recommender.answers.confidence._is_known", return_value=known),
    ):
        candidates = np.full(150, 0.1), query.whole[None]
        found = RelatedConfidence(snapshot, query, snapshot.every_row(), *candidates)
    lengths = np.array([length])

    def of(score: float, is_same: bool) -> Sureness:
        [one] = found.of_each(np.array([score]), np.array([is_same]), lengths).each()
        return one

    return of


def test_pairs_in_two_languages_have_to_stand_out_as_far_as_their_scores_are_stretched(
    archive: Recommender,
) -> None:
    usual = load_relevance().related.spread
    stretched = confidence_of(archive, same=2 * usual, apart=usual)
    assert stretched(0.3, False).probability < stretched(0.3, True).probability
    alike = confidence_of(archive, same=usual, apart=usual)
    assert alike(0.3, False).confidence == alike(0.3, True).confidence


def test_an_article_in_one_language_is_likelier_right_than_one_as_near_in_another(
    archive: Recommender,
) -> None:
    usual = load_relevance().related.spread
    alike = confidence_of(archive, same=usual, apart=usual)
    assert alike(0.3, False).probability < alike(0.3, True).probability


def test_pairs_in_one_language_are_judged_as_before_whatever_the_others_spread(
    archive: Recommender,
) -> None:
    usual = load_relevance().related.spread
    scores = [0.2, 0.3, 0.5]
    one, other = (confidence_of(archive, same=same, apart=usual) for same in (usual, 3 * usual))
    assert [one(it, True) for it in scores] == [other(it, True) for it in scores]


def test_short_texts_have_to_stand_out_further(archive: Recommender) -> None:
    usual = load_relevance().related.spread
    long, short = (confidence_of(archive, usual, usual, length) for length in (3_000, 150))
    for is_same in (True, False):
        assert short(0.4, is_same).probability < long(0.4, is_same).probability


def test_an_archive_that_spreads_wider_than_short_texts_decides_alone(archive: Recommender) -> None:
    wide = 2 * load_relevance().related.spread
    long, short = (confidence_of(archive, wide, wide, length) for length in (3_000, 150))
    assert short(0.4, True) == long(0.4, True)


def test_lengths_say_nothing_under_another_model(archive: Recommender) -> None:
    usual = load_relevance().related.spread
    long, short = (confidence_of(archive, usual, usual, it, known=False) for it in (3_000, 150))
    assert short(0.4, True) == long(0.4, True)


def test_a_hit_that_holds_a_quoted_phrase_says_the_probability_of_a_likely_one() -> None:
    found = least_hit("likely")
    assert found.confidence == "likely"
    assert found == load_relevance().sureness_at("search", "likely")


def own_and_other(archive: Recommender, text: str) -> tuple[float, float]:
    """Return the probabilities of two hits that differ in their language only."""
    rows = articles = np.zeros(2, np.int64)
    cosines = np.full(2, 0.3, np.float32)
    hits = Candidates.of(rows, articles, cosines, ["en-Latn", "de-Latn"])
    query = HitQuery(Selection(k=10), language="en-Latn", text=text)
    with mock.patch("recommender.answers.confidence._is_known", return_value=True):
        found = HitConfidence(archive.snapshot, query, hits).of_each(hits)
    own, other = found.probability.tolist()
    return own, other


def test_a_hit_in_another_language_is_less_sure_where_no_word_can_speak_against_it(
    tmp_path: Path,
) -> None:
    own, other = own_and_other(archive_in(tmp_path, 300), "the river rose")
    assert other < own - 0.02


def test_in_a_small_archive_and_for_a_passage_languages_make_no_difference(
    archive: Recommender,
) -> None:
    own, other = own_and_other(archive, "the river rose")
    assert other == pytest.approx(own, abs=0.01)
    own, other = own_and_other(archive, "")
    assert other == own


@pytest.mark.parametrize(("words", "is_near"), [(0.0, False), (0.4, True)])
def test_nothing_is_near_invented_words_that_no_hit_holds(
    archive: Recommender, words: float, is_near: bool
) -> None:
    rows = np.arange(2)
    hits = Candidates.of(rows, rows, np.array([0.25, 0.1]), ["en-Latn", "en-Latn"])
    hits = replace(hits, words=np.full(2, words))
    dim = archive.snapshot.centered(rows).shape[1]
    texts = NearTexts(np.zeros(1), np.zeros((1, dim), np.float32))
    query = HitQuery(Selection(k=10), language="en-Latn", text="xzzq flurb")
    with mock.patch("recommender.answers.confidence._is_known", return_value=True):
        usual, spelled = (
            HitConfidence(archive.snapshot, one, hits, texts).of_each(hits).probability[0]
            for one in (query, query._replace(is_spelled=True))
        )
    likely = least_hit("likely").probability
    assert usual >= likely
    assert bool(spelled >= likely) is is_near
