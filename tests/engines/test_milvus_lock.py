"""One publisher at a time holds the lock of an archive in Milvus; that of a dead one is taken."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import RLock
from types import SimpleNamespace
from typing import Any

import pytest

from recommender.engines import milvus_lock
from recommender.engines.address import Address, read_address
from recommender.engines.milvus_lock import Lock
from recommender.errors import EngineAway, SnapshotMissing, StorageError


class Refused(Exception):
    """What a server refuses."""


class Schema:
    def __init__(self) -> None:
        self.fields: list[dict[str, str]] = []

    def add_field(self, name: str, *_: Any, **options: Any) -> None:
        self.fields.append({"name": name})


@dataclass
class Server:
    """Collections by name, each with its fields and partitions, as Milvus keeps them."""

    collections: dict[str, tuple[list[dict[str, str]], set[str]]] = field(default_factory=dict)
    lock: Any = field(default_factory=RLock)

    def create_schema(self, **_: Any) -> Schema:
        return Schema()

    def create_collection(self, name: str, schema: Schema, timeout: float) -> None:
        with self.lock:
            if name in self.collections and self.collections[name][0] != schema.fields:
                raise Refused("there is another one")
            self.collections.setdefault(name, (schema.fields, {"_default"}))

    def describe_collection(self, name: str, timeout: float) -> dict[str, Any]:
        if name not in self.collections:
            raise SnapshotMissing(name)
        return {"fields": self.collections[name][0]}

    def list_partitions(self, name: str, timeout: float) -> list[str]:
        return sorted(self.collections[name][1])

    def create_partition(self, name: str, partition: str, timeout: float) -> None:
        self.collections[name][1].add(partition)

    def drop_partition(self, name: str, partition: str, timeout: float) -> None:
        self.collections[name][1].discard(partition)

    def rename_collection(self, old: str, new: str, timeout: float) -> None:
        with self.lock:
            if new in self.collections:
                raise EngineAway("there is one")
            self.collections[new] = self.collections.pop(old)

    def list_collections(self, timeout: float) -> list[str]:
        return list(self.collections)

    def drop_collection(self, name: str, timeout: float) -> None:
        self.collections.pop(name, None)


@dataclass
class Link:
    """A connection to the server above."""

    server: Server
    address: Address = field(default_factory=lambda: read_address("milvus://h/news"))
    pymilvus: Any = field(
        default_factory=lambda: SimpleNamespace(
            MilvusException=Refused, DataType=SimpleNamespace(INT64=5, FLOAT_VECTOR=101)
        )
    )

    def ask(self, ask: Callable[[Any, float], Any]) -> Any:
        return ask(self.server, 20)

    def close(self) -> None:
        """Nothing was opened."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(milvus_lock, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(milvus_lock, "GONE_SECONDS", 1.0)
    return Server()


def dead(server: Server) -> Lock:
    """Return a lock whose holder ended without letting it go."""
    lock = Lock(Link(server))
    lock._is_over.set()
    lock._beating.join()
    return lock


def test_a_second_publisher_is_refused_until_the_first_is_done(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(milvus_lock, "GONE_SECONDS", 60.0)
    first = Lock(Link(server))
    with pytest.raises(StorageError, match="somebody else publishes there now"):
        Lock(Link(server))
    first.check()
    first.release()
    assert not server.collections
    Lock(Link(server)).release()


def test_the_lock_of_one_that_is_gone_is_taken_over(server: Server) -> None:
    gone = dead(server)
    second = Lock(Link(server))
    second.check()
    with pytest.raises(StorageError, match="somebody else has begun"):
        gone.check()
    gone.release()
    second.check()
    second.release()
    assert not server.collections


def test_of_many_that_wait_for_one_that_is_gone_one_publishes(server: Server) -> None:
    dead(server)

    def take(_: int) -> Lock | None:
        try:
            return Lock(Link(server))
        except StorageError:
            return None

    with ThreadPoolExecutor(6) as threads:
        taken = [one for one in threads.map(take, range(6)) if one]
    [one] = taken
    one.check()
    one.release()
    assert not server.collections


def test_a_lost_lock_gives_no_more_signs_of_life(server: Server) -> None:
    lock = Lock(Link(server))
    other = Schema()
    other.add_field("holder_other")
    server.collections["recommender_news_lock"] = (other.fields, set())
    lock._beating.join(5)
    assert not lock._beating.is_alive()
    lock.release()
    assert [*server.collections] == ["recommender_news_lock"]
