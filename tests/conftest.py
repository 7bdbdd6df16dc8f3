"""What tests share: folders of articles, indexes built from them, the command as a process."""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from support.archive import Archive
from support.memory import give_back
from support.project import ROOT, SEEDS, Run

from recommender import Recommender, build

pytest_plugins = ["support.markers", "support.noise"]


# What has a build start processes: the number of processors, and how much there is to read.
STARTERS: dict[str, Callable[..., object]] = {
    "recommender.system.processes.processor_count": lambda: 1,
    "recommender.articles.crew._is_much": lambda added, window, module: False,
}
REAL_STARTERS = {name: pkgutil.resolve_name(name) for name in STARTERS}


@pytest.fixture(scope="session", autouse=True)
def working_here() -> Iterator[None]:
    """Have all read and cut in this process, by fixtures of modules too."""
    with pytest.MonkeyPatch.context() as patch:
        for name, instead in STARTERS.items():
            patch.setattr(name, instead)
        yield


@pytest.fixture(autouse=True)
def working_in_others(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test start processes that is marked as one that does."""
    if request.node.get_closest_marker("process") is not None:
        for name, real in REAL_STARTERS.items():
            monkeypatch.setattr(name, real)


@pytest.fixture(scope="session", autouse=True)
def own_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep what the product keeps for its user in a folder of the tests."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module", autouse=True)
def memory_given_back() -> Iterator[None]:
    """Give back after each module what its models took."""
    yield
    give_back()


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of `seeds/`, built once with the bundled model."""
    folder = tmp_path_factory.mktemp("seeds") / "vectors"
    build(SEEDS, into=folder)
    return folder


@pytest.fixture(scope="session")
def seeds(seeds_index: Path) -> Recommender:
    return Recommender.open(seeds_index)


@pytest.fixture(scope="module")
def archive(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Recommender:
    """The index of a module's own `ARCHIVE` (`support.archive`), built once for the module."""
    made: Archive = request.module.ARCHIVE
    return made.open_in(tmp_path_factory.mktemp("archive"))


@pytest.fixture
def source(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], Path]:
    """Make a folder of files from their names and contents."""

    def make(files: Mapping[str, str | bytes]) -> Path:
        folder = tmp_path / "source"
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        folder.mkdir(exist_ok=True)
        return folder

    return make


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the `recommender` command in an empty folder, as a process of its own."""

    def command(
        *arguments: str | Path, input: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "recommender", *map(str, arguments)],
            input=input,
            capture_output=True,
            encoding="utf-8",
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environment},
            timeout=300,
            check=False,
        )

    return command
