"""An index that came from somebody else leads no reader and no writer out of it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from end_to_end.crash import Stage, build_into, state_of
from support.stand_in import HashEncoder

from recommender import Recommender
from recommender.builder.checkpoint import checkpoint_file
from recommender.builder.verify import verify
from recommender.errors import RecommenderError, SettingsError, SnapshotError
from recommender.passages.boilerplate import BOILERPLATE_FILE
from recommender.store.history import history, prune_snapshots, rollback

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes"),
]

# A pattern for each file that a reader or a writer opens below the index.
FILES = [
    "CURRENT",
    "*/manifest.json",
    "segments/*/segment.json",
    "segments/*/articles.jsonl",
    "segments/*/articles.npy",
    "segments/*/passages.npy",
    "segments/*/vectors.npy",
    "segments/*/index-*.faiss",
    "segments/*/lexical-*.bin",
    "segments/*/words-only-*.bin",
]
FOLDERS = ["segments", "segments/*", "[0-9]*"]
# Files that a reader can do without, or writers only.
BESIDE = [
    ".recommender-index",
    ".lock",
    ".seen.json",
    ".rows.json",
    BOILERPLATE_FILE,
    "editorial.txt",
]


@pytest.fixture(autouse=True)
def hanging() -> Iterator[None]:
    """End a test that waits for the other end of a pipe."""
    signal.alarm(60)
    yield
    signal.alarm(0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    stage = Stage(tmp_path_factory.mktemp("made"), seed=11)
    build_into(stage)
    return stage


@pytest.fixture
def stage(made: Stage, tmp_path: Path) -> Stage:
    stage = Stage(tmp_path, seed=11)
    shutil.copytree(made.index, stage.index)
    return stage


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder of somebody else, with files whose loss would be noticed."""
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


def link(path: Path, outside: Path) -> None:
    """Move a file or folder out of the index, and put a link to it in its place."""
    shutil.move(path, outside / path.name)
    path.symlink_to(outside / path.name)


def pipe(path: Path, outside: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def folder(path: Path, outside: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def device(path: Path, outside: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/zero")


def bound(path: Path, outside: Path) -> None:
    path.unlink(missing_ok=True)
    here = os.getcwd()
    os.chdir(path.parent)  # the name of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(one): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


Swap = Callable[[Path, Path], None]
READERS: dict[str, Callable[[Path], object]] = {
    "open": lambda index: Recommender.open(index, encoder=HashEncoder()),
    "exact": lambda index: Recommender.open(index, encoder=HashEncoder(), exact=True).related(
        next(iter(Recommender.open(index, encoder=HashEncoder()).snapshot.ids()))
    ),
    "verify": verify,
    "history": history,
}


@pytest.mark.parametrize("swap", [link, pipe, folder, device, bound])
@pytest.mark.parametrize("pattern", FILES)
def test_a_reader_names_a_file_that_is_no_regular_file(
    stage: Stage, outside: Path, pattern: str, swap: Swap
) -> None:
    [path] = stage.index.glob(pattern)
    swap(path, outside)
    before = contents(outside)
    with pytest.raises(SnapshotError, match=r"is a link|is not a regular file|there is no index"):
        Recommender.open(stage.index, encoder=HashEncoder())
    for read in READERS.values():
        with suppress(RecommenderError):
            read(stage.index)
    assert contents(outside) == before


@pytest.mark.parametrize("pattern", FOLDERS)
def test_a_reader_follows_no_folder_that_is_a_link(
    stage: Stage, outside: Path, pattern: str
) -> None:
    [path] = stage.index.glob(pattern)
    link(path, outside)
    with pytest.raises(SnapshotError, match="is a link"):
        Recommender.open(stage.index, encoder=HashEncoder())


@pytest.mark.parametrize("swap", [link, pipe])
@pytest.mark.parametrize(
    "pattern", [*FILES, *FOLDERS, *BESIDE, ".resume", ".building-1", ".export"]
)
@pytest.mark.slow
def test_no_writer_changes_what_a_link_leads_to(
    stage: Stage, outside: Path, pattern: str, swap: Swap
) -> None:
    [path] = [*stage.index.glob(pattern)] or [stage.index / pattern]
    if not path.exists():
        path.mkdir()
        (path / "0123456789abcdef.encoded").write_bytes(b"theirs")
    if path.is_dir() and swap is not link:
        shutil.rmtree(path)
    swap(path, outside)
    before = contents(outside)
    for write in (build_into_changed, prune, repair, back, build_into_changed):
        with suppress(RecommenderError):
            write(stage)
    assert contents(outside) == before


def build_into_changed(stage: Stage) -> None:
    stage.change()
    build_into(stage)


def prune(stage: Stage) -> None:
    prune_snapshots(stage.index, keep=1)


def repair(stage: Stage) -> None:
    verify(stage.index, repair=True)


def back(stage: Stage) -> None:
    rollback(stage.index)


def test_a_checkpoint_that_is_a_link_is_neither_read_nor_written(
    stage: Stage, outside: Path
) -> None:
    """Its name is known to whoever sends an index: it depends on the model alone."""
    victim = outside / "victim"
    victim.write_bytes(b"theirs")
    (stage.index / ".resume").mkdir()
    encoder = HashEncoder()
    path = checkpoint_file(stage.index, encoder.fingerprint, encoder.dim)
    path.symlink_to(victim)
    stage.change()
    with pytest.raises(RecommenderError, match="is a link"):
        build_into(stage)
    assert victim.read_bytes() == b"theirs"


def test_the_folder_of_the_index_itself_may_be_a_link(stage: Stage, tmp_path: Path) -> None:
    """Its user names it: a large disk is often reached by a link."""
    elsewhere = tmp_path / "disk"
    stage.index.rename(elsewhere)
    stage.index.symlink_to(elsewhere)
    build_into_changed(stage)
    with Recommender.open(stage.index, encoder=HashEncoder()) as recommender:
        assert sorted(recommender.snapshot.ids()) == sorted(stage.archive)
    assert state_of(stage.archive) in stage.known()


@pytest.mark.parametrize("swap", [link, pipe, device])
def test_editorial_rules_beside_an_index_are_read_from_a_regular_file_only(
    stage: Stage, outside: Path, swap: Swap
) -> None:
    path = stage.index / "editorial.txt"
    path.write_text("")
    swap(path, outside)
    with (
        pytest.raises(SettingsError, match="setting editorial"),
        Recommender.open(stage.index, encoder=HashEncoder()) as recommender,
    ):
        recommender.related(next(iter(stage.archive)))


def test_editorial_rules_that_somebody_names_may_come_through_a_link(
    stage: Stage, outside: Path
) -> None:
    (outside / "rules").write_text("ban nothing-of-this-id\n")
    (outside / "named").symlink_to(outside / "rules")
    opened = Recommender.open(stage.index, encoder=HashEncoder(), editorial=outside / "named")
    assert len(opened.rules.editorial.rules) == 1
