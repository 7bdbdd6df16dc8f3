"""What the public may not see is in no answer, however near it is to what the public may see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client.client import Client
from starlette.testclient import TestClient
from support.command import ARTICLES, write_rows
from support.service import DESK_TOKEN, MakeClient
from support.stand_in import WordEncoder

from recommender import Recommender, build
from recommender.serve.agents import make_server
from recommender.serve.archive import Archive
from recommender.serve.operations import OPERATIONS
from recommender.serve.options import ServeOptions
from recommender.settings import Settings

TEXT = (
    "The river is high at Tiel. " + "The people carry their cattle over the dike to dry land. " * 2
)
LONGER = f"{TEXT}\n\nThe bread of the bakery won, and the football final was played in the rain."
# Each is tied to the public article in another way: a copy, an update, a translation, its title.
HIDDEN = {
    "hush-copy": {
        "text": TEXT,
        "title": "River hush",
        "status": "draft",
        "url": "https://a.example/hush",
    },
    "hush-update": {"text": LONGER, "title": "River hush", "date": "2022-12-03", "status": "draft"},
    "hush-other": {"text": TEXT, "title": "Rivière hush", "language": "fr", "status": "private"},
    "hush-later": {"text": TEXT, "title": "River hush", "date": "2090-01-01"},
    "hush-title": {"text": "The dike, the river.", "title": "Public river", "status": "trash"},
}
PUBLIC = {
    "public": {"title": "Public river", "date": "2022-12-01"},
    "again": {"title": "Public river again", "date": "2022-12-02"},
}
RULES = "pin\tpublic\thush-copy\nban\thush-update\nnever\tpublic\thush-other\n"
LOOSE = "min_strength=0&confidence=loose"


@pytest.fixture
def secretive(index: Path, encoder: WordEncoder) -> Path:
    """Build an archive of which much is not for the public, with rules of editors about it."""
    every = {**ARTICLES, **dict.fromkeys(PUBLIC, TEXT), **dict.fromkeys(HIDDEN, "")}
    rows = write_rows(index.parent / "rows.jsonl", every, **PUBLIC, **HIDDEN)
    build(rows, into=index, model=encoder, settings=Settings(include_unpublished=True))
    (index / "editorial.txt").write_text(RULES, "utf-8")
    return index


def asked_by_get(id: str) -> list[str]:
    """Return questions about an article, in every way that may bring others to light."""
    related = f"/v1/articles/related?id={id}&{LOOSE}&explain=true&limit=50"
    return [
        related,
        f"{related}&include_copies=true&translations=show&diverse=true",
        f"{related}&translations=hide&fallback=newest",
        f"{related}&unlike={id}",
        f"/v1/articles/related.html?id={id}&{LOOSE}&link=/a/%7Bid%7D",
        f"/v1/articles/before?id={id}&{LOOSE}&limit=50",
        f"/v1/passages/similar?id={id}&{LOOSE}&explain=true&limit=50",
        f"/v1/articles/one?id={id}",
        f"/v1/explain?a=again&b={id}",
        f"/article?id={id}",
        f"/compare?a=again&b={id}",
        f"/desk?preview={id}",
    ]


GENERAL = [
    f"/v1/search?q=river&{LOOSE}&explain=true&limit=50",
    "/v1/articles?limit=100",
    "/v1/articles?words=copy",
    "/v1/articles?words=river&languages=fr",
    "/v1/stories",
    "/v1/duplicates?share=0.5",
    "/v1/status",
    "/v1/news",
    "/v1/rules",
    "/openapi.json",
    "/metrics",
    f"/?q=river&{LOOSE}&k=50",
    "/stories",
    "/duplicates",
    "/health",
    "/desk",
    "/docs",
]
NAMES = [*HIDDEN, "hush", "https://a.example/hush", "River hush", "hush-copy#1", "hush-copy#99"]


def text_of(answer: Any) -> str:
    return answer.text + str(dict(answer.headers))


def test_no_endpoint_and_no_page_gives_it_away(secretive: Path, make_client: MakeClient) -> None:
    client = make_client(desk_token=DESK_TOKEN)
    for path in (*GENERAL, *asked_by_get("public"), *asked_by_get("Public river")):
        for accept in ("text/html", "*/*"):
            found = text_of(client.get(path, headers={"Accept": accept}))
            assert "hush" not in found, path
    assert {operation.path for operation in OPERATIONS if operation.method == "GET"} <= {
        path.partition("?")[0] for path in (*GENERAL, *asked_by_get("public"))
    }


def test_its_names_are_names_of_nothing(secretive: Path, make_client: MakeClient) -> None:
    client = make_client(desk_token=DESK_TOKEN)
    for name in NAMES:
        quoted = name.replace("#", "%23")
        for path in asked_by_get(quoted):
            answer, never = client.get(path), client.get(path.replace(quoted, "nothing"))
            assert answer.status_code in (303, 404), (path, answer.text)
            # The same words for what there is and for what there never was.
            if answer.status_code == 404:
                assert answer.json()["detail"] == never.json()["detail"], path
                assert "hush" not in str(answer.json().get("suggestions"))
        for path in ("/v1/related", "/v1/before"):
            assert client.post(path, json={"like": [{"id": name}]}).status_code == 404
        batch = client.post("/v1/related:batch", json={"ids": [name, "public"]}).text
        assert batch.count("hush") == name.count("hush")


def test_a_search_for_its_address_says_nothing_of_it(
    secretive: Path, make_client: MakeClient
) -> None:
    client, desk = make_client(desk_token=DESK_TOKEN), {"Authorization": f"Bearer {DESK_TOKEN}"}
    told = {"/v1/search": "is the name of an article", "/": "named"}
    for page, word in told.items():
        path = page + "?q=https://a.example/{}"
        answer, never = (client.get(path.format(name)).text for name in ("hush", "nope"))
        assert answer.replace("hush", "") == never.replace("nope", "")
        assert word in client.get(path.format("hush"), headers=desk).text
        assert word not in answer


def test_a_title_of_one_public_article_names_that_one(
    secretive: Path, make_client: MakeClient
) -> None:
    client = make_client(desk_token=DESK_TOKEN)
    assert client.get("/v1/articles/one?id=Public+river").json()["id"] == "public"
    batch = client.post("/v1/related:batch", json={"ids": ["Public river", "public", "flood"]})
    first, second, _ = batch.text.splitlines()
    assert first == second
    desk = {"Authorization": f"Bearer {DESK_TOKEN}"}
    seen = client.get("/v1/articles/one?id=Public+river", headers=desk)
    assert (seen.status_code, seen.json()["code"]) == (422, "ambiguous_name")


def test_a_draft_does_not_bring_it_to_light(secretive: Path, make_client: MakeClient) -> None:
    client = make_client(desk_token=DESK_TOKEN)
    found = ""
    for path in ("/v1/related", "/v1/before"):
        body = {"like": [{"text": LONGER}], "min_strength": 0, "limit": 50}
        more = {} if path == "/v1/before" else {"explain": True, "translations": "show"}
        found += text_of(client.post(path, json={**body, **more}))
    found += client.post("/draft", data={"text": LONGER}).text
    assert "hush" not in found
    assert "public" in found


def test_no_tool_of_an_agent_gives_it_away(secretive: Path, encoder: WordEncoder) -> None:
    archive = Archive(
        ServeOptions(index=secretive), lambda folder: Recommender.open(folder, encoder=encoder)
    )
    asked = [
        ("search_archive", {"text": "river", "k": 20}),
        ("timeline", {"text": "river", "k": 20}),
        ("related_articles", {"id": "public", "k": 20, "translations": "show"}),
        ("related_to_draft", {"text": LONGER, "k": 20, "translations": "show"}),
        ("published_before", {"text": LONGER, "k": 20}),
        ("published_before", {"id": "public", "k": 20}),
        ("read_article", {"id": "Public river"}),
        ("stories", {}),
        ("duplicates", {"share": 0.5}),
        ("archive_status", {}),
        *(("read_article", {"id": name}) for name in HIDDEN),
        *(("compare", {"a": "public", "b": name}) for name in HIDDEN),
    ]

    async def run() -> str:
        async with Client(make_server(archive)) as client:
            answers = [await client.call_tool(tool, values) for tool, values in asked]
            return str([(one.content, one.structured_content) for one in answers])

    found = anyio.run(run)
    assert "hush" not in found
    assert f"'articles': {len(ARTICLES) + len(PUBLIC)}" in found
    assert "public" in found


def test_it_is_not_counted_for_the_public(secretive: Path, make_client: MakeClient) -> None:
    client = make_client(desk_token=DESK_TOKEN)
    desk = {"Authorization": f"Bearer {DESK_TOKEN}"}
    seen, every = client.get("/v1/status").json(), client.get("/v1/status", headers=desk).json()
    total = client.get("/v1/articles?limit=1").json()["total"]
    assert (seen["articles"], every["articles"]) == (total, total + len(HIDDEN))
    assert seen["passages"] < every["passages"]
    assert (sum(seen["languages"].values()), "fr" in seen["languages"]) == (total, False)
    page = {"Accept": "text/html"}
    assert "2090" not in client.get("/health", headers=page).text
    assert "2090" in client.get("/health", headers=page | desk).text


def test_the_desk_sees_it(secretive: Path, make_client: MakeClient) -> None:
    client: TestClient = make_client(desk_token=DESK_TOKEN)
    desk = {"Authorization": f"Bearer {DESK_TOKEN}"}
    for path in (GENERAL[0], GENERAL[2], "/v1/duplicates?share=0.5", "/duplicates"):
        assert "hush" in client.get(path, headers=desk).text, path
