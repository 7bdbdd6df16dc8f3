"""The commands that answer: what is asked reaches the library, and the answer has every form."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from support.command import Command
from support.stand_in import WordEncoder

from recommender import (
    Filters,
    ListOptions,
    Recommender,
    RelatedOptions,
    SearchOptions,
    SimilarOptions,
)
from recommender.export.options import ExportOptions
from recommender.types import ExportReport

FILTERS = Filters(
    languages="nl,en", since="2022", until="2023", as_of="2022-12", where={"section": "sport"}
)
FILTER_FLAGS = (
    *("--languages", "nl,en", "--since", "2022", "--until", "2023", "--as-of", "2022-12"),
    *("--where", "section=sport"),
)
COMMON_FLAGS = ("--confidence", "sure", "--min-strength", "50", "--half-life", "30", "--diverse")


class Asked(Exception):
    """Ends a command once it has asked the library."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the library was asked: the question and the options."""
    found: dict[str, Any] = {}

    def note(self: Recommender, question: Any, *, options: Any) -> None:
        found.update(question=question, options=options)
        raise Asked

    for method in ("answer_search", "answer_similar", "answer_related"):
        monkeypatch.setattr(Recommender, method, note)
    return found


def test_every_flag_of_search_reaches_the_library(
    command: Command, index: Path, asked: dict[str, Any]
) -> None:
    flags = ("-k", "3", "--by", "article", "--ranking", "words", "--plain", "--explain")
    flags += ("--query-language", "nl", "--include-copies")
    with pytest.raises(Asked):
        command("search", "river", *flags, *FILTER_FLAGS, *COMMON_FLAGS)
    assert asked["question"] == "river"
    assert asked["options"] == SearchOptions(
        k=3,
        by="article",
        ranking="words",
        plain=True,
        query_language="nl",
        filters=FILTERS,
        confidence="sure",
        min_strength=50,
        half_life=30,
        diverse=True,
        explain=True,
        include_copies=True,
    )


@pytest.mark.parametrize(
    ("arguments", "loads"),
    [
        *((("search", "river", "--ranking", one), 1) for one in ("hybrid", "meaning", "words")),
        (("similar", "flood#2"), 0),
        (("similar", "flood#2", "--explain"), 1),
        (("related", "flood"), 0),
        (("related", "flood", "--explain"), 1),
        (("show", "flood"), 0),
    ],
)
def test_the_model_is_loaded_ahead_by_what_encodes(
    command: Command,
    index: Path,
    encoder: WordEncoder,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    loads: int,
) -> None:
    models: list[Any] = []
    monkeypatch.setattr("recommender.encoders.load.is_ready", lambda _: True)
    monkeypatch.setattr("recommender.encoders.load.load_ahead", models.append)
    assert command(*arguments).exit_code == 0
    assert len(models) == loads
    assert bool(encoder.asked) == bool(loads)


def test_every_flag_of_similar_reaches_the_library(
    command: Command, index: Path, asked: dict[str, Any]
) -> None:
    flags = ("-k", "3", "--by", "article", "--explain", "--include-copies")
    with pytest.raises(Asked):
        command("similar", "flood#2", *flags, *FILTER_FLAGS, *COMMON_FLAGS)
    assert asked["question"] == "flood#2"
    assert asked["options"] == SimilarOptions(
        k=3,
        by="article",
        filters=FILTERS,
        confidence="sure",
        min_strength=50,
        half_life=30,
        diverse=True,
        explain=True,
        include_copies=True,
    )


