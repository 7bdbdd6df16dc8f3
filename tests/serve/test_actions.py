"""Articles, rules and clicks change over HTTP: with the right token, and never over a change."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.service import DESK_TOKEN, READ_TOKEN, WRITE_TOKEN, MakeClient

from recommender.errors import SettingsError
from recommender.evaluate.clicks import ClickStore
from recommender.serve.options import Limits, ServeOptions

WRITE = {"Authorization": f"Bearer {WRITE_TOKEN}"}
DESK = {"Authorization": f"Bearer {DESK_TOKEN}"}
RIVER = {"id": "canal", "title": "The canal", "text": "The river and the dike at Tiel."}


@pytest.fixture
def writer(make_client: MakeClient) -> TestClient:
    """A client of a service that takes articles."""
    return make_client(write_token=WRITE_TOKEN, desk_token=DESK_TOKEN)


def finished(client: TestClient, answer: Any) -> dict[str, Any]:
    """Return what became of a write that was accepted."""
    assert answer.status_code == 202, answer.text
    while True:
        state: dict[str, Any] = client.get(answer.headers["location"], headers=WRITE).json()
        if state["state"] in ("done", "failed"):
            return state
        time.sleep(0.01)


def test_an_article_that_is_put_is_found_and_one_that_is_deleted_is_not(writer: TestClient) -> None:
    state = finished(writer, writer.put("/v1/articles", json=RIVER, headers=WRITE))
    assert (state["state"], state["added"], state["left_out"]) == ("done", 1, [])
    assert writer.get("/v1/articles/one?id=canal").json()["title"] == "The canal"
    changed = {**RIVER, "text": "<p>Bread &amp; football.</p>"}
    state = finished(writer, writer.put("/v1/articles", json=changed, headers=WRITE))
    assert state["changed"] == 1
    assert "Bread & football." in writer.get("/v1/articles/one?id=canal").json()["text"]
    state = finished(writer, writer.delete("/v1/articles?id=canal&id=gone", headers=WRITE))
    assert (state["state"], state["removed"], state["missing"]) == ("done", 1, ["gone"])
    assert writer.get("/v1/articles/one?id=canal").status_code == 404


def test_what_is_taken_back_disappears(writer: TestClient) -> None:
    finished(writer, writer.put("/v1/articles", json=RIVER, headers=WRITE))
    draft = {**RIVER, "status": "draft"}
    finished(writer, writer.put("/v1/articles", json=draft, headers=WRITE))
    assert writer.get("/v1/articles/one?id=canal").status_code == 404


def test_an_article_that_cannot_be_read_is_named_and_the_others_are_written(
    writer: TestClient,
) -> None:
    rows = [RIVER, {"id": "empty", "text": ""}]
    state = finished(writer, writer.put("/v1/articles", json={"articles": rows}, headers=WRITE))
    assert (state["state"], state["added"]) == ("done", 1)
    assert len(state["left_out"]) == 1
    assert state["left_out"][0]["reason"]


def test_many_writes_at_once_are_all_done(writer: TestClient) -> None:
    rows = [{**RIVER, "id": f"canal-{number}"} for number in range(20)]
    answers = [writer.put("/v1/articles", json=row, headers=WRITE) for row in rows]
    answers.append(writer.put("/v1/articles", json={"id": "bad", "text": ""}, headers=WRITE))
    states = [finished(writer, answer) for answer in answers]
    assert {one["state"] for one in states[:-1]} == {"done"}
    assert all(not one["left_out"] for one in states[:-1])
    assert states[-1]["left_out"] or states[-1]["state"] == "failed"
    assert writer.get("/v1/status").json()["articles"] == 24


def test_a_write_that_fails_says_why_without_a_path(writer: TestClient, index: Path) -> None:
    ids = [one["article_id"] for one in writer.get("/v1/articles").json()["articles"]]
    every = "&".join(f"id={one}" for one in ids)
    state = finished(writer, writer.delete(f"/v1/articles?{every}", headers=WRITE))
    assert (state["state"], bool(state["code"])) == ("failed", True)
    assert str(index) not in state["detail"]
    assert writer.get("/v1/articles").json()["total"] == 4


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[1]", 422),
        (b"{}", 422),
        (b'{"id": 1, "text": "a"}', 422),
        (b'{"id": " ", "text": "a"}', 422),
        (b'{"articles": []}', 422),
        (b'{"articles": {}}', 422),
        (b'"a"', 422),
        (b"{", 400),
        (b"\xff", 400),
        (json.dumps({"articles": [RIVER] * 101}).encode(), 422),
        (json.dumps({"articles": [RIVER, {**RIVER, "text": "Other."}]}).encode(), 422),
        (b'{"id": "canal \\ud800", "text": "a"}', 422),
        (json.dumps({"id": "l" * 513, "text": "a"}).encode(), 422),
        (b'{"id": "canal#4", "text": "a"}', 422),
        (b'{"id": "canal#4.2", "text": "a"}', 422),
        (b'{"id": "canal\\u0007", "text": "a"}', 422),
    ],
)
def test_what_is_no_article_is_refused(writer: TestClient, body: bytes, status: int) -> None:
    assert writer.put("/v1/articles", content=body, headers=WRITE).status_code == status


def test_only_the_token_for_writing_writes(make_client: MakeClient) -> None:
    client = make_client(write_token=WRITE_TOKEN, token=READ_TOKEN, desk_token=DESK_TOKEN)
    for token, status in ((READ_TOKEN, 403), (DESK_TOKEN, 403), (WRITE_TOKEN[:-1], 401)):
        headers = {"Authorization": f"Bearer {token}"}
        assert client.put("/v1/articles", json=RIVER, headers=headers).status_code == status
        assert client.delete("/v1/articles?id=flood", headers=headers).status_code == status
        assert client.get("/v1/builds/1", headers=headers).status_code == status
    assert client.get("/v1/status", headers=WRITE).status_code == 200
    assert client.get("/v1/rules", headers=WRITE).json()["code"] == "desk_token_needed"
    assert client.post("/login", data={"token": WRITE_TOKEN}).status_code == 403


def test_a_service_without_the_token_writes_nothing(make_client: MakeClient) -> None:
    client = make_client(desk_token=DESK_TOKEN)
    for token in ("", DESK_TOKEN):
        headers = {"Authorization": f"Bearer {token}"}
        answer = client.put("/v1/articles", json=RIVER, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "write_token_needed")


def test_several_processes_do_not_write(index: Path) -> None:
    with pytest.raises(SettingsError, match="only one process may write"):
        ServeOptions(index=index, write_token=WRITE_TOKEN, workers=2)
    with pytest.raises(SettingsError, match="two tokens are the same"):
        ServeOptions(index=index, write_token=WRITE_TOKEN, desk_token=WRITE_TOKEN)


def ghost_message(event: str, **fields: Any) -> dict[str, Any]:
    """Return a message as Ghost sends it of a post, with the fields of its Admin API."""
    post = {
        "id": "6f2a000000000000000000a1",
        "uuid": "0c1d2e3f-0000-4000-8000-000000000001",
        "title": "The canal is open",
        "slug": "the-canal-is-open",
        "html": "<p>The river and the dike at Tiel.</p>",
        "plaintext": "The river and the dike at Tiel.",
        "lexical": '{"root": {"children": []}}',
        "status": "published",
        "visibility": "public",
        "published_at": "2023-03-01T10:00:00.000Z",
        "updated_at": "2023-03-01T10:00:00.000Z",
        "url": "https://www.example.org/the-canal-is-open/",
        "authors": [{"id": "1", "name": "Ann", "slug": "ann"}],
        "tags": [{"id": "2", "name": "Water", "slug": "water", "visibility": "public"}],
        **fields,
    }
    if event == "deleted":
        return {"post": {"current": {}, "previous": post}}
    return {"post": {"current": post, "previous": {"updated_at": "2023-03-01T09:00:00.000Z"}}}


def send_as_ghost(
    client: TestClient, message: Any, secret: str = WRITE_TOKEN, age: float = 0
) -> Any:
    body = json.dumps(message).encode()
    when = str(int((time.time() - age) * 1000))
    mac = hmac.new(secret.encode(), body + when.encode(), hashlib.sha256).hexdigest()
    headers = {"X-Ghost-Signature": f"sha256={mac}, t={when}", "Content-Type": "application/json"}
    return client.post("/v1/hooks/ghost", content=body, headers=headers)


def test_what_ghost_publishes_is_found_until_it_is_taken_back(make_client: MakeClient) -> None:
    client = make_client(write_token=WRITE_TOKEN, token=READ_TOKEN)
    state = finished(client, send_as_ghost(client, ghost_message("published")))
    assert (state["state"], state["added"]) == ("done", 1)
    id = "6f2a000000000000000000a1"
    article = client.get(f"/v1/articles/one?id={id}", headers=WRITE).json()
    about = [article[name] for name in ("title", "date", "author", "section", "url")]
    url = "https://www.example.org/the-canal-is-open/"
    assert about == ["The canal is open", "2023-03-01", "Ann", "Water", url]
    for event, fields in (("unpublished", {"status": "draft"}), ("deleted", {})):
        finished(client, send_as_ghost(client, ghost_message(event, **fields)))
        assert client.get(f"/v1/articles/one?id={id}", headers=WRITE).status_code == 404
        finished(client, send_as_ghost(client, ghost_message("published")))


def test_a_message_that_ghost_did_not_sign_is_refused(writer: TestClient) -> None:
    message = ghost_message("published")
    assert send_as_ghost(writer, message, secret="x" * 20).status_code == 401
    assert send_as_ghost(writer, message, age=3600).status_code == 401
    assert writer.post("/v1/hooks/ghost", json=message).status_code == 401
    large = b" " * (Limits().body + 1)
    answers = [
        writer.post("/v1/hooks/ghost", content=large, headers={"X-Ghost-Signature": signature})
        for signature in ("", "sha256=1", f"sha256={'0' * 64}, t={int(time.time() - 999)}000")
    ]
    answers.append(send_as_ghost(writer, message, age=3600))
    assert {one.json()["code"] for one in answers} == {"bad_signature"}
    for wrong in ([], {}, {"post": 1}, {"post": {"current": {}, "previous": {}}}):
        assert send_as_ghost(writer, wrong).status_code == 422


def test_without_a_token_for_writing_no_message_is_believed(make_client: MakeClient) -> None:
    answer = send_as_ghost(make_client(), ghost_message("published"), secret="")
    assert (answer.status_code, answer.json()["code"]) == (404, "writing_off")


def test_a_body_is_bounded_by_who_sends_it(make_client: MakeClient) -> None:
    limits = Limits(body=1_000, message=2_000, articles=3_000)
    client = make_client(write_token=WRITE_TOKEN, limits=limits)
    signed = {"X-Ghost-Signature": f"sha256={'0' * 64}, t={int(time.time() * 1000)}"}
    for size, headers, path, status in (
        (1_500, {}, "/v1/related", 413),
        (1_500, signed, "/v1/related", 413),
        (1_500, {}, "/v1/hooks/wordpress", 413),
        (1_500, signed, "/v1/hooks/ghost", 401),
        (2_500, signed, "/v1/hooks/ghost", 413),
        (2_500, {}, "/v1/hooks/ghost", 401),
        (2_500, WRITE, "/v1/articles", 400),
        (3_500, WRITE, "/v1/articles", 413),
    ):
        method = "PUT" if path == "/v1/articles" else "POST"
        answer = client.request(method, path, content=b"x" * size, headers=headers)
        assert answer.status_code == status, (size, path)


def post_of_wordpress(**fields: Any) -> dict[str, Any]:
    """Return a post with the fields of the REST API, its author and terms embedded."""
    return {
        "id": 7,
        "date": "2023-03-01T11:00:00",
        "date_gmt": "2023-03-01T10:00:00",
        "guid": {"rendered": "https://www.example.org/?type=a&#038;p=7"},
        "modified": "2023-03-01T11:00:00",
        "modified_gmt": "2023-03-01T10:00:00",
        "slug": "the-canal",
        "status": "publish",
        "type": "post",
        "link": "https://www.example.org/2023/the-canal/",
        "title": {"rendered": "The canal &#038; the dike"},
        "content": {"rendered": "<p>The river and the dike.</p>", "protected": False},
        "excerpt": {"rendered": "<p>The river.</p>", "protected": False},
        "author": 1,
        "categories": [3],
        "_embedded": {
            "author": [{"id": 1, "name": "Ann", "slug": "ann"}],
            "wp:term": [[{"id": 3, "name": "Water &amp; land", "taxonomy": "category"}], []],
        },
        **fields,
    }


def test_what_wordpress_publishes_is_found_until_it_is_taken_back(writer: TestClient) -> None:
    def send(**fields: Any) -> dict[str, Any]:
        body = post_of_wordpress(**fields)
        return finished(writer, writer.post("/v1/hooks/wordpress", json=body, headers=WRITE))

    path = "/v1/articles/one?id=https://www.example.org/?type=a%26p=7"
    assert send()["added"] == 1
    article = writer.get(path).json()
    about = [article[name] for name in ("title", "date", "author", "section", "url")]
    link = "https://www.example.org/2023/the-canal/"
    assert about == ["The canal & the dike", "2023-03-01", "Ann", "Water & land", link]
    hidden = {"content": {"rendered": "", "protected": True}}
    bare = {"status": "future", "content": None, "title": None}
    for fields in ({"status": "draft"}, {"status": "trash"}, hidden, {"type": "attachment"}, bare):
        send(**fields)
        assert writer.get(path).status_code == 404, fields
        send()


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"guid": "x"},
        {"guid": {"rendered": ""}},
        post_of_wordpress(content={"rendered": ""}, excerpt={"rendered": ""}),
    ],
)
def test_what_is_no_post_of_wordpress_is_refused(writer: TestClient, body: Any) -> None:
    answer = writer.post("/v1/hooks/wordpress", json=body, headers=WRITE)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_query")


def test_rules_are_read_added_and_taken_away(writer: TestClient, index: Path) -> None:
    first = writer.get("/v1/rules", headers=DESK)
    assert first.json()["rules"] == []
    rule = {"kind": "pin", "ids": ["The river rises", "bakery"], "who": "Ann", "reason": "x"}
    headers = {**DESK, "If-Match": first.headers["etag"]}
    added = writer.put("/v1/rules", json=rule, headers=headers)
    assert added.status_code == 200
    [shown] = added.json()["rules"]
    assert (shown["kind"], shown["ids"]) == ("pin", ["flood", "bakery"])
    assert shown["note"].endswith("Ann: x")
    assert "pin\tflood\tbakery" in (index / "editorial.txt").read_text("utf-8")
    related = writer.get("/v1/articles/related?id=flood").json()
    assert related["recommendations"][0]["article_id"] == "bakery"
    again = writer.put("/v1/rules", json=rule, headers={**DESK, "If-Match": "*"})
    assert again.headers["etag"] == added.headers["etag"]
    stale = writer.delete(f"/v1/rules?line={shown['line']}", headers=headers)
    assert (stale.status_code, stale.json()["code"]) == (412, "rules_changed")
    headers["If-Match"] = f"W/{added.headers['etag']}"  # a proxy that packs the answer says so
    gone = writer.delete(f"/v1/rules?line={shown['line']}", headers=headers)
    assert gone.json()["rules"] == []


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ({"kind": "pin", "ids": ["flood"]}, 422),
        ({"kind": "forbid", "ids": ["flood"]}, 422),
        ({"kind": "ban", "ids": "flood"}, 422),
        ({"kind": "ban", "ids": [1]}, 422),
        ({"kind": 1, "ids": ["flood"]}, 422),
        ({"kind": "ban", "ids": ["flood"], "who": 1}, 422),
        ({"kind": "ban", "ids": ["flood"], "more": ""}, 422),
        ({"kind": "ban", "ids": ["\ud800"]}, 422),
        ({"kind": "ban", "ids": ["flood"], "who": "Ann \ud83d"}, 422),
        ({"kind": "ban", "ids": ["flood"], "reason": "\udc00"}, 422),
        ({"kind": "\ud800", "ids": ["flood"]}, 422),
        ({"kind": "ban", "ids": ["nowhere"]}, 404),
        ([], 422),
    ],
)
def test_what_is_no_rule_is_refused(
    writer: TestClient, index: Path, rule: Any, status: int
) -> None:
    headers = {**DESK, "If-Match": "*"}
    body = json.dumps(rule)  # which escapes half characters
    assert writer.put("/v1/rules", content=body, headers=headers).status_code == status
    assert not (index / "editorial.txt").exists()


def test_rules_are_not_changed_unseen_or_by_readers(writer: TestClient) -> None:
    rule = {"kind": "ban", "ids": ["flood"]}
    answer = writer.put("/v1/rules", json=rule, headers=DESK)
    assert (answer.status_code, answer.json()["code"]) == (428, "if_match_needed")
    for method in ("GET", "PUT", "DELETE"):
        assert writer.request(method, "/v1/rules", json=rule).status_code == 403


def test_clicks_are_counted_and_nobody_is(make_client: MakeClient, tmp_path: Path) -> None:
    file = tmp_path / "clicks.sqlite"
    client = make_client(clicks=file)
    shown = {"list": "a", "from": "flood", "shown": ["dike", "bakery"]}
    assert client.post("/v1/clicks", json=shown).status_code == 204
    click = {"list": "a", "from": "flood", "to": "bakery", "position": 2}
    beacon = {"Content-Type": "text/plain;charset=UTF-8"}
    answer = client.post("/v1/clicks", content=json.dumps(click), headers=beacon)
    assert (answer.status_code, answer.text) == (204, "")
    seen = [(one.position, one.shown, one.clicked) for one in ClickStore(file).positions()]
    assert seen == [(1, 1, 0), (2, 1, 1)]
    assert b"testclient" not in file.read_bytes()


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"list": "a", "from": "flood", "to": "dike"},
        {"list": "a", "from": "flood", "to": "dike", "position": 1, "person": "Ann"},
        {"list": "a", "from": "flood", "to": "dike", "position": 0},
        {"list": "a", "from": "flood", "to": "dike", "position": 101},
        {"list": "a", "from": "flood", "to": "dike", "position": "x"},
        {"list": "a b", "from": "flood", "to": "dike", "position": 1},
        {"list": "a", "from": "flood", "to": ["dike"], "position": 1},
        {"list": "a", "from": "flood", "to": "nowhere", "position": 1},
        {"list": "a", "from": "flood", "to": "flood#1", "position": 1},
        {"list": "a", "from": "flood", "shown": []},
        {"list": "a", "from": "flood", "shown": "dike"},
        {"list": "a", "from": "flood", "shown": ["dike"] * 101},
    ],
)
def test_what_is_no_click_is_refused(make_client: MakeClient, tmp_path: Path, body: Any) -> None:
    file = tmp_path / "clicks.sqlite"
    answer = make_client(clicks=file).post("/v1/clicks", json=body)
    assert answer.status_code in (404, 422)
    assert not file.exists()


def test_clicks_that_cannot_be_stored_are_refused_by_name(
    make_client: MakeClient, tmp_path: Path
) -> None:
    file = tmp_path / "clicks.sqlite"
    file.write_bytes(b"This is no database at all. " * 99)
    body = {"list": "a", "from": "flood", "to": "dike", "position": 1}
    answer = make_client(clicks=file).post("/v1/clicks", json=body)
    assert (answer.status_code, answer.json()["code"]) == (507, "storage")
    assert str(tmp_path) not in answer.text


def test_without_a_file_no_click_is_counted(client: TestClient) -> None:
    body = {"list": "a", "from": "flood", "to": "dike", "position": 1}
    assert client.post("/v1/clicks", json=body).json()["code"] == "clicks_not_counted"
