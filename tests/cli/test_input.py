"""Queries and drafts from files and standard input: bounded, and named when they cannot be read."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.command import Command
from support.project import ROOT

from recommender.cli import input as command_input
from recommender.cli.input import MAX_QUERY_BYTES, _suffix_of_input

QUERY = "the river"
DRAFT = "A draft\n\nThe river is near the dike.\n"


def found(output: str) -> list[str]:
    return [hit["passage_id"] for hit in json.loads(output)["hits"]]


@pytest.fixture
def answered(command: Command, index: Path) -> list[str]:
    return found(command("search", QUERY, "--plain", "-f", "json").stdout)


@pytest.mark.parametrize(
    "data",
    [
        QUERY.encode(),
        b"\xef\xbb\xbf" + QUERY.encode(),
        QUERY.encode("utf-16"),
        b"\xfe\xff" + QUERY.encode("utf-16-be"),
        QUERY.encode("utf-32"),
    ],
    ids=["utf-8", "utf-8 with a mark", "utf-16", "utf-16, big end first", "utf-32"],
)
def test_a_query_is_read_from_a_file_or_from_input_in_any_unicode(
    command: Command, tmp_path: Path, answered: list[str], data: bytes
) -> None:
    (tmp_path / "query.txt").write_bytes(data)
    assert found(command("search", "--file", "query.txt", "-f", "json").stdout) == answered
    assert found(command("search", "-", "-f", "json", input=data).stdout) == answered


@pytest.mark.parametrize("character", ["a", "é", "語", "𝛼"])
def test_a_query_over_the_bound_is_called_too_long_whatever_it_is_made_of(
    command: Command, tmp_path: Path, index: Path, character: str
) -> None:
    """The bound falls inside a character, which is no reason to call the file damaged."""
    data = b"x" + character.encode() * (MAX_QUERY_BYTES // len(character.encode()) + 1)
    (tmp_path / "long.txt").write_bytes(data)
    for result, name in (
        (command("search", "--file", "long.txt"), "long.txt"),
        (command("search", "-", input=data), "the input"),
    ):
        assert result.exit_code == 1
        assert f"recommender: {name}: has over 1,000,000 bytes, too long for a query;" in (
            result.stderr
        )


def test_a_query_under_the_bound_of_bytes_is_counted_in_characters(
    command: Command, tmp_path: Path, index: Path
) -> None:
    (tmp_path / "long.txt").write_text("é" * 300_000, encoding="utf-8")
    result = command("search", "--file", "long.txt")
    assert "the query has 300,000 characters, the most is 200,000" in result.stderr


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty; give some words to search for"),
        (b" \n\t", "is empty; give some words to search for"),
        (b"\xef\xbb\xbf", "is empty; give some words to search for"),
        (b"caf\xe9", "is not UTF-8: byte 0xe9 at position 3"),
        (b"\xff\xfea", "is not utf-16, as its byte order mark says"),
        (b"\x00\x01\x02garbage", "is not text: it holds bytes of a picture"),
    ],
)
def test_a_query_that_is_empty_or_no_text_is_named(
    command: Command, tmp_path: Path, index: Path, data: bytes, message: str
) -> None:
    (tmp_path / "query.txt").write_bytes(data)
    file = command("search", "--file", "query.txt")
    assert (file.exit_code, file.stdout) == (1, "")
    assert file.stderr.startswith(f"recommender: query.txt: {message}")
    piped = command("search", "-", input=data)
    assert piped.stderr.startswith(f"recommender: the input: {message}")


@pytest.mark.parametrize("name", ["nowhere.txt", "."])
def test_a_query_file_that_cannot_be_opened_is_named(
    command: Command, index: Path, name: str
) -> None:
    result = command("search", "--file", name)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"recommender: {name}: cannot be read: ")
    assert "give a text file, or - for input" in result.stderr


def test_a_query_has_one_place(command: Command, index: Path) -> None:
    for arguments in (["search"], ["search", "river", "--file", "x"]):
        assert command(*arguments).exit_code == 2


def test_a_process_without_standard_input_has_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert command_input._stdin().read() == b""


@pytest.mark.parametrize(
    "data",
    [
        DRAFT.encode(),
        b"\xef\xbb\xbf" + DRAFT.encode(),
        DRAFT.encode("utf-16"),
        json.dumps({"id": "stdin", "title": "A draft", "text": DRAFT}).encode(),
        json.dumps({"id": "stdin", "title": "A draft", "text": DRAFT}, indent=2).encode(),
        json.dumps([{"id": "stdin", "title": "A draft", "text": DRAFT}], indent=2).encode("utf-16"),
    ],
    ids=["text", "text with a mark", "utf-16", "a row", "an object", "an array in utf-16"],
)
def test_a_draft_comes_from_input_in_every_form(command: Command, index: Path, data: bytes) -> None:
    result = command("related", "--file", "-", "-f", "json", input=data)
    assert result.exit_code == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["article"]["article_id"] == "stdin"
    assert answer["article"]["title"] == "A draft"
    assert answer["recommendations"][0]["article_id"] in ("flood", "dike")


def test_a_draft_over_the_bound_is_not_copied_whole(
    command: Command, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.cli.input.MAX_FILE_BYTES", 20)
    result = command("related", "--file", "-", input=DRAFT)
    assert result.exit_code == 1
    assert "the input has over 20 bytes; give the part that matters" in result.stderr


def test_an_empty_draft_is_named(command: Command, index: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    assert "empty.txt: " in command("related", "--file", "empty.txt").stderr
    assert "stdin.txt: " in command("related", "--file", "-").stderr


@pytest.mark.parametrize(
    ("start", "suffix"),
    [
        (b'{"id": 1}\n{"id": 2}\n', ".jsonl"),
        (b'\xef\xbb\xbf{"id": 1}', ".jsonl"),
        (b'{\n  "id": 1\n}', ".json"),
        ('{"id": 1}'.encode("utf-16"), ".json"),
        (b"[1]", ".json"),
        (b"  text {", ".txt"),
        (b"", ".txt"),
    ],
)
def test_input_has_the_format_that_its_start_says(start: bytes, suffix: str) -> None:
    assert _suffix_of_input(start) == suffix


@pytest.mark.parametrize(
    ("pack", "packing"), [(gzip.compress, ".gz"), (bz2.compress, ".bz2"), (lzma.compress, ".xz")]
)
@pytest.mark.parametrize(
    ("data", "suffix"), [(b'{"id": 1}\n' * 9_000, ".jsonl"), (b"[1]", ".json"), (b"text", ".txt")]
)
def test_packed_input_has_the_format_of_what_is_packed(
    pack: Callable[[bytes], bytes], packing: str, data: bytes, suffix: str
) -> None:
    packed = pack(data)
    assert _suffix_of_input(packed) == suffix + packing
    assert _suffix_of_input(packed[:8]) == f".txt{packing}"


@pytest.mark.usefixtures("index")
def test_rows_from_input_may_be_packed(command: Command) -> None:
    row = b'{"id": "roll", "text": "The bread of the roll."}\n'
    assert "1 added" in command("add", "-", input=gzip.compress(row)).stdout
    cut = command("add", "-", input=gzip.compress(row)[:30])
    assert "ends too soon" in cut.stderr + cut.stdout


def test_an_input_without_end_is_copied_up_to_a_bound_only(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(command_input, "MAX_FILE_BYTES", 1_000)
    monkeypatch.setattr(command_input, "COPY_BYTES", 500)
    answer = command("build", "-", "--into", tmp_path / "v", input=b"water " * 1_000)
    assert answer.exit_code == 1
    assert "the input has over 1,000 bytes" in answer.stderr
    assert not (tmp_path / "v").exists()


@pytest.mark.process
@pytest.mark.skipif(os.name == "nt", reason="there are no such signals")
def test_the_copy_of_an_input_is_removed_when_the_command_is_ended(tmp_path: Path) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    row = json.dumps({"id": "a", "text": "Het water steeg."}).encode() + b"\n"
    process = subprocess.Popen(
        [sys.executable, "-m", "recommender", "build", "-", "--into", tmp_path / "v"],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(place), "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
    )
    assert process.stdin is not None
    for _ in range(3):
        process.stdin.write(row * (command_input.COPY_BYTES // len(row)))
        process.stdin.flush()
    while not list(place.glob("recommender-*/stdin*")):
        assert process.poll() is None
    process.terminate()
    assert process.wait() == -signal.SIGTERM
    process.stdin.close()
    assert list(place.iterdir()) == []
