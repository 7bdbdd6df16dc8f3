"""The commands on a whole archive print groups, and let no text of a source act on a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.command import ARTICLES, run, stand_in_encoder, write_rows

pytestmark = pytest.mark.slow

HOSTILE = "\x1b]0;title\x07 <b>*river*</b> \u202e"


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    flood = ARTICLES["flood"] + "\n\nThe dike is high, and the river is higher than ever before."
    articles = {**ARTICLES, "flood": flood, "again": flood}
    fields = {
        "flood": {"date": "2022-12-01", "title": HOSTILE},
        "again": {"date": "2022-12-02", "title": "The river"},
    }
    write_rows(tmp_path / "rows.jsonl", articles, **fields)
    with stand_in_encoder():
        assert run("build", "rows.jsonl", "--quiet").exit_code == 0
    return tmp_path


@pytest.mark.parametrize("asked", [("stories",), ("duplicates",), ("before", "again", "-k", "3")])
@pytest.mark.parametrize("format", ["text", "json", "jsonl", "csv", "md"])
def test_every_form_is_printed_and_safe(archive: Path, asked: list[str], format: str) -> None:
    result = run(*asked, "--format", format)
    assert result.exit_code == 0
    assert "flood" in result.stdout
    assert not {"\x1b", "\x07", "\u202e"} & set(result.stdout)
    if format == "md":
        assert "<b>" not in result.stdout


@pytest.mark.parametrize("asked", [("list",), ("stories",), ("duplicates",), ("before", "again")])
def test_standard_error_says_that_no_article_passes(archive: Path, asked: list[str]) -> None:
    result = run(*asked, "--since", "2030", "--until", "2031")
    assert result.exit_code == 0
    assert result.stderr == "recommender: no article passes the filters\n"


def test_a_story_is_a_timeline(archive: Path) -> None:
    lines = run("stories", "--quiet").stdout.splitlines()
    assert "2 articles · en · 2022-12-01 to 2022-12-02" in lines[0]
    assert lines[2].startswith("    2022-12-02  The river  en · copy · again")
    assert lines[-1] == "1 story."
    assert run("stories", "-q", "--least", "3").stdout == "No two articles tell the same story.\n"


def test_a_copy_is_reported_below_the_earliest(archive: Path) -> None:
    lines = run("duplicates", "--quiet").stdout.splitlines()
    assert lines[1:3] == ["    flood", "    2022-12-02  The river  en · copy · again"]
    row = json.loads(run("duplicates", "-f", "jsonl", "-q").stdout)
    assert (row["repeats"], row["sameness"], row["shared"]) == ("flood", "copy", 1.0)
    nothing = run("duplicates", "-q", "--since", "2022-12-02").stdout
    assert nothing == "No two articles hold the same text. Texts of a few words are not compared.\n"


def test_before_takes_a_file_input_or_an_article(archive: Path) -> None:
    text = "The river is high and the dike holds.\n"
    Path("draft.md").write_text(text, encoding="utf-8")
    with stand_in_encoder():
        of_file = run("before", "draft.md", "-f", "md").stdout
        of_input = run("before", "-", "-f", "md", input=text).stdout
    assert of_file == of_input
    assert "flood" in of_file
    assert "flood" in run("before", "again").stdout
    missing = run("before", "nowhere.md")
    assert missing.exit_code == 1
    assert "nowhere.md: is not a file here, and no article in" in missing.stderr
    Path("nowhere").mkdir()
    assert "nowhere: is a folder, and no article in" in run("before", "nowhere").stderr


@pytest.mark.parametrize(
    "wrong",
    [("stories", "--least", "1"), ("duplicates", "--share", "0.1"), ("stories", "--since", "x")],
)
def test_wrong_values_are_refused(archive: Path, wrong: list[str]) -> None:
    assert run(*wrong).exit_code in (1, 2)
