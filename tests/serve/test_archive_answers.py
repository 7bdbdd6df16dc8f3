"""Questions about the whole archive are answered one at a time, and news are for editors."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.command import ARTICLES, write_rows
from support.service import DESK_TOKEN, MakeClient
from support.stand_in import WordEncoder

from recommender import Recommender, build, remove
from recommender.answers.recommender import Recommender as Answering
from recommender.serve.archive import LastAnswers
from recommender.serve.problems import Refused
from recommender.settings import DEFAULTS, Settings

LONG = "The river at Tiel is high and the dike holds, says the keeper of the dike of the river."
COPIES = {f"copy-{number}": f"{LONG} {LONG}" for number in range(2)}
PARTS = {f"part-{number}": f"Bread number one. {LONG[::-1]} {LONG[::-1]}" for number in range(3)}
WATCHLIST = """
[[watch]]
name = "High water"
search = "river"

[[watch]]
name = "Bread"
search = "bread"
"""
DESK = {"Authorization": f"Bearer {DESK_TOKEN}"}


def build_with(
    index: Path,
    encoder: WordEncoder,
    articles: dict[str, str],
    settings: Settings = DEFAULTS,
    **fields: Any,
) -> None:
    rows = write_rows(index.parent / "rows.jsonl", {**ARTICLES, **articles}, **fields)
    build(rows, into=index, model=encoder, settings=settings)


def groups_of(answer: Any) -> list[list[str]]:
    return [
        [one["article_id"] for one in (group["first"], *group["others"])]
        for group in answer.json()["groups"]
    ]


def test_copies_come_page_by_page_and_are_computed_once(
    index: Path, encoder: WordEncoder, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_with(index, encoder, {**COPIES, **PARTS})
    asked: list[Any] = []
    real = Answering.duplicates

    def counted(*arguments: Any, **keywords: Any) -> Any:
        asked.append(keywords)
        return real(*arguments, **keywords)

    monkeypatch.setattr(Answering, "duplicates", counted)
    client = make_client()
    first = client.get("/v1/duplicates?limit=1")
    assert groups_of(first) == [["part-0", "part-1", "part-2"]]
    assert (first.json()["total"], first.json()["more"]) == (2, True)
    second = client.get("/v1/duplicates?limit=1&offset=1")
    assert groups_of(second) == [["copy-0", "copy-1"]]
    assert second.json()["more"] is False
    assert len(asked) == 1
    client.get("/v1/duplicates?limit=1&share=0.9")
    assert len(asked) == 2


def test_one_long_answer_is_computed_at_a_time_and_others_are_answered_beside_it(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end = threading.Event(), threading.Event()
    real = Answering.stories

    def slow(*arguments: Any, **keywords: Any) -> Any:
        begun.set()
        assert may_end.wait(60)
        return real(*arguments, **keywords)

    monkeypatch.setattr(Answering, "stories", slow)
    client = make_client()
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(client.get("/v1/stories").status_code))
    thread.start()
    assert begun.wait(60)
    refused = client.get("/v1/duplicates")
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert refused.headers["retry-after"]
    assert client.get("/v1/search?q=river").status_code == 200
    may_end.set()
    thread.join(60)
    assert found == [200]


def test_a_long_answer_ends_when_the_service_stops(
    make_client: MakeClient, index: Path, encoder: WordEncoder
) -> None:
    build_with(index, encoder, COPIES)
    client = make_client()
    # The type of a client knows neither the guard around the application nor its state.
    client.app._app.state.service.archive.stopping.set()  # type: ignore[attr-defined]
    answer = client.get("/v1/duplicates")
    assert (answer.status_code, answer.json()["code"]) == (503, "stopping")


def test_few_answers_are_kept() -> None:
    kept = LastAnswers(most=2)
    asked: list[int] = []

    def ask(number: int) -> int:
        def compute() -> int:
            asked.append(number)
            return number

        return kept.get(number, compute)

    assert [ask(one) for one in (1, 2, 1, 3, 1, 2)] == [1, 2, 1, 3, 1, 2]
    assert asked == [1, 2, 3, 2]


@pytest.mark.parametrize(("path", "named"), [("/v1/duplicates", "copy-1"), ("/v1/stories", "copy")])
def test_groups_hold_what_the_public_sees(
    index: Path, encoder: WordEncoder, make_client: MakeClient, path: str, named: str
) -> None:
    settings = Settings(include_unpublished=True)
    build_with(index, encoder, COPIES, settings, **{"copy-1": {"status": "draft"}})
    client = make_client(desk_token=DESK_TOKEN)
    assert "copy-1" not in client.get(path).text
    assert named in client.get(path, headers=DESK).text


def test_predecessors_of_a_draft_are_in_the_order_of_time(
    index: Path, encoder: WordEncoder, make_client: MakeClient
) -> None:
    dates = {"flood": {"date": "2023-05-01"}, "dike": {"date": "2021-07-01"}}
    build_with(index, encoder, {}, **dates)
    client = make_client()
    draft = {"text": "The river rises at the dike.", "date": "2024-01-01"}
    asked = {"like": [draft], "min_strength": 0, "evidence": 1}
    answer = client.post("/v1/before", json=asked).json()
    assert answer["until"] == "2024-01-01"
    assert [one["article_id"] for one in answer["recommendations"]] == ["dike", "flood"]
    assert all(len(one["evidence"]) <= 1 for one in answer["recommendations"])
    asked["like"] = [{**draft, "date": "2022"}]
    answer = client.post("/v1/before", json=asked).json()
    assert [one["article_id"] for one in answer["recommendations"]] == ["dike"]
    for wrong in ({"offset": 1}, {"unlike": [{"id": "dike"}]}, {"like": []}):
        refused = client.post("/v1/before", json={**asked, **wrong})
        assert refused.status_code == 422, wrong


@pytest.fixture
def watched(index: Path, encoder: WordEncoder, make_client: MakeClient) -> TestClient:
    """A service that has looked once, before two articles came."""
    (index / "watchlist.toml").write_text(WATCHLIST, encoding="utf-8")
    client = make_client(desk_token=DESK_TOKEN, mcp=True)
    assert client.post("/v1/news", headers=DESK).json()["is_first"] is True
    build_with(index, encoder, {"new": "The river is at the quay.", "loaf": "The bread is dear."})
    return client


def names(answer: Any) -> list[tuple[str, str]]:
    return [(one["watch"], one["article_id"]) for one in answer.json()["news"]]


def test_editors_look_for_news_and_read_the_last(watched: TestClient) -> None:
    looked = watched.post("/v1/news", headers=DESK)
    assert names(looked) == [("High water", "new"), ("Bread", "loaf")]
    assert names(watched.post("/v1/news", headers=DESK)) == []
    assert names(watched.get("/v1/news", headers=DESK)) == names(looked)
    assert names(watched.get("/v1/news?watch=Bread", headers=DESK)) == [("Bread", "loaf")]
    page = watched.get("/v1/news?limit=1&fields=watch,article_id", headers=DESK).json()
    assert page["news"] == [{"watch": "High water", "article_id": "new"}]
    assert page["more"] is True


def test_news_are_for_the_desk(watched: TestClient) -> None:
    for method in ("GET", "POST"):
        answer = watched.request(method, "/v1/news")
        assert (answer.status_code, answer.json()["code"]) == (403, "desk_token_needed")


def test_news_of_what_is_gone_are_not_shown(watched: TestClient, index: Path) -> None:
    assert len(names(watched.post("/v1/news", headers=DESK))) == 2
    remove(["new"], into=index)
    watched.post("/v1/news", headers=DESK)
    assert names(watched.get("/v1/news", headers=DESK)) == [("Bread", "loaf")]


@pytest.mark.parametrize(
    "content", ["{", "[7, {}]", '[{"watch": "a", "found": "b", "article_id": "flood"}]']
)
def test_kept_news_that_are_damaged_are_passed_over(index: Path, content: str) -> None:
    (index / ".news.json").write_text(content, encoding="utf-8")
    with Recommender.open(index) as recommender:
        assert recommender.last_news() == ()


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(None, 404, "no_watchlist"), ("[[watch]]\nname = 7", 503, "bad_watchlist")],
)
def test_a_watchlist_that_cannot_be_used_is_named(
    index: Path, make_client: MakeClient, content: str | None, status: int, code: str
) -> None:
    if content is not None:
        (index / "watchlist.toml").write_text(content, encoding="utf-8")
    client = make_client(desk_token=DESK_TOKEN)
    answer = client.post("/v1/news", headers=DESK)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert str(index) not in answer.text


def call(client: TestClient, tool: str, headers: dict[str, str], **arguments: Any) -> Any:
    message = {"name": tool, "arguments": arguments}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": message}
    accept = {"Accept": "application/json, text/event-stream", **headers}
    return client.post("/mcp", json=body, headers=accept).json()["result"]


def test_agents_of_the_desk_read_news(watched: TestClient) -> None:
    watched.post("/v1/news", headers=DESK)
    found = call(watched, "news", DESK, watch="Bread")["structuredContent"]["news"]
    assert [one["article_id"] for one in found] == ["loaf"]
    refused = call(watched, "news", {})
    assert refused["isError"]
    assert "desk_token_needed" in refused["content"][0]["text"]


def ids_of(found: Any) -> Sequence[Sequence[str]]:
    groups = found["structuredContent"]["groups"]
    return [[one["article_id"] for one in group["articles"]] for group in groups]


def test_agents_find_copies_stories_and_predecessors(
    index: Path, encoder: WordEncoder, make_client: MakeClient
) -> None:
    build_with(index, encoder, COPIES)
    client = make_client(mcp=True)
    assert ids_of(call(client, "duplicates", {})) == [["copy-0", "copy-1"]]
    assert ["copy-0", "copy-1"] in [sorted(one) for one in ids_of(call(client, "stories", {}))]
    before = call(client, "published_before", {}, text="The river is high at Tiel.", k=2)
    assert before["structuredContent"]["articles"]
    assert call(client, "published_before", {}, id="flood")["structuredContent"]["articles"]
    for wrong in ({}, {"text": "a", "id": "flood"}):
        assert "bad_query" in call(client, "published_before", {}, **wrong)["content"][0]["text"]


@pytest.mark.parametrize("newest", ["0", "1001", "999999999"])
def test_only_the_desk_asks_for_the_stories_of_many_articles(
    make_client: MakeClient, newest: str
) -> None:
    client = make_client(desk_token=DESK_TOKEN)
    refused = client.get(f"/v1/stories?newest={newest}")
    assert refused.status_code == 422
    assert "give 1 to 1,000" in refused.json()["detail"]
    assert client.get(f"/v1/stories?newest={newest}", headers=DESK).status_code == 200


def test_news_that_came_too_late_are_reported_again(
    index: Path, encoder: WordEncoder, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    (index / "watchlist.toml").write_text(WATCHLIST)
    client = make_client(desk_token=DESK_TOKEN)
    client.post("/v1/news", headers=DESK)
    build_with(index, encoder, {"loaf": "Bread is baked and bread is sold."})

    def busy(self: object) -> None:
        raise Refused(503, "busy", "The answer takes too long.")

    with monkeypatch.context() as patch:
        patch.setattr("recommender.answers.news.NewsAnswer.remember", busy)
        assert client.post("/v1/news", headers=DESK).status_code == 503
    assert names(client.post("/v1/news", headers=DESK)) == [("Bread", "loaf")]
