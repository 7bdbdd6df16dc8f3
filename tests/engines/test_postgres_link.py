"""A lost connection to PostgreSQL is made again, as long as the server may be starting again."""

from __future__ import annotations

from typing import Any

import pytest

from recommender.engines import postgres_link
from recommender.engines.address import read_address
from recommender.engines.postgres_link import Link
from recommender.errors import EngineAway, EngineRefused

STARTING = 'connection to server at "h" failed: FATAL:  the database system is starting up'
LOST = "server closed the connection unexpectedly"


class Connection:
    """A connection that answers `SELECT` once, or is lost."""

    closed = False

    def __init__(self, error: Exception | None) -> None:
        self._error = error

    def fileno(self) -> int:
        return 0

    def close(self) -> None:
        self.closed = True

    def execute(self, sql: str, *_: Any, **__: Any) -> Any:
        if sql == "SELECT 1" and self._error:
            raise self._error
        return self

    description = ("one",)

    def fetchall(self) -> list[tuple[int]]:
        return [(1,)]


class Server:
    """Stands in for `psycopg.connect`: what happens to each connection, in order.

    `LOST` meets who asks on the connection, another reason who connects.
    """

    def __init__(self, *happens: str) -> None:
        self.left = list(happens)
        self.connected = 0

    def connect(self, *_: Any, **__: Any) -> Connection:
        import psycopg

        self.connected += 1
        what = self.left.pop(0) if self.left else ""
        if what and what != LOST:
            raise psycopg.OperationalError(what)
        return Connection(psycopg.OperationalError(LOST) if what else None)


@pytest.fixture
def paused(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    pytest.importorskip("psycopg", reason="psycopg is not installed; `make test-scale` installs it")
    found: list[float] = []
    monkeypatch.setattr(postgres_link, "sleep", found.append)
    return found


def link_to(server: Server, monkeypatch: pytest.MonkeyPatch) -> Link:
    import psycopg

    monkeypatch.setattr(psycopg, "connect", server.connect)
    return Link(read_address("postgresql://u:geheim@h/db"))


def test_a_server_that_starts_again_in_mid_question_is_asked_until_it_is_there(
    paused: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(LOST, "Connection refused", STARTING, STARTING)
    assert link_to(server, monkeypatch).ask("SELECT 1") == [(1,)]
    assert paused == [0.0, 0.5, 1.0, 2.0]
    assert server.connected == 5


def test_a_server_that_does_not_come_back_is_away(
    paused: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(LOST, *["Connection refused"] * 99)
    with pytest.raises(EngineAway, match="does not answer"):
        link_to(server, monkeypatch).ask("SELECT 1")
    assert paused == list(postgres_link.PAUSES)


def test_a_server_that_never_was_there_is_asked_twice(
    paused: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(*["Connection refused"] * 99)
    with pytest.raises(EngineAway, match="does not answer"):
        link_to(server, monkeypatch).ask("SELECT 1")
    assert server.connected == 2


@pytest.mark.parametrize(
    "reason",
    [
        'FATAL:  password authentication failed for user "u"',
        "fe_sendauth: no password supplied",
        'FATAL:  database "db" does not exist',
        'FATAL:  no pg_hba.conf entry for host "1.2.3.4"',
        'FATAL:  role "u" is not permitted to log in',
        'FATAL:  permission denied for database "geheim"',
    ],
)
def test_who_is_refused_does_not_ask_again(
    paused: list[float], monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    server = Server(*[reason] * 9)
    with pytest.raises(EngineRefused, match="refuses the connection") as caught:
        link_to(server, monkeypatch).ask("SELECT 1")
    assert server.connected == 1
    assert "geheim" not in str(caught.value)
