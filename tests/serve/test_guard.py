"""What may not pass is refused, and every answer has the headers that protect its reader."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive
from support.service import DESK_TOKEN, READ_TOKEN, MakeClient

from recommender.answers.recommender import Recommender
from recommender.errors import SettingsError
from recommender.serve.guard import host_name
from recommender.serve.options import Limits, ServeOptions, is_loopback, read_token
from recommender.serve.pages.texts import words_of

OURS = "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "", "localhost.", "[::2]"],
)
def test_a_host_that_is_not_ours_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/v1/status", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (403, "host_not_allowed")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:9999", "LOCALHOST", "[::1]:8080"])
def test_loopback_has_many_names(client: TestClient, host: str) -> None:
    assert client.get("/v1/status", headers={"Host": host}).status_code == 200


def test_a_host_can_be_allowed(make_client: MakeClient) -> None:
    client = make_client(hosts=("archive.example.org",))
    assert client.get("/healthz", headers={"Host": "Archive.Example.org:443"}).status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:9", "file://"]
)
def test_an_origin_that_is_not_ours_is_refused(client: TestClient, origin: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = client.request(method, "/v1/related", headers={"Origin": origin})
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
        assert "access-control-allow-origin" not in answer.headers


def test_a_form_of_another_site_is_refused_without_an_origin_too(client: TestClient) -> None:
    answer = client.post("/v1/related", json={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.json()["code"] == "origin_not_allowed"


def test_a_browser_is_told_what_a_named_origin_may_send(make_client: MakeClient) -> None:
    client = make_client(origins=("https://www.example.org",), token=READ_TOKEN)
    asked = {"Access-Control-Request-Method": "POST", "Origin": "https://www.example.org"}
    answer = client.options("/v1/related", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://www.example.org"
    assert "Authorization" in answer.headers["access-control-allow-headers"]
    assert "PUT" not in answer.headers["access-control-allow-methods"]
    foreign = {**asked, "Host": "evil.example"}
    assert client.options("/v1/related", headers=foreign).status_code == 403
    assert client.options("/v1/related").status_code == 401


def test_a_named_origin_may_read(make_client: MakeClient) -> None:
    client = make_client(origins=("https://www.example.org",))
    answer = client.get("/v1/status", headers={"Origin": "https://www.example.org"})
    assert answer.headers["access-control-allow-origin"] == "https://www.example.org"
    assert "Origin" in answer.headers["vary"]
    assert "ETag, Retry-After" in answer.headers["access-control-expose-headers"]
    assert "access-control-expose-headers" not in client.get("/v1/status").headers


def test_crawlers_are_told_to_stay_away(make_client: MakeClient) -> None:
    answer = make_client(token=READ_TOKEN).get("/robots.txt")
    assert (answer.status_code, answer.text) == (200, "User-agent: *\nDisallow: /\n")


def test_every_answer_has_the_headers_that_protect(client: TestClient) -> None:
    for path in ("/healthz", "/v1/search?q=river", "/v1/search", "/nothing"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith(
            "default-src 'none'; script-src 'self'"
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers


def test_people_read_why_they_are_refused_in_their_language(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(limits=Limits(body=1_000, rate=1))
    reader = {"Accept": "text/html", "Accept-Language": "nl"}
    long = client.post("/draft", data={"text": "a" * 4_000}, headers=reader)
    assert (long.status_code, long.headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert words_of("nl")["error_too_large"] in long.text
    assert client.get("/", headers={**reader, "Host": "evil.example"}).text.count("<h1") == 1
    refused = [client.get("/login", headers=reader) for _ in range(6)][-1]
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert words_of("nl")["error_too_many_requests"] in refused.text


def test_named_sites_may_frame_the_pages(make_client: MakeClient, index: Path) -> None:
    client = make_client(frames=("https://cms.example.org",))
    policy = client.get("/", headers={"Accept": "text/html"}).headers["content-security-policy"]
    assert policy.endswith("frame-ancestors https://cms.example.org")
    for wrong in ("cms.example.org", "https://a.example; script-src *", "https://a/b", "*"):
        with pytest.raises(SettingsError):
            ServeOptions(index=index, frames=(wrong,))


def test_readers_need_the_token_if_there_is_one(make_client: MakeClient) -> None:
    client = make_client(host="0.0.0.0", token=READ_TOKEN, hosts=("archive.example",))
    refused = client.get("/v1/status")
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    for wrong in ("", "x", READ_TOKEN[:-1], READ_TOKEN + "x", "é"):
        given = {"Authorization": f"Bearer {wrong}".encode()}
        assert client.get("/v1/status", headers=given).status_code == 401
    right = {"Authorization": f"Bearer {READ_TOKEN}"}
    assert client.get("/v1/status", headers=right).status_code == 200
    assert client.get("/healthz").status_code == 200
    assert client.get("/metrics").status_code == 401


def test_another_host_than_loopback_needs_a_token(index: Path) -> None:
    with pytest.raises(SettingsError, match="can be reached by others"):
        ServeOptions(index=index, host="0.0.0.0")
    with pytest.raises(SettingsError, match="two tokens are the same"):
        ServeOptions(index=index, token=READ_TOKEN, desk_token=READ_TOKEN)
    assert READ_TOKEN not in repr(ServeOptions(index=index, token=READ_TOKEN))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *(("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True)),
        *(("0.0.0.0", False), ("::", False), ("192.168.1.2", False), ("localhost.evil", False)),
    ],
)
def test_only_loopback_is_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("host", "name"),
    [("A.b:80", "a.b"), ("[::1]:80", "::1"), ("[::1]", "::1"), ("a", "a"), ("[", "")],
)
def test_the_name_of_a_host_is_read_without_its_port(host: str, name: str) -> None:
    assert host_name(host) == name


def test_a_secret_is_read_from_a_file_of_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(READ_TOKEN + "\n", encoding="ascii")
    path.chmod(0o600)
    assert read_token(path) == READ_TOKEN
    path.chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_token(path)
    path.chmod(0o600)
    (tmp_path / "link").symlink_to(path)
    for wrong in (tmp_path / "link", tmp_path / "missing", tmp_path):
        with pytest.raises(SettingsError):
            read_token(wrong)
    path.write_text("short", encoding="ascii")
    with pytest.raises(SettingsError, match="16 or more"):
        read_token(path)


def test_a_body_that_is_too_long_is_refused_whatever_it_declares(client: TestClient) -> None:
    declared = client.post("/v1/related", content=b"x" * 70_000)
    assert (declared.status_code, declared.json()["code"]) == (413, "too_large")


def test_a_body_without_end_is_refused_once_it_is_too_long(client: TestClient) -> None:
    asked = 0

    async def endless() -> Message:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": b"x" * 1_000, "more_body": True}

    assert sent_for(client, endless)["status"] == 413
    assert asked < 100


def test_a_body_that_comes_too_slowly_is_refused(make_client: MakeClient) -> None:
    client = make_client(limits=Limits(seconds=1))

    async def never() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    assert sent_for(client, never)["status"] == 408


def test_a_client_that_leaves_is_no_failure_of_the_service(
    client: TestClient, log: list[str]
) -> None:
    async def gone() -> Message:
        return {"type": "http.disconnect"}

    assert sent_for(client, gone)["status"] == 400
    assert [one for one in map(json.loads, log) if "event" in one] == []


def sent_for(client: TestClient, receive: Receive) -> Message:
    """Return the start of the answer to a request whose body `receive` gives."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/related",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
    }
    found: list[Message] = []

    async def send(message: Message) -> None:
        found.append(message)

    asyncio.run(client.app(scope, receive, send))  # type: ignore[arg-type]
    return found[0]


