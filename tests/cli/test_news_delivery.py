"""No news are lost if they cannot be delivered, and none are delivered twice to a file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from support.clock import set_clock
from support.command import ARTICLES, run, stand_in_encoder, write_rows

from recommender import Recommender
from recommender.answers import look_memory, news
from recommender.answers.look_memory import LookMemory
from recommender.errors import EncoderError, StorageError
from recommender.render.news_files import add_lines, write_feed

WATCHLIST = """
[[watch]]
name = "High water"
search = '"river"'

[[watch]]
name = "Quays"
search = '"quay"'
"""
RIVER = "The river at {0}\n\nThe river at {0} is high."
ENTRY = "{http://www.w3.org/2005/Atom}entry"
posix = pytest.mark.skipif(os.name != "posix", reason="has no such permissions")


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    write_rows(tmp_path / "rows.jsonl", ARTICLES)
    with stand_in_encoder():
        assert run("build", "rows.jsonl", "--quiet").exit_code == 0
        Path("vectors/watchlist.toml").write_text(WATCHLIST, encoding="utf-8")
        run("news")
        yield tmp_path


def add(**articles: str) -> str:
    write_rows(Path("added.jsonl"), articles)
    result = run("add", "added.jsonl")
    assert result.exit_code == 0, result.output
    return result.stdout


def lines_of(name: str) -> list[str]:
    return [json.loads(line)["article_id"] for line in Path(name).read_text("utf-8").splitlines()]


def count(target: str) -> int:
    """Return how many news a file has."""
    text = Path(target).read_text("utf-8")
    return text.count("<entry>") + text.count('"watch"')


def break_search(monkeypatch: pytest.MonkeyPatch, search: str) -> None:
    ask = news.question_of

    def broken(snapshot: Any, query: str, *others: Any) -> Any:
        if search in query:
            raise EncoderError("the model is not there")
        return ask(snapshot, query, *others)

    monkeypatch.setattr(news, "question_of", broken)


@pytest.mark.parametrize("target", ["missing/news.xml", "missing/news.jsonl"])
def test_news_that_could_not_be_written_are_reported_by_the_next_look(
    archive: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.setenv("RECOMMENDER_NEWS", target)
    assert "zutphen" not in add(zutphen=RIVER.format("Zutphen"))
    assert run("news").exit_code == 1
    Path("missing").mkdir()
    assert "zutphen" in run("news").stdout
    assert count(target) == 1
    assert "Nothing new" in run("news").stdout


def test_news_that_could_not_be_printed_are_reported_by_the_next_look(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        for module in ("news", "news_report"):
            patch.setattr(f"recommender.cli.{module}.print_answer", _raise)
        write_rows(Path("added.jsonl"), {"zutphen": RIVER.format("Zutphen")})
        assert run("add", "added.jsonl").exit_code != 0
        assert run("news").exit_code != 0
    assert "zutphen" in run("news").stdout
    assert "Nothing new" in run("news").stdout


def _raise(*_: Any) -> None:
    raise StorageError("the printer is on fire")


def test_a_search_without_an_answer_looks_at_the_same_articles_again(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        break_search(patch, "river")
        first = add(zutphen=RIVER.format("Zutphen") + "\n\nThe quay is dry.")
        assert ("New for Quays:" in first, "New for High water:" in first) == (True, False)
        second = add(tiel=RIVER.format("Tiel"))
        assert "New for" not in second
    printed = run("news").stdout
    assert ("zutphen" in printed, "tiel" in printed) == (True, True)
    assert "New for Quays:" not in printed
    assert "Nothing new" in run("news").stdout


def test_an_encoder_that_fails_in_its_own_way_stops_no_write_and_loses_nothing(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("the graph cannot be compiled")

    with monkeypatch.context() as patch:
        patch.setattr(news, "question_of", broken)
        add(zutphen=RIVER.format("Zutphen"))
    assert "zutphen" in run("news").stdout


@pytest.mark.parametrize("target", ["news.xml", "news.jsonl"])
def test_a_kill_before_a_look_is_remembered_repeats_nothing_in_a_file(
    archive: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.setenv("RECOMMENDER_NEWS", target)
    set_clock(monkeypatch, "2030-01-01T00:00:00+00:00")
    with monkeypatch.context() as patch:
        patch.setattr(LookMemory, "write", lambda self, folder: None)
        assert "zutphen" in add(zutphen=RIVER.format("Zutphen"))
    before = Path(target).read_bytes()
    set_clock(monkeypatch, "2030-01-02T00:00:00+00:00")
    assert "zutphen" in run("news").stdout
    assert Path(target).read_bytes() == before
    add(tiel=RIVER.format("Tiel"))
    assert count(target) == 2


def test_an_article_that_went_and_came_again_is_news_again(archive: Path) -> None:
    for _ in range(2):
        add(zutphen=RIVER.format("Zutphen"))
        run("remove", "zutphen")
        run("news")
    add(zutphen=RIVER.format("Zutphen"))
    with Recommender.open("vectors") as recommender:
        answer = recommender.news()
    assert answer is not None
    assert answer.items == ()
    assert [one["article_id"] for one in answer.kept] == ["zutphen"]


def test_lines_name_each_time_that_an_article_is_news(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOMMENDER_NEWS", "news.jsonl")
    for day in (1, 2):
        set_clock(monkeypatch, f"2030-01-0{day}T00:00:00+00:00")
        add(zutphen=RIVER.format("Zutphen"))
        run("remove", "zutphen")
        run("news")
    assert lines_of("news.jsonl") == ["zutphen", "zutphen"]


def test_a_program_says_when_a_look_is_remembered(archive: Path) -> None:
    add(zutphen="Nothing\n\nNothing is here.")
    with Recommender.open("vectors") as recommender:
        assert recommender.news(remember=False) is not None
    write_rows(Path("added.jsonl"), {"tiel": RIVER.format("Tiel")})
    Path("vectors/watchlist.toml").rename("list.toml")
    run("add", "added.jsonl")
    with Recommender.open("vectors") as recommender:
        for _ in range(2):
            answer = recommender.news("list.toml", remember=False)
            assert answer is not None
            assert [one.article_id for one in answer.items] == ["tiel"]
        answer.remember()
        again = recommender.news("list.toml")
        assert again is not None
        assert again.items == ()


def test_a_feed_that_is_older_than_the_news_is_written_again(archive: Path) -> None:
    add(zutphen=RIVER.format("Zutphen"))
    Path("news.xml").write_text("<feed/>", encoding="utf-8")
    run("news", "--write", "news.xml")
    assert len(ElementTree.parse("news.xml").getroot().findall(ENTRY)) == 1
    stamp = os.stat("news.xml").st_ino
    run("news", "--write", "news.xml")
    assert os.stat("news.xml").st_ino == stamp


def test_a_writer_that_sweeps_the_folder_meanwhile_is_no_error(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, swept = os.replace, set()

    def sweep(source: Path, target: Path) -> None:
        if target.name in (look_memory.WATCHED, look_memory.LAST_NEWS) and target not in swept:
            swept.add(target)
            os.unlink(source)
        replace(source, target)

    monkeypatch.setattr(os, "replace", sweep)
    assert "zutphen" in add(zutphen=RIVER.format("Zutphen"))
    assert len(swept) == 2
    assert "Nothing new" in run("news").stdout


def test_a_look_that_cannot_be_remembered_is_named_and_stops_no_write(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(LookMemory, "write", _raise)
        write_rows(Path("added.jsonl"), {"zutphen": RIVER.format("Zutphen")})
        result = run("add", "added.jsonl")
    assert (result.exit_code, "printer is on fire" in result.stderr) == (0, True)
    assert "zutphen" in run("news").stdout


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"7",
        b"[]",
        b'{"mark": "a"}',
        b'{"mark": "a", "owed": 1}',
        b'{"mark": "a", "owed": [{"watches": 1, "articles": []}]}',
        b'{"mark": "a", "owed": [{"watches": [], "articles": [-1]}]}',
        b'{"mark": "a", "owed": [{"watches": [], "articles": ["x"]}]}',
        b'{"mark": "a", "owed": [{"watches": [], "articles": [[1], 2]}]}',
        b'{"mark": "a", "owed": [{"watches": [], "articles": [99999999999999999999]}]}',
        b"[" * 80_000,
        b'{"mark": "\xff"}',
    ],
)
def test_a_memory_that_a_stranger_wrote_is_passed_over(tmp_path: Path, line: bytes) -> None:
    text = line + b" " * (-(len(line) + 1) % 8) + b"\n"
    (tmp_path / ".watched").write_bytes(b"recommender watched 2\n\n\n" + text + bytes(16))
    assert look_memory.read_memory(tmp_path).known is None


def test_a_memory_is_read_as_it_was_written(tmp_path: Path) -> None:
    empty = look_memory.read_memory(tmp_path)
    now = look_memory._hashes([3, 5, 2**64 - 1])
    memory = empty.after(now, now[1:], ["a", "b", "c"], ["a", "b"])
    memory.write(tmp_path)
    found = look_memory.read_memory(tmp_path)
    assert found.known is not None
    assert found.known.tolist() == now.tolist()
    assert (found.owed, found.mark) == (memory.owed, memory.mark)
    assert found.owed_to("b").tolist() == [5, 2**64 - 1]
    assert found.owed_to("c").tolist() == []
    later = found.after(now, now[:0], ["b", "c"], ["b", "c"])
    assert (later.owed_to("a").tolist(), later.owed_to("b").tolist()) == ([], [5, 2**64 - 1])
    assert later.after(now, now[:0], ["b", "c"], []).owed == ()


@posix
def test_a_feed_has_the_permissions_of_other_files_and_keeps_its_own(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        feed = tmp_path / "news.xml"
        write_feed(feed, "one")
        assert feed.stat().st_mode & 0o777 == 0o644
        feed.chmod(0o640)
        write_feed(feed, "two")
        assert (feed.stat().st_mode & 0o777, feed.read_text()) == (0o640, "two")
    finally:
        os.umask(before)


def test_a_feed_at_a_link_is_written_where_the_link_leads(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    link = tmp_path / "news.xml"
    link.symlink_to("site/feed.xml")
    for text in ("one", "two"):
        write_feed(link, text)
        assert link.is_symlink()
        assert (tmp_path / "site/feed.xml").read_text() == text
    assert os.listdir(tmp_path / "site") == ["feed.xml"]
    loop = tmp_path / "loop.xml"
    loop.symlink_to("loop.xml")
    with pytest.raises(OSError, match="link"):
        write_feed(loop, "three")


def test_lines_go_on_after_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_bytes(b'{"watch": "a", "artic')
    row = {"watch": "a", "article_id": "b", "found": "c"}
    add_lines(path, [row])
    add_lines(path, [row])
    assert path.read_text("utf-8").splitlines()[1:] == [json.dumps(row)]
