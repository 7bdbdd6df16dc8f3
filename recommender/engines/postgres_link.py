"""Keep connections to PostgreSQL: with a deadline, and one retry if a connection is lost."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from threading import Lock, Timer
from time import monotonic, sleep
from typing import Any, TypeVar

from recommender.arrays import Vectors
from recommender.engines.address import Address
from recommender.engines.engine import Traffic
from recommender.errors import (
    EngineAway,
    EngineRefused,
    RecommenderError,
    SettingsError,
    SnapshotMissing,
    StorageError,
)

Parameters = dict[str, Any]
Answer = TypeVar("Answer")

# Seconds before another attempt if a connection was lost. The first attempt is always made, the
# others while a server that answered before restarts.
PAUSES = (0.0, 0.5, 1.0, 2.0, 2.0, 2.0)
# Messages by which a server refuses a user, so that another attempt is useless. They are in
# English, unless the server speaks another language: the error is then `EngineAway`, with its
# words.
_NO_PASSWORD = "no password supplied"
_REFUSED = (
    "authentication failed",
    "no pg_hba.conf entry",
    "does not exist",
    "is not permitted to log in",
    "permission denied for database",
)

# Seconds within which a server must connect, and within which it must answer.
CONNECT_SECONDS, ANSWER_SECONDS = 5, 20
# A server that ends a question itself has so many more seconds to report it.
GRACE_SECONDS = 2.0
# A machine that is gone is noticed after so many seconds, in sending and in waiting.
_NOTICED = {
    "tcp_user_timeout": 25_000,  # in milliseconds
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
# The search of the index of vectors continues if filters leave too few.
_SETTINGS = (
    "SET hnsw.iterative_scan = 'relaxed_order'; SET ivfflat.iterative_scan = 'relaxed_order'; "
    "SET hnsw.max_scan_tuples = 200000; SET plan_cache_mode = 'force_custom_plan'; "
)


def driver() -> Any:
    """Return the module `psycopg`; raise `SettingsError` that says how to install it."""
    try:
        return import_module("psycopg")
    except ModuleNotFoundError as error:
        raise SettingsError(
            "a database needs psycopg; install it with: pip install 'recommender[postgres]'"
        ) from error


class Link:
    """Connections to one server, used in turn; safe between threads and in forked processes."""

    def __init__(
        self, address: Address, seconds: float = ANSWER_SECONDS, settings: str = ""
    ) -> None:
        """Connect when the first question is asked; each is answered in so many `seconds`.

        Each connection begins with the statements `settings`.
        """
        self._settings = settings
        self._address = address
        self._seconds = seconds
        self._psycopg = driver()
        self._idle: list[Any] = []
        self._lock = Lock()
        self._process = os.getpid()
        self._was_there = False
        self.traffic = Traffic()

    def ask(self, sql: str, parameters: Parameters | None = None) -> list[Any]:
        """Return the rows that a statement gives; one trip."""
        return self.ask_all([(sql, parameters or {})])[0]

    def ask_all(self, questions: Sequence[tuple[str, Parameters]]) -> list[list[Any]]:
        """Return the rows that each of several statements gives; one trip for all."""

        def answers(connection: Any) -> list[list[Any]]:
            if len(questions) == 1:
                return [self._rows(connection.execute(*questions[0], binary=True))]
            with connection.pipeline() as pipeline:
                cursors = [connection.execute(*one, binary=True) for one in questions]
                pipeline.sync()
                return [self._rows(cursor) for cursor in cursors]

        found = self._retried(answers)
        self.traffic.trips += 1
        self.traffic.bytes += sum(
            len(value) if isinstance(value, bytes) else 8
            for rows in found
            for row in rows
            for value in row
        )
        return found

    def table(self, schema: str, name: str) -> str:
        """Return the quoted name of a table."""
        found: str = self._psycopg.sql.Identifier(schema, name).as_string()
        return found

    def close(self) -> None:
        """Close the connections that no question uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _rows(self, cursor: Any) -> list[Any]:
        return list(cursor.fetchall()) if cursor.description else []

    def _retried(self, ask: Callable[[Any], Answer]) -> Answer:
        """Ask again, on a new connection, if the first was lost.

        Ask again after pauses if the server answered before: it may be restarting.
        """
        psycopg, until = self._psycopg, monotonic() + self._seconds
        with self.named_errors():
            for pause in PAUSES:
                try:
                    return self._answered(ask)
                except psycopg.errors.QueryCanceled:
                    raise  # it is an OperationalError too
                except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                    is_first = pause == PAUSES[0]
                    if _is_refused(error) or not (is_first or self._was_there):
                        raise
                    self.close()
                    if monotonic() + pause > until:
                        raise
                sleep(pause)
            return self._answered(ask)

    def _answered(self, ask: Callable[[Any], Answer]) -> Answer:
        with self.connection() as connection, self.within(connection, self._seconds):
            return ask(connection)

    @contextmanager
    def within(self, connection: Any, seconds: float) -> Iterator[None]:
        """Cut a connection whose server is silent for some seconds and `GRACE_SECONDS`.

        The server ends a question itself after `seconds`, unless it hangs: `EngineAway` is then
        raised here.
        """
        watch = _Watch(connection, seconds + GRACE_SECONDS)
        try:
            yield
        except self._psycopg.Error as error:
            if watch.has_cut:
                raise self._late(seconds) from error
            raise
        finally:
            watch.end()

    def _late(self, seconds: float) -> EngineAway:
        return EngineAway(
            f"{self._address}: gave no answer in {seconds:g} s; ask again, or look at the load of "
            "the server"
        )

    @contextmanager
    def named_errors(self) -> Iterator[None]:
        """Raise errors of the database's client as errors that a user can act on."""
        try:
            yield
        except self._psycopg.Error as error:
            raise self._named(error) from error

    def _named(self, error: Exception) -> RecommenderError:
        psycopg, address = self._psycopg, self._address
        errors, reason = psycopg.errors, f"{address.hide(' '.join(str(error).split())):.300}"
        if isinstance(error, errors.QueryCanceled):
            return self._late(self._seconds)
        if isinstance(error, (errors.UndefinedTable, errors.InvalidSchemaName)):
            return SnapshotMissing(
                f"{address}: holds no such version of the archive; run: recommender publish "
                f"--index INDEX --to {address}"
            )
        if isinstance(error, (errors.InsufficientPrivilege, errors.UndefinedFile)):
            return StorageError(
                f"{address}: {reason}; let an administrator run CREATE EXTENSION vector, and give "
                "the user the right to make schemas, or to read those of recommender"
            )
        if isinstance(error, psycopg.OperationalError) and _is_refused(error):
            return EngineRefused(
                f"{address}: refuses the connection: {reason}; see the user, the password and the "
                "database of the address"
            )
        if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
            return EngineAway(
                f"{address}: does not answer: {reason}; see that the server runs and may be reached"
            )
        if getattr(error, "sqlstate", None) is None and isinstance(error, psycopg.ProgrammingError):
            return SettingsError(f"{address}: is not an address for PostgreSQL: {reason}")
        return StorageError(
            f"{address}: the server refuses: {reason}; see that pgvector 0.8 or newer is installed "
            "there, and publish the index again"
        )

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """Lend a connection to one thread; it is closed if anything is raised."""
        connection = self._taken() or self.open()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.append(connection)

    def _taken(self) -> Any:
        with self._lock:
            if self._process != os.getpid():
                # A forked process must neither use nor close its parent's connections.
                self._process, self._inherited, self._idle = os.getpid(), self._idle, []
            while self._idle:
                connection = self._idle.pop()
                if not connection.closed:
                    return connection
        return None

    def open(self) -> Any:
        """Return a separate connection."""
        connection = self._psycopg.connect(
            self._address.server, autocommit=True, connect_timeout=CONNECT_SECONDS, **_NOTICED
        )
        self._was_there = True
        timeout = f"SET statement_timeout = {int(self._seconds * 1000)}"
        try:
            with self.within(connection, CONNECT_SECONDS):
                connection.execute(f"{_SETTINGS}{timeout}; {self._settings}")
        except BaseException:
            connection.close()
            raise
        return connection


def _is_refused(error: Exception) -> bool:
    """Return whether a server refuses the user, the password or the database."""
    said = str(error)
    return _NO_PASSWORD in said or ("FATAL:" in said and any(one in said for one in _REFUSED))


class _Watch:
    """Cuts a connection when its time is over, so that its user gets an error."""

    def __init__(self, connection: Any, seconds: float) -> None:
        self.has_cut = False
        self._connection = connection
        self._lock = Lock()
        self._is_over = False
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        """Stop watching; the connection may be closed now."""
        self._timer.cancel()
        with self._lock:
            self._is_over = True

    def _cut(self) -> None:
        with self._lock, suppress(OSError):
            if not self._is_over:
                self.has_cut = True
                with socket.socket(fileno=os.dup(self._connection.fileno())) as line:
                    line.shutdown(socket.SHUT_RDWR)


def vector_text(vector: Vectors) -> str:
    """Return a vector in the form that pgvector reads."""
    return f"[{','.join(map(repr, vector.tolist()))}]"
