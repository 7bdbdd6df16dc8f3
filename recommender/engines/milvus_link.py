"""Keep a connection to Milvus: with a deadline, and one retry if it is lost."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from importlib import import_module
from threading import Lock
from time import monotonic, sleep
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

from recommender.engines.address import Address
from recommender.engines.engine import Traffic
from recommender.errors import EngineAway, EngineRefused, SettingsError, SnapshotMissing
from recommender.store.layout import is_snapshot_name

Answer = TypeVar("Answer")

# Seconds within which a server must connect, and within which it must answer.
CONNECT_SECONDS, ANSWER_SECONDS = 5, 20
# Seconds before another attempt. The first attempt is made after any error, the others while a
# server replaces a node, which takes some seven seconds.
PAUSES = (0.0, 0.5, 1.0, 2.0, 2.0, 2.0)
# The messages of servers in that case, for which they have no code.
_NODE_LOST = ("delegator", "shard leader", "not available", "no available", "node offline")
# The messages of servers that refuse the user, the password or the request.
_REFUSED = ("auth check failure", "unauthenticated", "permission deny", "permissiondenied")
# The most rows that a server gives in one answer.
MOST_ROWS = 16_384
# The kinds of rows of a version, each in a collection of its own. The facts are loaded last.
PASSAGES, ARTICLES, TERMS, FACTS = "passages", "articles", "terms", "facts"
KINDS = (PASSAGES, ARTICLES, TERMS, FACTS)
# The codes for a missing collection and a missing alias.
_MISSING = frozenset({100, 1600})


def driver() -> Any:
    """Return the module `pymilvus`; raise `SettingsError` that says how to install it."""
    try:
        found = import_module("pymilvus")
    except ModuleNotFoundError as error:
        raise SettingsError(
            "Milvus needs pymilvus; install it with: pip install 'recommender[milvus]'"
        ) from error
    # It prints every error that it raises with a traceback.
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
    return found


class Link:
    """A connection to one server; safe between threads and in forked processes."""

    def __init__(self, address: Address, seconds: float = ANSWER_SECONDS) -> None:
        """Connect when the first question is asked; each is answered in so many `seconds`."""
        self.address = address
        self.pymilvus = driver()
        self._seconds = seconds
        self._client: Any = None
        self._process = os.getpid()
        self._lock = Lock()
        self.traffic = Traffic()

    def ask(self, ask: Callable[[Any, float], Answer]) -> Answer:
        """Return the answer of a client within the seconds that it is given; one trip.

        Asks again if the connection was lost, and with pauses while the server replaces a lost
        node.
        """
        until = monotonic() + self._seconds
        for attempt in range(len(PAUSES) + 1):
            client = None
            try:
                client = self._connected()
                found = ask(client, self._seconds)
            except Exception as error:
                most = len(PAUSES) if is_node_lost(error) else 1
                self._translate(error, client, attempt >= most or monotonic() > until)
                sleep(PAUSES[attempt])
                continue
            self.traffic.trips += 1
            return found
        raise AssertionError("the last attempt returns or raises")

    def query(self, collection: str, filter: str, fields: list[str]) -> list[dict[str, Any]]:
        """Return the rows of a collection that pass, with some of their fields."""

        def ask(client: Any, seconds: float) -> list[dict[str, Any]]:
            return list(
                client.query(
                    collection,
                    filter=filter,
                    output_fields=fields,
                    limit=MOST_ROWS,
                    timeout=seconds,
                )
            )

        found = self.ask(ask)
        self.count(found)
        return found

    def rows(self, collection: str, filter: str) -> int:
        """Return how many rows of a collection pass."""

        def ask(client: Any, seconds: float) -> Any:
            return client.query(
                collection, filter=filter, output_fields=["count(*)"], timeout=seconds
            )

        return int(self.ask(ask)[0]["count(*)"])

    def count(self, rows: list[dict[str, Any]]) -> None:
        """Count the bytes of rows that were answered."""
        self.traffic.bytes += sum(
            len(value) if isinstance(value, str) else 8 for row in rows for value in row.values()
        )

    def close(self) -> None:
        """Let the connection go."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None and self._process == os.getpid():
            client.close()

    def _forget(self, client: Any) -> None:
        """Drop a failed connection, unless another thread has made a new one already.

        It is not closed, since other threads may still use it.
        """
        with self._lock:
            if self._client is client:
                self._client = None

    def _connected(self) -> Any:
        with self._lock:
            if self._process != os.getpid():
                # A forked process must neither use nor close its parent's connection.
                self._process, self._inherited, self._client = os.getpid(), self._client, None
            if self._client is not None:
                return self._client
        made = self._connect()  # takes seconds if the server is away: others need not wait
        with self._lock:
            if self._client is None:
                self._client = made
            kept = self._client
        if kept is not made:
            made.close()
        return kept

    def _connect(self) -> Any:
        parts = urlsplit(self.address.server)
        host = parts.netloc.rpartition("@")[2]
        return self.pymilvus.MilvusClient(
            uri=urlunsplit((parts.scheme, host, "", "", "")),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            timeout=CONNECT_SECONDS,
        )

    def _translate(self, error: Exception, client: Any, is_last: bool) -> None:
        """Raise the error that a user can act on, unless the question is asked again."""
        reason = self.address.hide(" ".join(str(error).split()))
        if is_missing(error):
            raise SnapshotMissing(
                f"{self.address}: holds no such version of the archive; run: recommender publish "
                f"--index INDEX --to {self.address}"
            ) from error
        if is_refused(error):
            raise EngineRefused(
                f"{self.address}: refuses what was asked: {reason:.300}; see the user and the "
                "password of the address, and the user's rights"
            ) from error
        is_slow = "deadline exceeded" in reason.casefold().replace("_", " ")
        if is_slow and not is_last and client is not None:
            raise EngineAway(
                f"{self.address}: gave no answer in {self._seconds:g} s; ask again, or look at the "
                "load of the server"
            ) from error
        if not isinstance(error, (self.pymilvus.MilvusException, _rpc_error(), OSError)):
            raise error
        self._forget(client)
        if is_last:
            raise EngineAway(
                f"{self.address}: does not answer: {reason:.300}; see that the server runs and may "
                "be reached"
            ) from error


