"""The official client of the protocol reads the archive, and gets no more than it may see."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import MCPError, StdioServerParameters
from mcp.client.client import Client
from mcp.client.stdio import stdio_client
from support.command import ARTICLES, write_rows
from support.process import start
from support.project import ROOT, USERS_ARTICLE
from support.service import READ_TOKEN, MakeClient
from support.stand_in import WordEncoder

from recommender import Recommender, add, build
from recommender.serve.agent_answers import (
    QUOTED,
    READ_CHARACTERS,
    Version,
    of_recommendation,
    part_of,
    quote_of,
)
from recommender.serve.agents import make_server
from recommender.serve.archive import Archive
from recommender.serve.options import ServeOptions
from recommender.settings import Settings
from recommender.types import Article, Paragraph, Role, StoredArticle, Translation

TOOLS = {
    *("search_archive", "related_articles", "related_to_draft", "read_article"),
    *("compare", "timeline", "archive_status", "published_before"),
    *("duplicates", "stories", "news", "list_articles"),
}


@pytest.fixture
def archive(index: Path, encoder: WordEncoder) -> Archive:
    options = ServeOptions(index=index)
    return Archive(options, lambda folder: Recommender.open(folder, encoder=encoder))


def with_client(archive: Archive, ask: Callable[[Client], Coroutine[Any, Any, Any]]) -> Any:
    """Return what `ask` gets from a client of the server."""

    async def run() -> Any:
        async with Client(make_server(archive)) as client:
            return await ask(client)

    return anyio.run(run)


def call(archive: Archive, tool: str, **arguments: Any) -> Any:
    """Return the structured answer of a tool, or the text of its error."""
    result = with_client(archive, lambda client: client.call_tool(tool, arguments))
    return result.content[0].text if result.is_error else result.structured_content


def test_every_tool_only_reads_and_describes_its_answer(archive: Archive) -> None:
    listed = with_client(archive, lambda client: client.list_tools())
    assert {one.name for one in listed.tools} == TOOLS
    for one in listed.tools:
        assert one.annotations.read_only_hint
        assert one.description
        assert one.output_schema["properties"]
        assert not {"self", "context"} & set(one.input_schema["properties"])


def test_an_agent_searches_reads_and_compares(archive: Archive) -> None:
    found = call(archive, "search_archive", text="river", k=2)
    ids = [one["article_id"] for one in found["articles"]]
    assert sorted(ids) == ["dike", "flood"]
    assert found["articles"][0]["quote"]
    read = call(archive, "read_article", id=ids[0])
    assert (read["article_id"], read["next_paragraph"], read["next_offset"]) == (ids[0], None, 0)
    assert "river" in read["quote"]
    related = call(archive, "related_articles", id="flood", k=3)
    assert related["articles"][0]["article_id"] == "dike"
    assert related["articles"][0]["relation"]
    compared = call(archive, "compare", a="flood", b="dike")
    assert compared["pairs"][0]["quote"]
    draft = call(archive, "related_to_draft", text="The football final.")
    assert draft["articles"][0]["article_id"] == "final"
    assert call(archive, "archive_status")["articles"] == 4


def test_an_agent_learns_which_articles_hold_the_same_text(
    archive: Archive, index: Path, encoder: WordEncoder
) -> None:
    rows = write_rows(index.parent / "rows.jsonl", {**ARTICLES, "copy": ARTICLES["flood"]})
    build(rows, into=index, model=encoder)

    found = call(archive, "search_archive", text="river", k=5)["articles"]
    [flood] = [one for one in found if one["article_id"] in ("flood", "copy")]
    assert {flood["article_id"], *flood["copies"]} == {"flood", "copy"}


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("search_archive", {"text": "river", "k": 50}, "k is 50; give a whole number from 1 to 20"),
        ("search_archive", {"text": "river", "k": "many"}, 'k is "many"; give a whole number from'),
        (
            "search_archive",
            {"k": 2},
            "text is missing; give a text that is not empty of at most",
        ),
        ("search_archive", {"text": ""}, 'text is ""; give a text that is not empty'),
        ("search_archive", {"text": None}, "text is null; give a text"),
        ("search_archive", {"text": "x" * 3_000}, "text has 3,000 characters; give a text that is"),
        ("search_archive", {"text": "river", "since": "since the flood"}, 'such as "2022-12-28"'),
        ("read_article", {}, 'id is missing; give a text of at most 2,000 characters, such as "'),
        ("read_article", {"id": "flood", "paragraph": -1}, "give a whole number of 0 or more"),
        ("related_articles", {"id": "flood", "translations": "no"}, "one of fold, show, hide"),
        ("duplicates", {"share": 3}, "share is 3; give a number from 0.5 to 1, such as 0.6"),
        ("compare", {}, "a is missing"),
        ("read_article", {"id": "no such"}, "article_not_found: No published article has this id"),
        ("compare", {"a": ["flood"], "b": {"c": 1}}, 'b is {"c": 1}; give a text'),
        (
            "search_archive",
            {"text": "river", "limit": 3},
            "'limit' is not a parameter here; known: t",
        ),
        ("archive_status", {"x" * 999: 1}, "is not a parameter here"),
        (
            "write_article",
            {"text": "river"},
            "'write_article' is not a tool here; known: search_arch",
        ),
    ],
)
def test_wrong_arguments_are_named_with_what_is_wanted(
    archive: Archive, tool: str, arguments: dict[str, Any], told: str
) -> None:
    error = call(archive, tool, **arguments)
    assert told in error
    assert len(error) < 600
    for word in ("pydantic", "validation", "Error executing", "type=", "https://"):
        assert word not in error


def test_a_timeline_runs_from_the_oldest_to_those_without_a_date(
    archive: Archive, index: Path, encoder: WordEncoder
) -> None:
    dates = {"flood": {"date": "2023"}, "dike": {"date": "2021-07"}}
    every = {**ARTICLES, "undated": "A river without a date."}
    rows = write_rows(index.parent / "rows.jsonl", every, **dates)
    build(rows, into=index, model=encoder)
    found = call(archive, "timeline", text="river")["articles"]
    assert [one["date"] for one in found[:3]] == ["2021-07", "2023", ""]
    assert "undated" in [one["article_id"] for one in found]


def test_articles_are_listed_by_date_and_name(
    archive: Archive, index: Path, encoder: WordEncoder
) -> None:
    dates = {"flood": {"date": "2023"}, "dike": {"date": "2021-07"}, "final": {"date": "2022"}}
    every = {**ARTICLES, "secret": "The secret river."}
    rows = write_rows(index.parent / "rows.jsonl", every, secret={"status": "draft"}, **dates)
    build(rows, into=index, model=encoder, settings=Settings(include_unpublished=True))
    found = call(archive, "list_articles", since="2021", k=2)
    assert [one["article_id"] for one in found["articles"]] == ["flood", "final"]
    assert found["total"] == 3
    more = call(archive, "list_articles", since="2021", k=2, offset=2)["articles"]
    assert [one["article_id"] for one in more] == ["dike"]
    [named] = call(archive, "list_articles", words="football")["articles"]
    assert (named["article_id"], named["language"]) == ("final", "en")
    lost = call(archive, "list_articles", words="fotball final")
    assert (lost["total"], lost["nearest"][0]["article_id"]) == (0, "final")
    assert "secret" not in str(call(archive, "list_articles", words="secret"))


def test_an_agent_is_told_what_was_answered_otherwise_and_how_sure_it_is(
    archive: Archive,
) -> None:
    found = call(archive, "search_archive", text='"no such phrase"')
    assert found["articles"] == []
    assert "nothing holds “no such phrase”" in found["notices"][0]
    first = call(archive, "search_archive", text="river")["articles"][0]
    assert first["confidence"] in ("sure", "likely")


def test_an_article_is_read_from_the_paragraph_of_a_passage(archive: Archive) -> None:
    first, second = (call(archive, "read_article", id=f"flood#{n}")["quote"] for n in (2, 3))
    assert first.endswith(second)
    assert first != second == "The dike holds the river."
    assert call(archive, "read_article", id="flood#2", paragraph=3)["quote"] == second
    error = call(archive, "read_article", id="flood", paragraph=9)
    assert error == "passage_not_found: flood#9: the article has no paragraph 9"


def test_a_resource_that_is_not_there_is_named(archive: Archive) -> None:
    for uri, told in (("article://bakrey", "bakery"), ("passage://flood#9", "no paragraph 9")):
        error = with_client(archive, lambda client, uri=uri: _refusal(client, uri))
        assert (error.code, told in str(error)) == (-32602, True)


async def _refusal(client: Client, uri: str) -> MCPError:
    """Return the error that a resource gives."""
    with pytest.raises(MCPError) as raised:
        await client.read_resource(uri)
    return raised.value


def test_many_copies_are_counted_and_some_of_them_named(
    archive: Archive, index: Path, encoder: WordEncoder
) -> None:
    texts = {
        f"copy{letter}{number}": " ".join(f"{letter}{word}word" for word in range(80)) + "."
        for letter in "abcdefghijklmnopqrst"
        for number in range(40)
    }
    rows = write_rows(index.parent / "rows.jsonl", {**ARTICLES, **texts})
    build(rows, into=index, model=encoder)
    for k, most in ((1, 30), (20, 5)):
        groups = call(archive, "duplicates", k=k, share=0.95)["groups"]
        assert len(groups) == k
        assert {one["count"] for one in groups} == {40}
        assert {len(one["articles"]) for one in groups} == {most}


def test_the_text_of_an_answer_is_its_content_in_short(archive: Archive) -> None:
    result = with_client(archive, lambda client: client.call_tool("archive_status", {}))
    [block] = result.content
    assert json.loads(block.text) == result.structured_content
    assert not set(block.text) & {"\n", " "} or "created" in block.text


def test_what_an_agent_reads_of_tools_is_laid_out_and_says_no_name_twice(archive: Archive) -> None:
    for one in with_client(archive, lambda client: client.list_tools()).tools:
        assert '"title": "' not in json.dumps([one.input_schema, one.output_schema])
        assert "\n  " not in one.description
        for name, schema in one.input_schema["properties"].items():
            assert schema["description"], (one.name, name)


def test_a_long_article_is_read_in_parts(
    archive: Archive, index: Path, encoder: WordEncoder
) -> None:
    text = "\n\n".join(f"Paragraph {number}. " + "The river rises. " * 40 for number in range(40))
    rows = write_rows(index.parent / "rows.jsonl", {**ARTICLES, "long": text})
    build(rows, into=index, model=encoder)
    whole, at = "", 0
    while at is not None:
        part = call(archive, "read_article", id="long", paragraph=at)
        assert len(part["quote"]) < 10_000
        whole += part["quote"] + "\n\n"
        at = part["next_paragraph"]
    assert [f"Paragraph {number}." in whole for number in range(40)] == [True] * 40
    assert whole.count("Paragraph 7.") == 1


LONG = " ".join(f"word{number}" for number in range(5_000))


@pytest.mark.parametrize("blocks", [["KYIV, Dec 1 - ", "x" * 8_000], [LONG], ["a", LONG, "b"]])
@pytest.mark.parametrize("numbers", ["one", "each"])
def test_every_character_of_an_article_is_read_once(blocks: list[str], numbers: str) -> None:
    paragraphs = [
        Paragraph(1 if numbers == "one" else at, Role.BODY, text, 0, len(text), "")
        for at, text in enumerate([*blocks, "The end."], 1)
    ]
    stored = StoredArticle(Article("long", "Long", "", path="a"), paragraphs)
    whole, at, offset = "", 0, 0
    for _ in range(20):
        part = part_of(stored, at, offset)
        assert len(part.quote) <= READ_CHARACTERS + 2 * len(paragraphs)
        whole += part.quote
        if part.next_paragraph is None:
            break
        at, offset = part.next_paragraph, part.next_offset
    assert "".join(whole.split()) == "".join("".join(blocks).split()) + "Theend."


def test_an_error_has_a_code_and_a_next_step(archive: Archive, index: Path) -> None:
    wrong = call(archive, "read_article", id="bakrey")
    assert "article_not_found" in wrong
    assert "bakery" in wrong
    assert str(index) not in wrong
    assert "bad_date" in call(archive, "search_archive", text="river", since="soon")
    assert "k" in call(archive, "search_archive", text="river", k=5_000)


def test_what_the_public_may_not_see_is_not_for_agents(
    archive: Archive, index: Path, encoder: WordEncoder
) -> None:
    every = {**ARTICLES, "secret": "The secret river rises at the dike."}
    rows = write_rows(index.parent / "rows.jsonl", every, secret={"status": "draft"})
    build(rows, into=index, model=encoder, settings=Settings(include_unpublished=True))
    found = str(call(archive, "search_archive", text="river", k=9))
    found += str(call(archive, "related_articles", id="flood", k=9))
    found += str(call(archive, "related_to_draft", text="The river rises at the dike.", k=9))
    assert "secret" not in found
    for tool in ("read_article", "related_articles"):
        assert "article_not_found" in call(archive, tool, id="secret")
    assert "article_not_found" in call(archive, "compare", a="flood", b="secret")


def test_a_passage_is_a_resource_whatever_its_id(archive: Archive, encoder: WordEncoder) -> None:
    found = with_client(archive, lambda client: client.read_resource("passage://flood#1"))
    [paragraph] = archive.edition.recommender.show("flood#1").paragraphs
    assert found.contents[0].text == paragraph.text
    index = archive.edition.recommender.snapshot.folder
    add([{"id": "2023/a b.html", "text": "The dike."}], into=index, model=encoder)
    for uri in ("passage://2023%2Fa%20b.html#1", "article://2023/a%20b.html"):
        found = with_client(archive, lambda client, uri=uri: client.read_resource(uri))
        assert found.contents[0].text == "The dike."


def test_an_agent_asks_over_http_with_the_token(make_client: MakeClient) -> None:
    client = make_client(mcp=True, token=READ_TOKEN)
    call = {"name": "related_articles", "arguments": {"id": "flood", "translations": "show"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    accept = {"Accept": "application/json, text/event-stream"}
    assert client.post("/mcp", json=message, headers=accept).status_code == 401
    accept["Authorization"] = f"Bearer {READ_TOKEN}"
    answer = client.post("/mcp", json=message, headers=accept)
    assert answer.status_code == 200, answer.text
    found = answer.json()["result"]["structuredContent"]["articles"]
    assert found[0]["article_id"] == "dike"
    foreign = {**accept, "Host": "evil.example"}
    assert client.post("/mcp", json=message, headers=foreign).status_code == 403
    assert make_client().post("/mcp", json=message).status_code == 404
    stream = {"Authorization": f"Bearer {READ_TOKEN}", "Accept": "text/event-stream"}
    for method in ("DELETE", "PUT", "GET"):
        answer = client.request(method, "/mcp", headers=stream)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.process
@pytest.mark.model
def test_the_official_client_asks_over_http(seeds_index: Path) -> None:
    running = start(seeds_index, "--mcp")

    async def ask() -> Any:
        async with Client(f"{running.url}/mcp") as client:
            tools = await client.list_tools()
            found = await client.call_tool("search_archive", {"text": "gevechten om Bachmoet"})
            return {one.name for one in tools.tools}, found.structured_content

    try:
        names, found = anyio.run(ask)
    finally:
        running.process.terminate()
        running.process.wait(60)
    assert names == TOOLS
    assert USERS_ARTICLE in [one["article_id"] for one in found["articles"]]


def test_an_article_is_a_resource(archive: Archive) -> None:
    found = with_client(archive, lambda client: client.read_resource("article://flood"))
    assert found.contents[0].text == ARTICLES["flood"]


def test_translations_are_named_by_id_and_language(archive: Archive) -> None:
    [first, *_] = archive.edition.recommender.related("flood")
    found = of_recommendation(replace(first, also_in=(Translation("dijk", "nl", ""),)))
    assert found.also_in == (Version("dijk", "nl"),)
    answer = call(archive, "related_articles", id="flood")
    assert answer["also_in"] == answer["articles"][0]["also_in"] == []


def test_a_quote_is_one_short_line() -> None:
    assert quote_of("a\n\nb\u202e \u200fc\x1b") == "a b \u200fc\\x1b"
    assert len(quote_of("word " * 500)) <= QUOTED


@pytest.mark.process
@pytest.mark.model
def test_the_command_answers_on_its_streams(seeds_index: Path) -> None:
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "recommender", "mcp", "--index", str(seeds_index)],
        cwd=ROOT,
    )

    async def run() -> Any:
        async with Client(stdio_client(command)) as client:
            return await client.call_tool("related_articles", {"id": USERS_ARTICLE, "k": 1})

    assert anyio.run(run).structured_content["articles"][0]["article_id"]
