"""Load a snapshot into Milvus as a version beside the live one."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, pairwise
from typing import Any

from recommender.engines.address import Address
from recommender.engines.engine import NAMES, POSTING
from recommender.engines.layout import EFFORT
from recommender.engines.loading import LoadedArticle, LoadedTerm, Loading, PassageBatch
from recommender.engines.milvus_link import (
    ARTICLES,
    FACTS,
    KINDS,
    PASSAGES,
    TERMS,
    Link,
    alias_before,
    alias_of,
    collection_of,
)
from recommender.engines.milvus_listing import MilvusListing
from recommender.engines.milvus_lock import Lock
from recommender.engines.publisher import EXACT_PASSAGES
from recommender.engines.words import READ_FIRST
from recommender.errors import StorageError
from recommender.store.snapshot import Snapshot
from recommender.types import OnProgress

# Statements that load and build may take longer than answers, in seconds.
BUILD_SECONDS = 3_600
ROWS_AT_ONCE = 500
# A text may have 65,535 bytes: so many bytes in base64, and so many postings.
MOST_BYTES = 48_000
POSTINGS_EACH = MOST_BYTES // POSTING.itemsize
# The values of fields of one article that filters find.
MOST_FIELDS = 4_096
# The number of the fact that is written when a version is compared.
_EFFORT_NUMBER = -1
# Every collection needs vectors; those that are not searched have these.
_NO_VECTOR = [0.0, 0.0]

_NUMBER, _TEXT = "INT64", "VARCHAR"
_SCHEMAS: dict[str, dict[str, Any]] = {
    PASSAGES: {
        "row": _NUMBER,
        **dict.fromkeys(("article", "tag", "date", "ends", "shelf"), _NUMBER),
        "record": 400,
        "raw": 65_535,
    },
    ARTICLES: {
        "position": _NUMBER,
        **dict.fromkeys(("tag", "date", "ends", "parts"), _NUMBER),
        **dict.fromkeys(("id", *NAMES.values(), "line"), 65_535),
        "facts": 400,
        "mean": 65_535,
        "fields": "ARRAY",
    },
    TERMS: {
        "number": _NUMBER,
        **dict.fromkeys(("term", "shelf", "language", "count", "part"), _NUMBER),
        "data": 65_535,
    },
    FACTS: {"number": _NUMBER, "part": _NUMBER, "name": 400, "data": 65_535},
}
# The fields by which rows are found, in order.
_FOUND_BY = {PASSAGES: ("article",), TERMS: ("term",)}


class MilvusPublisher:
    """The versions of one archive in Milvus (`publisher.Publisher`), for the holder of its lock."""

    def __init__(self, address: Address) -> None:
        """Take the lock; raise `StorageError` if somebody else is publishing there."""
        self.address = address
        self._link = Link(address, BUILD_SECONDS)
        self.listing = MilvusListing(address, self._link)
        self._lock = Lock(Link(address))

    def close(self) -> None:
        """Release the lock and close the connection."""
        self._lock.release()
        self._link.close()

    def _change(self, change: Callable[[Any, float], None]) -> None:
        """Change something on the server, unless somebody else has taken the lock."""
        self._lock.check()
        self._link.ask(change)

    def names(self) -> list[str]:
        """Return the whole versions, the oldest first: those whose facts are there, and loaded."""
        return [one.name for one in self.listing.versions() if one.state == "whole"]

    def live(self) -> tuple[str, str]:
        """Return the live version, and the one that was live before; empty if there is none."""
        return self.listing.live()

    def load(self, snapshot: Snapshot, beside: Mapping[str, str], on_progress: OnProgress) -> None:
        """Load a snapshot as a version of its name, whole when this returns, and not yet live."""
        loading, version = Loading(snapshot), snapshot.name
        self._lock.check()
        self._clear(version)
        dim, total = snapshot.manifest.encoder.dim, snapshot.all_row_count

        def passages() -> Iterator[dict[str, Any]]:
            for batch in loading.passages():
                on_progress("publish", int(batch.records["row"][-1]) + 1, total)
                yield from _passage_rows(batch, dim)

        long: dict[str, bytes] = {}
        is_large = snapshot.row_count > EXACT_PASSAGES
        articles = (_article_row(one, long) for one in loading.articles())
        with ThreadPoolExecutor() as threads:  # while one collection is filled, others are indexed
            size = self._fill(version, PASSAGES, passages(), dim)
            settling = [threads.submit(self._settle, version, PASSAGES, is_large=is_large)]
            for kind, rows in ((ARTICLES, articles), (TERMS, _term_rows(loading.terms()))):
                size += self._fill(version, kind, rows)
                settling.append(threads.submit(self._settle, version, kind))
            for one in settling:
                one.result()
        facts = {**loading.facts(size, beside), **long, "whole": b"1"}
        self._fill(version, FACTS, _fact_rows(facts))
        self._settle(version, FACTS)

    def _clear(self, version: str) -> None:
        """Delete the remains of interrupted loads, of all versions except those that were live."""
        versions, live = self.listing.versions(), self.live()
        if version == live[0]:
            raise StorageError(
                f"{self.address}: version {version} is live, and the server has not loaded it "
                "whole; wait if the server has just started, or publish after the next build"
            )
        broken = {one.name for one in versions if one.state == "unfinished"}
        for name in sorted({version, *broken} - set(live)):
            self.drop(name)
        if version == live[1]:
            self.drop(version)

    def _fill(
        self,
        version: str,
        kind: str,
        rows: Iterable[dict[str, Any]],
        dim: int = len(_NO_VECTOR),
    ) -> int:
        """Make a collection and insert its rows; return the bytes of its texts."""
        name, size, rows = collection_of(self.address, version, kind), 0, iter(rows)
        self._create(name, kind, dim)
        while batch := list(islice(rows, ROWS_AT_ONCE)):
            for row in batch:
                row.setdefault("vector", _NO_VECTOR)
                size += sum(len(one) for one in row.values() if isinstance(one, str))
            self._insert(name, batch)
        return size

    def _settle(self, version: str, kind: str, *, is_large: bool = False) -> None:
        """Let the server flush, index and load a full collection."""
        name, replicas = collection_of(self.address, version, kind), self.address.replicas
        self._link.ask(lambda client, seconds: client.flush(name, timeout=seconds))
        self._index(name, kind, is_large)
        self._change(
            lambda client, seconds: client.load_collection(
                name, replica_number=replicas, timeout=seconds
            )
        )

    def _insert(self, name: str, rows: list[dict[str, Any]]) -> None:
        """Send rows, replacing those of an attempt whose answer was lost."""
        self._link.ask(lambda client, seconds: client.upsert(name, rows, timeout=seconds))

    def _create(self, name: str, kind: str, dim: int) -> None:
        types = self._link.pymilvus.DataType

        def create(client: Any, seconds: float) -> None:
            schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
            for at, (field, what) in enumerate(_SCHEMAS[kind].items()):
                if isinstance(what, int):
                    schema.add_field(field, types.VARCHAR, max_length=what)
                elif what == "ARRAY":
                    more = {"max_length": 16, "max_capacity": MOST_FIELDS}
                    schema.add_field(field, types.ARRAY, element_type=types.VARCHAR, **more)
                else:
                    schema.add_field(field, types.INT64, is_primary=at == 0)
            schema.add_field("vector", types.FLOAT_VECTOR, dim=dim)
            # A version never changes, so a reader need not wait for other writes.
            how = {"consistency_level": "Eventually", "num_shards": self.address.shards}
            client.create_collection(name, schema=schema, timeout=seconds, **how)

        self._change(create)

    def _index(self, name: str, kind: str, is_large: bool) -> None:
        """Build the indexes of a collection that is full, and wait for them."""

        def build(client: Any, seconds: float) -> None:
            index = client.prepare_index_params()
            graph = {"index_type": "HNSW", "params": {"M": 16, "efConstruction": 128}}
            vectors = graph if is_large else {"index_type": "FLAT"}
            index.add_index("vector", metric_type="IP", **vectors)
            for field in _FOUND_BY.get(kind, ()):
                index.add_index(field, index_type="STL_SORT")
            client.create_index(name, index, timeout=seconds)

        self._change(build)

    def remember_effort(self, version: str, effort: int) -> None:
        """Store with a version the effort of its search; the facts have numbers from 0 on."""
        name = collection_of(self.address, version, FACTS)
        row = {"number": _EFFORT_NUMBER, "name": EFFORT, "part": 0, "vector": _NO_VECTOR}
        self._lock.check()
        self._insert(name, [{**row, "data": _text(str(effort).encode())}])

    def switch(self, version: str) -> None:
        """Make a version the live one, and remember the one before."""
        live, _ = self.live()
        self._name(version, alias_of(self.address))
        if live and live != version:
            self._name(live, alias_before(self.address))

    def _name(self, version: str, alias: str) -> None:
        name = collection_of(self.address, version, PASSAGES)
        is_there = bool(self.listing.called(alias))

        def give(client: Any, seconds: float) -> None:
            ask = client.alter_alias if is_there else client.create_alias
            ask(name, alias, timeout=seconds)

        self._change(give)

    def drop(self, version: str) -> None:
        """Delete a version: its facts first, so that no half of it counts as whole.

        Raises `StorageError` for the live one.
        """
        if version == self.listing.called(alias_of(self.address)):
            raise StorageError(f"{self.address}: version {version} is live and is not deleted")
        before = alias_before(self.address)
        if version == self.listing.called(before):
            self._change(lambda client, seconds: client.drop_alias(before, timeout=seconds))
        for kind in reversed(KINDS):
            self._drop(collection_of(self.address, version, kind))

    def _drop(self, name: str) -> None:
        self._change(lambda client, seconds: client.drop_collection(name, timeout=seconds))


def _passage_rows(batch: PassageBatch, dim: int) -> Iterator[dict[str, Any]]:
    records, size = batch.records, batch.records.itemsize
    data = records.tobytes()
    names = ("row", "article", "tag", "date")
    columns = zip(*(records[name].tolist() for name in names), strict=True)
    for at, (numbers, end) in enumerate(zip(columns, batch.ends.tolist(), strict=True)):
        row: dict[str, Any] = dict(zip(names, numbers, strict=True))
        row |= {"ends": end, "shelf": 1, "raw": "", "vector": [0.0] * dim}
        row["record"] = _text(data[at * size : (at + 1) * size])
        if batch.raw is not None and batch.centered is not None:
            row["raw"] = _text(batch.raw[at].astype("<f2").tobytes())
            row |= {"shelf": 0, "vector": batch.centered[at].tolist()}
        yield row


def _article_row(one: LoadedArticle, long: dict[str, bytes]) -> dict[str, Any]:
    """Return an article as a row; parts of its line that exceed one text go to `long`."""
    facts = one.facts[0]
    position, rest = int(facts["position"]), one.line[MOST_BYTES:]
    if rest:
        long[f"line/{position}"] = rest
    keys = zip(NAMES.values(), one.names, strict=True)
    return {
        "position": position,
        "tag": int(facts["tag"]),
        "date": int(facts["date"]),
        "ends": one.last_day,
        "parts": -(-len(rest) // MOST_BYTES),
        "id": one.id.hex(),
        **{name: key.hex() for name, key in keys},
        "line": _text(one.line[:MOST_BYTES]),
        "facts": _text(one.facts.tobytes()),
        "mean": _text(one.mean),
        "fields": one.fields[:MOST_FIELDS],
    }


def _term_rows(terms: Iterable[LoadedTerm]) -> Iterator[dict[str, Any]]:
    """Yield the postings of each term in parts; the first part has those that are read first."""
    number = 0
    for one in terms:
        bounds = [0, *range(READ_FIRST, len(one.postings), POSTINGS_EACH), len(one.postings)]
        for part, (start, end) in enumerate(pairwise(bounds)):
            yield {
                "number": number,
                "term": one.term,
                "shelf": one.shelf,
                "language": one.language,
                "count": len(one.postings),
                "part": part,
                "data": _text(one.postings[start:end].tobytes()),
            }
            number += 1


def _fact_rows(facts: Mapping[str, bytes]) -> Iterator[dict[str, Any]]:
    number = 0
    for name, data in facts.items():
        for part, start in enumerate(range(0, max(len(data), 1), MOST_BYTES)):
            some = data[start : start + MOST_BYTES]
            yield {"number": number, "name": name, "part": part, "data": _text(some)}
            number += 1


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
