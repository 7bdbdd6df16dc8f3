"""Every endpoint is described, and its command of curl is answered by a service."""

from __future__ import annotations

import shlex
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient
from support.api_page import PAGE, page
from support.process import Running, start
from support.service import DESK_TOKEN, WRITE_TOKEN

from recommender.serve.actions import ACTIONS
from recommender.serve.operations import OPERATIONS
from recommender.serve.reference import ADDRESS, described


def test_the_page_is_that_of_the_endpoints() -> None:
    text = page()
    assert PAGE.read_text("utf-8") == text, "run: python tests/support/api_page.py"
    for one in (*OPERATIONS, *ACTIONS):
        assert f"## {one.method} {one.path}\n" in text


def test_every_parameter_says_what_it_does() -> None:
    kinds = ("A text.", "A list.", "A number.", "A whole number.", "An object.", "true or false.")
    bare = [
        (one.method, one.path, name)
        for one in described()
        for name, help in one.parameters
        if help in kinds
    ]
    assert bare == []


def test_a_service_shows_its_endpoints(client: TestClient) -> None:
    answer = client.get("/docs")
    assert answer.status_code == 200
    for one in described():
        assert f"{one.method} {one.path}</code>" in answer.text
    paths = client.get("/openapi.json").json()["paths"]
    ids = [one["operationId"] for path in paths.values() for one in path.values()]
    assert len(set(ids)) == len(ids) == len(described())


@pytest.fixture(scope="module")
def running(seeds_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service over a copy of the demo's index, which may be written."""
    folder = tmp_path_factory.mktemp("service")
    shutil.copytree(seeds_index, folder / "vectors")
    files = {"desk": DESK_TOKEN, "write": WRITE_TOKEN}
    watchlist = '[[watch]]\nname = "Waal"\nsearch = "hoogwater op de Waal"\n'
    (folder / "vectors" / "watchlist.toml").write_text(watchlist)
    arguments = ["--clicks", str(folder / "clicks.sqlite")]
    for name, token in files.items():
        (folder / name).write_text(token)
        (folder / name).chmod(0o600)
        arguments += [f"--{name}-token-file", str(folder / name)]
    found = start(folder / "vectors", *arguments)
    yield found
    found.process.send_signal(signal.SIGTERM)
    assert found.process.wait(60) == 0


@pytest.mark.process
@pytest.mark.model
def test_every_command_of_the_page_is_answered(running: Running) -> None:
    for one in described():
        if not one.command:
            continue
        token = DESK_TOKEN if "desk" in one.token else WRITE_TOKEN
        words = shlex.split(one.command.replace("$TOKEN", token).replace(ADDRESS, running.url))
        assert words[:2] == ["curl", "-s"]
        method, content, url = "GET", None, ""
        headers: dict[str, str] = {}
        rest = iter(words[2:])
        for word in rest:
            match word:
                case "-X":
                    method = next(rest)
                case "-H":
                    name, _, value = next(rest).partition(": ")
                    headers[name] = value
                case "-d":
                    content = next(rest).encode()
                    method = "POST" if method == "GET" else method
                case _:
                    url = word
        assert method == one.method
        answer = httpx2.request(method, url, content=content, headers=headers, timeout=60)
        assert answer.status_code in (200, 202, 204), (one.command, answer.text)
