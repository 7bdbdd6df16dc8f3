"""A newer snapshot and newer rules are taken up, and a broken one changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from support.command import ARTICLES, write_rows
from support.service import MakeClient
from support.stand_in import WordEncoder

from recommender import Recommender, build
from recommender.errors import SnapshotError, SnapshotMissing
from recommender.serve.archive import Archive
from recommender.serve.options import ServeOptions


def archive_of(index: Path, encoder: WordEncoder) -> Archive:
    options = ServeOptions(index=index)
    return Archive(options, lambda folder: Recommender.open(folder, encoder=encoder))


def build_more(index: Path, encoder: WordEncoder) -> None:
    rows = write_rows(index.parent / "rows.jsonl", {**ARTICLES, "new": "The river falls."})
    build(rows, into=index, model=encoder)


def test_a_newer_snapshot_is_taken_up_once(index: Path, encoder: WordEncoder) -> None:
    archive = archive_of(index, encoder)
    before = archive.edition
    assert archive.refresh() is False
    build_more(index, encoder)
    assert archive.refresh() is True
    assert archive.refresh() is False
    assert archive.edition.id != before.id
    assert len(before.recommender.search("river", k=9)) < len(
        archive.edition.recommender.search("river", k=9)
    )


def test_newer_rules_are_taken_up(index: Path, encoder: WordEncoder) -> None:
    archive = archive_of(index, encoder)
    before = archive.edition.id
    (index / "editorial.txt").write_text("ban dike\n", encoding="utf-8")
    assert archive.refresh() is True
    found = archive.edition.recommender.related("flood", min_strength=0)
    assert "dike" not in [one.article_id for one in found]
    (index / "editorial.txt").unlink()
    assert archive.refresh() is True
    assert archive.edition.id == before


def test_a_broken_snapshot_changes_nothing(index: Path, encoder: WordEncoder) -> None:
    archive = archive_of(index, encoder)
    before = archive.edition
    (index / "CURRENT").write_text("nowhere\n", encoding="utf-8")
    with pytest.raises(SnapshotError):
        archive.refresh()
    assert (archive.edition, archive.failures) == (before, 1)


def test_there_must_be_an_index(tmp_path: Path, encoder: WordEncoder) -> None:
    with pytest.raises(SnapshotMissing):
        archive_of(tmp_path / "nothing", encoder)


def test_the_service_follows_the_index_while_it_runs(
    make_client: MakeClient, index: Path, encoder: WordEncoder, log: list[str]
) -> None:
    client: TestClient = make_client(reload_seconds=0.01)
    first = client.get("/v1/search?q=river").json()["snapshot"]
    build_more(index, encoder)
    for _ in range(2_000):
        answer = client.get("/v1/search?q=river")
        assert answer.status_code == 200
        # The new snapshot answers before the log says so.
        if answer.json()["snapshot"] != first and '{"event": "reloaded"' in "".join(log):
            break
    else:
        pytest.fail("the newer snapshot was never taken up and logged")
