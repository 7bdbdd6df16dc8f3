"""The recipes of the service do what they say: the compose file, and the list beside an editor."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml
from support.browser import find_browser, open_browser
from support.process import start
from support.project import ROOT

from recommender.cli.commands import whole_app

RECIPES = ROOT / "docs" / "recipes"
PAGE = """<!doctype html><html lang="nl"><meta charset="utf-8"><title>Editor</title>
<link rel="icon" href="data:,">
<textarea id="text"></textarea>
<published-before service="SERVICE" for="text"></published-before>
<script type="module" src="/before.js"></script></html>"""


@pytest.fixture
def compose() -> dict[str, Any]:
    """The services of the compose file."""
    found: dict[str, Any] = yaml.safe_load((RECIPES / "compose.yaml").read_text("utf-8"))
    return found["services"]


def test_the_commands_of_the_compose_file_are_ours(compose: dict[str, Any]) -> None:
    import typer

    # The whole program is a group, which has commands.
    commands = typer.main.get_command(whole_app()).commands  # type: ignore[attr-defined]
    serve = compose["serve"]["command"].replace("${HOST:-localhost}", "localhost").split()
    [script] = compose["build"]["command"]
    build = re.search(r"recommender (build .*)", script)
    assert build
    for words in (serve, build[1].split()):
        # A folder of the image need not be here: only the words are read.
        commands[words[0]].make_context(words[0], words[1:]).close()


@pytest.mark.process
def test_a_build_waits_until_three_at_night(compose: dict[str, Any]) -> None:
    [script] = compose["build"]["command"]
    sleep = re.search(r"sleep (\"\$\$.*\")", script)
    assert sleep
    expression = sleep[1].replace("$$", "$")
    for now, seconds in ((0, 10_800), (10_799, 1), (10_800, 86_400), (86_399, 10_801)):
        stub = f"date() {{ echo {now}; }}; echo {expression}"
        done = subprocess.run(["sh", "-c", stub], capture_output=True, text=True, check=True)
        assert int(done.stdout) == seconds


class Quiet(SimpleHTTPRequestHandler):
    """Serves the files of a folder and says nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that another site serves, and its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield tmp_path, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.process
@pytest.mark.model
def test_an_editor_sees_what_was_published_before(
    seeds_index: Path, site: tuple[Path, str]
) -> None:
    find_browser()
    folder, origin = site
    running = start(seeds_index, "--allow-origin", origin)
    try:
        (folder / "before.js").write_bytes((RECIPES / "before.js").read_bytes())
        (folder / "index.html").write_text(PAGE.replace("SERVICE", running.url), "utf-8")
        with open_browser() as browser:
            browser.open(origin + "/index.html")
            draft = "Het Russische leger valt Bachmoet aan. De strijd om de stad duurt al maanden."
            browser.one("#text").send_keys(f"{draft} {draft}")
            assert "bakhmut" in " ".join(one.text for one in browser.every("li")).lower()
            assert "Published before" in browser.one("[role=status]").text
            assert browser.complaints() == []
    finally:
        running.process.terminate()
        running.process.wait(60)