@pytest.mark.parametrize("length", ["-1", "1e3", "9" * 40, "²"])
def test_a_length_that_is_no_number_is_refused(client: TestClient, length: str) -> None:
    headers = {"Content-Length": length.encode()}
    answer = client.request("POST", "/v1/related", headers=headers)
    assert answer.status_code in (400, 413)


def test_too_many_requests_are_refused_and_told_when_to_come_back(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(limits=Limits(threads=1, queue=1, seconds=30))
    begun, go_on = threading.Semaphore(0), threading.Event()
    answer_search = Recommender.answer_search

    def slow(self: Recommender, *arguments: Any, **options: Any) -> Any:
        begun.release()
        assert go_on.wait(20)
        return answer_search(self, *arguments, **options)

    monkeypatch.setattr(Recommender, "answer_search", slow)
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(client.get("/v1/search?q=river").status_code)

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for one in askers:
        one.start()
    assert begun.acquire(timeout=20)
    while "recommender_answers_waiting 2\n" not in client.get("/metrics").text:
        threading.Event().wait(0.01)
    refused = client.get("/v1/search?q=river")
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert refused.headers["retry-after"] == "1"
    assert client.get("/healthz").status_code == 200
    go_on.set()
    for one in askers:
        one.join(20)
    assert statuses == [200, 200]
    assert client.get("/v1/search?q=river").status_code == 200


def test_an_answer_that_takes_too_long_is_refused(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(limits=Limits(threads=1, seconds=1))
    go_on = threading.Event()
    monkeypatch.setattr(Recommender, "answer_search", lambda *_, **__: go_on.wait(20))
    refused = client.get("/v1/search?q=river")
    go_on.set()
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")


def test_what_fails_unforeseen_says_nothing_of_the_machine_or_the_question(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, log: list[str]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"river in {os.getcwd()}")

    monkeypatch.setattr(Recommender, "answer_search", fail)
    answer = client.get("/v1/search?q=river")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert os.getcwd() not in answer.text
    assert "river" not in "".join(log)
    assert "RuntimeError at test_guard.py" in "".join(log)


def test_the_desk_token_reads_too(make_client: MakeClient) -> None:
    client = make_client(token=READ_TOKEN, desk_token=DESK_TOKEN)
    assert client.get("/v1/status").status_code == 401
    given = {"Authorization": f"bearer {DESK_TOKEN}"}
    assert client.get("/v1/status", headers=given).status_code == 200
