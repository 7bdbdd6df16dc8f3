"""Errors and formats of every command, run in this process."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from unittest import mock

import pytest
from support.command import Command
from typer.testing import CliRunner

from recommender import __version__
from recommender.__main__ import main as run_process
from recommender.cli.commands import COMMANDS as PLACES
from recommender.cli.commands import app_for, whole_app
from recommender.errors import RecommenderError

pytestmark = pytest.mark.slow


def test_an_error_is_one_line_with_the_next_step(command: Command) -> None:
    result = command("related", "x")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "recommender: vectors: there is no index here; run: "
        "recommender build SOURCE --into vectors\n"
    )


@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_an_error_is_json_if_json_was_asked_for(command: Command, format: str) -> None:
    result = command("related", "x", "--format", format)
    assert (result.exit_code, result.stdout) == (1, "")
    error = json.loads(result.stderr)["error"]
    assert error.keys() == {"kind", "code", "message"}
    assert (error["kind"], error["code"]) == ("index-missing", "index_missing")


def test_one_command_leaves_the_format_of_the_next_alone(command: Command) -> None:
    assert command("related", "x", "--format", "json").stderr.startswith("{")
    assert command("related", "x").stderr.startswith("recommender: ")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["show", "nowhere"], "article_not_found"),
        (["show", "flood#9"], "passage_not_found"),
        (["similar", "nowhere#1"], "article_not_found"),
        (["search", "river", "--since", "x"], "bad_date"),
        (["search", "river", "--languages", "dutch"], "bad_language"),
        (["search", "--file", "nowhere.txt"], "bad_query"),
        (["rollback", "nowhere"], "snapshot_not_found"),
        (["status", "--index", "nowhere"], "index_missing"),
    ],
)
def test_an_error_carries_its_stable_code(
    command: Command, index: Path, arguments: list[str], code: str
) -> None:
    result = command(*arguments, "--format", "json")
    assert result.exit_code == 1
    assert json.loads(result.stderr)["error"]["code"] == code


def test_every_class_of_error_has_a_code_and_a_kind() -> None:
    classes = [RecommenderError]
    for one in classes:
        classes += one.__subclasses__()
        assert one.code.replace("_", "").isalpha()
        assert one.kind.replace("-", "").isalpha()


@pytest.mark.parametrize(
    "arguments",
    [
        ["search"],
        ["search", "river", "-k", "0"],
        ["search", "river", "--where", "section"],
        ["similar"],
        ["related"],
        ["prune"],
    ],
)
def test_wrong_usage_exits_2_and_is_json_too(
    command: Command, index: Path, arguments: list[str]
) -> None:
    said = command(*arguments)
    assert said.exit_code == 2
    assert said.stderr.count("\n") == 1
    assert said.stderr.endswith(f"; see: recommender {arguments[0]} -h\n")
    result = command(*arguments, "--format", "json")
    assert result.exit_code == 2
    error = json.loads(result.stderr)["error"]
    assert (error["kind"], error["code"]) == ("usage", "bad_usage")


@pytest.mark.parametrize("options", [["--format", "json"], ["--format=jsonl"], ["-fjson"]])
@pytest.mark.parametrize(
    ("arguments", "command_path"),
    [
        (["nope"], "recommender"),
        (["--nope"], "recommender"),
        (["search", "--nope"], "recommender search"),
        (["list", "x", "-k"], "recommender list"),
        (["related", "-x"], "recommender related"),
        (["model", "nope"], "recommender model"),
    ],
)
def test_what_cannot_be_parsed_is_one_error_of_the_format_asked_for(
    command: Command, arguments: list[str], command_path: str, options: list[str]
) -> None:
    said = command(*arguments)
    assert (said.exit_code, said.stderr.count("\n")) == (2, 1)
    assert said.stderr.startswith("recommender: ")
    result = command(*arguments[:-1], *options, arguments[-1])
    assert result.exit_code == 2
    error = json.loads(result.stderr)["error"]
    assert (error["kind"], error["code"]) == ("usage", "bad_usage")
    assert error["message"].endswith(f"; see: {command_path} -h")


@pytest.mark.parametrize("name", ["similar", "related", "show"])
def test_an_id_that_begins_with_a_dash_is_told_where_to_stand(command: Command, name: str) -> None:
    said = command(name, "-12#3")
    assert said.exit_code == 2
    assert f"recommender {name} -- '-12#3'" in said.stderr
    assert " -- " not in command(name, "--languages-of", "nl").stderr
    assert " -- " not in command("status", "-x").stderr


def test_a_format_behind_two_dashes_is_a_text(command: Command) -> None:
    said = command("related", "--nope", "--", "--format", "json")
    assert said.stderr.startswith("recommender: No such option: --nope")


def test_the_log_format_of_a_build_is_that_of_its_errors(command: Command) -> None:
    for arguments in (
        ["--log-format", "json"],
        ["--log-format", "json", "--format", "text"],
        ["--format", "text", "--log-format", "json"],
    ):
        result = command("build", "nowhere", *arguments)
        assert result.exit_code == 1
        assert json.loads(result.stderr.splitlines()[-1])["error"]["code"] == "bad_source"


def test_an_id_with_escape_sequences_does_not_reach_the_terminal(
    command: Command, index: Path
) -> None:
    result = command("show", "\x1b[31mred\nrecommender: forged")
    assert result.exit_code == 1
    assert "\x1b" not in result.stderr
    assert "\\x1b[31mred" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("build", "{}", "--into", ""),
        ("add", "{}", "--into", " "),
        ("search", "x", "-i", ""),
        ("list", "--index", ""),
    ],
)
def test_an_empty_name_of_an_index_means_no_other_one(
    command: Command, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "a.txt").write_text("The bridge\n\nThe old bridge is closed to all traffic.\n")
    result = command(*(one.format(tmp_path) for one in arguments))
    assert result.exit_code == 2
    assert "is empty" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


COMMANDS = (
    *("build", "search", "similar", "related", "show", "export", "status", "history", "rollback"),
    *("prune", "diff", "verify", "doctor", "inspect", "boilerplate", "evaluate", "model"),
)


def test_help_lists_every_command_and_each_explains_itself(command: Command) -> None:
    result = command("--help")
    assert result.exit_code == 0
    listed = [line.split()[0] for line in result.stdout.split("Commands:")[1].splitlines() if line]
    assert [one for one in listed if one in COMMANDS] == list(COMMANDS)
    for name in COMMANDS:
        page = command(name, "--help")
        assert page.exit_code == 0
        assert "Usage:" in page.stdout


@pytest.mark.parametrize("columns", ["40", "80"])
def test_the_help_has_each_first_sentence_in_full(
    command: Command, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    pages = [command("--help"), command("clicks", "--help"), command("model", "--help")]
    printed = [" ".join(page.stdout.split()) for page in pages]
    assert not [page for page in printed if "..." in page.partition("Commands:")[2]]
    for place in PLACES.values():
        assert place.help in printed[0]


def test_a_command_is_made_without_the_others_and_is_the_same() -> None:
    runner, app = CliRunner(), whole_app()
    assert {"build", "related", "list", "model"} <= set(PLACES)
    for name in PLACES:
        only = app_for([name, "--anything"])
        assert len(only.registered_commands) + len(only.registered_groups) == 1
        for arguments in ([name, "--help"], [name, "--no-such-option"]):
            alone, among = (runner.invoke(one, arguments) for one in (only, app))
            assert (alone.exit_code, alone.output) == (among.exit_code, among.output)
            assert alone.output


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--version"]])
def test_the_page_of_all_commands_is_the_same_without_them(arguments: list[str]) -> None:
    runner = CliRunner()
    page, whole = (runner.invoke(one, arguments) for one in (app_for(arguments), whole_app()))
    assert (page.exit_code, page.output) == (whole.exit_code, whole.output)


@pytest.mark.parametrize("arguments", [["nothing"], ["-x", "build"], ["--", "show", "a"]])
def test_all_commands_are_there_unless_one_is_named_first(arguments: list[str]) -> None:
    assert app_for(arguments) is whole_app()


def test_all_commands_are_there_if_a_shell_completes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_RECOMMENDER_COMPLETE", "complete_bash")
    assert app_for([]) is whole_app()


def test_version(command: Command) -> None:
    assert command("--version").stdout == f"recommender {__version__}\n"


def test_only_a_snapshot_of_the_index_is_verified(command: Command, index: Path) -> None:
    result = command("verify", "../../etc")
    assert result.exit_code == 1
    assert "there is no such snapshot" in result.stderr


def test_a_column_for_an_unknown_field_is_an_error(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "a", "kop": "b", "text": "c"}\n')
    result = command("inspect", "a.jsonl", "--field", "titel=kop")
    assert result.exit_code == 1
    assert (
        "--field: 'titel' is not a field of an article; known: author, date, id," in result.stderr
    )


def test_a_folder_without_an_article_is_named_by_inspect(command: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = command("inspect", "empty")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("recommender: empty: no article in it; name a folder with")


def test_problems_of_an_index_are_counted_and_each_is_a_line(command: Command, index: Path) -> None:
    [passages] = index.glob("segments/*/passages.npy")
    passages.write_bytes(passages.read_bytes()[:-1])
    result = command("verify")
    assert result.exit_code == 1
    problems = result.stderr.splitlines()
    assert len(problems) >= 1
    assert f"problems     {len(problems)}\n" in result.stdout
    assert not any(problem in result.stdout for problem in problems)
    assert json.loads(command("verify", "-f", "json").stdout)["problems"] == problems


def test_whatever_else_the_system_refuses_is_an_error_in_one_line(
    command: Command, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = OSError(errno.EMFILE, "Too many open files", "/archive/a")
    monkeypatch.setattr("recommender.store.history.history", mock.Mock(side_effect=refusal))
    result = command("history", "--format", "json")
    assert result.exit_code == 1
    error = json.loads(result.stderr)["error"]
    assert error["code"] == "storage"
    assert error["message"].startswith("/archive/a: Too many open files; raise the limit")


def test_a_library_that_is_interrupted_while_it_is_loaded_is_no_error_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load(is_process: bool) -> None:
        raise ImportError("initialization failed") from KeyboardInterrupt()

    monkeypatch.setattr("recommender.cli.main", load)
    with pytest.raises(SystemExit) as ended:
        run_process()
    assert ended.value.code == 130
    monkeypatch.setattr("recommender.cli.main", mock.Mock(side_effect=ImportError("no module")))
    with pytest.raises(ImportError, match="no module"):
        run_process()


@pytest.mark.parametrize(
    ("name", "told"), [("", "is empty"), (" ", "is empty"), ("#3", "as in ID#3")]
)
@pytest.mark.parametrize("asked", ["show", "related", "similar"])
def test_a_name_without_an_article_says_how_to_name_one(
    command: Command, index: Path, asked: str, name: str, told: str
) -> None:
    result = command(asked, name)
    assert (result.exit_code, told in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("search", "a", "-k", "0"), "-k is 0; give a whole number from 1 to 1,000"),
        (("search", "a", "-k", "ten"), "-k is 'ten'; give a whole number from 1 to 1,000"),
        (("prune", "--keep", "0"), "--keep is 0; give a whole number of 1 or more"),
        (("search", "a", "--by", "line"), "--by is 'line'; give one of passage, article"),
        (("duplicates", "--share", "2"), "--share is 2.0; give a number from 0.5 to 1"),
        (
            ("related", "a", "--half-life", "long"),
            "--half-life is 'long'; give a number of 0 or more",
        ),
    ],
)
def test_a_value_that_an_option_does_not_take_is_told_which_it_takes(
    command: Command, arguments: tuple[str, ...], told: str
) -> None:
    result = command(*arguments)
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())
    assert "range" not in result.stderr
