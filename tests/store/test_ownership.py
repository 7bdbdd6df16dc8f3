"""A writer deletes and overwrites only what it can prove that a writer of ours made."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from end_to_end.crash import Stage, build_into, check

from recommender.builder.verify import Verification, verify
from recommender.errors import FolderForeign, SnapshotError, SnapshotMissing
from recommender.store.history import history, prune_snapshots, rollback
from recommender.store.layout import MARKER
from recommender.store.publish import sweep

# What somebody may have in a folder, under names that are near to ours.
THEIRS = {
    "segments/thesis.tex": "ten years of work",
    "segments/9f1c0b7a55d0e1f2/notes.txt": "a folder whose name has the form of ours",
    "segments/mine/segment.json": "{}",
    "2024/manifest.json": '{"name": "2024"}',
    "20260101T120000Z-3f9c2a-copy/manifest.json": "{}",
    "20260101T120000Z-3f9c2a/manifest.json": "a list of what the ship carries",
    ".building-site/plan.txt": "a house",
    ".building-12/plan.txt": "another house",
    ".unfinished-symphony/score.txt": "eight bars",
    ".resume/cv.txt": "born, worked, retired",
    ".removed-by-hand/old.txt": "still wanted",
}
# Those that only a marked folder may lose: their names are exactly those of ours.
OURS_BY_NAME = {".building-12/plan.txt"}


def fill(folder: Path) -> None:
    for name, text in THEIRS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def tree(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, seed=5)


@pytest.mark.parametrize("name", sorted({name.partition("/")[0] for name in THEIRS}))
def test_a_build_refuses_a_folder_of_others_and_names_what_is_in_it(
    stage: Stage, name: str
) -> None:
    fill(stage.index)
    for one in [*stage.index.iterdir()]:
        if one.name != name:
            one.rename(stage.index.with_name(one.name + "-elsewhere"))
    before = tree(stage.index)
    with pytest.raises(FolderForeign, match=name.replace(".", r"\.")) as refused:
        build_into(stage)
    assert "--into" in str(refused.value)
    assert tree(stage.index) == before


def test_a_long_list_of_what_is_in_a_folder_is_cut(stage: Stage) -> None:
    stage.index.mkdir()
    for number in range(20):
        (stage.index / f"{number:02}\n.txt").touch()
    with pytest.raises(FolderForeign, match=r"and 15 more") as refused:
        build_into(stage)
    assert "\n" not in str(refused.value)


def repair(folder: Path) -> object:
    return verify(folder, repair=True)


def prune_most(folder: Path) -> object:
    return prune_snapshots(folder, keep=1)


@pytest.mark.parametrize("write", [rollback, prune_most, repair])
@pytest.mark.parametrize("current", [None, "2024", "20260101T120000Z-3f9c2a", "../2024"])
def test_no_writer_touches_a_folder_without_an_index(
    tmp_path: Path, write: Callable[[Path], object], current: str | None
) -> None:
    fill(tmp_path)
    if current:
        (tmp_path / "CURRENT").write_text(current + "\n")
    before = tree(tmp_path)
    with suppress(SnapshotError):
        found = write(tmp_path)
        assert isinstance(found, Verification)
        assert found.problems
    assert tree(tmp_path) == before


def test_what_lies_beside_an_index_stays(stage: Stage) -> None:
    build_into(stage)
    fill(stage.index)
    for _ in range(5):
        stage.change()
        build_into(stage)
    prune_most(stage.index)
    found = tree(stage.index)
    for name, text in THEIRS.items():
        if name not in OURS_BY_NAME:
            assert found.get(name) == text.encode(), name


def test_a_snapshot_whose_manifest_cannot_be_read_is_not_deleted(stage: Stage) -> None:
    build_into(stage)
    damaged = stage.index / history(stage.index)[0]["snapshot"] / "manifest.json"
    damaged.write_bytes(damaged.read_bytes()[:100])
    for _ in range(5):
        stage.change()
        build_into(stage)
    assert damaged.exists()
    damaged.write_text(json.dumps({"name": damaged.parent.name, "format": 3}))
    stage.change()
    build_into(stage)
    assert not damaged.exists()  # of an older format, and whole


def test_nothing_is_swept_without_the_marker(stage: Stage) -> None:
    build_into(stage)
    (stage.index / ".building-7").mkdir()
    (stage.index / MARKER).unlink()
    before = tree(stage.index)
    sweep(stage.index)
    assert tree(stage.index) == before


@pytest.mark.parametrize("damage", ["", "CURRENT"])
def test_an_index_of_before_the_marker_is_accepted_and_marked(stage: Stage, damage: str) -> None:
    build_into(stage)
    (stage.index / MARKER).unlink()
    if damage:
        (stage.index / damage).unlink()
    check(stage)
    assert (stage.index / MARKER).is_file()


@pytest.mark.parametrize(
    "name", ["README.md", ".gitignore", "boilerplate.tsv", "editorial.txt", ".lock", ".seen.json"]
)
def test_a_folder_that_holds_only_what_belongs_beside_an_index_is_accepted(
    stage: Stage, name: str
) -> None:
    stage.index.mkdir()
    (stage.index / name).write_text("")
    check(stage)
    assert (stage.index / MARKER).is_file()


def test_a_marker_that_is_no_marker_is_none(stage: Stage) -> None:
    stage.index.mkdir()
    (stage.index / MARKER).write_text("something else")
    (stage.index / "segments").mkdir()
    with pytest.raises(FolderForeign):
        build_into(stage)


def test_rollback_says_that_there_is_no_index(tmp_path: Path) -> None:
    (tmp_path / "segments").mkdir()
    with pytest.raises(SnapshotMissing, match="there is no index here"):
        rollback(tmp_path)
    assert tree(tmp_path) == {"segments": None}
