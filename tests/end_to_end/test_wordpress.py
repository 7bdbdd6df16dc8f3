"""The plugin of WordPress tells a service what its editors publish, change and take back."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.php import find_php, play
from support.process import Running, start
from support.service import WRITE_TOKEN

pytestmark = [pytest.mark.process, pytest.mark.model]

QUAY = {
    "ID": 7,
    "post_title": 'Kade & dijk: "dicht"',
    "post_name": "kade",
    "post_content": "<p>De kade bij Zutphen staat onder water.</p>\n<p>De dijk houdt.</p>",
    "post_status": "publish",
}
GUID = "https://site.example/?post_type=post&p=7"


@pytest.fixture(scope="module")
def running(seeds_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service that takes articles."""
    find_php()
    folder = tmp_path_factory.mktemp("service")
    shutil.copytree(seeds_index, folder / "vectors")
    (folder / "write").write_text(WRITE_TOKEN)
    (folder / "write").chmod(0o600)
    found = start(folder / "vectors", "--write-token-file", str(folder / "write"))
    yield found
    found.process.terminate()
    found.process.wait(60)


def article(running: Running, id: str = GUID) -> dict[str, Any] | None:
    """Return an article of the service, None if there is none."""
    answer = httpx2.get(f"{running.url}/v1/articles/one", params={"id": id}, timeout=60)
    return answer.json() if answer.status_code == 200 else None


def saved(running: Running, do: str = "save", **fields: Any) -> dict[str, Any] | None:
    """Publish the post, do something with it, and return its article once that is written."""
    steps = [("save", {**QUAY, "post_content": "<p>Een ander begin.</p>"})]
    played = play([*steps, (do, {**QUAY, **fields})], running.url, WRITE_TOKEN)
    assert played.log == []
    [[(first, _)], [(second, written)]] = played.answers
    assert (first, second) == (202, 202)
    headers = {"Authorization": f"Bearer {WRITE_TOKEN}"}
    for _ in range(600):
        state = httpx2.get(f"{running.url}/v1/builds/{written['id']}", headers=headers).json()
        if state["state"] in ("done", "failed"):
            break
        time.sleep(0.1)
    assert (state["state"], state["left_out"]) == ("done", [])
    return article(running)


def test_a_post_that_is_published_and_changed_is_found(running: Running) -> None:
    found = saved(running)
    assert found is not None
    assert found["title"] == 'Kade & dijk: "dicht"'
    assert found["text"].endswith("De kade bij Zutphen staat onder water.\n\nDe dijk houdt.")
    about = [found[name] for name in ("date", "author", "section", "url")]
    assert about == ["2022-12-28", "Anke de Wit", "Water & land", "https://site.example/kade/"]


@pytest.mark.parametrize(
    ("do", "fields"),
    [
        ("save", {"post_status": "trash"}),
        ("save", {"post_status": "draft"}),
        ("save", {"post_status": "future", "post_date": "2090-01-01 08:00:00"}),
        ("save", {"post_password": "geheim"}),
        ("delete", {}),
    ],
)
def test_a_post_that_is_taken_back_is_not(
    running: Running, do: str, fields: dict[str, Any]
) -> None:
    assert saved(running, do, **fields) is None


def test_what_is_no_article_is_not_sent(running: Running) -> None:
    steps = [
        ("save", {**QUAY, "ID": 8, "post_status": "draft"}),
        ("save", {**QUAY, "ID": 8, "post_status": "pending"}),
        ("delete", {**QUAY, "ID": 9, "post_type": "revision"}),
        *(
            ("save", {**QUAY, "ID": 10 + number, "post_type": kind})
            for number, kind in enumerate(("revision", "attachment", "wp_block", "unknown"))
        ),
    ]
    played = play(steps, running.url, WRITE_TOKEN)
    assert (played.answers, played.log) == ([[]] * len(steps), [])


def test_an_address_may_end_in_a_slash(running: Running) -> None:
    played = play([("save", QUAY)], f"{running.url}/", WRITE_TOKEN)
    assert [status for [(status, _)] in played.answers] == [202]


def test_what_is_not_taken_is_logged_and_stops_no_editor(running: Running) -> None:
    refused = play([("save", QUAY), ("save", QUAY)], running.url, "x" * 30)
    assert [status for [(status, _)] in refused.answers] == [403, 403]
    assert len(refused.log) == 2
    assert "post 7 was not taken" in refused.log[0]
    lost = play([("save", QUAY)], "http://127.0.0.1:9", WRITE_TOKEN)
    assert [status for [(status, _)] in lost.answers] == [0]
    assert "post 7 was not taken" in lost.log[0]


def test_without_an_address_nothing_is_sent() -> None:
    played = play([("save", QUAY), ("delete", QUAY)])
    assert (played.answers, played.log) == ([[], []], [])
