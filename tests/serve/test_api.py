"""The API answers as the command line does, and refuses with a code what it cannot answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import pytest
from starlette.testclient import TestClient
from support import command
from support.clock import set_clock
from support.command import ARTICLES, write_rows
from support.service import DESK_TOKEN, MakeClient
from support.stand_in import WordEncoder

from recommender import build
from recommender.answers.options import (
    NO_FILTERS,
    BeforeOptions,
    DuplicatesOptions,
    RelatedOptions,
    SearchOptions,
    SimilarOptions,
    StoriesOptions,
)
from recommender.errors import QueryError
from recommender.serve.operations import OPERATIONS
from recommender.serve.parameters import WITHHELD, parameters_of, read_options
from recommender.serve.problems import refusal_of
from recommender.settings import Settings
from recommender.types import Filters

Shape = Mapping[str, Any]


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (("search", "river"), "/v1/search?q=river"),
        (("search", "river", "-k", "2", "--explain"), "/v1/search?q=river&k=2&explain=true"),
        (
            ("search", "river", "--by", "article", "--languages", "en", "--where", "id=flood"),
            "/v1/search?q=river&by=article&languages=en&where.id=flood",
        ),
        (("similar", "flood#2"), "/v1/passages/similar?id=flood%232"),
        (("related", "flood"), "/v1/articles/related?id=flood"),
        (
            ("related", "flood", "bakery", "--unlike", "dike", "--half-life", "9.5"),
            "/v1/articles/related?id=flood&id=bakery&unlike=dike&half_life=9.5",
        ),
        (
            ("related", "flood", "--explain", "--min-strength", "0"),
            "/v1/articles/related?id=flood&explain=true&min_strength=0",
        ),
        (("list",), "/v1/articles"),
        (("list", "final", "-k", "3"), "/v1/articles?words=final&k=3"),
        (("show", "The football final"), "/v1/articles/one?id=the+football+final"),
        (("show", "flood"), "/v1/articles/one?id=flood"),
        (("before", "flood"), "/v1/articles/before?id=flood"),
        (("before", "dike", "-k", "1"), "/v1/articles/before?id=dike&k=1"),
        (("stories", "--quiet"), "/v1/stories"),
        (("duplicates", "--quiet", "--share", "0.7"), "/v1/duplicates?share=0.7"),
        (("show", "flood#2"), "/v1/articles/one?id=flood%232"),
    ],
)
def test_the_service_gives_the_very_json_of_the_command_line(
    client: TestClient, index: Path, arguments: Sequence[str], path: str
) -> None:
    with command.stand_in_encoder():
        printed = command.run(*arguments, "--index", index, "--format", "json").stdout
    answer = client.get(path)
    assert answer.status_code == 200
    found = {name: it for name, it in answer.json().items() if name not in PAGE}
    assert json.dumps(found) == json.dumps(json.loads(printed))


PAGE = ("limit", "offset", "more")


def test_a_draft_is_answered_as_an_article_of_a_file_is(client: TestClient, index: Path) -> None:
    text = "The river is high.\n\nThe dike holds the river."
    asked = {"like": [{"text": text, "language": "en"}], "min_strength": 0, "k": 2}
    answer = client.post("/v1/related", json=asked).json()
    file = index.parent / "draft.txt"
    file.write_text(text, encoding="utf-8")
    with command.stand_in_encoder():
        flags = ("--file", file, "-k", "2", "--min-strength", "0", "--index", index)
        printed = json.loads(command.run("related", *flags, "--format", "json").stdout)
    assert answer["recommendations"][0]["article_id"] in ("flood", "dike")
    scores = [[one["score"] for one in it["recommendations"]] for it in (answer, printed)]
    assert scores[0] == scores[1]


def test_articles_and_drafts_can_be_asked_with_together(client: TestClient) -> None:
    asked = {
        "like": [{"id": "flood"}, {"title": "A", "text": "Bread.", "date": "2022"}],
        "unlike": [{"id": "dike"}, {"text": "Football."}],
        "min_strength": 0,
    }
    answer = client.post("/v1/related", json=asked).json()
    assert [one["article_id"] for one in answer["articles"]] == ["flood", "like-2"]
    assert [one["article_id"] for one in answer["unlike"]] == ["dike", "unlike-2"]


def ids_of(answer: Any, name: str = "hits", id: str = "passage_id") -> list[str]:
    return [one[id] for one in answer.json()[name]]


@pytest.mark.parametrize(
    ("path", "name", "id"),
    [
        ("/v1/search?q=river+dike&min_strength=0", "hits", "passage_id"),
        ("/v1/passages/similar?id=flood%232&min_strength=0", "hits", "passage_id"),
        ("/v1/articles/related?id=flood&min_strength=0", "recommendations", "article_id"),
        ("/v1/articles?", "articles", "article_id"),
    ],
)
def test_an_answer_comes_page_by_page(client: TestClient, path: str, name: str, id: str) -> None:
    whole = client.get(f"{path}&limit=100").json()
    every = [one[id] for one in whole[name]]
    assert (whole["limit"], whole["offset"], whole["more"]) == (100, 0, False)
    found: list[str] = []
    while True:
        page = client.get(f"{path}&limit=2&offset={len(found)}&snapshot={whole['snapshot']}").json()
        found += [one[id] for one in page[name]]
        if not page["more"]:
            break
        assert len(page[name]) == 2
    assert found == every
    assert len(found) > 2


def test_a_list_is_read_to_its_end(client: TestClient) -> None:
    answer = client.get("/v1/articles?offset=5000").json()
    assert (answer["articles"], answer["offset"], answer["more"]) == ([], 5000, False)


def test_a_page_of_another_snapshot_is_refused(
    make_client: MakeClient, index: Path, encoder: WordEncoder
) -> None:
    client = make_client(reload_seconds=0.01)
    before = client.get("/v1/articles").json()["snapshot"]
    rows = write_rows(index.parent / "rows.jsonl", {**ARTICLES, "new": "Bread."})
    build(rows, into=index, model=encoder)
    while client.get("/v1/articles").json()["snapshot"] == before:
        pass  # the service looks for a newer one every hundredth of a second
    answer = client.get(f"/v1/articles?offset=2&snapshot={before}")
    assert (answer.status_code, answer.json()["code"]) == (409, "snapshot_changed")


def test_only_the_fields_that_were_asked_for_are_sent(client: TestClient) -> None:
    answer = client.get("/v1/search?q=river&fields=title,score&fields=url").json()
    assert {tuple(one) for one in answer["hits"]} == {("title", "score", "url")}
    related = client.get("/v1/articles/related?id=flood&min_strength=0&evidence=0").json()
    assert [one["evidence"] for one in related["recommendations"]] == [[], [], []]


def test_a_batch_gives_the_answer_of_each_article_in_its_line(client: TestClient) -> None:
    asked = {"ids": ["flood", "nowhere", "The football final", "flood"], "min_strength": 0}
    answer = client.post("/v1/related:batch", json={**asked, "limit": 2})
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    first = lines[0]
    one = client.get("/v1/articles/related?id=flood&min_strength=0&limit=2").json()
    assert [it["score"] for it in first["recommendations"]] == pytest.approx(
        [it["score"] for it in one["recommendations"]]
    )
    assert lines[1]["code"] == "article_not_found"
    assert (lines[1]["id"], lines[1]["status"]) == ("nowhere", 404)
    assert lines[2]["article"]["article_id"] != "flood"
    assert lines[3] == first


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"ids": []}, 422, "bad_query"),
        ({"ids": ["a"] * 101}, 413, "too_large"),
        ({"ids": [1]}, 413, "too_large"),
        ({"ids": ["flood"], "explain": True}, 422, "bad_query"),
        ({"ids": ["flood"], "unlike": ["dike"]}, 422, "bad_query"),
        ({"ids": ["flood"], "like": ["dike"]}, 422, "unknown_parameter"),
    ],
)
def test_a_batch_that_cannot_be_answered_is_refused(
    client: TestClient, body: Any, status: int, code: str
) -> None:
    answer = client.post("/v1/related:batch", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_fragment_is_the_list_of_an_export(client: TestClient) -> None:
    answer = client.get("/v1/articles/related.html?id=flood&min_strength=0&link=/a/%7Bid%7D")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.startswith('<ul class="related-articles">\n<li lang="en"')
    assert '<a href="/a/dike">' in answer.text


def test_the_sentences_that_tie_two_articles_are_explained(client: TestClient) -> None:
    found = client.get("/v1/explain?a=flood&b=dike").json()
    assert (found["a"]["article_id"], found["b"]["article_id"]) == ("flood", "dike")
    assert found["pairs"]
    for pair in found["pairs"]:
        for name, text in (("sentences", "text"), ("other_sentences", "other_text")):
            assert pair[name]
            for one in pair[name]:
                assert pair[text][one["start"] : one["end"]] == one["text"]


@pytest.mark.parametrize(
    "options",
    [
        *(SearchOptions, SimilarOptions, RelatedOptions),
        *(BeforeOptions, StoriesOptions, DuplicatesOptions),
    ],
)
def test_every_option_of_the_library_is_a_parameter(options: type) -> None:
    names = {one.name for one in fields(options)} - {"filters"}
    names |= {one.name for one in fields(Filters)} - WITHHELD
    assert {one.name for one in parameters_of(options)} == names


class Certainty(StrEnum):
    SURE = "sure"
    LIKELY = "likely"


@dataclass(frozen=True, kw_only=True)
class LaterOptions:
    """Options of every type that a later option may have."""

    k: int = 3
    certainty: Certainty = Certainty.LIKELY
    fold: Literal["fold", "show"] = "fold"
    fields: Sequence[str] = ()
    asked_in: str | None = None
    least: float | None = None
    filters: Filters = NO_FILTERS


def test_an_option_that_is_added_can_be_asked_for_at_once() -> None:
    values = {
        "certainty": ["sure"],
        "fold": ["show"],
        "fields": ["a", "b"],
        "asked_in": ["nl"],
        "least": ["0.5"],
        "where.section": ["sport"],
    }
    found = read_options(LaterOptions, values)
    assert found == LaterOptions(
        certainty=Certainty.SURE,
        fold="show",
        fields=("a", "b"),
        asked_in="nl",
        least=0.5,
        filters=Filters(where={"section": "sport"}),
    )
    with pytest.raises(QueryError, match="give one of sure, likely"):
        read_options(LaterOptions, {"certainty": ["perhaps"]})


def test_an_option_of_a_type_that_no_parameter_has_is_noticed() -> None:
    @dataclass
    class Wrong:
        one: bytes = b""

    with pytest.raises(TypeError, match="no parameter can be of type"):
        parameters_of(Wrong)


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/v1/search", "q is needed"),
        ("/v1/search?q=a&q=b", "q is given 2 times; give it once"),
        ("/v1/search?q=a&explain=true&limit=51", "are 51 together; with explain, give at most 50"),
        ("/v1/articles/related?id=flood&explain=true&offset=50", "with explain, give at most 50"),
        ("/v1/passages/similar?id=flood%231&explain=1&limit=99", "with explain, give at most 50"),
        ("/v1/search?q=a&half_life=-1", "half_life is -1.0; give a number of days, or 0 for none"),
        ("/v1/search?q=a&min_strength=101", "min_strength is 101.0; give a number from 0 to 100"),
        ("/v1/search?q=a&query_language=dutch!", "query_language 'dutch!' is not a language code"),
        ("/v1/articles/one?id=", "the name of an article is empty; give its id, address, path"),
        ("/v1/articles/related?id=%20", "the name of an article is empty"),
        ("/v1/articles/related?id=flood&unlike=", "the name of an article is empty"),
        ("/nowhere", "There is no such page; /openapi.json lists what there is."),
        ("/v1/related", "This method is not answered here; Allow says which are."),
    ],
)
def test_a_refusal_speaks_of_parameters(client: TestClient, path: str, detail: str) -> None:
    assert detail in client.get(path).json()["detail"]


def test_the_advice_to_a_command_is_told_as_a_parameter() -> None:
    error = QueryError("too short to tell; name it with --query-language (query_language=)")
    assert refusal_of(error).detail == "too short to tell; name it with query_language"


def test_a_refusal_names_each_known_parameter_once(client: TestClient) -> None:
    for path in ("/v1/search?q=a&x=1", "/v1/articles/related?id=flood&x=1"):
        detail = client.get(path).json()["detail"]
        known = detail.rpartition("known: ")[2].split(", ")
        assert len(known) == len(set(known)) > 9


def test_only_the_wanted_fields_of_the_nearest_are_sent(client: TestClient) -> None:
    asked = {"q": "zebra", "confidence": "sure", "fields": "title,date"}
    answer = client.get("/v1/search", params=asked).json()
    assert (answer["hits"], set(answer["nearest"])) == ([], {"title", "date"})
    answer = client.get("/v1/articles?words=fotball+final&fields=title").json()
    assert (answer["articles"], set(answer["nearest"][0])) == ([], {"title"})
    assert client.get("/v1/search?q=river&fields=title").json()["nearest"] is None


def test_languages_may_be_given_one_by_one(client: TestClient) -> None:
    together = client.get("/v1/search?q=river&languages=en,nl").json()
    assert client.get("/v1/search?q=river&languages=en&languages=nl").json() == together
    body = {"like": [{"id": "flood"}], "languages": ["nl", "en"]}
    listed = client.post("/v1/related", json=body).json()
    assert client.post("/v1/related", json={**body, "languages": "nl,en"}).json() == listed
    assert listed["recommendations"]
    body["languages"] = ["nl", 3]
    assert "languages is not text" in client.post("/v1/related", json=body).json()["detail"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/search", 422, "bad_query"),
        ("/v1/search?q=", 422, "bad_query"),
        ("/v1/search?q=%20", 422, "bad_query"),
        ("/v1/search?q=a&q=b", 422, "bad_query"),
        ("/v1/search?q=river&lmit=3", 422, "unknown_parameter"),
        ("/v1/search?q=river&limit=3&k=3", 422, "bad_query"),
        ("/v1/search?q=river&limit=0", 422, "bad_query"),
        ("/v1/search?q=river&limit=101", 422, "bad_query"),
        ("/v1/search?q=river&limit=1&limit=2", 422, "bad_query"),
        ("/v1/search?q=river&offset=-1", 422, "bad_query"),
        ("/v1/search?q=river&offset=901", 422, "bad_query"),
        ("/v1/articles?offset=999999999", 422, "bad_query"),
        ("/v1/search?q=river&snapshot=another", 409, "snapshot_changed"),
        ("/v1/search?q=river&fields=title,colour", 422, "unknown_parameter"),
        ("/v1/articles/related?id=flood&evidence=4", 422, "bad_query"),
        ("/v1/articles/related.html?id=flood&fields=title", 422, "unknown_parameter"),
        ("/v1/articles/related.html?id=nowhere", 404, "article_not_found"),
        ("/v1/explain?a=flood", 422, "bad_query"),
        ("/v1/explain?a=flood&b=nowhere", 404, "article_not_found"),
        ("/v1/explain?a=flood&b=dike&k=1", 422, "unknown_parameter"),
        ("/v1/search?q=river&published_only=false", 422, "unknown_parameter"),
        ("/v1/search?q=river&filters=a", 422, "unknown_parameter"),
        ("/v1/search?q=river&where=a", 422, "unknown_parameter"),
        ("/v1/search?q=river&k.a=1", 422, "unknown_parameter"),
        ("/v1/search?q=river&k=0", 422, "bad_query"),
        ("/v1/search?q=river&k=101", 422, "bad_query"),
        ("/v1/search?q=river&k=1&k=2", 422, "bad_query"),
        ("/v1/search?q=river&k=x", 422, "bad_query"),
        ("/v1/search?q=river&k=1e9", 422, "bad_query"),
        ("/v1/search?q=river&half_life=nan", 422, "bad_query"),
        ("/v1/search?q=river&half_life=inf", 422, "bad_query"),
        ("/v1/search?q=river&diverse=maybe", 422, "bad_query"),
        ("/v1/search?q=river&by=book", 422, "bad_query"),
        ("/v1/search?q=river&since=soon", 422, "bad_date"),
        ("/v1/search?q=river&languages=klingonish", 422, "bad_language"),
        ("/v1/search?q=%ff", 422, "bad_query"),
        ("/v1/search?q=" + "a" * 2001, 413, "too_large"),
        ("/v1/search?q=a" + "&x=1" * 200, 422, "bad_query"),
        ("/v1/articles/one?id=nowhere", 404, "article_not_found"),
        ("/v1/articles/one?id=flood&k=1", 422, "unknown_parameter"),
        ("/v1/articles/one?id=flood%23999", 404, "passage_not_found"),
        ("/v1/articles/related?id=nowhere", 404, "article_not_found"),
        ("/v1/articles/related?id=flood&unlike=nowhere", 404, "article_not_found"),
        ("/v1/articles/related" + "?id=flood" + "&id=dike" * 30, 413, "too_large"),
        ("/v1/passages/similar?id=flood%23999", 404, "passage_not_found"),
        ("/v1/status?x=1", 422, "unknown_parameter"),
        ("/v1/nothing", 404, "no_such_page"),
        ("/v1/search/", 404, "no_such_page"),
        ("/v1/related", 405, "method_not_allowed"),
    ],
)
def test_a_refusal_has_a_status_and_a_stable_code(
    client: TestClient, path: str, status: int, code: str
) -> None:
    answer = client.get(path)
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert (answer.status_code, found["status"], found["code"]) == (status, status, code)
    assert found["detail"]
    assert "recommender show" not in found["detail"]


@pytest.mark.parametrize(
    "id",
    [
        "../../etc/passwd",
        "..%2f..%2fetc",
        "%00",
        "a%00b",
        "%E2%80%AEdooлf",
        "flood%2f..",
        "#",
        "%23",
    ],
)
def test_an_id_is_never_a_path(client: TestClient, index: Path, id: str) -> None:
    for path in ("/v1/articles/one?id=", "/v1/articles/related?id=", "/v1/passages/similar?id="):
        answer = client.get(path + id.replace("#", "%23"))
        assert answer.status_code == 404
        assert str(index) not in answer.text


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "bad_query"),
        ({"like": []}, 422, "bad_query"),
        ({"like": ["flood"]}, 422, "bad_query"),
        ({"like": [{"id": 1}]}, 422, "unknown_parameter"),
        ({"like": [{"id": "flood", "text": "a"}]}, 422, "unknown_parameter"),
        ({"like": [{"text": ""}]}, 422, "bad_query"),
        ({"like": [{"text": 3}]}, 422, "bad_query"),
        ({"like": [{"text": "a", "language": "klingonish"}]}, 422, "bad_language"),
        ({"like": [{"text": "a", "date": "soon"}]}, 422, "bad_date"),
        ({"like": [{"text": "a", "path": "/etc/passwd"}]}, 422, "unknown_parameter"),
        ({"like": [{"text": "A river.\n\n" * 65}]}, 413, "too_large"),
        ({"like": [{"text": "half \ud800"}]}, 422, "bad_query"),
        ({"like": [{"id": "flood"}], "k": True}, 422, "bad_query"),
        ({"like": [{"id": "flood"}], "explain": "yes"}, 422, "bad_query"),
        ({"like": [{"id": "flood"}], "since": 2022}, 422, "bad_query"),
        ({"like": [{"id": "flood"}], "where": {"a": {"b": 1}}}, 422, "bad_query"),
        ({"like": [{"id": "flood"}], "more": 1}, 422, "unknown_parameter"),
        ({"like": [{"id": "flood"}], "colour": {}}, 422, "unknown_parameter"),
        ({"like": [{"id": "flood"}], "unlike": {}}, 422, "bad_query"),
        ({"like": [{"id": "flood"}], "where": {"url": "a"}, "where.url": "b"}, 422, "bad_query"),
        ({"like": [{"id": "nowhere"}]}, 404, "article_not_found"),
        ([], 422, "bad_query"),
    ],
)
def test_a_body_that_cannot_be_answered_is_refused(
    client: TestClient, body: Any, status: int, code: str
) -> None:
    answer = client.post("/v1/related", content=json.dumps(body), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


JSON = {"Content-Type": "application/json"}


LIKE = b'"like": [{"id": "flood"}]'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'{"like": ' + b"[" * 60_000,
        b'{"k": NaN}',
        b"{" + LIKE + b', "where": {"a": 1e999}}',
        b"{" + LIKE + b", " + LIKE + b"}",
        b'{"like": [{"id": "flood", "id": "dike"}]}',
        b"{" + LIKE + b', "limit": ' + b"9" * 5_000 + b"}",
    ],
)
def test_a_body_that_is_no_json_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post("/v1/related", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_json")


def test_no_filter_of_a_field_is_none(client: TestClient) -> None:
    answer = client.post("/v1/related", json={"like": [{"id": "flood"}], "where": {}})
    assert answer.status_code == 200


def test_a_body_of_another_type_is_refused(client: TestClient) -> None:
    answer = client.post("/v1/related", content=b"{}", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["code"]) == (415, "not_json")


def test_what_has_not_changed_is_not_sent_again(client: TestClient, index: Path) -> None:
    first = client.get("/v1/search?q=river")
    tag = {"If-None-Match": first.headers["etag"]}
    assert client.get("/v1/search?q=river", headers=tag).status_code == 304
    assert client.get("/v1/search?q=dike", headers=tag).status_code == 200


def test_a_tag_is_known_whether_a_proxy_made_it_strong_or_not(client: TestClient) -> None:
    tag = client.get("/v1/search?q=river").headers["etag"]
    for known, status in ((tag.removeprefix("W/"), 304), (f'"a", {tag}', 304), ('"a"', 200)):
        answer = client.get("/v1/search?q=river", headers={"If-None-Match": known})
        assert answer.status_code == status


@pytest.mark.parametrize(
    "path",
    [
        *("/v1/search?q=river", "/?q=river", "/article?id=flood", "/stories", "/duplicates"),
        *("/health", "/docs", "/openapi.json", "/static/pages.css"),
    ],
)
def test_text_is_sent_packed_to_those_who_ask(client: TestClient, path: str) -> None:
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in plain.headers["vary"]
    assert packed.text == plain.text


def test_a_page_with_a_secret_is_never_packed(make_client: MakeClient) -> None:
    headers = {"Authorization": f"Bearer {DESK_TOKEN}", "Accept-Encoding": "gzip"}
    answer = make_client(desk_token=DESK_TOKEN).get("/desk", headers=headers)
    assert (answer.status_code, 'name="form"' in answer.text) == (200, True)
    assert "content-encoding" not in answer.headers


@pytest.fixture
def hidden(index: Path, encoder: WordEncoder) -> None:
    """Build the archive again, with a draft and one that is published later."""
    every = {**ARTICLES, "secret": "A river in a draft.", "later": "The river of tomorrow."}
    limits = {"secret": {"status": "draft"}, "later": {"embargo": "2030-01-01"}}
    rows = write_rows(index.parent / "rows.jsonl", every, **limits)
    build(rows, into=index, model=encoder, settings=Settings(include_unpublished=True))


HALF = "half \ud83d"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/related", {"like": [{"id": HALF}]}),
        ("/v1/related", {"like": [{"id": "flood"}], "unlike": [{"id": HALF}]}),
        ("/v1/related", {"like": [{"id": "flood"}], "languages": HALF}),
        ("/v1/related", {"like": [{"id": "flood"}], "where": {HALF: "a"}}),
        ("/v1/related", {"like": [{"id": "flood"}], "where": {"url": HALF}}),
        ("/v1/related", {"like": [{"id": "flood"}], "fields": HALF}),
        ("/v1/related", {"like": [{"id": "flood"}], "snapshot": HALF}),
        ("/v1/related", {"like": [{"id": "flood"}], HALF: "a"}),
        ("/v1/related", {"like": [{"text": "river", "title": HALF}]}),
        ("/v1/related:batch", {"ids": [HALF]}),
        ("/v1/clicks", {"list": HALF, "from": "flood", "to": "dike", "position": 1}),
        ("/v1/clicks", {"list": "a", "from": HALF, "to": "dike", "position": 1}),
        ("/v1/clicks", {"list": "a", "from": "flood", "to": HALF, "position": 1}),
        ("/v1/clicks", {"list": "a", "from": "flood", "to": "dike", "position": HALF}),
    ],
)
def test_half_a_character_is_no_failure(
    make_client: MakeClient, tmp_path: Path, path: str, body: Any
) -> None:
    client = make_client(clicks=tmp_path / "clicks.sqlite")
    headers = {"Content-Type": "application/json"}
    answer = client.post(path, content=json.dumps(body), headers=headers)
    assert answer.status_code in (200, 404, 409, 422), answer.text


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "//evil.example/{id}",
        "https://{id}",
        "data:text/html,{id}",
        "/a b/{id}",
    ],
)
def test_a_link_that_leads_elsewhere_is_refused(client: TestClient, link: str) -> None:
    query = {"id": "flood", "link": link}
    answer = client.get("/v1/articles/related.html", params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_query")


def test_what_the_public_may_not_see_is_only_for_the_desk(
    hidden: None, make_client: MakeClient, tmp_path: Path
) -> None:
    client = make_client(desk_token=DESK_TOKEN, clicks=tmp_path / "clicks.sqlite")
    desk = {"Authorization": f"Bearer {DESK_TOKEN}"}
    found = client.get("/v1/search?q=river&min_strength=0").text
    assert "secret" not in found
    assert "later" not in found
    assert "secret" in client.get("/v1/search?q=river&min_strength=0", headers=desk).text
    paths = (
        "/v1/articles/one?id=secret",
        "/v1/articles/one?id=secret%231",
        "/v1/articles/one?id=secret%2399",
        "/v1/articles/related?id=later",
        "/v1/articles/related?id=flood&unlike=secret",
        "/v1/articles/before?id=secret",
        "/v1/passages/similar?id=secret%231",
        "/v1/articles/related.html?id=secret",
        "/v1/explain?a=flood&b=secret",
    )
    for path in (*paths, "/v1/articles/one?id=A+river+in+a+draft.", "/v1/articles/one?id=secre"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "article_not_found"), path
        assert "secret" not in answer.text, path
        assert "later" not in answer.text, path
    clicked = {"list": "a", "from": "flood", "to": "secret", "position": 1}
    for click in (clicked, {**clicked, "from": "later", "to": "dike"}):
        answer = client.post("/v1/clicks", json=click)
        assert (answer.status_code, answer.json()["code"]) == (404, "article_not_found")
    batch = client.post("/v1/related:batch", json={"ids": ["secret", "flood"]}).text
    assert '"code": "article_not_found"' in batch
    assert "draft" not in batch
    body = {"like": [{"id": "secret"}]}
    for path in ("/v1/related", "/v1/before"):
        assert client.post(path, json=body).json()["code"] == "article_not_found"
    assert client.get("/v1/articles?words=river").json()["total"] == 2
    assert client.get("/v1/articles/one?id=secret", headers=desk).status_code == 200


def test_an_answer_changes_when_an_article_is_published(
    hidden: None, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client()
    first = client.get("/v1/search?q=river&min_strength=0")
    set_clock(monkeypatch, "2030-01-02T00:00:00+00:00")
    tag = {"If-None-Match": first.headers["etag"]}
    second = client.get("/v1/search?q=river&min_strength=0", headers=tag)
    assert second.status_code == 200
    assert "later" in second.text


def test_every_answer_is_as_the_document_describes_it(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    asked = {
        "/v1/search": "?q=river&explain=true",
        "/v1/articles/related": "?id=flood&id=bakery&unlike=dike&explain=true&min_strength=0",
        "/v1/passages/similar": "?id=flood%232",
        "/v1/articles/related.html": "?id=flood",
        "/v1/explain": "?a=flood&b=dike",
        "/v1/articles/one": "?id=flood",
        "/v1/articles": "?words=river",
        "/v1/articles/before": "?id=flood&min_strength=0",
        "/v1/stories": "",
        "/v1/duplicates": "",
        "/v1/status": "",
    }
    schemas = document["components"]["schemas"]
    for operation in OPERATIONS:
        described = document["paths"][operation.path][operation.method.lower()]
        content = described["responses"]["200"]["content"][operation.media]["schema"]
        if operation.method == "GET":
            answer = client.get(operation.path + asked[operation.path])
            is_json = operation.media == "application/json"
            value = answer.json() if is_json else answer.text
            assert mismatches(value, content, schemas) == []
    problem = client.get("/v1/search").json()
    assert mismatches(problem, schemas["Problem"], schemas) == []


def test_the_check_of_a_description_finds_what_is_not_described() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    assert mismatches({"a": 1}, schema, {}) == []
    for wrong in ({}, {"a": "1"}, {"a": 1, "b": 2}, []):
        assert mismatches(wrong, schema, {}, is_record=True)


RECORDS = {"ArticleRef", "Hit", "Recommendation", "Excluded", "Paragraph"}


def mismatches(value: Any, schema: Shape, schemas: Shape, is_record: bool = False) -> list[str]:
    """Return where a value differs from its schema; of records also fields that it lacks."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return mismatches(value, schemas[name], schemas, name in RECORDS)
    if "anyOf" in schema:
        each = [mismatches(value, one, schemas) for one in schema["anyOf"]]
        return [] if [] in each else each[0]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{value!r} is not in {schema['enum']}"]
    kinds: dict[str, Callable[[Any], bool]] = {
        "object": lambda it: isinstance(it, dict),
        "array": lambda it: isinstance(it, list),
        "string": lambda it: isinstance(it, str),
        "integer": lambda it: isinstance(it, int) and not isinstance(it, bool),
        "number": lambda it: isinstance(it, int | float),
        "boolean": lambda it: isinstance(it, bool),
        "null": lambda it: it is None,
    }
    if "type" in schema and not kinds[schema["type"]](value):
        return [f"{value!r} is no {schema['type']}"]
    found = []
    if isinstance(value, list) and "items" in schema:
        found = [it for one in value for it in mismatches(one, schema["items"], schemas)]
    if isinstance(value, dict) and "properties" in schema:
        found = [f"no {name}" for name in schema["required"] if name not in value]
        for name, one in value.items():
            inner = schema["properties"].get(name)
            if inner is not None:
                found += mismatches(one, inner, schemas)
            elif is_record:
                found.append(f"{name} is new")
    return found


def test_the_state_of_the_service_can_be_watched(client: TestClient, log: list[str]) -> None:
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").text == "ready\n"
    client.get("/v1/search?q=river")
    client.get("/v1/articles/one?id=nowhere")
    lines = client.get("/metrics").text.splitlines()
    assert 'recommender_requests_total{route="/v1/search",status="200"} 1' in lines
    assert 'recommender_requests_total{route="/v1/articles/one",status="404"} 1' in lines
    assert 'recommender_request_seconds_count{route="/v1/search"} 1' in lines
    assert "recommender_articles 4" in lines
    status = client.get("/v1/status").json()
    assert (status["articles"], "index" in status) == (4, False)
    logged = [json.loads(line) for line in log]
    assert [one["route"] for one in logged][:3] == ["/healthz", "/readyz", "/v1/search"]
    assert "river" not in "".join(log)
    assert "nowhere" not in "".join(log)
