"""Milvus on many processes answers while one of them is killed, and after all were.

The archive has two shards of two replicas each. See `make test-cluster`.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from support.engines import ARCHIVE, FILTERS, Answer, Ask, assert_same, index_in
from support.milvus_cluster import QUERY_NODES, MilvusCluster, wait_until

from recommender import Recommender, remove
from recommender.engines.milvus_link import KINDS, collection_of
from recommender.errors import EngineAway, RecommenderError
from recommender.evaluate.published import PublishOptions, PublishReport, publish_to_engine
from recommender.serve.archive import Archive as Served
from recommender.serve.options import ServeOptions

NEEDED = "RECOMMENDER_TEST_CLUSTER"
PER_SECOND = 20
FEW = PublishOptions(questions=5)
COPIES = "shards=2&replicas=2"
pytestmark = [
    pytest.mark.process,
    pytest.mark.slow,
    pytest.mark.skipif(os.environ.get(NEEDED) != "1", reason="run: make test-cluster"),
    pytest.mark.skipif(
        sys.platform != "linux" or platform.machine() != "x86_64",
        reason="the servers of the tests run on Linux x86-64 only",
    ),
    pytest.mark.skipif(not shutil.which("etcd"), reason="run: apt-get install etcd-server"),
]

QUESTIONS: list[Ask] = [
    lambda one: one.search("river ferry council", k=10, confidence="loose"),
    lambda one: one.search("rivier veerboot", k=10, by="article", confidence="loose"),
    lambda one: one.similar("en/08#1", k=10, confidence="loose", filters=FILTERS["since"]),
    lambda one: one.related("nl/21", k=10, confidence="loose"),
    lambda one: one.related("de/42", k=10, confidence="loose", filters=FILTERS["all"]),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusCluster]:
    pytest.importorskip("milvus", reason="run: make test-cluster")
    pytest.importorskip("confluent_kafka", reason="run: make test-cluster")
    made = MilvusCluster(tmp_path_factory.mktemp("cluster"))
    try:
        made.start()
        yield made
    finally:
        made.kill_all()


@dataclass
class Published:
    """An archive on disk and in the cluster."""

    index: Path
    address: str
    report: PublishReport
    expected: list[Answer] = field(default_factory=list)

    def open(self) -> Recommender:
        return Recommender.open(self.address, encoder=ARCHIVE.encoder)


@pytest.fixture(scope="module")
def published(cluster: MilvusCluster, tmp_path_factory: pytest.TempPathFactory) -> Published:
    index, address = index_in(tmp_path_factory.mktemp("index")), f"{cluster.address}/faults"
    wait_until(lambda: nodes_of(cluster) == len(QUERY_NODES))
    report = publish_to_engine(index, f"{address}?{COPIES}", FEW)
    local = Recommender.open(index, encoder=ARCHIVE.encoder)
    return Published(index, address, report, [ask(local) for ask in QUESTIONS])


def nodes_of(cluster: MilvusCluster) -> int:
    """Return how many query nodes the server knows."""
    group = cluster.client().describe_resource_group("__default_resource_group", timeout=5)
    return int(group.num_available_node)


def answers_rightly(published: Published, local: Recommender | None = None) -> bool:
    """Return whether every question is answered rightly, several times in a row.

    Milvus 2.3 lets a node answer that has come back, before it has loaded its part.
    """
    expected = [ask(local) for ask in QUESTIONS] if local else published.expected
    try:
        for _ in range(10):
            remote = published.open()
            for ask, wanted in zip(QUESTIONS, expected, strict=True):
                assert_same(wanted, ask(remote))
    except (RecommenderError, AssertionError):
        return False
    return True


@dataclass
class Load:
    """What became of the questions of a load: seconds since its start, and the answer or error."""

    asked: list[tuple[float, int, Future[Any]]] = field(default_factory=list)
    stop: Event = field(default_factory=Event)

    def failures(self) -> list[tuple[float, str]]:
        """Return when a question was asked that failed, and how."""
        found = ((at, one.exception()) for at, _, one in self.asked)
        return [(at, repr(error)) for at, error in found if error is not None]


@contextmanager
def load_on(ask: Any) -> Iterator[Load]:
    """Ask `PER_SECOND` times a second, however long answers take, until the end."""
    load, begin = Load(), time.monotonic()

    def run() -> None:
        number = 0
        while not load.stop.wait(max(0.0, begin + number / PER_SECOND - time.monotonic())):
            future = threads.submit(ask, number)
            load.asked.append((time.monotonic() - begin, number, future))
            number += 1

    with ThreadPoolExecutor(PER_SECOND * 30) as threads:
        asking = Thread(target=run)
        asking.start()
        try:
            yield load
        finally:
            load.stop.set()
            asking.join()


def test_the_archive_has_shards_and_replicas(cluster: MilvusCluster, published: Published) -> None:
    assert published.report.agreement == 1.0
    client = cluster.client()
    address: Any = published.open().snapshot.engine._link.address  # type: ignore[attr-defined]
    for kind in KINDS:
        name = collection_of(address, published.report.version, kind)
        assert client.describe_collection(name)["num_shards"] == 2
        assert len(client.describe_replica(name)) == 2
    remote = published.open()
    for ask, expected in zip(QUESTIONS, published.expected, strict=True):
        assert_same(expected, ask(remote))


def test_a_killed_query_node_costs_one_answer_at_most(
    cluster: MilvusCluster, published: Published
) -> None:
    remote = published.open()

    def ask(number: int) -> None:
        at = number % len(QUESTIONS)
        found = QUESTIONS[at](remote)
        assert_same(published.expected[at], found, at)

    for number in range(len(QUESTIONS)):
        ask(number)
    with load_on(ask) as load:
        time.sleep(2)
        cluster.kill(QUERY_NODES[0])
        time.sleep(10)
    failures = load.failures()
    assert len(load.asked) > 10 * PER_SECOND
    assert all("EngineAway" in error for _, error in failures), failures  # none is wrong
    assert len(failures) <= 1, failures
    cluster.start_some(QUERY_NODES[0])
    wait_until(lambda: nodes_of(cluster) == len(QUERY_NODES))
    wait_until(lambda: answers_rightly(published))


def test_no_answer_fails_or_is_mixed_while_the_version_is_switched(
    cluster: MilvusCluster, published: Published
) -> None:
    served = Served(ServeOptions(index=published.address), lambda _: published.open())
    remove(["en/12"], into=published.index)
    changed = Recommender.open(published.index, encoder=ARCHIVE.encoder)
    expected = {
        published.report.version: published.expected,
        changed.name: [ask(changed) for ask in QUESTIONS],
    }
    seen: set[str] = set()

    def ask(number: int) -> None:
        recommender, at = served.edition.recommender, number % len(QUESTIONS)
        assert_same(
            expected[recommender.name][at], QUESTIONS[at](recommender), (at, recommender.name)
        )
        seen.add(recommender.name)

    with load_on(ask) as load:
        publish_to_engine(published.index, f"{published.address}?{COPIES}", FEW)
        assert served.refresh()
        time.sleep(2)
    assert load.failures() == []
    assert seen == set(expected)


def test_all_is_killed_and_started_again(cluster: MilvusCluster, published: Published) -> None:
    local = Recommender.open(published.index, encoder=ARCHIVE.encoder)
    cluster.kill_all()
    with pytest.raises(EngineAway):
        published.open()
    cluster.start()

    wait_until(lambda: answers_rightly(published, local))