def test_every_flag_of_related_reaches_the_library(
    command: Command, index: Path, asked: dict[str, Any]
) -> None:
    flags = (
        "-k",
        "3",
        "--unlike",
        "final",
        "--unlike",
        "bakery",
        "--include-copies",
        "--translations",
        "hide",
        *("--fallback", "newest"),
    )
    flags = (*flags, "--explain")
    with pytest.raises(Asked):
        command("related", "flood", "dike", *flags, *FILTER_FLAGS, *COMMON_FLAGS)
    assert asked["question"] == ["flood", "dike"]
    assert asked["options"] == RelatedOptions(
        unlike=["final", "bakery"],
        k=3,
        filters=FILTERS,
        include_copies=True,
        translations="hide",
        fallback="newest",
        confidence="sure",
        min_strength=50,
        half_life=30,
        diverse=True,
        explain=True,
    )


def test_every_flag_of_export_reaches_the_library(
    command: Command, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[ExportOptions] = []

    def note(recommender: Recommender, folder: Path, **arguments: Any) -> ExportReport:
        asked.append(arguments["options"])
        return ExportReport(str(folder), recommender.name, 4, 4, 0, 0, 0.1)

    monkeypatch.setattr("recommender.export.run.export", note)
    flags = (
        "--top",
        "3",
        "--include-copies",
        "--translations",
        "hide",
        *("--fallback", "newest"),
        "--link",
        "https://e.org/{id}",
    )
    assert command("export", "public", *flags, *FILTER_FLAGS, *COMMON_FLAGS).exit_code == 0
    assert asked == [
        ExportOptions(
            k=3,
            filters=FILTERS,
            include_copies=True,
            translations="hide",
            fallback="newest",
            confidence="sure",
            min_strength=50,
            half_life=30,
            diverse=True,
            link="https://e.org/{id}",
        )
    ]


def test_a_typed_text_is_a_query_and_a_read_one_is_plain(
    command: Command, index: Path, asked: dict[str, Any]
) -> None:
    for arguments, plain in ((["river"], False), (["-"], True)):
        with pytest.raises(Asked):
            command("search", *arguments, input="river")
        assert (asked["question"], asked["options"]) == ("river", SearchOptions(plain=plain))


QUESTIONS = (
    ("search", "river"),
    ("similar", "flood#2"),
    ("related", "flood"),
    ("show", "flood"),
    ("list", "river"),
    ("status",),
)


@pytest.mark.parametrize("format", ["text", "json", "jsonl", "csv", "md"])
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question[0])
def test_an_answer_comes_in_every_format(
    command: Command, index: Path, question: tuple[str, ...], format: str
) -> None:
    result = command(*question, "--format", format)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.endswith("\n")
    assert "\x1b" not in result.stdout
    match format:
        case "json":
            assert isinstance(json.loads(result.stdout), dict)
        case "jsonl":
            assert all(isinstance(json.loads(one), dict) for one in result.stdout.splitlines())
        case "csv":
            assert list(csv.DictReader(io.StringIO(result.stdout)))


def test_no_answer_is_an_answer(command: Command, index: Path) -> None:
    result = command("search", "river", "--languages", "nl")
    assert (result.exit_code, result.stdout) == (0, "Nothing found.\n")
    assert result.stderr == "recommender: no article is in nl; the index has en\n"


def test_an_explained_draft_is_cut_and_encoded_once(
    command: Command, index: Path, encoder: WordEncoder
) -> None:
    draft = "The river is near. The dike is far."
    (index / "editorial.txt").write_text("ban dike\n")
    result = command("related", "--file", "-", "--explain", "-f", "json", input=draft)
    assert json.loads(result.stdout)["barred"][0]["article_id"] == "dike"
    assert encoder.asked.count(draft) == 1


def test_only_an_explained_answer_shows_what_rules_excluded(command: Command, index: Path) -> None:
    (index / "editorial.txt").write_text("ban dike\n")
    assert "Left out: A dike for the river" in command("related", "flood", "--explain").stdout
    assert "Left out" not in command("related", "flood").stdout
    assert "barred" not in json.loads(command("related", "flood", "-f", "json").stdout)


