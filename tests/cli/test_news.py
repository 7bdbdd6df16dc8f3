"""Saved searches: each build and each write says what is new for them, once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock
from xml.etree import ElementTree

import pytest
from support.clock import set_clock
from support.command import ARTICLES, run, stand_in_encoder, write_rows

from recommender import Recommender
from recommender.answers.watchlist import MAX_BYTES, read_watchlist
from recommender.encoders import load
from recommender.errors import SettingsError
from recommender.render.feed import atom

pytestmark = pytest.mark.slow

WATCHLIST = """
[[watch]]
name = "High water"
search = '"river"'

[[watch]]
name = "Bread"
search = '"bread"'
where = {section = "food"}
"""
NEW = "The river at Zutphen\n\nThe river is over the quay."
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    write_rows(tmp_path / "rows.jsonl", ARTICLES)
    with stand_in_encoder():
        assert run("build", "rows.jsonl", "--quiet").exit_code == 0
        Path("vectors/watchlist.toml").write_text(WATCHLIST, encoding="utf-8")
        yield tmp_path


def build(articles: dict[str, str], **fields: Any) -> list[dict[str, Any]]:
    write_rows(Path("rows.jsonl"), {**ARTICLES, **articles}, **fields)
    result = run("build", "rows.jsonl", "--replace", "--quiet", "--format", "json")
    assert result.exit_code == 0, result.output
    news: list[dict[str, Any]] = json.loads(result.stdout)["news"]
    return news


def test_the_first_look_only_remembers(archive: Path) -> None:
    assert run("news").stdout == "This is the first look: what comes from now on is new.\n"
    assert run("news").stdout == "Nothing new for 2 saved searches.\n"
    one = WATCHLIST.partition('[[watch]]\nname = "Bread"')[0]
    Path("vectors/watchlist.toml").write_text(one, encoding="utf-8")
    assert run("news").stdout == "Nothing new for 1 saved search.\n"


def test_a_build_says_what_is_new_and_says_it_once(archive: Path) -> None:
    run("news")
    [item] = build({"zutphen": NEW, "match": "Football\n\nThe football team won."})
    assert (item["watch"], item["article_id"]) == ("High water", "zutphen")
    assert "river" in item["text"]
    assert build({"zutphen": NEW, "match": "Football\n\nThe football team won."}) == []
    assert build({"zutphen": NEW + "\n\nAnd more."}) == []  # a change is no news


def test_each_of_two_new_articles_with_one_text_is_reported(archive: Path) -> None:
    run("news")
    found = build({"zutphen": NEW, "again": NEW})
    assert {item["article_id"] for item in found} == {"zutphen", "again"}


def test_an_article_is_reported_however_many_older_ones_match_better(archive: Path) -> None:
    many = {f"old {at}": f"The river {at}\n\nThe river, the river at {at}." for at in range(300)}
    run("news")
    build(many)
    [item] = build({**many, "zutphen": "A quay\n\nIt is by the river and bread is sold there."})
    assert item["article_id"] == "zutphen"


def test_add_prints_news_for_a_person(archive: Path) -> None:
    run("news")
    write_rows(Path("one.jsonl"), {"zutphen": NEW, "loaf": "Bread\n\nThe bread won."})
    lines = run("add", "one.jsonl").stdout.splitlines()
    at = lines.index("New for High water:")
    assert "zutphen" in lines[at + 1]
    assert "loaf" not in "".join(lines)
    write_rows(Path("two.jsonl"), {"rye": "Bread\n\nThe bread won."}, rye={"section": "Food"})
    assert "New for Bread:" in run("update", "two.jsonl").stderr + run("add", "two.jsonl").stdout


@pytest.mark.parametrize("command", ["add", "build"])
def test_the_model_is_loaded_once_for_a_write_and_its_news(archive: Path, command: str) -> None:
    run("news")
    write_rows(Path("rows.jsonl"), {**ARTICLES, "zutphen": NEW})
    with mock.patch("recommender.encoders.load._load", wraps=load._load) as loaded:
        assert "New for High water:" in run(command, "rows.jsonl").stdout
    assert loaded.call_count == 1


def test_an_article_is_new_when_its_embargo_ends(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("news")
    set_clock(monkeypatch, "2030-01-01T00:00:00+00:00")
    assert build({"zutphen": NEW}, zutphen={"embargo": "2030-02-01T00:00:00Z"}) == []
    set_clock(monkeypatch, "2030-03-01T00:00:00+00:00")
    assert "zutphen" in run("news").stdout
    assert "zutphen" not in run("news").stdout


@pytest.mark.parametrize("format", ["text", "json", "jsonl", "csv", "md"])
def test_every_form_is_printed_and_safe(archive: Path, format: str) -> None:
    run("news")
    write_rows(
        Path("rows.jsonl"),
        {**ARTICLES, "zutphen": NEW},
        zutphen={"title": "\x1b[2J<b>*x*</b>\u202e"},
    )
    Path("vectors/watchlist.toml").rename("list.toml")
    run("build", "rows.jsonl", "--quiet")
    printed = run("news", "--watchlist", "list.toml", "--format", format).stdout
    assert "zutphen" in printed
    assert not {"\x1b", "\u202e"} & set(printed)
    assert format != "md" or "<b>" not in printed


def test_a_feed_keeps_the_last_news_and_lines_are_added(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOMMENDER_NEWS", "news.xml")
    run("news")
    assert not ElementTree.parse("news.xml").getroot().findall(f"{ATOM}entry")
    title = "Water & <wind>\x00"
    build({"zutphen": NEW}, zutphen={"url": "https://a.example/?a=1&b=2", "title": title})
    build({"zutphen": NEW, "doesburg": NEW}, doesburg={"url": "javascript:alert(1)"})
    entries = ElementTree.parse("news.xml").getroot().findall(f"{ATOM}entry")
    assert len(entries) == 2
    assert [one.get("href") for entry in entries for one in entry.iter(f"{ATOM}link")] == [
        "https://a.example/?a=1&b=2"
    ]
    assert (entries[1].findtext(f"{ATOM}title") or "").startswith("Water & <wind>")
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 2
    monkeypatch.setenv("RECOMMENDER_NEWS", "news.jsonl")
    build({"tiel": NEW})
    build({"tiel": NEW, "kampen": NEW})
    lines = Path("news.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["article_id"] for line in lines] == ["tiel", "kampen"]


def test_a_feed_of_anything_is_xml() -> None:
    texts = {"title": "\ud800 ]]> &", "text": "\ufffe<", "url": "http://[", "date": ""}
    item = {**texts, "watch": '"&', "found": "<now>", "article_id": "a\x1f"}
    root = ElementTree.fromstring(atom([item]).encode("utf-8"))
    assert root.findtext(f"{ATOM}entry/{ATOM}updated") == "1970-01-01T00:00:00+00:00"


def test_a_watchlist_that_is_wrong_breaks_no_build(archive: Path) -> None:
    run("news")
    Path("vectors/watchlist.toml").write_text("[[watch]]\nname = 1\n", encoding="utf-8")
    write_rows(Path("rows.jsonl"), {**ARTICLES, "zutphen": NEW})
    result = run("build", "rows.jsonl", "--quiet")
    assert result.exit_code == 0
    assert "watch 1: name has a value of a wrong kind" in result.stderr
    assert run("news").exit_code == 1


def test_a_search_that_cannot_be_asked_stops_no_other(archive: Path) -> None:
    text = WATCHLIST.replace(
        '[[watch]]\nname = "Bread"', '[[watch]]\nlanguages = "?"\nname = "Bread"'
    )
    Path("vectors/watchlist.toml").write_text(text, encoding="utf-8")
    run("news")
    write_rows(Path("one.jsonl"), {"zutphen": NEW})
    result = run("add", "one.jsonl")
    assert "New for High water:" in result.stdout
    assert "watchlist: Bread: " in result.stderr


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ('since = "2020-13"', "is not a date"),
        ('languages = "klingon"', "is not a language"),
        ('search = "-bread"', "only excludes words"),
    ],
)
def test_a_search_that_is_wrong_is_named_while_nothing_is_new(
    archive: Path, field: str, reason: str
) -> None:
    text = f'[[watch]]\nname = "One"\nsearch = "river"\n{field}\n'
    if field.startswith("search"):
        text = text.replace('search = "river"\n', "")
    Path("vectors/watchlist.toml").write_text(text, encoding="utf-8")
    for _ in range(2):
        result = run("news")
        assert "watchlist: One: " in result.stderr
        assert reason in result.stderr
        assert result.exit_code == 3
    assert result.stdout == "No saved search could be asked.\n"
    Path("vectors/watchlist.toml").write_text(WATCHLIST + text, encoding="utf-8")
    assert run("news").stdout == "Nothing new for 2 saved searches.\n"


@pytest.mark.parametrize("damage", [b"", b"x", b"recommender watched 1\n\n\n123"])
def test_a_memory_that_is_damaged_begins_again(archive: Path, damage: bytes) -> None:
    run("news")
    Path("vectors/.watched").write_bytes(damage)
    Path("vectors/.news.json").write_bytes(b'[1, {"watch": 2}]' + damage)
    assert "first look" in run("news").stdout
    assert [one["article_id"] for one in build({"zutphen": NEW})] == ["zutphen"]


def test_without_a_watchlist_nothing_is_looked_for(archive: Path) -> None:
    Path("vectors/watchlist.toml").unlink()
    write_rows(Path("rows.jsonl"), {**ARTICLES, "zutphen": NEW})
    report = json.loads(run("build", "rows.jsonl", "-q", "-f", "json").stdout)
    assert "news" not in report
    assert not Path("vectors/.watched").exists()
    missing = run("news")
    assert (missing.exit_code, "there is no watchlist" in missing.stderr) == (1, True)
    with Recommender.open("vectors") as recommender:
        assert recommender.news() is None
        with pytest.raises(SettingsError, match="no such file"):
            recommender.news("nowhere.toml")


def test_a_link_beside_the_index_is_not_followed(archive: Path) -> None:
    Path("vectors/watchlist.toml").rename("elsewhere.toml")
    Path("vectors/watchlist.toml").symlink_to(Path("elsewhere.toml").resolve())
    assert run("news").exit_code == 1


def test_news_are_written_to_files_of_known_kinds_only(archive: Path) -> None:
    result = run("news", "--write", "news.txt")
    assert (result.exit_code, "ends in .xml, .atom, .jsonl" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[watch", "is not TOML"),
        ("watch = 1", "holds something else"),
        ("other = 1", "holds something else"),
        ("[[watch]]\nname = 'a'", "has no search"),
        ("[[watch]]\nsearch = 'a'\nname = ' '", "has no name"),
        ("[[watch]]\nname = 'a'\nsearch = 'b'\nfeed = '/etc/passwd'", "is not a field"),
        ("[[watch]]\nname = 'a'\nsearch = 'b'\nk = true", "wrong kind"),
        ("[[watch]]\nname = 'a'\nsearch = 'b'\nk = 0", "give a number"),
        ("[[watch]]\nname = 'a'\nsearch = 'b'\nwhere = {x = 1}", "table of texts"),
        ("[[watch]]\nname = 'a'\nsearch = 'b'\n" * 2, "two searches have the name"),
        ("[[watch]]\nname = 'a'\nsearch = 'b'\nconfidence = 'very'", "give one of"),
        (f"[[watch]]\nname = '{'a' * 201}'\nsearch = 'b'", "over 200 characters"),
        ("#" * (MAX_BYTES + 1), "is too long"),
        (".".join("a" * 10_000) + " = 1", "a key has over 16 parts"),
        ("a = " + "[" * 50_000, "lie too deep"),
        ("[[watch]]\nname = 'a'\nsearch = 'b'\nk = 0x" + "f" * 9_000, "over 64 bits"),
        ("[[watch]]\nname = 'a'\nsearch = 'b'\nmin_strength = nan", "give a number"),
    ],
)
def test_what_is_no_saved_search_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "watchlist.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=reason):
        read_watchlist(path)
