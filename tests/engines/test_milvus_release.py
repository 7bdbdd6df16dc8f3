"""A Milvus server of a release that answers wrongly after a lost node is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from recommender.engines.address import read_address
from recommender.engines.milvus_release import release_of, release_problems
from recommender.errors import EngineAway, EngineRefused


class Server:
    """Stands for a connection to a server that says its release, or raises an error."""

    address = read_address("milvus://127.0.0.1/news")

    def __init__(self, said: str | Exception) -> None:
        self._said = said

    def ask(self, ask: Callable[[Any, float], Any]) -> Any:
        return ask(self, 20.0)

    def get_server_version(self, timeout: float) -> str:
        if isinstance(self._said, Exception):
            raise self._said
        return self._said


@pytest.mark.parametrize(
    ("said", "release"),
    [
        ("v2.3.5-lite", (2, 3, 5)),
        ("2.4.17", (2, 4, 17)),
        ("v2.5", (2, 5, 0)),
        ("v2.4.170", (2, 4, 170)),
        ("v10.0.1-rc2", (10, 0, 1)),
        ("master-20241120", None),
        ("", None),
        ("2.99999", None),
    ],
)
def test_the_numbers_of_a_release_are_read(said: str, release: tuple[int, int, int] | None) -> None:
    assert release_of(said) == release


@pytest.mark.parametrize("said", ["v2.3.5-lite", "2.4.16", "v2.2", "1.9.20"])
def test_a_release_with_the_fault_is_named(said: str) -> None:
    server: Any = Server(said)
    [problem] = release_problems(server)
    assert problem.startswith("milvus://127.0.0.1/news: runs Milvus")
    assert "2.4.17" in problem


@pytest.mark.parametrize(
    "said", ["v2.4.17", "2.5.0", "v2.6.3-gpu", "nightly", EngineRefused("may not ask")]
)
def test_other_releases_have_no_problem(said: str | Exception) -> None:
    server: Any = Server(said)
    assert release_problems(server) == []


def test_a_server_that_is_away_is_no_release() -> None:
    server: Any = Server(EngineAway("gone"))
    with pytest.raises(EngineAway):
        release_problems(server)
