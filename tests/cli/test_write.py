"""The commands that write single articles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.command import Command, write_rows


@pytest.mark.usefixtures("index")
def test_articles_are_added_updated_and_removed(command: Command, tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "more.jsonl", {"roll": "A roll\n\nThe bread of the roll."})
    assert "1 added" in command("add", str(rows)).stdout
    assert "nothing changed" in command("add", str(rows)).stdout
    write_rows(rows, {"roll": "A roll\n\nThe bread of the roll is new."})
    assert "1 changed" in command("update", str(rows)).stdout
    assert "is new" in command("show", "roll").stdout
    assert "1 removed" in command("remove", "roll").stdout
    assert command("show", "roll").exit_code == 1


@pytest.mark.usefixtures("index")
def test_input_holds_rows_and_ids(command: Command) -> None:
    row = json.dumps({"id": "roll", "text": "The bread of the roll."})
    assert "1 added" in command("add", "-", input=row + "\n").stdout
    assert "2 removed" in command("remove", "-", input="roll\n\n flood \n").stdout


@pytest.mark.usefixtures("index")
def test_errors_of_writes(command: Command, tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "more.jsonl", {"roll": "The bread.", "none": " "})
    assert command("update", str(rows)).exit_code == 1
    assert command("add", str(rows)).exit_code == 3
    assert command("add").exit_code == 2
    assert command("add", "--sql", "select 1").exit_code == 2
    assert "--db goes with --sql" in command("build", "--db", "sqlite:///cms.db").stderr
    unknown = command("remove", "nobody", "--format", "json")
    assert json.loads(unknown.stderr)["error"]["code"] == "article_not_found"


def test_a_dry_run_says_what_a_write_would_do_and_writes_nothing(
    command: Command, index: Path, tmp_path: Path
) -> None:
    texts = {"roll": "A roll\n\nThe bread of the roll.", "flood": "The river fell.", "none": " "}
    rows = write_rows(tmp_path / "more.jsonl", texts)
    before = files_of(index)
    done = command("add", str(rows), "--dry-run", "--format", "json")
    assert done.exit_code == 3
    assert "left out: more.jsonl:3: has no text" in done.stderr
    found = json.loads(done.stdout)
    assert (found["added_ids"], found["changed_ids"]) == (["roll"], ["flood"])
    write_rows(rows, {"flood": "The river fell."})
    assert "changed ids  flood" in command("update", str(rows), "--dry-run").stdout
    assert "removed ids  flood, dike" in command("remove", "flood", "dike", "--dry-run").stdout
    assert command("remove", "nobody", "--dry-run").exit_code == 1
    assert files_of(index) == before


def files_of(index: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in index.rglob("*") if path.is_file()}
