"""A connection to Milvus is shared between threads, and what a server says is told apart."""

from __future__ import annotations

from typing import Any

import pytest

from recommender.engines import milvus_link
from recommender.engines.address import read_address
from recommender.engines.milvus_link import Link
from recommender.errors import EngineAway, EngineRefused, SnapshotMissing


class Client:
    """A connection that remembers whether it was closed."""

    is_closed = False

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch) -> Link:
    pytest.importorskip(
        "pymilvus", reason="pymilvus is not installed; `make test-scale` installs it"
    )
    monkeypatch.setattr(Link, "_connect", lambda _: Client())
    return Link(read_address("milvus://root@127.0.0.1/news"))


def test_a_call_that_fails_leaves_the_connection_of_others_open(link: Link) -> None:
    used: list[Any] = []

    def ask(client: Any, seconds: float) -> str:
        used.append(client)
        if len(used) == 1:
            raise OSError("the connection is lost")
        return "answer"

    assert link.ask(ask) == "answer"
    assert used[0] is not used[1]
    assert not used[0].is_closed
    link._forget(used[0])  # a thread that fails late does not take the new connection away
    assert link.ask(lambda client, _: client) is used[1]


@pytest.mark.parametrize(
    "reason", ["context deadline exceeded", "DEADLINE_EXCEEDED", "Deadline Exceeded"]
)
def test_a_slow_server_is_asked_once(link: Link, reason: str) -> None:
    asked: list[float] = []

    def ask(client: Any, seconds: float) -> None:
        asked.append(seconds)
        raise link.pymilvus.MilvusException(message=reason)

    with pytest.raises(EngineAway, match="gave no answer in 20 s"):
        link.ask(ask)
    assert asked == [20]


def test_a_server_that_has_lost_a_node_is_asked_until_it_has_another(
    link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused: list[float] = []
    monkeypatch.setattr(milvus_link, "sleep", paused.append)
    reasons = ["failed to search/query delegator 5"] * 4

    def ask(client: Any, seconds: float) -> str:
        if reasons:
            raise link.pymilvus.MilvusException(code=65535, message=reasons.pop())
        return "answer"

    assert link.ask(ask) == "answer"
    assert paused == [0.0, 0.5, 1.0, 2.0]
    reasons.extend(["no shard leader"] * 99)
    with pytest.raises(EngineAway, match="no shard leader"):
        link.ask(ask)
    reasons[:] = ["invalid expression"] * 2
    with pytest.raises(EngineAway, match="invalid expression"):
        link.ask(ask)


@pytest.mark.parametrize(
    ("code", "reason", "error"),
    [
        (100, "collection not found", SnapshotMissing),
        (1600, "alias not found", SnapshotMissing),
        (500, "node not found", EngineAway),
        (901, "channel not found", EngineAway),
        (65535, "auth check failure, please check user and password are correct", EngineRefused),
        (65535, "PrivilegeSearch: permission deny to reader", EngineRefused),
        (65535, "StatusCode.PERMISSION_DENIED", EngineRefused),
    ],
)
def test_only_a_missing_version_is_called_missing(
    link: Link, code: int, reason: str, error: type[Exception]
) -> None:
    wrong = link.pymilvus.MilvusException(code=code, message=reason)

    def ask(client: Any, seconds: float) -> None:
        raise wrong

    with pytest.raises(error):
        link.ask(ask)
    assert milvus_link.is_missing(wrong) == (error is SnapshotMissing)


def test_a_refused_password_is_told_from_a_server_that_is_away(link: Link) -> None:
    def ask(client: Any, seconds: float) -> None:
        try:
            raise OSError('status = StatusCode.UNAUTHENTICATED details = "auth check failure"')
        except OSError as error:
            reason = "Fail connecting to server on h, illegal connection params"
            raise link.pymilvus.MilvusException(code=2, message=reason) from error

    with pytest.raises(EngineRefused, match="see the user and the password"):
        link.ask(ask)
