"""A build says how many of the articles that align best `related` looks at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.archive import Archive, rows_of
from support.stand_in import HashEncoder

from recommender import add
from recommender.answers.article_vectors import RelatedQuery, StoredArticleVectors
from recommender.answers.related_candidates import find_candidates
from recommender.answers.status import status_of
from recommender.builder.related_recall import PROMISED, related_recall
from recommender.settings import Settings
from recommender.store.snapshot import Snapshot

ARCHIVE = Archive(
    rows=rows_of({f"a{n}": f"The first of {n}.\n\nThe second of {n}." for n in range(60)}),
    encoder=HashEncoder(),
    settings=Settings(join_under=0),
)


def snapshot_in(folder: Path) -> Snapshot:
    with ARCHIVE.open_in(folder) as recommender:
        return Snapshot(recommender.local.folder)


def test_all_are_found_if_all_are_aligned(tmp_path: Path) -> None:
    snapshot = snapshot_in(tmp_path)
    assert snapshot.row_count > 100, "else nothing was compared"
    measured = snapshot.manifest.measured
    assert related_recall(snapshot) == (1, 1.0)
    assert (measured.related_effort, measured.related_recall) == (1, 1)
    assert status_of(snapshot)["search"]["related_recall"] == 1


def test_of_the_ten_best_as_many_are_found_as_are_aligned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.scoring.nearby.ALIGNED", 3)
    monkeypatch.setattr("recommender.scoring.nearby.ALIGNED_EACH", 0)
    snapshot = snapshot_in(tmp_path)
    found = snapshot.manifest.measured.related_recall
    assert found is not None
    assert 0.2 < found <= 0.3, "hardly any but the likeliest three are among the ten best"
    add({"id": "more", "text": "Another one."}, into=snapshot.folder, model=HashEncoder())
    assert Snapshot(snapshot.folder).manifest.measured.related_recall == found


def test_more_neighbours_are_fetched_where_the_usual_number_loses_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, few in {"NEIGHBOURS": 4, "LEAST_EACH": 4, "MOST_EACH": 4, "BY_MEANS": 20}.items():
        monkeypatch.setattr(f"recommender.scoring.nearby.{name}", few)
    snapshot = snapshot_in(tmp_path)
    measured = snapshot.manifest.measured
    monkeypatch.setattr("recommender.builder.related_recall.EFFORTS", (1,))
    effort, found = related_recall(snapshot)
    assert effort < measured.related_effort
    assert measured.related_recall is not None
    assert found < PROMISED
    assert found < measured.related_recall
    position = int(snapshot.newest(1)[0]) if len(snapshot.newest(1)) else 0
    query = RelatedQuery([StoredArticleVectors(snapshot, position)])
    asked: list[int] = []
    nearest = Snapshot.nearest

    def noting(self: Snapshot, vectors: Any, k: int, *rest: Any) -> Any:
        asked.append(k)
        return nearest(self, vectors, k, *rest)

    monkeypatch.setattr(Snapshot, "nearest", noting)
    find_candidates(snapshot, query, snapshot.every_row())
    assert asked == [4 * measured.related_effort]
    add({"id": "more", "text": "Another one."}, into=snapshot.folder, model=HashEncoder())
    later = Snapshot(snapshot.folder).manifest.measured
    assert later.related_effort == measured.related_effort
