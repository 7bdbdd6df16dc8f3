"""The mean of each article's passages lies beside its segment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.archive import Archive
from support.stand_in import WordEncoder

from recommender import Recommender
from recommender.answers.article_vectors import RelatedQuery, StoredArticleVectors
from recommender.errors import SnapshotDamaged
from recommender.settings import Settings

TEXTS = {
    "one": "dijk water",
    "two": "dijk\n\nwater water weg",
    "long": "\n\n".join(f"dijk {'water ' * number}" for number in range(9)),
    "none": "",
}
ARCHIVE = Archive(
    rows=[{"id": id, "title": "weg" * (id != "none"), "text": text} for id, text in TEXTS.items()],
    encoder=WordEncoder("dijk", "water", "weg"),
    settings=Settings(join_under=0),
)


def wholes(archive: Recommender) -> list[list[float]]:
    snapshot = archive.snapshot
    stored = [StoredArticleVectors(snapshot, at) for at in range(len(snapshot.columns.dates))]
    return [RelatedQuery([one]).whole.tolist() for one in stored]


def test_they_are_the_means_that_articles_are_aligned_by(archive: Recommender) -> None:
    snapshot = archive.snapshot
    count = len(snapshot.columns.dates)
    found = snapshot.summaries.means(range(count))
    assert found.dtype == np.float32
    assert found == pytest.approx(np.array(wholes(archive)), abs=1e-3)
    assert snapshot.summaries.means([2, 0]).tolist() == found[[2, 0]].tolist()
    assert snapshot.summaries.means([]).shape == (0, 4)


@pytest.mark.parametrize("most", [1, 2, 256])
def test_a_vector_is_compared_with_them_however_few_at_a_time(
    archive: Recommender, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("recommender.store.means.ROWS_AT_ONCE", most)
    summaries, positions = archive.snapshot.summaries, np.array([2, 0, 1])
    vector = np.array([0.0, 0.6, 0.8, 0.0], np.float32)
    expected = summaries.means(positions) @ vector
    assert summaries.cosines(positions, vector) == pytest.approx(expected)
    assert len(summaries.cosines(positions[:0], vector)) == 0


@pytest.mark.parametrize("most", [1, 4])
def test_long_articles_have_the_mean_of_what_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """However few passages are read at a time."""
    monkeypatch.setattr("recommender.scoring.alignment.MAX_COMPARED", 4)
    monkeypatch.setattr("recommender.builder.means.ROWS_AT_ONCE", most)
    monkeypatch.setattr("recommender.answers.article_vectors.MAX_COMPARED", 4)
    with ARCHIVE.open_in(tmp_path) as archive:
        count = len(archive.snapshot.columns.dates)
        expected = np.array(wholes(archive))
        assert archive.snapshot.summaries.means(range(count)) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    "found",
    [
        np.zeros((2, 4), np.float16),
        np.zeros((3, 4), np.float32),
        np.full((3, 4), np.nan, np.float16),
    ],
    ids=str,
)
def test_a_file_that_holds_no_means_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: np.ndarray
) -> None:
    monkeypatch.setattr("recommender.store.derived.check_file", lambda *_: None)
    with ARCHIVE.open_in(tmp_path) as archive:
        [path] = (tmp_path / "vectors").glob("segments/*/means-*")
        np.save(path, found)
        archive.snapshot.derived.__dict__.pop("means", None)
        with pytest.raises(SnapshotDamaged, match="does not hold the means of 3 articles"):
            archive.snapshot.summaries.means([0])
        archive.snapshot.derived.__dict__.pop("means", None)
        with pytest.raises(SnapshotDamaged, match="does not hold the means of 3 articles"):
            archive.snapshot.summaries.cosines(np.array([0]), np.zeros(4, np.float32))
