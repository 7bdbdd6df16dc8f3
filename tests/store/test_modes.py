"""Other users of the machine read an index only if that was asked for."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from end_to_end.crash import Stage, build_into
from support.stand_in import HashEncoder

from recommender import Recommender, build
from recommender.builder.verify import verify
from recommender.errors import RecommenderError
from recommender.settings import Settings
from recommender.store.history import prune_snapshots, rollback
from recommender.store.layout import MARKER

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the system has no such modes")

SHARED = Settings(join_under=0, shared=True)


@pytest.fixture(autouse=True)
def _mask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, seed=5)


def work(stage: Stage, settings: Settings | None = None) -> None:
    """Let every writer write: a build, a repair, a rollback, a prune."""
    options = {"settings": settings} if settings else {}
    for _ in range(3):
        stage.change()
        build_into(stage, **options)
    prune_snapshots(stage.index, keep=1)
    next(stage.index.glob("segments/*/lexical-*.bin")).unlink()
    verify(stage.index, repair=True)
    rollback(stage.index)


def modes(index: Path) -> set[int]:
    """Return the modes of all files, and those of folders without the right to enter."""
    paths = [index, *index.rglob("*")]
    return {path.stat().st_mode & (0o666 if path.is_dir() else 0o777) for path in paths}


def test_a_new_index_is_its_owners_alone(stage: Stage) -> None:
    work(stage)
    assert modes(stage.index) == {0o600}


def test_files_in_a_folder_that_was_there_are_their_owners_alone(stage: Stage) -> None:
    stage.index.mkdir(mode=0o755)
    work(stage)
    assert {mode for path in stage.index.iterdir() for mode in modes(path)} == {0o600}
    assert stage.index.stat().st_mode & 0o777 == 0o755  # its maker chose that


def test_an_index_is_shared_if_the_settings_say_so(stage: Stage) -> None:
    work(stage, SHARED)
    assert modes(stage.index) == {0o644}


def test_every_writer_keeps_to_what_the_index_was_made_with(stage: Stage) -> None:
    build_into(stage, settings=SHARED)
    work(stage)
    assert modes(stage.index) == {0o644}


def test_an_index_of_before_this_choice_stays_readable(stage: Stage) -> None:
    build_into(stage, settings=SHARED)
    (stage.index / MARKER).unlink()
    work(stage)
    assert modes(stage.index) == {0o644}


def test_a_copy_of_an_index_keeps_its_choice(stage: Stage, tmp_path: Path) -> None:
    build_into(stage)
    shutil.copytree(stage.index, tmp_path / "copy")
    shutil.rmtree(stage.index)
    (tmp_path / "copy").rename(stage.index)
    work(stage)
    assert modes(stage.index) == {0o600}


def test_a_file_that_the_system_forbids_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"id": f"a{n}", "title": f"Dijk {n}", "text": f"Tekst nummer {n}."} for n in range(4)]
    index, encoder = tmp_path / "vectors", HashEncoder()
    build(rows, into=index, model=encoder)
    (index / "watchlist.toml").write_text('[[watch]]\nname = "a"\nsearch = "dijk"\n')
    told = {}
    for path in sorted(one for one in index.rglob("*") if one.is_file()):
        with monkeypatch.context() as patch:
            forbid(path.relative_to(index).as_posix(), patch)
            try:
                with Recommender.open(index, encoder=encoder) as recommender:
                    recommender.search("dijk", k=1)
                    recommender.related("a1", k=1)
                    recommender.show("dijk 2")
                    recommender.news()
                build(rows, into=index, model=encoder)
            except RecommenderError as error:
                told[path.name] = str(error)
    assert {"CURRENT", "manifest.json", "articles.jsonl", "watchlist.toml"} <= told.keys()
    for message in told.values():
        assert "Permission denied; " in message
        assert "[Errno" not in message
        assert "let this user read it" in message or "make it " in message


def forbid(name: str, patch: pytest.MonkeyPatch) -> None:
    """Let the system refuse to open the file with this name, as if it were another user's."""

    def check(descriptor: int, path: Path) -> None:
        if Path(path).as_posix().endswith(f"/{name}"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    patch.setattr("recommender.safe_open.check_regular", check)
