"""The command serves as a process: the examples of its page, bad clients, a stop with work left."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from support.pages import blocks, examples
from support.process import Running, start
from support.project import ROOT

from recommender import add
from recommender.serve.options import Limits

PAGE = ROOT / "docs" / "service.md"
pytestmark = [pytest.mark.process, pytest.mark.model]


@pytest.fixture(scope="module")
def running(seeds_index: Path) -> Iterator[Running]:
    """One service for all tests here."""
    found = start(seeds_index)
    yield found
    found.process.send_signal(signal.SIGTERM)
    assert found.process.wait(30) == 0


def curls() -> list[tuple[str, str]]:
    return [
        example
        for block in blocks(PAGE)
        if block.kind == "console"
        for example in examples(block.text)
        if example[0].startswith("curl ")
    ]


@pytest.mark.parametrize(("command", "shown"), curls())
def test_an_example_of_the_page_answers_as_shown(
    running: Running, command: str, shown: str
) -> None:
    words = shlex.split(command.replace("http://127.0.0.1:8080", running.url))
    arguments: dict[str, str] = {}
    url = ""
    rest = iter(words[1:])
    for word in rest:
        if word in ("-H", "-d"):
            arguments[word] = next(rest)
        elif word != "-s":
            url = word
    if "-d" in arguments:
        name, _, value = arguments["-H"].partition(": ")
        answer = httpx2.post(
            url, content=arguments["-d"].encode(), headers={name: value}, timeout=60
        )
    else:
        answer = httpx2.get(url, timeout=60)
    expected = [
        re.escape(line) for line in re.sub(r" ?\.\.\.$", "", shown.rstrip("\n")).split("\n")
    ]
    pattern = "\n".join(".*" if one == re.escape("...") else one for one in expected)
    assert re.match(pattern, answer.text, re.DOTALL), answer.text


def exchange(running: Running, sent: bytes) -> bytes:
    """Send bytes on a connection and return what comes until it is closed."""
    with socket.create_connection(("127.0.0.1", running.port), timeout=30) as client:
        client.sendall(sent)
        found = b""
        while data := client.recv(65_536):
            found += data
            if b"\r\n\r\n" in found:
                break
        return found


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000 + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST /v1/related HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_is_no_request_of_ours_is_refused_and_the_service_goes_on(
    running: Running, sent: bytes
) -> None:
    try:
        found = exchange(running, sent)
    except (ConnectionError, BrokenPipeError):
        found = b""
    assert not found or re.match(rb"HTTP/1.1 4\d\d ", found), found
    assert httpx2.get(running.url + "/healthz", timeout=60).status_code == 200


def test_no_client_writes_into_the_log_what_is_not_json(running: Running) -> None:
    asked = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
    exchange(running, asked + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    exchange(running, b"\x16\x03\x01\x02\x00\x01")
    assert httpx2.get(running.url + "/readyz", timeout=60).status_code == 200
    said, *lines = running.lines
    assert "open http://" in said
    assert lines
    for line in lines:
        json.loads(line)


def test_many_open_connections_leave_the_service_usable(running: Running) -> None:
    idle = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(200)]
    try:
        assert httpx2.get(running.url + "/v1/search?q=river&k=1", timeout=60).status_code == 200
    finally:
        for one in idle:
            one.close()


def test_a_request_that_runs_is_answered_before_the_service_stops(seeds_index: Path) -> None:
    running = start(seeds_index, "--threads", "1")
    found: list[int] = []
    text = "\n\n".join(f"The army fights for town number {number}." for number in range(60))
    body = {"like": [{"text": text}]}

    def ask() -> None:
        answer = httpx2.post(running.url + "/v1/related", json=body, timeout=60)
        found.append(answer.status_code)

    asker = threading.Thread(target=ask)
    asker.start()
    while (
        "recommender_answers_waiting 1\n"
        not in httpx2.get(running.url + "/metrics", timeout=60).text
    ):
        assert asker.is_alive()
    running.process.send_signal(signal.SIGTERM)
    asker.join(60)
    assert found == [200]
    assert running.process.wait(60) == 0


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files by /proc")
def test_new_snapshots_lose_no_request_and_leave_no_file_open(
    seeds_index: Path, tmp_path: Path
) -> None:
    index = tmp_path / "vectors"
    shutil.copytree(seeds_index, index, symlinks=True)
    running = start(index)
    statuses: list[int] = []
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            for path in ("/v1/search?q=Bachmoet", "/v1/articles?words=brug"):
                statuses.append(httpx2.get(running.url + path, timeout=60).status_code)

    def write(number: int) -> None:
        """Publish a snapshot and wait until it answers."""
        row = {"id": f"new-{number}", "title": f"De brug {number}", "text": "De brug is open."}
        name = add([row], into=index).snapshot
        while httpx2.get(running.url + "/v1/status", timeout=60).json()["snapshot"] != name:
            assert running.process.poll() is None

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        write(0)
        before = open_files(running)
        for number in range(1, 6):
            write(number)
        # Each write adds a small segment. A question that is not answered yet may hold one more
        # snapshot, of some twenty files; five that stay open would be a hundred.
        assert open_files(running) < before + 5 * FILES_OF_A_WRITE + FILES_OF_A_SNAPSHOT
    finally:
        is_over.set()
        asker.join(60)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(60) == 0
    assert len(statuses) > 10
    assert set(statuses) == {200}


FILES_OF_A_WRITE = 5
FILES_OF_A_SNAPSHOT = 20


def open_files(running: Running) -> int:
    """Return how many files of an index a process has open or mapped, each of them counted."""
    process = Path("/proc") / str(running.process.pid)
    maps = {line.split()[-1] for line in (process / "maps").read_text().splitlines()}
    mapped = sum("/vectors/" in one for one in maps)
    return mapped + sum(1 for _ in (process / "fd").iterdir())


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_address_of_a_free_port_is_printed(seeds_index: Path, workers: str) -> None:
    command = [sys.executable, "-m", "recommender", "serve", "--port", "0", "--workers", workers]
    with subprocess.Popen(
        [*command, "--index", str(seeds_index)], stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert re.fullmatch(r"recommender: open http://127\.0\.0\.1:[1-9]\d+/ ; .*\n", first)


def test_a_taken_port_and_a_missing_index_are_said_in_one_line(
    running: Running, seeds_index: Path, tmp_path: Path
) -> None:
    for index, port, said in (
        (seeds_index, str(running.port), "take another one with --port"),
        (tmp_path / "nothing", "0", "no index"),
    ):
        command = [sys.executable, "-m", "recommender", "serve", "--port", port]
        done = subprocess.run(
            [*command, "--index", str(index)], capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 1
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_the_limits_of_the_page_are_those_of_the_service() -> None:
    limits, text = Limits(), PAGE.read_text("utf-8")
    assert f"A body may have {limits.body // 1024} KB" in text
    assert f"{limits.query:,} characters, a draft {limits.paragraphs} paragraphs" in text
    assert f"`limit` (at most {limits.answers};" in text
