"""A dump holds all that the index holds, in forms that other programs read."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from support.command import run
from support.stand_in import HashEncoder

from recommender import Article, Recommender, build
from recommender.errors import FolderForeign, SettingsError, StorageError
from recommender.export.dump import Dumped, dump

ENCODER = HashEncoder()


@pytest.fixture
def recommender(tmp_path: Path) -> Recommender:
    articles = [
        Article("a", "One", "The first.\n\nIts second.", language="en", metadata={"desk": "news"}),
        Article("b", "Two", "Another text.", language="en", date="2022-12", embargo="2090-01-01"),
    ]
    build(articles, into=tmp_path / "index", model=ENCODER)
    return Recommender.open(tmp_path / "index", encoder=ENCODER)


def test_sqlite_holds_articles_passages_and_vectors(
    recommender: Recommender, tmp_path: Path
) -> None:
    found = dump(recommender.snapshot, tmp_path / "all.db")
    database = sqlite3.connect(tmp_path / "all.db")
    articles = database.execute("select id, title, date, status, metadata, text from articles")
    assert articles.fetchall() == [
        ("a", "One", "", "published", json.dumps({"desk": "news"}), "The first.\n\nIts second."),
        ("b", "Two", "2022-12", "scheduled", "{}", "Another text."),
    ]
    query = "select vector from passages where article_id = 'a'"
    stored = [np.frombuffer(data, "<f4") for (data,) in database.execute(query)]
    np.testing.assert_array_equal(np.stack(stored), recommender.vectors("a"))
    [count] = database.execute("select count(*) from passages").fetchone()
    assert found == Dumped(2, count)


def test_parquet_holds_a_row_for_each_passage(recommender: Recommender, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    found = dump(recommender.snapshot, tmp_path / "all.parquet")
    rows = parquet.read_table(tmp_path / "all.parquet").to_pylist()
    assert len(rows) == found.passages
    mine = [row for row in rows if row["article_id"] == "a"]
    assert {row["article_title"] for row in mine} == {"One"}
    vectors = np.array([row["vector"] for row in mine], np.float32)
    np.testing.assert_array_equal(vectors, recommender.vectors("a"))


def test_no_file_is_replaced_or_left_half_written(recommender: Recommender, tmp_path: Path) -> None:
    (tmp_path / "mine.db").write_text("mine")
    with pytest.raises(FolderForeign, match="is there already"):
        dump(recommender.snapshot, tmp_path / "mine.db")
    assert (tmp_path / "mine.db").read_text() == "mine"
    with pytest.raises(SettingsError, match="name a file that ends in"):
        dump(recommender.snapshot, tmp_path / "all.xls")
    with pytest.raises(StorageError, match="cannot be written"):
        dump(recommender.snapshot, tmp_path / "nowhere" / "all.db")
    assert not list(tmp_path.glob(".unfinished*"))


def test_the_command_says_what_it_wrote(recommender: Recommender, tmp_path: Path) -> None:
    place = tmp_path / "all.sqlite"
    told = run("dump", place, "--index", recommender.snapshot.folder).stdout
    assert told.startswith(f"wrote {place}: 2 articles, ")
