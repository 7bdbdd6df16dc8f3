"""Articles are ranked by their best few passages, however many are read at once."""

from __future__ import annotations

import numpy as np
import pytest
from support.archive import Archive, rows_of
from support.stand_in import HashEncoder

from recommender import Recommender
from recommender.answers import hit_candidates
from recommender.answers.hit_candidates import BEST_PASSAGES, BEST_PASSAGES_SHARE

LENGTHS = {"one": 1, "two": 2, "four": 4, "nine": 9, "three": 3}


# Articles of one to nine passages, each with a direction of its own.
ARCHIVE = Archive(
    rows=rows_of(
        {id: "\n\n".join(f"{id} {n} " * 30 for n in range(count)) for id, count in LENGTHS.items()}
    ),
    encoder=HashEncoder(),
)


@pytest.mark.parametrize("rows_at_once", [1, 5, 4_096])
def test_an_article_scores_by_its_best_passage_and_its_best_few(
    archive: Recommender, rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hit_candidates, "ROWS_AT_ONCE", rows_at_once)
    snapshot = archive.snapshot
    hits = archive.search("a query", by="article", ranking="meaning", k=len(LENGTHS))
    scores = {hit.article_id: hit.score for hit in hits}
    query = archive.snapshot.space.center_query(
        HashEncoder().encode(["a query"], role="query"), "a query"
    )[0]
    for position, id in snapshot.positions_and_ids():
        rows = snapshot.rows(position)
        assert len(rows) == LENGTHS[id]
        cosines = np.sort(snapshot.centered(rows) @ query[0])[::-1]
        few = float(cosines[:BEST_PASSAGES].mean())
        expected = (1 - BEST_PASSAGES_SHARE) * float(cosines[0]) + BEST_PASSAGES_SHARE * few
        assert scores.pop(id) == pytest.approx(expected, abs=1e-5)
    assert scores == {}
