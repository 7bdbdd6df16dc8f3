"""Adding, updating and removing articles gives the index that a build of them would give."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from builder.test_build import APART, WORDS, bodies, contents, names
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stand_in import HashEncoder

from recommender import Article, Recommender, add, build, remove, update
from recommender.builder import derive, opened
from recommender.builder.opened import OPENED
from recommender.builder.verify import verify
from recommender.errors import (
    ArticleNotFound,
    IndexLocked,
    QueryError,
    ReplaceRefused,
    SnapshotDamaged,
    SnapshotForeign,
    SnapshotMissing,
    SourceError,
)
from recommender.store import files, publish
from recommender.store.history import history, prune_snapshots, rollback
from recommender.store.publish import KEPT_SNAPSHOTS, LEFT_BY_WRITES, workplace
from recommender.store.snapshot import Snapshot

pytestmark = pytest.mark.slow

ENCODER = HashEncoder()
FIRST = {"a": "De dijk.", "b": "Het water.", "c": "De kraan.", "d": "Het gas."}


def rows(**texts: str) -> list[dict[str, Any]]:
    return [
        {"id": id, "title": f"Titel van {id}", "language": "nl", "text": text}
        for id, text in texts.items()
    ]


@pytest.fixture
def index(tmp_path: Path) -> Path:
    build(rows(**FIRST), into=tmp_path / "index", model=ENCODER)
    return tmp_path / "index"


def ids(index: Path) -> list[str]:
    with Recommender.open(index, encoder=ENCODER) as recommender:
        return sorted(recommender.snapshot.ids())


writes = st.one_of(
    st.tuples(st.just("add"), st.dictionaries(names, bodies, min_size=1, max_size=3)),
    st.tuples(st.just("remove"), st.lists(names, min_size=1, max_size=2)),
    st.tuples(st.just("build"), st.none()),
    st.tuples(st.just("prune"), st.none()),
)


def take(step: tuple[str, Any], articles: dict[str, list[str]], index: Path) -> None:
    """Take one step on the index, and on the articles that it should hold."""
    action, detail = step
    if action == "add":
        articles |= detail
        texts = {id: "\n\n".join(body) for id, body in detail.items()}
        add(rows(**texts), into=index, model=ENCODER, settings=APART)
    elif action == "remove":
        there = [id for id in dict.fromkeys(detail) if id in articles]
        if there and len(there) < len(articles):
            for id in there:
                del articles[id]
            remove(there, into=index)
    elif action == "build":
        texts = {id: "\n\n".join(body) for id, body in articles.items()}
        build(rows(**texts), into=index, model=ENCODER, settings=APART)
    else:
        prune_snapshots(index, keep=1)


@settings(max_examples=15, deadline=None)
@given(st.dictionaries(names, bodies, min_size=1), st.lists(writes, min_size=1, max_size=6))
def test_any_sequence_of_writes_gives_what_a_full_build_gives(
    articles: dict[str, list[str]], steps: list[tuple[str, Any]]
) -> None:
    """The same articles, passages and vectors, and answers within the stated bound.

    The scales of strength may be older by changes to 1 in 20 articles (docs/rebuilds.md), so that
    strengths may differ by 0.05; scores agree to rounding.
    """
    with tempfile.TemporaryDirectory() as scratch:
        index, fresh = Path(scratch) / "index", Path(scratch) / "fresh"
        texts = {id: "\n\n".join(body) for id, body in articles.items()}
        build(rows(**texts), into=index, model=ENCODER, settings=APART)
        for step in steps:
            take(step, articles, index)
        texts = {id: "\n\n".join(body) for id, body in articles.items()}
        build(rows(**texts), into=fresh, model=ENCODER, settings=APART)
        assert contents(index, ENCODER) == contents(fresh, ENCODER)


def test_a_write_reports_what_it_did_and_reload_shows_it(index: Path) -> None:
    with Recommender.open(index, encoder=ENCODER) as recommender:
        ENCODER.asked.clear()
        report = add(rows(a="De dijk.", b="De dijk, nu.", e="Een bal."), into=index, model=ENCODER)
        assert (report.added, report.changed, report.same, report.removed) == (1, 1, 3, 0)
        assert ENCODER.asked.count("Een bal.") == 1
        assert "De dijk." not in ENCODER.asked
        assert recommender.reload()
        assert recommender.show("b").article.text == "De dijk, nu."
    assert ids(index) == ["a", "b", "c", "d", "e"]
    report = remove("e", into=index)
    assert (report.removed, report.articles) == (1, 4)
    assert not add(rows(a="De dijk."), into=index, model=ENCODER).published


def test_a_paragraph_that_stays_is_not_encoded_again(index: Path) -> None:
    long = "\n\n".join(f"Paragraaf {number} over {word}." for number, word in enumerate(WORDS))
    add(rows(a=long), into=index, model=ENCODER, settings=APART)
    ENCODER.asked.clear()
    report = update(rows(a=f"{long}\n\nNog een."), into=index, model=ENCODER)
    assert report.encoded == len([one for one in ENCODER.asked if "Nog een" in one]) == 1


def test_what_is_not_there_is_named_and_nothing_is_written(index: Path) -> None:
    before = (index / "CURRENT").read_text()
    with pytest.raises(ArticleNotFound, match="x and 1 more: no article"):
        remove(["a", "x", "y"], into=index)
    with pytest.raises(ArticleNotFound, match="z: no article"):
        update(rows(a="Anders.", z="Nieuw."), into=index, model=ENCODER)
    with pytest.raises(SourceError, match="rows:1: has no text"):
        add([{"id": "q", "text": " "}], into=index, model=ENCODER)
    with pytest.raises(SourceError, match="no article would be left"):
        remove(list(FIRST), into=index)
    with pytest.raises(SnapshotForeign, match="made with hashes"):
        add(rows(e="x"), into=index, model=HashEncoder(dim=4))
    assert (index / "CURRENT").read_text() == before
    assert not list(index.glob(".building-*"))
    with pytest.raises(SnapshotMissing):
        add(rows(e="x"), into=index.parent / "none", model=ENCODER)


def test_an_article_that_its_source_withdraws_is_removed(index: Path) -> None:
    draft = rows(a="De dijk.")[0] | {"status": "draft"}
    report = add([draft, *rows(e="Nieuw hier.")], into=index, model=ENCODER)
    assert (report.removed, report.added, dict(report.unpublished)) == (1, 1, {"draft": 1})
    assert ids(index) == ["b", "c", "d", "e"]


@pytest.mark.parametrize("fields", [{"text": ""}, {}, {"text": None, "deleted_at": "2020-01-01"}])
def test_an_article_is_withdrawn_by_a_record_without_its_text(
    index: Path, fields: dict[str, Any]
) -> None:
    draft = {"id": "a", "status": "draft", **fields}
    report = add([draft, *rows(e="Nieuw hier.")], into=index, model=ENCODER)
    assert (report.removed, report.added, dict(report.unpublished)) == (1, 1, {"draft": 1})
    assert ids(index) == ["b", "c", "d", "e"]


def test_of_two_versions_in_one_write_the_newest_counts(index: Path) -> None:
    new, old = (
        rows(e=text)[0] | {"date": day}
        for text, day in (("Nieuw.", "2022-12-02"), ("Oud.", "2022-12-01"))
    )
    add([new, old], into=index, model=ENCODER)
    with Recommender.open(index, encoder=ENCODER) as recommender:
        assert recommender.show("e").article.text == "Nieuw."


def test_articles_and_files_are_added_under_the_ids_that_a_build_gives(tmp_path: Path) -> None:
    folder = tmp_path / "site" / "news"
    folder.mkdir(parents=True)
    for name in ("one", "two"):
        (folder / f"{name}.txt").write_text(f"Title {name}\n\nThe text of {name}.")
    index = tmp_path / "index"
    build(tmp_path / "site", into=index, model=ENCODER)
    (folder / "three.txt").write_text("Title three\n\nThe text of three.")
    assert add(folder / "three.txt", into=index, model=ENCODER).added == 1
    assert ids(index) == ["news/one", "news/three", "news/two"]
    assert not build(tmp_path / "site", into=index, model=ENCODER).published
    add(Article(id="four", title="Four", text="The text of four."), into=index, model=ENCODER)
    with pytest.raises(ReplaceRefused, match="would remove 1 of 4"):
        build(tmp_path / "site", into=index, model=ENCODER)


def test_writers_queue(index: Path) -> None:
    with workplace(index):
        with pytest.raises(IndexLocked):
            remove("a", into=index, wait=0)
        threads = [
            threading.Thread(
                target=add,
                args=(rows(**{id: f"Tekst {id}."}),),
                kwargs={"into": index, "model": ENCODER},
            )
            for id in ("x", "y", "z")
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    assert ids(index) == ["a", "b", "c", "d", "x", "y", "z"]


def test_means_and_scales_stay_until_the_bound(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derive, "MEASURE_SHARE_OF_WRITES", 0.5)
    with Recommender.open(index, encoder=ENCODER) as recommender:
        first = recommender.snapshot.manifest
        for number, is_kept in enumerate((True, True, False)):
            add(rows(**{f"n{number}": f"Tekst {number}."}), into=index, model=ENCODER)
            recommender.reload()
            found = recommender.snapshot.manifest
            assert (found.unrelated == first.unrelated) is is_kept
            assert found.measured.changed_since == (number + 1 if is_kept else 0)


def test_a_build_measures_again_sooner_than_a_write(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derive, "MEASURE_SHARE_OF_WRITES", 1.0)
    add(rows(e="Een bal."), into=index, model=ENCODER)
    with Recommender.open(index, encoder=ENCODER) as recommender:
        assert recommender.snapshot.manifest.measured.changed_since == 1
        build(rows(**FIRST, e="Een bal.", f="Een doel."), into=index, model=ENCODER)
        recommender.reload()
        assert recommender.snapshot.manifest.measured.changed_since == 0


def test_writes_take_the_place_of_no_build(index: Path) -> None:
    texts = dict(FIRST)
    builds = [index.joinpath("CURRENT").read_text().strip()]
    for number in range(3):
        for part in range(8):
            texts[f"n{number}.{part}"] = f"Tekst {number} deel {part}."
            [row] = rows(**{f"n{number}.{part}": texts[f"n{number}.{part}"]})
            last = add(row, into=index, model=ENCODER).snapshot
            assert len(history(index)) <= 8
        texts[f"b{number}"] = f"Gebouwd in nacht {number}."
        builds.append(build(rows(**texts), into=index, model=ENCODER).snapshot)
    kept = [entry["snapshot"] for entry in history(index)]
    assert [name for name in kept if name in builds] == builds[:0:-1]
    assert kept[1] == last  # what the newest build replaced
    assert len(kept) <= 6
    assert rollback(index) == last
    remove("a", into=index)
    assert rollback(index, builds[-1]) == builds[-1]


def test_a_write_finds_an_index_that_was_made_again_meanwhile(index: Path) -> None:
    add(rows(e="Een bal."), into=index, model=ENCODER)
    shutil.rmtree(index)
    build(rows(x="De zee.", y="Het land."), into=index, model=ENCODER)
    add(rows(z="De lucht."), into=index, model=ENCODER)
    assert ids(index) == ["x", "y", "z"]


def test_many_writes_hold_open_the_files_of_one_index(index: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    build(rows(**FIRST), into=other, model=ENCODER)
    for number in range(6):
        for one in (index, other):
            add(rows(**{f"n{number}": f"Tekst {number}."}), into=one, model=ENCODER)
    assert OPENED.of(index) == {}
    with Recommender.open(other, encoder=ENCODER) as recommender:
        named = {one.name for one in recommender.snapshot.manifest.segments}
    assert OPENED.of(other).keys() == named


def test_a_process_that_goes_on_writing_notes_the_snapshots_that_are_there(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "_PLACES", {})
    for number in range(KEPT_SNAPSHOTS + LEFT_BY_WRITES + 5):
        add(rows(e=f"Tekst {number}."), into=index, model=ENCODER)
    assert {place.name for place in publish._PLACES} == set(publish.snapshot_names(index))


def test_places_of_snapshots_are_noted_within_a_bound(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "_MOST_PLACES", 4)
    for number in range(6):
        add(rows(e=f"Tekst {number}."), into=index, model=ENCODER)
        assert len(publish._PLACES) <= 4
    assert publish.number_of(index, publish.current_name(index)) == 7


def test_the_manifest_of_the_last_write_is_kept_as_it_would_be_read(index: Path) -> None:
    given = [*rows(a="De dijk brak.", e="Een bal."), {"id": "f"}]
    for write in (
        lambda: add(given, into=index, model=ENCODER),
        lambda: remove("b", into=index),
    ):
        name = write().snapshot
        kept = OPENED.snapshot(index)
        assert kept.name == name
        assert kept.manifest is OPENED.snapshot(index).manifest
        assert kept.manifest == Snapshot(index).manifest


def test_a_manifest_that_was_changed_is_read_again(index: Path) -> None:
    report = add(rows(e="Een bal."), into=index, model=ENCODER)
    path = index / report.snapshot / "manifest.json"
    path.write_text(path.read_text().replace('"number": ', '"number": 1'))
    with pytest.raises(SnapshotDamaged):
        add(rows(f="Een boom."), into=index, model=ENCODER)
    with pytest.raises(SnapshotDamaged):
        remove("a", into=index)


def test_a_write_is_durable_before_readers_are_pointed_to_it(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: list[tuple[str, str]] = []

    class Watched:
        """The calls of the file layer, by what they are done to."""

        def __getattr__(self, name: str) -> Any:
            return getattr(os, name)

        def fsync(self, descriptor: int) -> None:
            log.append(("sync", os.readlink(f"/proc/self/fd/{descriptor}")))
            os.fsync(descriptor)

        def replace(self, source: Path, target: Path) -> None:
            log.append(("replace", str(target)))
            os.replace(source, target)

    monkeypatch.setattr(files, "os", Watched())
    add(rows(e="Een bal."), into=index, model=ENCODER)
    turn = log.index(("replace", str(index / "CURRENT")))
    synced = {Path(path) for what, path in log[:turn] if what == "sync"}
    name = (index / "CURRENT").read_text().strip()
    [segment] = OPENED.of(index).keys() - {p.name for p in _older_segments(index, name)}
    for path in (index / "segments" / segment).iterdir():
        assert path in synced, path
    assert {index / "segments" / segment, index / "segments", index} <= synced
    assert any(path.name == "manifest.json" for path in synced)
    assert ("sync", str(index)) in log[turn:]


def _older_segments(index: Path, name: str) -> list[Path]:
    """Return the segments that snapshots other than `name` have."""
    manifests = [json.loads(p.read_text()) for p in index.glob("*/manifest.json")]
    return [
        index / "segments" / entry["name"]
        for manifest in manifests
        if manifest["name"] != name
        for entry in manifest["segments"]
    ]


def test_many_writes_leave_few_segments(index: Path) -> None:
    for number in range(20):
        add(rows(**{f"n{number}": f"Tekst {number}."}), into=index, model=ENCODER)
    assert len(ids(index)) == 24
    assert len(list((index / "segments").iterdir())) <= 16


def test_a_process_that_writes_loads_the_encoder_once(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = []

    def load(model: str | None, *, many: bool) -> HashEncoder:
        loaded.append((model, many))
        return ENCODER

    monkeypatch.setattr(
        "recommender.builder.given.encoder_fingerprint", lambda model: ENCODER.fingerprint
    )
    monkeypatch.setattr(opened, "load_encoder", load)
    monkeypatch.setattr(opened.ENCODER, "_kept", None)
    for number in range(3):
        add(rows(**{f"n{number}": f"Tekst {number}."}), into=index)
    assert loaded == [(None, True)]
    monkeypatch.setenv("RECOMMENDER_PRECISION", "float32")
    update(rows(a="De dijk hield."), into=index)
    assert len(loaded) == 2
    monkeypatch.setattr(opened.os, "getpid", lambda: -1)  # as a fork has another
    update(rows(a="De dijk hield het."), into=index)
    assert len(loaded) == 3


@pytest.mark.parametrize("given", [{"id": "a"}, Article("a", "Titel", "De dijk.")])
def test_an_article_in_place_of_its_id_is_an_error_that_says_so(index: Path, given: Any) -> None:
    with pytest.raises(QueryError, match="by its id"):
        remove(given, into=index)
    assert ids(index) == ["a", "b", "c", "d"]


def test_an_id_with_half_a_letter_names_one_article(tmp_path: Path) -> None:
    index = tmp_path / "vectors"
    half = Article("g\ud800x", "Kop \ud800", "De dijk \ud800 hield.")
    build([half, Article("b", "Kop", "Het water.")], into=index, model=ENCODER)
    for _ in range(2):
        add([half], into=index, model=ENCODER)
    with Recommender.open(index, encoder=ENCODER) as recommender:
        assert sorted(recommender.snapshot.ids()) == ["b", "g\ufffdx"]
    assert verify(index).problems == ()
    assert remove("g\ud800x", into=index).removed == 1


def test_a_write_derives_from_its_own_articles_only(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a large archive has already must not be read again for one article."""
    large = [Article(f"n{number}", f"Note {number}", f"Words of {number}.") for number in range(60)]
    add(large, into=index, model=ENCODER)
    read: list[int] = []
    real = derive.characters_of

    def counted(passages: Any, owners: Any, articles: int) -> Any:
        read.append(articles)
        return real(passages, owners, articles)

    monkeypatch.setattr(derive, "characters_of", counted)
    add(Article("one", "One more", "A text alone."), into=index, model=ENCODER)
    assert read
    assert max(read) < 60
