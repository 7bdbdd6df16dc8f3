"""`init` explains every setting; a build without a source reads what the index was built from."""

from __future__ import annotations

import errno
import json
import re
import shutil
import sqlite3
from dataclasses import fields
from pathlib import Path
from unittest import mock

import pytest
from support.command import ARTICLES, Command, write_rows
from support.stand_in import WordEncoder

from recommender.settings import DEFAULTS, SETTINGS_FILE, Settings, load_settings, settings_text
from recommender.store.manifest import manifest_checksum


def test_init_writes_settings_that_load_and_never_replaces_a_file(
    command: Command, tmp_path: Path
) -> None:
    assert command("init", 'my "articles"').exit_code == 0
    assert load_settings(tmp_path, {}) == Settings(source='my "articles"')
    again = command("init", "others")
    assert again.exit_code == 2
    assert "is there already" in again.stderr
    assert load_settings(tmp_path, {}).source == 'my "articles"'


def test_a_folder_that_cannot_be_written_is_an_error_in_one_line(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = OSError(errno.EROFS, "Read-only file system", SETTINGS_FILE)
    monkeypatch.setattr(Path, "open", mock.Mock(side_effect=refusal))
    result = command("init")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "recommender: recommender.toml: cannot be written: Read-only file system; "
        "make it writable, or name another place\n"
    )


def test_the_file_names_every_setting_and_its_default(tmp_path: Path) -> None:
    text = settings_text()
    for one in fields(Settings):
        assert re.search(rf"^# (\[{one.name}\]|{one.name} = )", text, re.M), one.name
    plain = re.sub(r"^# (?=\w+ = |\[)", "", text, flags=re.M)
    (tmp_path / "recommender.toml").write_text(plain, encoding="utf-8")
    loaded = load_settings(tmp_path, {})
    for name in ("index", "model", "editorial", "index_kind", "join_under", "include_unpublished"):
        assert getattr(loaded, name) == getattr(DEFAULTS, name)


@pytest.mark.usefixtures("encoder")
def test_without_a_source_nothing_is_assumed(command: Command, tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    write_rows(tmp_path / "seeds" / "rows.jsonl", ARTICLES)
    result = command("build")
    assert result.exit_code == 2
    assert "name the folder of your articles" in result.stderr
    assert not (tmp_path / "vectors").exists()


def test_without_a_source_a_build_reads_what_it_read_before(
    command: Command, index: Path, encoder: WordEncoder, tmp_path: Path
) -> None:
    write_rows(tmp_path / "rows.jsonl", {**ARTICLES, "more": "More bread\n\nThe bread of today."})
    result = command("build", "--quiet")
    assert "1 added" in result.stdout
    assert (result.exit_code, encoder.asked != []) == (0, True)


@pytest.mark.usefixtures("encoder")
def test_a_received_index_does_not_choose_what_is_read(
    command: Command, index: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "private" / "secret.txt"
    secret.parent.mkdir()
    secret.write_text("The bread of the king.")
    for path in index.glob("*/manifest.json"):
        facts = json.loads(path.read_text())
        facts["sources"][0]["absolute"] = str(secret.parent)
        path.write_text(json.dumps(facts | {"checksum": manifest_checksum(facts)}))
    (index / ".seen.json").unlink()
    refused = command("build", "--quiet")
    assert refused.exit_code == 1
    assert "which you have not named for this folder on this machine" in refused.stderr
    assert "king" not in command("search", "king").stdout
    assert command("build", str(secret.parent), "--replace", "--quiet").exit_code == 0
    assert command("build", "--quiet").exit_code == 0


@pytest.mark.usefixtures("encoder")
def test_an_index_that_was_moved_or_that_another_user_made_asks_for_its_source(
    command: Command, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(index, copy)
    assert command("build", "--into", str(copy), "--quiet").exit_code == 1
    assert command("build", "--into", str(index), "--quiet").exit_code == 0
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "another user"))
    assert command("build", "--into", str(index), "--quiet").exit_code == 1


@pytest.mark.usefixtures("index")
def test_a_build_that_would_replace_the_index_says_so(command: Command, tmp_path: Path) -> None:
    other = write_rows(tmp_path / "other.jsonl", {"one": "One\n\nThe bread of one."})
    refused = command("build", str(other), "--format", "json")
    error = json.loads(refused.stderr.splitlines()[-1])["error"]
    assert (refused.exit_code, error["code"]) == (4, "replace_refused")
    assert "4 of 4 articles" in error["message"]
    dry = command("build", str(other), "--dry-run")
    assert dry.exit_code == 0
    assert "would remove 4 of 4 articles" in " ".join(dry.stdout.split())
    assert command("build", str(other), "--replace", "--quiet").exit_code == 0


@pytest.mark.usefixtures("index")
def test_a_dry_run_names_what_the_build_would_leave_out(command: Command, tmp_path: Path) -> None:
    texts = {"one": "One\n\nThe bread of one.", "none": " ", "lock": "The lock (Photo: Ann Roe)"}
    rows = write_rows(tmp_path / "other.jsonl", texts)
    done = command("build", str(rows), "--dry-run", "--format", "json")
    assert len(json.loads(done.stdout)["left_out"]) == 2
    assert "left out: other.jsonl:2: has no text\n" in done.stderr
    assert "left out: other.jsonl (lock): has no text to compare, only: 1 caption" in done.stderr


@pytest.mark.usefixtures("encoder")
def test_a_query_is_built_and_remembered_without_its_password(
    command: Command, tmp_path: Path
) -> None:
    connection = sqlite3.connect(tmp_path / "cms.db")
    connection.execute("create table posts (id text, text text)")
    connection.execute("insert into posts values ('a', 'The bread of today.')")
    connection.commit()
    connection.close()
    assert command("build", "--sql", "select * from posts").exit_code == 2
    query = ("--sql", "select * from posts", "--db", "sqlite:///cms.db")
    assert command("build", "rows", *query).exit_code == 2
    assert "1 added" in command("build", *query).stdout
    assert "nothing changed" in command("build", *query).stdout
    other = command("build", "--sql", "select 'b' as id, 'x' as text", "--db", "sqlite:///cms.db")
    assert other.exit_code == 4
    assert "built from sqlite:///cms.db: select * from posts" in other.stderr
