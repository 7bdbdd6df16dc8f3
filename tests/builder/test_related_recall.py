"""A build says how many of the articles that align best `related` looks at."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.archive import Archive, rows_of
from support.stand_in import HashEncoder

from recommender import add
from recommender.answers.status import status_of
from recommender.builder.related_recall import related_recall
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
    assert related_recall(snapshot) == snapshot.manifest.measured.related_recall == 1
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