def test_rules_that_name_no_article_are_reported(command: Command, index: Path) -> None:
    (index / "editorial.txt").write_text("ban nobody\n")
    result = command("related", "flood")
    assert "editorial.txt:1: no article has the id 'nobody'" in result.stderr


def test_an_article_or_a_file_must_be_named(command: Command, index: Path) -> None:
    result = command("related")
    assert result.exit_code == 2
    assert "give an article's id, or --file FILE" in result.stderr


def test_a_filter_on_a_field_has_a_name_and_a_value(command: Command, index: Path) -> None:
    result = command("search", "river", "--where", "section")
    assert result.exit_code == 2
    assert "section: write --where FIELD=VALUE" in result.stderr


def test_every_flag_of_list_reaches_the_library(
    command: Command, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: dict[str, Any] = {}

    def note(self: Recommender, words: str, *, options: ListOptions) -> None:
        found.update(words=words, options=options)
        raise Asked

    monkeypatch.setattr(Recommender, "list_articles", note)
    with pytest.raises(Asked):
        command("list", "river", "tiel", "-k", "3", *FILTER_FLAGS)
    assert found == {"words": "river tiel", "options": ListOptions(k=3, filters=FILTERS)}


def test_a_list_says_how_many_there_are(command: Command, index: Path) -> None:
    assert command("list").stdout.endswith("\n4 articles.\n")
    assert command("list", "-k", "1").stdout.endswith("\nThe newest 1 of 4 articles.\n")
    assert command("list", "bakery").stdout.endswith("\n1 article.\n")
    assert command("list", "bakkery").stdout.startswith("Nothing found. The nearest names are:\n")
    assert command("list", "nowhere").stdout == "Nothing found.\n"
    refused = command("list", "--languages", "same")
    assert refused.exit_code == 1
    assert "a list has none" in refused.stderr


def test_the_language_of_a_query_is_said_where_it_matters(command: Command, index: Path) -> None:
    text = "the river at Tiel rises"
    found = command("search", text, "--query-language", "de", "--format", "json")
    assert json.loads(found.stdout)["query_language"] == "de"
    assert "language of the query" not in command("search", text).stdout
    for flags in (("--explain",), ("--languages", "same")):
        assert command("search", text, *flags).stdout.endswith("\nlanguage of the query: en\n")
    short = command("search", "2022", "--explain", "--query-language", "und").stdout
    assert short.endswith("\nlanguage of the query: not known\n")
    found = command("search", text, "--languages", "same", "--query-language", "de").stdout
    assert found == "Nothing found.\n\nlanguage of the query: de\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["-10 degrees", "-k", "3"],
        ["-k", "3", "-10 degrees"],
        ["-k3", "--", "-10 degrees"],
        ["--languages", "any", "-k", "3", "-10 degrees"],
    ],
)
def test_a_text_may_begin_with_a_dash(
    command: Command, index: Path, asked: dict[str, Any], arguments: list[str]
) -> None:
    with pytest.raises(Asked):
        command("search", *arguments)
    assert asked["question"] == "-10 degrees"
    assert asked["options"].k == 3


def test_words_without_quotes_are_one_text(
    command: Command, index: Path, asked: dict[str, Any]
) -> None:
    with pytest.raises(Asked):
        command("search", "the", "river", "-k", "3", "rose")
    assert asked["question"] == "the river rose"
    assert asked["options"].k == 3


@pytest.mark.parametrize("text", ["-10", "-5°", "-kilometre river", "-Wagner river", "-i -x y"])
def test_a_dash_does_not_make_a_text_an_option(
    command: Command, index: Path, asked: dict[str, Any], text: str
) -> None:
    with pytest.raises(Asked):
        command("search", text, "--plain")
    assert asked["question"] == text


def test_an_unknown_option_is_still_wrong(command: Command, index: Path) -> None:
    for arguments in (["-z", "river"], ["--nope", "river"], ["-k", "-5", "river"]):
        assert command("search", *arguments).exit_code == 2
