"""How sure articles are depends on the spread of scores, and more of it between two languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from support.archive import Archive
from support.stand_in import HashEncoder

from recommender import Recommender
from recommender.answers.article_vectors import RelatedQuery, StoredArticleVectors
from recommender.answers.confidence import RelatedConfidence, likely_hit
from recommender.scoring.relevance import load_relevance
from recommender.scoring.strength import Scale, Unrelated


@pytest.fixture
def archive(tmp_path: Path) -> Recommender:
    rows = [
        {"id": f"a{n}", "text": f"Story {n} of the river.\n\nIt rose by {n} metres that night."}
        for n in range(30)
    ]
    return Archive(rows=rows, encoder=HashEncoder()).open_in(tmp_path)


def confidence_of(archive: Recommender, same: float, apart: float) -> Callable[..., Any]:
    """Return the confidence of scores where pairs spread so far within and between languages."""
    snapshot = archive.snapshot
    scales = Unrelated(Scale(0.0, apart), Scale(0.0, same), {})
    known = {"articles": scales, "passages": scales}
    query = RelatedQuery([StoredArticleVectors(snapshot, 0)])
    with (
        mock.patch.dict(vars(snapshot.derived), {"unrelated": known}),
        mock.patch("recommender.answers.confidence._is_known", return_value=True),
    ):
        return RelatedConfidence(snapshot, query, None, np.full(150, 0.1)).of


def test_pairs_in_two_languages_have_to_stand_out_as_far_as_their_scores_are_stretched(
    archive: Recommender,
) -> None:
    usual = load_relevance().related.spread
    stretched = confidence_of(archive, same=2 * usual, apart=usual)
    assert stretched(0.3, False).probability < stretched(0.3, True).probability
    alike = confidence_of(archive, same=usual, apart=usual)
    assert alike(0.3, False) == alike(0.3, True)


def test_pairs_in_one_language_are_judged_as_before_whatever_the_others_spread(
    archive: Recommender,
) -> None:
    usual = load_relevance().related.spread
    scores = [0.2, 0.3, 0.5]
    one, other = (confidence_of(archive, same=same, apart=usual) for same in (usual, 3 * usual))
    assert [one(it, True) for it in scores] == [other(it, True) for it in scores]


def test_a_hit_that_holds_a_quoted_phrase_says_the_probability_of_a_likely_one() -> None:
    found = likely_hit()
    assert found.confidence == "likely"
    assert found == load_relevance().sureness_at("search", "likely")
