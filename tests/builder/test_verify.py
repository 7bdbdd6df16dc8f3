"""Every way to damage an index is told, with the file and what to do, and never answered from."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from end_to_end.crash import Stage, build_into, check, held_by
from support.stand_in import HashEncoder

from recommender import Filters, Recommender, add
from recommender.builder.verify import _Look, _look, check_vectors, verify
from recommender.errors import (
    NotFound,
    QueryError,
    SnapshotDamaged,
    SnapshotForeign,
    SnapshotMissing,
)
from recommender.store.checks import file_facts
from recommender.store.publish import snapshot_names
from recommender.store.records import ARTICLE_RECORD, PASSAGE_RECORD
from recommender.store.segment import Segment

FILES = [
    "CURRENT",
    "manifest.json",
    "segment.json",
    "articles.jsonl",
    "articles.npy",
    "passages.npy",
    "vectors.npy",
    "index-*.faiss",
    "means-*.npy",
]


def truncate(path: Path, other: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def flip_a_bit(path: Path, other: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) * 2 // 3] ^= 4
    path.write_bytes(data)


def empty(path: Path, other: Path) -> None:
    path.write_bytes(b"")


def delete(path: Path, other: Path) -> None:
    path.unlink()


def swap(path: Path, other: Path) -> None:
    shutil.copy(other, path)


DAMAGES = [truncate, flip_a_bit, empty, delete, swap]


def file_of(index: Path, name: str) -> Path:
    if name == "CURRENT":
        return index / name
    live = (index / "CURRENT").read_text().strip()
    pattern = f"{live}/{name}" if name == "manifest.json" else f"segments/*/{name}"
    return sorted(index.glob(pattern))[0]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stage, Stage]:
    """Two indexes with files of the same sizes: the archives differ in one word."""
    stages = []
    for number in range(2):
        stage = Stage(tmp_path_factory.mktemp(f"stage{number}"), seed=5)
        path = stage.source / "articles.jsonl"
        if number:
            path.write_text(path.read_text().replace("rest", "slot"))
        stage.take("build")
        stages.append(stage)
    return stages[0], stages[1]


@pytest.fixture
def stage(made: tuple[Stage, Stage], tmp_path: Path) -> Stage:
    """A copy of the first index, to be damaged."""
    copy = Stage.__new__(Stage)
    copy.__dict__ = dict(made[0].__dict__)
    copy.index = tmp_path / "vectors"
    shutil.copytree(made[0].index, copy.index)
    return copy


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_damage_is_told_on_opening_and_the_next_build_mends_it(
    made: tuple[Stage, Stage], stage: Stage, name: str, damage: Callable[[Path, Path], None]
) -> None:
    path = file_of(stage.index, name)
    damage(path, file_of(made[1].index, name))
    with pytest.raises((SnapshotDamaged, SnapshotMissing)) as raised:
        Recommender.open(stage.index, encoder=HashEncoder())
    message = str(raised.value)
    advice = message.partition("; run: recommender ")[2]
    assert str(stage.index) in advice
    assert "\n" not in message
    if name != "CURRENT":  # which then names a snapshot that is not there
        assert message.startswith(str(path))
    check(stage)


@pytest.mark.parametrize("damage", [flip_a_bit, swap])
@pytest.mark.parametrize("name", FILES[3:])
def test_damage_in_a_large_file_is_found_by_verify(
    made: tuple[Stage, Stage],
    stage: Stage,
    name: str,
    damage: Callable[[Path, Path], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("recommender.store.checks.CHECKED_BYTES", 0)
    path = file_of(stage.index, name)
    damage(path, file_of(made[1].index, name))
    [problem] = [one for one in verify(stage.index).problems if str(path) in one][:1]
    assert "; run: recommender " in problem


@pytest.mark.parametrize("name", FILES[4:7])
def test_a_damaged_header_of_a_large_file_is_named(
    stage: Stage, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numpy gives it to the parser of Python, which has errors of its own."""
    monkeypatch.setattr("recommender.store.checks.CHECKED_BYTES", 0)
    path = file_of(stage.index, name)
    sound = path.read_bytes()
    told = []
    for at in range(0, sound.index(b"\n"), 3):
        path.write_bytes(sound[:at] + b"\xff\0(" + sound[at + 3 :])
        with suppress(SnapshotDamaged):
            Recommender.open(stage.index, encoder=HashEncoder())
            continue  # the blanks that fill up a header may be anything
        told += [problem for problem in verify(stage.index).problems if str(path) in problem]
    assert len(told) > 20
    assert all(message.startswith(str(path)) for message in told)
    assert not any("\n" in message or "pickle" in message for message in told)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("passages.npy", "article"),
        ("passages.npy", "role"),
        ("passages.npy", "language"),
        ("articles.npy", "language"),
        ("articles.npy", "first_row"),
    ],
)
def test_a_record_of_a_large_file_that_leads_out_of_it_is_told(
    stage: Stage, name: str, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.store.checks.CHECKED_BYTES", 0)
    path = file_of(stage.index, name)
    records = np.load(path, mmap_mode="r+")
    records[field] = np.iinfo(records.dtype[field]).max
    records.flush()
    with Recommender.open(stage.index, encoder=HashEncoder()) as recommender:
        article_id = next(recommender.snapshot.ids())
        named = re.escape(str(path))
        advice = f"^{named}: .*; run: recommender verify --index {re.escape(str(stage.index))}$"
        with pytest.raises(SnapshotDamaged, match=advice):
            recommender.related(article_id)
        with pytest.raises(SnapshotDamaged, match=advice):
            recommender.related_batches().related([0])
    assert any(str(path) in problem for problem in verify(stage.index).problems)


def ask_everything(index: Path) -> list[str]:
    """Ask an index all kinds of questions; return what is said of damage. Nothing else may fail."""
    told = []

    def ask(question: Callable[[], object]) -> None:
        try:
            question()
        except SnapshotDamaged as error:
            told.append(str(error))
        except NotFound:  # the damage may be in an id
            pass

    with suppress(SnapshotDamaged), Recommender.open(index, encoder=HashEncoder()) as recommender:
        dated = Filters(since="2001", until="2020-05", where={"section": "x"}, languages="nl,en")
        ids: list[str] = []
        ask(lambda: ids.extend(recommender.snapshot.ids()))
        for by in ("passage", "article"):
            ask(partial(recommender.search, "rest", k=50, by=by))
            ask(partial(recommender.search, "rest", k=50, by=by, ranking="words"))
            ask(partial(recommender.search, '"rest"', by=by, filters=dated, half_life=9))
        for id in (*ids[:2], f"{ids[0]}#2" if ids else ""):
            ask(partial(recommender.show, id))
            ask(partial(recommender.similar, id, half_life=30, explain=True))
            ask(partial(recommender.related, id, filters=dated, half_life=30, min_strength=0))
            ask(partial(recommender.related, id, explain=True, min_strength=0))
        ask(lambda: list(recommender.related_batches(min_strength=0).related([0, 1])))
    assert all(str(index) in message and "; run: recommender " in message for message in told)
    assert not any("\n" in message for message in told)
    return told


WILD = [
    (name, field)
    for name, record in (("articles.npy", ARTICLE_RECORD), ("passages.npy", PASSAGE_RECORD))
    for field in record.names or ()
]


@pytest.mark.parametrize(("name", "field"), WILD)
@pytest.mark.slow
def test_no_number_in_a_record_leads_to_another_error_than_damage(
    stage: Stage, name: str, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.store.checks.CHECKED_BYTES", 0)
    path = file_of(stage.index, name)
    records = np.load(path, mmap_mode="r+")
    kept = records[field].copy()
    sizes = {"V": 1}.get(kept.dtype.kind, 4)
    for wild in (b"\xff", b"\x01\x02\x03\x04", b"\x00", b"\x00\x00\x01\x00")[:sizes]:
        data = (wild * kept.nbytes)[: kept.nbytes]
        for places in (slice(None), slice(1, 2)):
            records[field][places] = np.frombuffer(data, kept.dtype).reshape(kept.shape)[places]
            records.flush()
            ask_everything(stage.index)
            list(verify(stage.index).problems)
            records[field] = kept


@pytest.mark.parametrize(
    ("found", "put"),
    [
        (b'"title":', b'"titel":'),
        (b'"text":', b'"tekst"'),
        (b'"text":"', b'"text":["'),
        (b'"metadata":{}', b'"metadata":[]'),
        (b'"metadata":{}', b'"metadata":12'),
        (b'"paragraphs":[[', b'"paragraphz":[['),
        (b'"paragraphs":[[', b'"paragraphs":[{'),
        (b',"body",', b',"bodi",'),
        (b',"body",', b",123456,"),
        (b'{"id":"', b'[{id":"x'),
        (b'{"id":"', b"\xff\xfe\xfd\xfc\xfb\xfa\xf9"),
    ],
)
def test_a_line_of_a_large_file_that_is_no_article_is_told(
    stage: Stage, found: bytes, put: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.store.checks.CHECKED_BYTES", 0)
    path = file_of(stage.index, "articles.jsonl")
    data = path.read_bytes()
    assert found in data
    path.write_bytes(data.replace(found, put.ljust(len(found))[: len(found)]))
    told = ask_everything(stage.index)
    assert any(message.startswith(f"{path}: the line of article ") for message in told)


@pytest.mark.slow
def test_no_byte_of_a_line_leads_to_another_error_than_damage(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.store.checks.CHECKED_BYTES", 0)
    path = file_of(stage.index, "articles.jsonl")
    data = path.read_bytes()
    first = data[: data.index(b"\n") + 1]
    for at in range(0, len(first), 3):
        for put in (b"0", b'"', b"}", b"9"):
            path.write_bytes(data[:at] + put + data[at + 1 :])
            with Recommender.open(stage.index, encoder=HashEncoder()) as recommender:
                for read in (recommender.snapshot.stored, recommender.snapshot.article):
                    with suppress(SnapshotDamaged):
                        read(0)


@pytest.mark.parametrize("wild", [np.nan, np.inf, -np.inf])
def test_a_vector_that_is_not_finite_is_told_and_never_answered_from(
    stage: Stage, wild: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.store.checks.CHECKED_BYTES", 0)
    path = file_of(stage.index, "vectors.npy")
    vectors = np.load(path, mmap_mode="r+")
    vectors[1, 3] = wild
    vectors.flush()
    message = "row 1 is not a vector of finite numbers"
    with Recommender.open(stage.index, encoder=HashEncoder()) as opened:
        assert opened.search("rest")  # from the index, which holds the vectors too
        with pytest.raises(SnapshotDamaged, match=f"{path}: {message}"):
            opened.snapshot.vectors([1])
    exact = Recommender.open(stage.index, encoder=HashEncoder(), exact=True)
    with exact, pytest.raises(SnapshotDamaged, match=message):
        exact.search("rest")


@pytest.mark.parametrize(
    ("name", "field"),
    [("articles.npy", "language"), ("articles.npy", "rows"), ("passages.npy", "article")],
)
def test_records_that_lead_nowhere_are_no_ground_for_a_build(
    stage: Stage, name: str, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The build sees it, begins from nothing and says so."""
    monkeypatch.setattr("recommender.store.checks.CHECKED_BYTES", 0)
    path = file_of(stage.index, name)
    records = np.load(path, mmap_mode="r+")
    records[field] = np.iinfo(records.dtype[field]).max
    records.flush()
    rows = (stage.source / "articles.jsonl").read_text()
    try:
        (stage.source / "articles.jsonl").write_text(rows.replace("Artikel", "Stuk", 1))
        report = build_into(stage)
    finally:
        (stage.source / "articles.jsonl").write_text(rows)
    assert str(path) in report.reasons[0]
    assert verify(stage.index).problems == ()


def test_a_number_of_rows_that_cannot_be_is_told_before_memory_is_asked_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.store.checks.CHECKED_BYTES", 0)
    path = file_of(stage.index, "articles.npy")
    records = np.load(path, mmap_mode="r+")
    records["rows"] = 2**32 - 1
    records.flush()
    with Recommender.open(stage.index, encoder=HashEncoder()) as recommender:
        article_id = next(recommender.snapshot.ids())
        with pytest.raises(SnapshotDamaged, match=str(stage.index)):
            recommender.related(article_id)
        with pytest.raises(SnapshotDamaged, match=str(stage.index)):
            recommender.related_batches().related([0])
        with pytest.raises(SnapshotDamaged, match=str(stage.index)):
            recommender.similar(article_id)
    assert any(str(path) in problem for problem in verify(stage.index).problems)


def test_a_sound_index_has_no_problem(stage: Stage) -> None:
    assert verify(stage.index).problems == ()


def test_repair_makes_derived_files_again_and_nothing_else(stage: Stage) -> None:
    with Recommender.open(stage.index, encoder=HashEncoder()) as recommender:
        before = recommender.search("rest", k=100)
    vectors = file_of(stage.index, "vectors.npy").read_bytes()
    index = file_of(stage.index, "index-*.faiss")
    flip_a_bit(index, index)
    advice = f"run: recommender verify --repair --index {stage.index}"
    assert verify(stage.index).problems[0].endswith(advice)
    verdict = verify(stage.index, repair=True)
    assert verdict.repaired == (f"{index}: made again",)
    assert verify(stage.index).problems == ()
    with Recommender.open(stage.index, encoder=HashEncoder()) as recommender:
        assert recommender.search("rest", k=100) == before
        assert recommender.name == verdict.snapshot
    assert file_of(stage.index, "vectors.npy").read_bytes() == vectors


@pytest.mark.parametrize("damage", DAMAGES)
def test_without_its_index_file_an_archive_is_searched_exactly_when_asked_to(
    made: tuple[Stage, Stage], stage: Stage, damage: Callable[[Path, Path], None]
) -> None:
    with Recommender.open(stage.index, encoder=HashEncoder()) as recommender:
        before = recommender.search("rest", k=100)
    index = file_of(stage.index, "index-*.faiss")
    damage(index, file_of(made[1].index, "index-*.faiss"))
    advice = f"run: recommender verify --repair --index {stage.index}, or ask with --exact"
    with pytest.raises(SnapshotDamaged, match=re.escape(advice)):
        Recommender.open(stage.index, encoder=HashEncoder())
    with Recommender.open(stage.index, encoder=HashEncoder(), exact=True) as recommender:
        after = recommender.search("rest", k=100)
        assert not recommender.reload()
    assert [hit.passage_id for hit in after] == [hit.passage_id for hit in before]
    scores = [hit.score for hit in before]
    assert [hit.score for hit in after] == pytest.approx(scores, abs=1e-5)


def test_words_that_are_damaged_are_named_and_made_again(stage: Stage) -> None:
    path = file_of(stage.index, "lexical-*.bin")
    before = path.read_bytes()
    flip_a_bit(path, path)
    for exact in (False, True):
        with pytest.raises(
            SnapshotDamaged, match=r"lexical-6.bin: .*; run: recommender verify --rep"
        ):
            Recommender.open(stage.index, encoder=HashEncoder(), exact=exact)
    assert verify(stage.index, repair=True).repaired == (f"{path}: made again",)
    assert path.read_bytes() == before


def test_what_an_earlier_release_did_not_derive_is_named_and_made(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("store.derived", "builder.derive"):
        monkeypatch.setattr(f"recommender.{module}.HEADLINES_FILE", "headlines-later.bin")
    with pytest.raises(SnapshotForeign, match=r"headlines-later.bin: .*; run: recommender verify"):
        Recommender.open(stage.index, encoder=HashEncoder())
    [problem] = verify(stage.index).problems
    assert "headlines-later.bin: an earlier release did not write it; run: recommender" in problem
    assert verify(stage.index, repair=True).problems == ()
    with Recommender.open(stage.index, encoder=HashEncoder()) as recommender:
        assert recommender.related(next(recommender.snapshot.ids()), confidence="loose")


@pytest.mark.parametrize("changed", [(2, -1, 0, 0), (0, 0, 2, -1), (0, 1, 0, -1)], ids=str)
def test_words_of_a_large_file_that_are_of_other_passages_are_named(
    stage: Stage, changed: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last numbers say how much there is of what; their sum may be right by chance."""
    monkeypatch.setattr("recommender.store.checks.CHECKED_BYTES", 0)
    path = file_of(stage.index, "lexical-*.bin")
    data = np.fromfile(path, "<u4")
    data[-4:] += np.array(changed, "<i4").astype("<u4")
    data.tofile(path)
    with pytest.raises(SnapshotDamaged, match=r"lexical-6.bin: .*; run: recommender verify --rep"):
        Recommender.open(stage.index, encoder=HashEncoder())


def test_a_repair_keeps_what_was_written_while_it_looked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    flip_a_bit(file_of(stage.index, "names-*.txt"), stage.index)

    def meanwhile(folder: Path, name: str) -> _Look:
        found = _look(folder, name)
        if len(looked) == 0:
            add({"id": "meanwhile", "text": "Een bericht."}, into=folder, model=HashEncoder())
        looked.append(name)
        return found

    looked: list[str] = []
    monkeypatch.setattr("recommender.builder.verify._look", meanwhile)
    assert len(verify(stage.index, repair=True).repaired) == 1
    assert len(looked) == 2
    assert verify(stage.index).problems == ()
    with Recommender.open(stage.index, encoder=HashEncoder()) as recommender:
        assert recommender.snapshot.find("meanwhile") is not None


def test_only_the_live_snapshot_is_repaired(stage: Stage) -> None:
    older = snapshot_names(stage.index)[0]
    add({"id": "more", "text": "Een bericht."}, into=stage.index, model=HashEncoder())
    for names in stage.index.glob("segments/*/names-*.txt"):
        flip_a_bit(names, names)
    live = (stage.index / "CURRENT").read_text()
    with pytest.raises(QueryError, match=f"{older}: is not the live snapshot"):
        verify(stage.index, older, repair=True)
    assert verify(stage.index, older).problems
    assert verify(stage.index, live.strip(), repair=True).repaired


def test_a_damaged_truth_is_not_repaired_but_named(stage: Stage) -> None:
    path = file_of(stage.index, "vectors.npy")
    flip_a_bit(path, path)
    [problem] = verify(stage.index, repair=True).problems
    assert problem.startswith(str(path))
    assert problem.endswith(f"run: recommender build SOURCE --full --into {stage.index}")


def test_each_damaged_file_is_named(stage: Stage) -> None:
    paths = [
        file_of(stage.index, name) for name in ("articles.jsonl", "passages.npy", "vectors.npy")
    ]
    for path in paths:
        flip_a_bit(path, path)
    problems = verify(stage.index).problems
    assert [one.partition(": ")[0] for one in problems] == [str(path) for path in paths]


def test_damaged_vectors_are_not_reused(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large file is not read at opening: it is before anything is taken over from it."""
    monkeypatch.setattr("recommender.store.checks.CHECKED_BYTES", 0)
    path = file_of(stage.index, "vectors.npy")
    flip_a_bit(path, path)
    rows = (stage.source / "articles.jsonl").read_text()
    try:
        (stage.source / "articles.jsonl").write_text(rows.replace("Artikel", "Stuk", 1))
        encoder = HashEncoder()
        report = build_into(stage, model=encoder)
    finally:
        (stage.source / "articles.jsonl").write_text(rows)
    assert (report.encoded, report.reused) == (17, 1)  # the new text had been encoded before that
    assert str(path) in report.reasons[0]
    assert verify(stage.index).problems == ()


def test_vectors_of_an_older_format_are_not_encoded_again(stage: Stage) -> None:
    """Formats differ in what they hold beside the vectors and the hashes of their texts."""
    manifest, facts = file_of(stage.index, "manifest.json"), file_of(stage.index, "segment.json")
    passages = facts.with_name("passages.npy")
    records = np.load(passages)
    np.save(passages, records[["article", "number", "text_hash"]])
    known = json.loads(facts.read_text())
    known["files"]["passages.npy"] = asdict(file_facts(passages))
    del known["words_only"]
    facts.write_text(json.dumps(known))
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": 4}))
    report = build_into(stage)
    assert (report.encoded, report.reused) == (0, len(records))
    assert "found format 4" in report.reasons[0]
    assert verify(stage.index).problems == ()


def test_a_folder_among_the_segments_that_is_none_is_passed_over(stage: Stage) -> None:
    stray = stage.index / "segments" / "stray"
    stray.mkdir()
    (stray / "segment.json").write_text('{"files": []}')
    rows = (stage.source / "articles.jsonl").read_text()
    try:
        (stage.source / "articles.jsonl").write_text(rows.replace("Artikel", "Stuk", 1))
        assert build_into(stage).published
    finally:
        (stage.source / "articles.jsonl").write_text(rows)


def test_the_wrong_vector_under_the_right_checksum_is_found(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a build with a faulty memory would have written it."""
    segment = Segment(file_of(stage.index, "vectors.npy").parent)
    wrong = np.array(segment.vectors, dtype=np.float32)
    wrong[2] = np.nan
    monkeypatch.setattr(segment, "raw", lambda rows: wrong[rows])
    with pytest.raises(SnapshotDamaged, match="row 2 is not a vector of unit length"):
        check_vectors(segment)


def test_an_index_of_other_vectors_is_found_although_its_checksum_is_right(
    made: tuple[Stage, Stage], stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a build would have written that derived it from the wrong segment."""
    index = file_of(stage.index, "index-*.faiss")
    swap(index, file_of(made[1].index, "index-*.faiss"))
    monkeypatch.setattr("recommender.builder.verify.check_content", lambda *_: None)
    monkeypatch.setattr("recommender.store.derived.check_file", lambda *_: None)
    [problem] = verify(stage.index).problems
    assert "the search index does not hold the vector of row" in problem


def test_answers_after_mending_are_those_of_before(stage: Stage) -> None:
    with Recommender.open(stage.index, encoder=HashEncoder()) as recommender:
        before = held_by(recommender)
    (stage.index / "CURRENT").unlink()
    build_into(stage)
    with Recommender.open(stage.index, encoder=HashEncoder()) as recommender:
        assert held_by(recommender) == before
    assert len(snapshot_names(stage.index)) == 2
