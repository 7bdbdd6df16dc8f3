"""Snapshots are listed, compared, brought back and deleted; a worse one can be refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.stand_in import HashEncoder, WordEncoder

from recommender import Recommender, build
from recommender.errors import NotFound, SnapshotMissing
from recommender.evaluate.diff import diff
from recommender.evaluate.gate import Margins, QualityGate
from recommender.settings import Settings
from recommender.store.history import history, prune_snapshots, rollback
from recommender.store.publish import prune, sweep
from recommender.store.snapshot import Snapshot
from recommender.types import BuildReport

Archive = dict[str, str]
Night = Callable[..., BuildReport]
ENCODER = WordEncoder("dijk", "water", "gas", "bal", "doel")
FLOOD = "De dijk hield het water tegen. Water en nog eens water bij de dijk."
FIRST: Archive = {
    "dijk": FLOOD,
    "water": "Het water stond tot aan de dijk, en het water steeg.",
    "gas": "Het gas werd duur, en gas bleef duur dit jaar.",
    "bal": "De bal ging in het doel en weer was het een doel.",
}


@pytest.fixture
def night(tmp_path: Path) -> Night:
    """Write an archive and build it."""

    def run(archive: Archive, **options: Any) -> BuildReport:
        folder = tmp_path / "source"
        folder.mkdir(exist_ok=True)
        rows = [
            {"id": id, "title": f"Over {id}", "language": "nl", "text": text}
            for id, text in archive.items()
        ]
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / "articles.jsonl").write_text(lines)
        options = {"model": ENCODER, "settings": Settings(join_under=0)} | options
        return build(folder, into=tmp_path / "vectors", **options)

    return run


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


def states(index: Path) -> list[tuple[str, str]]:
    return [(entry["snapshot"], entry["state"]) for entry in history(index)]


def test_history_lists_the_newest_first_with_what_each_build_changed(
    night: Night, index: Path
) -> None:
    first = night(FIRST)
    second = night({**FIRST, "gas": "Gas.", "nieuw": "Iets over water."})
    newest, oldest = history(index)
    assert (newest["snapshot"], newest["state"]) == (second.snapshot, "live")
    assert (newest["articles"], newest["added"], newest["changed"]) == (5, 1, 1)
    assert (oldest["snapshot"], oldest["state"], oldest["added"]) == (first.snapshot, "kept", 4)


def test_without_an_index_there_is_no_history(tmp_path: Path) -> None:
    with pytest.raises(SnapshotMissing):
        history(tmp_path)


def test_rollback_brings_back_the_one_before_and_by_name_any(night: Night, index: Path) -> None:
    first, second = night(FIRST), night({**FIRST, "gas": "Ander gas."})
    assert rollback(index) == first.snapshot
    assert Recommender.open(index, encoder=ENCODER).name == first.snapshot
    assert rollback(index, second.snapshot) == second.snapshot
    assert states(index) == [(second.snapshot, "live"), (first.snapshot, "kept")]


def test_rollback_names_what_it_cannot_find(night: Night, index: Path) -> None:
    night(FIRST)
    with pytest.raises(NotFound, match="no earlier snapshot is kept"):
        rollback(index)
    with pytest.raises(NotFound, match="20200101T000000Z-000000: no snapshot"):
        rollback(index, "20200101T000000Z-000000")


def test_prune_keeps_the_newest_and_the_live_one(night: Night, index: Path) -> None:
    reports = [night({**FIRST, "gas": f"Gas en {word}."}) for word in ("bal", "doel", "dijk")]
    rollback(index, reports[0].snapshot)
    assert prune_snapshots(index, keep=1) == [reports[1].snapshot]
    assert states(index) == [(reports[2].snapshot, "kept"), (reports[0].snapshot, "live")]
    used = {
        entry["name"]
        for report in (reports[0], reports[2])
        for entry in json.loads((index / report.snapshot / "manifest.json").read_text())["segments"]
    }
    assert {folder.name for folder in (index / "segments").iterdir()} == used


def test_prune_keeps_what_a_snapshot_that_cannot_be_read_may_use(night: Night, index: Path) -> None:
    reports = [night({**FIRST, "gas": f"Gas en {word}."}) for word in ("bal", "doel", "dijk")]
    manifest = index / reports[1].snapshot / "manifest.json"
    segments = {one["name"] for one in json.loads(manifest.read_text())["segments"]}
    manifest.write_text("{")
    assert prune_snapshots(index, keep=1) == [reports[0].snapshot]
    assert segments <= {folder.name for folder in (index / "segments").iterdir()}


def segments_of(index: Path) -> set[str]:
    return {folder.name for folder in (index / "segments").iterdir()}


@pytest.mark.parametrize("lost", ["live", "kept", "folder", "CURRENT"])
def test_no_segment_is_deleted_while_it_is_not_known_what_a_snapshot_uses(
    night: Night, index: Path, lost: str
) -> None:
    first = night(FIRST)
    second = night({"nieuw": "Iets heel anders over de bal."}, replace=True)
    segments = segments_of(index)
    assert len(segments) == 2
    if lost in ("live", "folder"):
        shutil.rmtree(index / first.snapshot)
    if lost == "folder":
        shutil.rmtree(index / second.snapshot)
        (index / "CURRENT").write_text(f"{second.snapshot}\n")
    elif lost == "CURRENT":
        (index / lost).write_text("what is this")
    else:
        name = second.snapshot if lost == "live" else first.snapshot
        (index / name / "manifest.json").unlink()
    sweep(index)
    assert prune(index, keep=1) == []
    assert segments_of(index) == segments


def refuse(live: object) -> Callable[[object], dict[str, object]]:
    return lambda candidate: {"refused": ["not good"]}


def test_rollback_never_chooses_what_a_gate_refused(night: Night, index: Path) -> None:
    first = night(FIRST)
    refused = night({**FIRST, "bal": "Een bal."}, gate=refuse)
    night({**FIRST, "gas": "Ander gas."})
    shutil.rmtree(index / first.snapshot)  # which the live one replaced
    with pytest.raises(NotFound, match="no earlier snapshot is kept"):
        rollback(index)
    (index / "CURRENT").unlink()
    assert rollback(index) != refused.snapshot


def test_rollback_leaves_a_live_one_that_cannot_be_read(night: Night, index: Path) -> None:
    first, second = night(FIRST), night({**FIRST, "gas": "Ander gas."})
    (index / second.snapshot / "manifest.json").write_text("{")
    assert rollback(index) == first.snapshot


def test_refused_snapshots_take_the_place_of_none_that_answered(night: Night, index: Path) -> None:
    answered = [night({**FIRST, "gas": f"Gas en {word}."}).snapshot for word in ("bal", "doel")]
    bad = [night({**FIRST, "bal": f"Bal {n}."}, gate=refuse).snapshot for n in range(4)]
    assert [name for name, _ in states(index)] == [bad[3], bad[2], answered[1], answered[0]]
    assert rollback(index) == answered[0]


def test_the_one_that_the_live_one_replaced_is_kept(night: Night, index: Path) -> None:
    """After a rollback over three bad builds, it is not among the newest."""
    good = night(FIRST).snapshot
    bad = [night({**FIRST, "gas": f"Gas en {word}."}).snapshot for word in ("bal", "doel")]
    rollback(index, good)
    last = night({**FIRST, "bal": "De bal is rond."}).snapshot
    assert [name for name, _ in states(index)] == [last, bad[1], bad[0], good]
    assert rollback(index) == good
    assert prune_snapshots(index, keep=1) == bad


def test_diff_says_what_came_changed_and_went_and_whose_lists_that_moved(
    night: Night, index: Path
) -> None:
    first = night(FIRST)
    changed = {**FIRST, "gas": "Het gas stroomt als water, water, water langs de dijk."}
    changed["vloed"] = changed.pop("water") + " Water."
    second = night(changed)
    found = diff(index)
    assert (found.before, found.after) == (first.snapshot, second.snapshot)
    assert (found.came, found.went) == (("vloed",), ("water",))
    assert found.changed == {"gas": ("text",)}
    lists = {change.article_id: change for change in found.related}
    assert lists["dijk"].came == ("vloed",)
    assert lists["dijk"].went == ("water",)
    assert lists["dijk"].why == "vloed came; water went"


def test_diff_of_the_first_snapshot_says_that_there_is_none_before(
    night: Night, index: Path
) -> None:
    night(FIRST)
    with pytest.raises(NotFound, match="an earlier snapshot is not kept"):
        diff(index)


def test_the_gate_lets_pass_what_is_as_good(night: Night) -> None:
    night(FIRST)
    report = night({**FIRST, "gas": "Gas en gas en nog meer gas."}, gate=QualityGate)
    assert (report.published, report.refused) == (True, ())


def test_the_gate_refuses_an_archive_that_shrank_and_keeps_the_candidate(
    night: Night, index: Path
) -> None:
    live = night(FIRST)
    report = night({"dijk": FLOOD}, gate=QualityGate)
    assert not report.published
    assert report.refused[0] == "articles fell from 4 to 1"
    assert Recommender.open(index, encoder=ENCODER).name == live.snapshot
    assert states(index) == [(report.snapshot, "refused"), (live.snapshot, "live")]
    assert "articles fell from 4 to 1" in history(index)[0]["why"]
    assert rollback(index, report.snapshot) == report.snapshot  # published all the same


def test_the_gate_refuses_when_articles_are_not_found_again(night: Night, index: Path) -> None:
    """Another model that gives every text a direction of its own finds nothing again."""
    archive = {
        f"{word} {number}": "\n\n".join([f"Over {word} en {word} {number}."] * 3)
        for word in ENCODER.words
        for number in range(4)
    }
    night(archive)
    report = night(archive, model=HashEncoder(dim=4), gate=QualityGate)
    gate = json.loads((index / report.snapshot / "gate.json").read_text())
    assert gate["articles_evaluated"] == 20
    assert set(gate["live"]) == {"found by its headline", "found by a held-out paragraph"}
    assert gate["live"]["found by its headline"] == 1.0
    assert report.refused
    assert report.refused[0].startswith("found by its headline fell from 1.000 to ")


def test_the_gate_asks_only_for_articles_that_both_answer_with(night: Night) -> None:
    """A removed article stays in its segment, and would be one that is not found again."""
    asked: list[list[str]] = []

    def figures(snapshot: Snapshot, ids: list[str]) -> dict[str, float]:
        asked.append(ids)
        return {"nDCG": 1.0}

    gate = partial(QualityGate, margins=Margins(size=0.9), evaluate=figures)
    archive = {**FIRST, **{f"dijk {number}": f"{FLOOD} {number}." for number in range(8)}}
    night(archive)
    night({id: text for id, text in archive.items() if id != "dijk 1"})
    assert night(
        {id: text for id, text in archive.items() if id not in ("dijk 2", "bal")}, gate=gate
    ).published
    both = sorted({*archive} - {"dijk 1", "dijk 2", "bal"})
    assert [sorted(ids) for ids in asked] == [both, both]


def test_another_evaluation_can_be_given(night: Night) -> None:
    night(FIRST)
    figures = iter([{"nDCG": 0.9}, {"nDCG": 0.8}])
    report = night(
        {**FIRST, "gas": "Gas!"},
        gate=lambda live: QualityGate(
            live, Margins(quality=0.05), evaluate=lambda snapshot, ids: next(figures)
        ),
    )
    assert report.refused == ("nDCG fell from 0.900 to 0.800",)


def test_the_first_build_passes_the_gate(night: Night) -> None:
    assert night(FIRST, gate=QualityGate).published


def test_a_build_after_a_refusal_compares_with_the_live_one_and_encodes_nothing_twice(
    night: Night,
) -> None:
    night(FIRST)
    small = {"dijk": FLOOD, "nieuw": "Iets heel anders over de bal."}
    night(small, gate=QualityGate)
    report = night(small, replace=True)
    assert report.published
    assert (report.encoded, report.added, report.removed) == (0, 1, 3)


@pytest.mark.parametrize("content", ["[1]", "{", '{"refused": 3}', '{"refused": [1]}'])
def test_a_note_of_the_gate_that_cannot_be_read_is_named(
    night: Night, index: Path, content: str
) -> None:
    first = night(FIRST)
    report = night({**FIRST, "doel": "Een doel."})
    (index / report.snapshot / "gate.json").write_text(content)
    [last, _] = history(index)
    assert last["state"] == "damaged"
    assert str(index / report.snapshot / "gate.json") in last["why"]
    (index / "CURRENT").unlink()
    assert rollback(index) == first.snapshot
