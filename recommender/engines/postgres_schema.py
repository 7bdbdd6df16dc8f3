"""Keep the versions of archives in a database: their tables, which one is live, which are whole.

The schema `recommender` lists the versions and names the live one of each archive. Each version
has a schema of its own, so that it is loaded beside the live one and dropped at once.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from recommender.engines.address import Address
from recommender.engines.layout import EFFORT
from recommender.engines.postgres_index import (
    EFFORTS,
    VectorIndex,
    index_for,
    options_of,
    read_index,
)
from recommender.engines.postgres_link import ANSWER_SECONDS, Link, Parameters
from recommender.errors import SnapshotMissing, StorageError

TABLES = ("passages", "articles", "terms", "facts")
# An index finds names by so many bytes of their beginnings.
BEGINNING = 64
# Statements that build an index may take longer than answers.
BUILD_SECONDS = 6 * 3_600
# The lock is asked for, with pauses, for so long.
_LOCK_SECONDS, _LOCK_PAUSE = 2.0, 0.05
# A graph that exceeds the server's memory for a build is built several times slower. The sample of
# 1,024 lists fits too, even with the longest vectors that can be indexed.
_MEMORY = "SET maintenance_work_mem = '1GB'"

_LISTS = """
CREATE EXTENSION IF NOT EXISTS vector;
CREATE SCHEMA IF NOT EXISTS recommender;
CREATE TABLE IF NOT EXISTS recommender.versions (
    archive text NOT NULL, version text NOT NULL, number bigserial, schema text NOT NULL,
    dim int NOT NULL, is_indexed bool NOT NULL DEFAULT false, is_whole bool NOT NULL DEFAULT false,
    loaded timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (archive, version)
);
CREATE TABLE IF NOT EXISTS recommender.live (
    archive text PRIMARY KEY, version text NOT NULL, before text, since timestamptz NOT NULL
)
"""
# Vectors stay in their rows, up to half a page. If they are read from a table beside them (TOAST),
# comparing all of 7,200 takes four times as long, and scoring 400 candidates twice as long.
_TABLES = """
CREATE SCHEMA {schema};
CREATE TABLE {schema}.passages (
    row bigint NOT NULL, article int NOT NULL, tag smallint NOT NULL, date int NOT NULL,
    ends int NOT NULL, record bytea NOT NULL, raw bytea, vector vector({dim})
) WITH (toast_tuple_target = 4080);
ALTER TABLE {schema}.passages ALTER vector SET STORAGE MAIN;
CREATE TABLE {schema}.articles (
    position int NOT NULL, id bytea NOT NULL, id_key bytea NOT NULL, address bytea NOT NULL,
    path bytea NOT NULL, title bytea NOT NULL, tag smallint NOT NULL, date int NOT NULL,
    ends int NOT NULL, fields text[] NOT NULL, facts bytea NOT NULL, mean bytea NOT NULL,
    line bytea NOT NULL
);
CREATE TABLE {schema}.terms (
    term bigint NOT NULL, shelf smallint NOT NULL, language smallint NOT NULL, count int NOT NULL,
    postings bytea NOT NULL
);
ALTER TABLE {schema}.terms ALTER postings SET STORAGE EXTERNAL;
CREATE TABLE {schema}.facts (name text PRIMARY KEY, data bytea NOT NULL)
"""
_INDEXES = """
ALTER TABLE {schema}.passages ADD PRIMARY KEY (row);
CREATE INDEX ON {schema}.passages (article);
ALTER TABLE {schema}.articles ADD PRIMARY KEY (position);
CREATE INDEX ON {schema}.articles USING hash (id);
CREATE INDEX ON {schema}.articles USING hash (id_key);
CREATE INDEX ON {schema}.articles USING hash (address);
CREATE INDEX ON {schema}.articles USING hash (path);
CREATE INDEX ON {schema}.articles USING hash (title);
CREATE INDEX ON {schema}.articles (substring(id_key from 1 for {beginning}));
CREATE INDEX ON {schema}.articles (substring(title from 1 for {beginning}));
CREATE INDEX ON {schema}.articles USING gin (fields);
ALTER TABLE {schema}.terms ADD PRIMARY KEY (term, shelf, language)
"""
_OF_VECTORS = (
    "CREATE INDEX ON {schema}.passages USING {method} "
    "((vector::halfvec({dim})) halfvec_ip_ops) WITH ({options})"
)
# The server's description of the index of a version's vectors.
_FACTS = """
SELECT schema, dim, is_indexed, coalesce(amname, ''), coalesce(options, '')
FROM recommender.versions LEFT JOIN LATERAL (
    SELECT amname, array_to_string(reloptions, ',') AS options
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
    WHERE indrelid = to_regclass(format('%%I.passages', schema)) AND indisvalid
    AND amname = ANY(%(methods)s) LIMIT 1
) AS built ON true
WHERE archive = %(archive)s AND version = %(version)s AND is_whole
"""
LIVE_AND_BEFORE = (
    "SELECT version, coalesce(before, '') FROM recommender.live WHERE archive = %(archive)s"
)


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """The facts of a version: its schema, the numbers of its vectors, and their index.

    `is_indexed` says whether there was an index; `index` is the one that exists now.
    """

    schema: str
    dim: int
    is_indexed: bool
    index: VectorIndex


def schema_of(address: Address, version: str) -> str:
    """Return the name of the schema of a version."""
    archive = hashlib.sha256(address.archive.encode()).hexdigest()[:12]
    return f"recommender_{archive}_{version}"[:63]


def live_version(link: Link, address: Address) -> str:
    """Return the name of the live version; raise `SnapshotMissing` if nothing was published."""
    sql = "SELECT version FROM recommender.live WHERE archive = %(archive)s"
    found = link.ask(sql, {"archive": address.archive})
    if not found:
        raise SnapshotMissing(
            f"{address}: nothing was published there; run: recommender publish --index INDEX "
            f"--to {address}"
        )
    return str(found[0][0])


def version_facts(link: Link, address: Address, version: str) -> VersionFacts:
    """Return the facts of a whole version; raise `SnapshotMissing` if there is none."""
    asked = {"archive": address.archive, "version": version, "methods": list(EFFORTS)}
    found = link.ask(_FACTS, asked)
    if not found:
        raise SnapshotMissing(f"{address}: has no version {version}; see: recommender status")
    schema, dim, is_indexed, method, options = found[0]
    return VersionFacts(schema, dim, is_indexed, read_index(method, options))


class Versions:
    """The versions of one archive, for a publisher; one at a time holds the lock.

    All statements use the connection that holds the lock, and none is tried again: if the
    connection is lost, so is the lock.
    """

    def __init__(self, address: Address) -> None:
        """Make the lists of versions if there are none; raise `StorageError` if that is refused."""
        self.address = address
        self.link = Link(address, BUILD_SECONDS, _MEMORY)
        key = int.from_bytes(
            hashlib.sha256(address.archive.encode()).digest()[:8], "big", signed=True
        )
        with self.link.named_errors():
            self.connection = self.link.open()
        try:
            self._lock(key)
            self._run(_LISTS)
        except BaseException:
            self.close()
            raise

    def _lock(self, key: int) -> None:
        """Take the lock; a server keeps the lock of a closed connection for a moment."""
        until = time.monotonic() + _LOCK_SECONDS
        while self._ask("SELECT pg_try_advisory_lock(%(key)s)", {"key": key}) != [(True,)]:
            if time.monotonic() > until:
                where = f"{self.address}: somebody else publishes there now"
                raise StorageError(f"{where}; try again later")
            time.sleep(_LOCK_PAUSE)

    def close(self) -> None:
        """Release the lock."""
        self.connection.close()
        self.link.close()

    def _ask(
        self, sql: str, parameters: Parameters | None = None, seconds: float = ANSWER_SECONDS
    ) -> list[Any]:
        """Return the rows that a statement gives within some seconds."""
        with self.link.named_errors(), self.link.within(self.connection, seconds):
            cursor = self.connection.execute(sql, parameters, binary=True)
            return list(cursor.fetchall()) if cursor.description else []

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """Do the statements of the block completely or not at all."""
        with self.link.named_errors(), self.connection.transaction():
            yield

    def names(self) -> list[str]:
        """Return the whole versions, the oldest first."""
        sql = (
            "SELECT version FROM recommender.versions WHERE archive = %(archive)s AND is_whole "
            "ORDER BY number"
        )
        return [one[0] for one in self._ask(sql, {"archive": self.address.archive})]

    def live(self) -> tuple[str, str]:
        """Return the live version and the one that was live before; empty if there is none."""
        found = self._ask(LIVE_AND_BEFORE, {"archive": self.address.archive})
        return found[0] if found else ("", "")

    def begin(self, version: str, dim: int) -> str:
        """Make the empty tables of a version, and remove the remains of interrupted loads."""
        unfinished = self._ask(
            "SELECT version FROM recommender.versions WHERE archive = %(archive)s AND NOT is_whole",
            {"archive": self.address.archive},
        )
        for name in {version, *(one[0] for one in unfinished)}:
            self.drop(name)
        schema = schema_of(self.address, version)
        with self._at_once():
            self._ask(
                "INSERT INTO recommender.versions (archive, version, schema, dim) "
                "VALUES (%(archive)s, %(version)s, %(schema)s, %(dim)s)",
                {**self._of(version), "schema": schema, "dim": dim},
            )
            self._run(_TABLES.replace("{schema}", _quoted(schema)).replace("{dim}", str(dim)))
        return schema

    def index(self, version: str, dim: int, passages: int) -> None:
        """Build the indexes of a version that is loaded."""
        schema = _quoted(schema_of(self.address, version))
        indexes = _INDEXES.replace("{beginning}", str(BEGINNING))
        self._run(indexes.replace("{schema}", schema))
        index = index_for(passages)
        if index.method:
            built = _OF_VECTORS.replace("{schema}", schema).replace("{dim}", str(dim))
            built = built.replace("{method}", index.method)
            self._run(built.replace("{options}", options_of(index)))
        for table in TABLES:
            self._run(f"ANALYZE {schema}.{table}")
        self._ask(
            "UPDATE recommender.versions SET is_indexed = %(is_indexed)s "
            "WHERE archive = %(archive)s AND version = %(version)s",
            {**self._of(version), "is_indexed": bool(index.method)},
        )

    def bytes(self, version: str) -> int:
        """Return how many bytes the tables of a version take."""
        schema = schema_of(self.address, version)
        names = [self.link.table(schema, table) for table in TABLES]
        sql = "SELECT coalesce(sum(pg_total_relation_size(name)), 0)::bigint FROM unnest("
        [[found]] = self._ask(f"{sql}%(names)s::regclass[]) AS name", {"names": names})
        return int(found)

    def finish(self, version: str) -> None:
        """Mark a version as whole."""
        self._ask(
            "UPDATE recommender.versions SET is_whole = true "
            "WHERE archive = %(archive)s AND version = %(version)s",
            self._of(version),
        )

    def remember_effort(self, version: str, effort: int) -> None:
        """Store with a version the effort of its search."""
        facts = self.link.table(schema_of(self.address, version), "facts")
        self._ask(
            f"INSERT INTO {facts} VALUES (%(name)s, %(data)s) "
            "ON CONFLICT (name) DO UPDATE SET data = EXCLUDED.data",
            {"name": EFFORT, "data": str(effort).encode()},
        )

    def switch(self, version: str) -> None:
        """Make a version the live one."""
        self._ask(
            "INSERT INTO recommender.live AS l VALUES (%(archive)s, %(version)s, NULL, now()) "
            "ON CONFLICT (archive) DO UPDATE SET since = now(), version = EXCLUDED.version, "
            "before = CASE WHEN l.version = EXCLUDED.version THEN l.before ELSE l.version END",
            self._of(version),
        )

    def drop(self, version: str) -> None:
        """Delete a version with its tables, or nothing."""
        schema = _quoted(schema_of(self.address, version))
        with self._at_once():
            self._ask(
                "DELETE FROM recommender.versions "
                "WHERE archive = %(archive)s AND version = %(version)s",
                self._of(version),
            )
            self._run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")

    def _of(self, version: str) -> dict[str, str]:
        return {"archive": self.address.archive, "version": version}

    def _run(self, script: str) -> None:
        """Run statements one after the other."""
        for statement in script.split(";"):
            self._ask(statement, seconds=BUILD_SECONDS)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
