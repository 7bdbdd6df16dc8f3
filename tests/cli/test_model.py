"""Models are downloaded when a person says so, and never because a stranger's file names one."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.stand_in import WordEncoder

from recommender import build, cli
from recommender.encoders.hub import download_model
from recommender.errors import EncoderError
from recommender.store.layout import MANIFEST, current_name
from recommender.store.manifest import manifest_checksum

HUB_NAME = "owner/model-of-a-stranger"
TEXTS = {
    "one": "The war in the city\n\nThe river is high and the war goes on in the city.",
    "two": "The war elsewhere\n\nThe war goes on in the city, and peace is far from the river.",
}

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[object]:
    """Whom the network was asked for: each attempt fails, and is noted even if it is caught."""
    attempts: list[object] = []

    def refuse(*given: object, **_: object) -> None:
        attempts.append(given)
        raise OSError("no network in this test")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    return attempts


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run the command line in this process: its exit code, and all that it printed."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["recommender", *map(str, arguments)])
        try:
            cli.main()
        except SystemExit as end:
            printed = capsys.readouterr()
            return int(end.code or 0), printed.out + printed.err
        raise AssertionError("a command ends by SystemExit")

    return run


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / f"{name}.txt").write_text(text)
    return folder


@pytest.fixture
def index(tmp_path: Path, source: Path) -> Path:
    """An index whose manifest names a model on the hub."""
    folder = tmp_path / "vectors"
    build(source, into=folder, model=WordEncoder("war", "city", "river", "peace"))
    path = folder / current_name(folder) / MANIFEST
    manifest: dict[str, Any] = json.loads(path.read_text())
    manifest["encoder"]["model"] = HUB_NAME
    manifest["checksum"] = manifest_checksum(manifest)
    path.write_text(json.dumps(manifest))
    return folder


def test_a_search_of_a_received_index_asks_no_hub(
    asked: list[object], command: Command, index: Path
) -> None:
    code, printed = command("search", "war", "--index", index)
    assert code == 1
    assert f"recommender model download {HUB_NAME}" in printed
    assert asked == []


def test_related_of_a_received_index_needs_no_model(
    asked: list[object], command: Command, index: Path
) -> None:
    code, printed = command("related", "one", "--index", index, "--min-strength", "0")
    assert (code, asked) == (0, [])
    assert "two" in printed


def test_a_settings_file_makes_no_build_ask_the_hub(
    asked: list[object], command: Command, source: Path, tmp_path: Path
) -> None:
    (tmp_path / "recommender.toml").write_text(f'model = "{HUB_NAME}"\n')
    for further in ([], ["--dry-run"], ["--full"]):
        code, printed = command("build", source, "--into", "new", *further)
        assert code == 1
        assert f"recommender model download {HUB_NAME}" in printed
    code, printed = command("doctor")
    assert f"recommender model download {HUB_NAME}" in printed
    code, printed = command("build", source, "--download")
    assert code == 2
    assert "--download needs --model" in printed
    assert asked == []


def test_a_build_over_a_received_index_asks_no_hub(
    asked: list[object], command: Command, source: Path, index: Path
) -> None:
    code, printed = command("build", source, "--into", index, "--model", HUB_NAME)
    assert code == 1
    assert f"recommender model download {HUB_NAME}" in printed
    assert asked == []


@pytest.mark.parametrize("name", ["//host/share/model", "\\\\host\\share\\model"])
def test_a_model_on_another_machine_is_refused(
    asked: list[object], command: Command, source: Path, name: str
) -> None:
    code, printed = command("build", source, "--into", "new", "--model", name)
    assert (code, asked) == (1, [])
    assert "is on another machine" in printed


def test_a_person_downloads_a_model(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: Path
) -> None:
    fetched: list[str] = []

    def fetch(name: str) -> Path:
        fetched.append(name)
        return tmp_path

    monkeypatch.setattr("recommender.encoders.hub.download_model", fetch)
    code, printed = command("model", "download", HUB_NAME, "--format", "json")
    assert (code, json.loads(printed)) == (0, {"model": HUB_NAME, "folder": str(tmp_path)})
    command("build", source, "--into", "new", "--model", HUB_NAME, "--download")
    assert fetched == [HUB_NAME, HUB_NAME]


def test_a_download_that_fails_is_named(asked: list[object], command: Command) -> None:
    code, printed = command("model", "download", HUB_NAME)
    assert code == 1
    assert f"cannot download the model {HUB_NAME}" in printed
    assert asked != []


def test_a_downloaded_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot load the model"):
        download_model(str(tmp_path))
