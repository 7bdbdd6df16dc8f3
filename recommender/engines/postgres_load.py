"""Load a snapshot into PostgreSQL as a version beside the live one."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from recommender.engines.loading import LoadedArticle, LoadedTerm, Loading, PassageBatch
from recommender.engines.postgres_schema import Versions
from recommender.store.snapshot import Snapshot
from recommender.types import OnProgress

# The beginning and the end of a binary COPY (PostgreSQL, "COPY": File Formats).
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = struct.pack("!h", -1)
_NULL = struct.pack("!i", -1)
# The values of a row in their binary form.
Row = Sequence[bytes | None]
# Rows are sent in blocks of so many bytes.
SENT_AT_ONCE = 1 << 20
# A server must accept a block within so many seconds, also while it writes to a slow disk.
COPY_SECONDS = 300


class PostgresPublisher(Versions):
    """The versions of one archive in PostgreSQL (`publisher.Publisher`)."""

    def load(self, snapshot: Snapshot, beside: Mapping[str, str], on_progress: OnProgress) -> None:
        """Load a snapshot as a version of its name, whole when this returns, and not yet live."""
        loading, version = Loading(snapshot), snapshot.name
        dim = snapshot.manifest.encoder.dim
        schema = self.begin(version, dim)
        total = snapshot.all_row_count

        def passages() -> Iterator[list[bytes | None]]:
            for batch in loading.passages():
                on_progress("publish", int(batch.records["row"][-1]) + 1, total)
                yield from _passage_rows(batch)

        _copy(self, schema, "passages", passages())
        _copy(self, schema, "articles", map(_article_row, loading.articles()))
        _copy(self, schema, "terms", map(_term_row, loading.terms()))
        self.index(version, dim, snapshot.row_count)
        facts = loading.facts(self.bytes(version), beside)
        _copy(self, schema, "facts", ([name.encode(), data] for name, data in facts.items()))
        self.finish(version)


def _copy(versions: Versions, schema: str, table: str, rows: Iterable[Row]) -> None:
    name = versions.link.table(schema, table)
    statement = f"COPY {name} FROM STDIN WITH (FORMAT BINARY)"
    link, connection = versions.link, versions.connection
    cursor = connection.cursor()
    with link.named_errors(), cursor.copy(statement) as copy:
        buffer = bytearray(_HEADER)
        for row in rows:
            buffer += struct.pack("!h", len(row))
            for value in row:
                buffer += _NULL if value is None else struct.pack("!i", len(value)) + value
            if len(buffer) > SENT_AT_ONCE:
                with link.within(connection, COPY_SECONDS):
                    copy.write(bytes(buffer))
                buffer.clear()
        with link.within(connection, COPY_SECONDS):
            copy.write(bytes(buffer + _END))


def _passage_rows(batch: PassageBatch) -> Iterator[list[bytes | None]]:
    records, size = batch.records, batch.records.itemsize
    data = records.tobytes()
    columns = zip(
        *(records[name].tolist() for name in ("row", "article", "tag", "date")), strict=True
    )
    for at, (facts, end) in enumerate(zip(columns, batch.ends.tolist(), strict=True)):
        row, article, tag, date = facts
        raw: bytes | None = None
        vector: bytes | None = None
        if batch.raw is not None and batch.centered is not None:
            raw = batch.raw[at].astype("<f2").tobytes()
            own = batch.centered[at]
            vector = struct.pack("!hh", len(own), 0) + own.astype(">f4").tobytes()
        record = data[at * size : (at + 1) * size]
        yield [_big(row), _int(article), _small(tag), _int(date), _int(end), record, raw, vector]


def _article_row(one: LoadedArticle) -> list[bytes | None]:
    facts = one.facts[0]
    numbers = _small(facts["tag"]), _int(facts["date"]), _int(one.last_day)
    return [
        _int(facts["position"]),
        one.id,
        *one.names,
        *numbers,
        _texts(one.fields),
        one.facts.tobytes(),
        one.mean,
        one.line,
    ]


def _term_row(one: LoadedTerm) -> list[bytes | None]:
    count = _int(len(one.postings))
    return [_big(one.term), _small(one.shelf), _small(one.language), count, one.postings.tobytes()]


def _texts(texts: list[str]) -> bytes:
    """Return an array of texts in PostgreSQL's binary form."""
    if not texts:
        return struct.pack("!iii", 0, 0, 25)
    data = [one.encode() for one in texts]
    head = struct.pack("!iiiii", 1, 0, 25, len(data), 1)  # one dimension, no nulls, text, from 1
    return head + b"".join(struct.pack("!i", len(one)) + one for one in data)


def _big(number: Any) -> bytes:
    return struct.pack("!q", int(number))


def _int(number: Any) -> bytes:
    return struct.pack("!i", int(number))


def _small(number: Any) -> bytes:
    return struct.pack("!h", int(number))
