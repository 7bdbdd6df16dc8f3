"""A snapshot refuses positions and rows that there are not, whoever names them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from support.archive import Archive
from support.stand_in import HashEncoder

from recommender import Recommender
from recommender.errors import ArticleNotFound, PassageNotFound, QueryError, SnapshotDamaged
from recommender.store.snapshot import Snapshot

BODY = "Het water staat hoog aan de dijk en de mensen kijken elke dag naar de stand ervan."


ROWS = [
    {"id": "a", "text": f"{BODY}\n\nEen boot op de Waal. Foto: Piet Jansen/ANP", "language": "nl"},
    {"id": "b", "text": BODY, "language": "nl"},
    {"id": "c", "text": BODY, "language": "nl"},
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    """Three articles of one passage; a caption of the first has no vector. The last is removed."""
    folder = tmp_path_factory.mktemp("archive")
    Archive(rows=ROWS, encoder=HashEncoder()).open_in(folder)
    return Archive(rows=ROWS[:2], encoder=HashEncoder()).open_in(folder)


def test_the_ids_are_those_of_live_articles(archive: Recommender) -> None:
    snapshot = archive.snapshot
    assert list(snapshot.positions_and_ids()) == [(0, "a"), (1, "b")]
    assert [snapshot.find(id) for id in ("a", "b", "c", "d")] == [0, 1, None, None]


def test_many_ids_are_found_by_the_order_of_their_hashes(
    archive: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.store.lines.MANY", 0)
    monkeypatch.setattr("recommender.store.lines.FEW_SOUGHT", 0)
    found = [archive.snapshot.find(id) for id in ("a", "b", "c", "d")]
    assert found == [0, 1, None, None]


@pytest.mark.parametrize("position", [-1, 3, 1 << 40])
def test_a_position_that_there_is_not_is_refused(archive: Recommender, position: int) -> None:
    snapshot = archive.snapshot

    def rows_of_both(position: int) -> object:
        return snapshot.spans([0, position])

    for ask in (
        *(snapshot.article, snapshot.stored, snapshot.language, snapshot.rows),
        rows_of_both,
    ):
        with pytest.raises(ArticleNotFound, match=f"position {position}: there are 3 articles"):
            ask(position)
    with pytest.raises(QueryError):
        archive.related_batches().related([0, position])


@pytest.mark.parametrize("row", [-1, 4, 1 << 40])
def test_a_row_that_there_is_not_is_refused(archive: Recommender, row: int) -> None:
    snapshot = archive.snapshot
    assert (snapshot.row_count, snapshot.all_row_count) == (3, 4)
    article = snapshot.article(0)
    with pytest.raises(PassageNotFound, match=f"row {row}: there are 4 rows"):
        snapshot.passage(row, article)
    for read in (snapshot.vectors, snapshot.centered, snapshot.articles_of, snapshot.languages_of):
        with pytest.raises(PassageNotFound, match=f"row {row}: there are 4 rows"):
            read(np.array([0, row]))


def test_the_rows_of_several_articles_are_those_of_each(archive: Recommender) -> None:
    spans = archive.snapshot.spans([2, 0, 1, 0])
    each = [archive.snapshot.rows(position) for position in (2, 0, 1, 0)]
    assert spans.ranges() == each
    assert spans.rows.tolist() == [row for rows in each for row in rows]
    assert archive.snapshot.spans([]).rows.tolist() == []


def test_passages_are_counted_without_a_look_at_their_rows(archive: Recommender) -> None:
    positions = np.array([2, 0, 1, 0])
    counts = archive.snapshot.passage_counts(positions)
    assert counts.tolist() == [len(archive.snapshot.rows(one)) for one in positions]
    assert archive.snapshot.passage_counts(positions[:0]).tolist() == []


@pytest.mark.parametrize(
    ("field", "position", "value"),
    [
        ("first_row", 1, 0),  # another's
        ("first_row", 2, 1 << 20),  # none
        ("rows", 0, 2),  # one too many
        ("rows", 1, 0),  # one too few
        ("rows", 2, 1 << 20),
    ],
)
def test_articles_whose_records_lead_to_rows_of_others_are_damage(
    archive: Recommender,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    field: str,
    position: int,
    value: int,
) -> None:
    monkeypatch.setattr("recommender.store.checks.CHECKED_BYTES", -1)  # as if it were a large file
    folder = tmp_path / "damaged"
    shutil.copytree(archive.snapshot.folder, folder)
    [path] = folder.glob("segments/*/articles.npy")
    records = np.load(path)
    records[field][position] = value
    np.save(path, records)
    snapshot = Snapshot(folder)
    with pytest.raises(SnapshotDamaged):
        snapshot.rows(position)
    with pytest.raises(SnapshotDamaged):
        snapshot.spans([0, 1, 2])
    assert snapshot.spans([1 if position == 0 else 0]).counts.tolist() == [1]
