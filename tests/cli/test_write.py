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
