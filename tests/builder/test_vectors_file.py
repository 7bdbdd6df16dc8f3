"""A build takes vectors made elsewhere for equal texts, from a dump of the same encoder only."""

from __future__ import annotations

import gc
import logging
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.stand_in import HashEncoder

from recommender import Article, Recommender, build
from recommender.errors import SourceError
from recommender.export.dump import dump

ARTICLES = [
    Article("a", "One", "The first text of all.\n\nIts second part follows.", language="en"),
    Article("b", "Two", "Another text.", language="en"),
]
MORE = Article("c", "Three", "A third text.", language="en")


@pytest.fixture(params=["all.db", "all.parquet"])
def dumped(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param.endswith("parquet"):
        pytest.importorskip("pyarrow")
    encoder = HashEncoder()
    build(ARTICLES, into=tmp_path / "there", model=encoder)
    path = tmp_path / str(request.param)
    dump(Recommender.open(tmp_path / "there", encoder=encoder).snapshot, path)
    return path


def test_only_texts_that_the_dump_lacks_are_encoded(dumped: Path, tmp_path: Path) -> None:
    encoder = HashEncoder()
    report = build([*ARTICLES, MORE], into=tmp_path / "here", model=encoder, vectors=dumped)
    assert report.encoded < report.passages
    # One of them is encoded all the same, to compare it.
    assert len(encoder.asked) == report.encoded + 1
    here = Recommender.open(tmp_path / "here", encoder=encoder)
    there = Recommender.open(tmp_path / "there", encoder=encoder)
    np.testing.assert_array_equal(here.vectors("a"), there.vectors("a"))


def test_vectors_of_another_encoder_are_refused(dumped: Path, tmp_path: Path) -> None:
    for other in (HashEncoder(salt="x"), HashEncoder(dim=8)):
        with pytest.raises(SourceError, match="found vectors of encoder"):
            build(ARTICLES, into=tmp_path / "here", model=other, vectors=dumped)
    assert not (tmp_path / "here" / "CURRENT").exists()


def test_vectors_that_the_encoder_does_not_give_are_refused(dumped: Path, tmp_path: Path) -> None:
    liar = HashEncoder(salt="x")
    liar.fingerprint = HashEncoder().fingerprint
    with pytest.raises(SourceError, match="is not what encoder hashes gives"):
        build(ARTICLES, into=tmp_path / "here", model=liar, vectors=dumped)


def sqlite(path: Path, vector: Any, facts: tuple[Any, ...], kind: str = "table") -> Path:
    with sqlite3.connect(path) as database:
        database.execute("create table encoder (fingerprint, dim)")
        database.execute("insert into encoder values (?, ?)", facts)
        database.execute(f"create table {'rows' if kind == 'view' else 'passages'} (text, vector)")
        if kind == "view":
            database.execute("create view passages as select * from rows")
        else:
            database.execute("insert into passages values ('Another text.', ?)", (vector,))
    database.close()
    return path


MINE = (HashEncoder().fingerprint, 16)


@pytest.mark.parametrize(
    ("vector", "facts", "reason"),
    [
        (np.zeros(16, "<f4").tobytes(), MINE, "length is not 1"),
        (np.full(16, np.nan, "<f4").tobytes(), MINE, "length is not 1"),
        (np.ones(4, "<f4").tobytes(), MINE, "not a list of 16 numbers"),
        (b"abc", MINE, "is not a dump"),
        ("text", MINE, "not a list of 16 numbers"),
        (None, MINE, "not a list of 16 numbers"),
        (b"", (None, 16), "does not say which encoder"),
        (b"", (HashEncoder().fingerprint, "16"), "found vectors of encoder"),
    ],
)
def test_a_damaged_dump_is_refused(
    tmp_path: Path, vector: Any, facts: tuple[Any, ...], reason: str
) -> None:
    path = sqlite(tmp_path / "all.db", vector, facts)
    with pytest.raises(SourceError, match=reason) as raised:
        build(ARTICLES, into=tmp_path / "here", model=HashEncoder(), vectors=path)
    assert "numbers" not in reason or "the vector of 'Another text.'" in str(raised.value)


def test_an_error_that_left_a_dump_half_read_may_be_dropped_in_another_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unraisable: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    path = sqlite(tmp_path / "all.db", b"", (None, 16))
    with ThreadPoolExecutor(1) as other:
        wrong = other.submit(
            build, ARTICLES, into=tmp_path / "here", model=HashEncoder(), vectors=path
        ).exception()
    assert "does not say which encoder" in str(wrong)
    del wrong
    gc.collect()
    assert not unraisable


def test_what_is_no_dump_is_refused(tmp_path: Path) -> None:
    (tmp_path / "not.db").write_bytes(b"not a database" * 100)
    (tmp_path / "not.parquet").write_bytes(b"PAR1")
    (tmp_path / "vectors.npy").write_bytes(b"x")
    sqlite(tmp_path / "view.db", b"", MINE, kind="view")
    sqlite3.connect(tmp_path / "empty.db").close()
    for name in ("not.db", "not.parquet", "vectors.npy", "view.db", "empty.db", "nowhere.db"):
        with pytest.raises(SourceError, match=name):
            build(ARTICLES, into=tmp_path / "here", model=HashEncoder(), vectors=tmp_path / name)


def test_who_names_a_folder_as_the_vectors_learns_how_an_index_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=f"is a folder.* write --into {tmp_path}"):
        build(ARTICLES, into=tmp_path / "here", model=HashEncoder(), vectors=tmp_path)


def test_a_build_is_logged_and_the_library_prints_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    hostile = {"id": "x\x1b\n", "text": ""}
    with caplog.at_level(logging.DEBUG, "recommender"):
        build([*ARTICLES, hostile], into=tmp_path / "here", model=HashEncoder())
    levels = {one.levelname: one.getMessage() for one in caplog.records}
    assert "published" in levels["INFO"]
    assert "2 articles" in levels["INFO"]
    assert "1 left out" in levels["WARNING"]
    assert not {"\x1b", "\n"} & set("".join(levels.values()))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("text", [None, 5, b"Another text."])
def test_a_passage_without_a_text_is_refused(tmp_path: Path, text: Any) -> None:
    path = sqlite(tmp_path / "all.db", np.eye(16, dtype="<f4")[0].tobytes(), MINE)
    with sqlite3.connect(path) as database:
        database.execute("update passages set text = ?", (text,))
    database.close()
    with pytest.raises(SourceError, match="a passage whose text is not text"):
        build(ARTICLES, into=tmp_path / "here", model=HashEncoder(), vectors=path)