def is_node_lost(error: Exception) -> bool:
    """Return whether a server says that a node with a part of the answer does not respond."""
    said = str(error).casefold()
    return any(one in said for one in _NODE_LOST)


def is_refused(error: Exception) -> bool:
    """Return whether a server refuses the user, the password or the request.

    If a password is refused, the client reports an unavailable server, and the refusal only as the
    cause.
    """
    said = f"{error} {error.__cause__ or ''}".casefold().replace("_", "")
    return any(one in said for one in _REFUSED)


def is_missing(error: Exception) -> bool:
    """Return whether a server says that it has no such collection or alias, and nothing else."""
    return getattr(error, "code", None) in _MISSING


def _rpc_error() -> type[Exception]:
    """Return the class of errors of grpc, which pymilvus brings."""
    found: type[Exception] = import_module("grpc").RpcError
    return found


def prefix_of(address: Address) -> str:
    """Return the beginning of the names of an archive's collections."""
    return f"recommender_{address.archive}_v"


def collection_of(address: Address, version: str, kind: str) -> str:
    """Return the name of a collection of a version."""
    return f"{prefix_of(address)}{version.replace('-', '_')}_{kind}"


def version_of(address: Address, collection: str) -> str:
    """Return the version that a collection belongs to, empty if it is another archive's."""
    rest = collection.removeprefix(prefix_of(address))
    name, _, kind = rest.rpartition("_")
    version = name.replace("_", "-")
    is_own = rest != collection and kind in KINDS and is_snapshot_name(version)
    return version if is_own else ""


def alias_of(address: Address) -> str:
    """Return the alias of the passages of the live version."""
    return f"recommender_{address.archive}_live"


def alias_before(address: Address) -> str:
    """Return the alias of the passages of the version that was live before."""
    return f"recommender_{address.archive}_before"


def live_version(link: Link) -> str:
    """Return the name of the live version; raise `SnapshotMissing` if nothing was published."""
    return version_called(link, alias_of(link.address))


def version_called(link: Link, alias: str) -> str:
    """Return the name of the version of an alias; raise `SnapshotMissing` if there is none."""
    found = link.ask(lambda client, seconds: client.describe_alias(alias, timeout=seconds))
    return version_of(link.address, found["collection_name"])
