"""The processes that read files: a file that stalls or breaks one is named, the rest is read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from articles.conftest import pdf

from recommender.articles import reader_process
from recommender.articles.read import read_articles
from recommender.articles.reader_process import ReaderProcess, close_idle
from recommender.errors import ProcessLost, SettingsError
from recommender.settings import DEFAULTS, Settings
from recommender.types import Article, Found, Refusal

pytestmark = pytest.mark.process

# A worker whose reader does what the name of its file says.
STUB = """
import os, sys, tempfile, time
from recommender.articles import worker
from recommender.errors import SettingsError
from recommender.types import Article
def found_in(file, settings):
    yield Article(file.id, file.id, f"text of {os.getpid()}", path=file.name)
    if "unpack" in file.id:
        tempfile.mkdtemp()
    if file.id.endswith("stall"):
        time.sleep(600)
    if file.id.endswith("wait"):  # as for a processor that others use
        time.sleep(0.02)
    if file.id.endswith("kill"):  # as a system does that lacks memory
        os.kill(os.getpid(), 9)
    if file.id.endswith("break"):
        os.abort()
    if file.id.endswith("exit"):
        os._exit(0)
    if file.id.endswith("raise"):
        raise SettingsError("a setting is wrong")
    if file.id.endswith("odd"):
        yield Article("odd", "odd", "text", metadata={"a": object()})
    if file.id.endswith("loud"):
        print("printed by a library", flush=True)
worker.found_in = found_in
worker.main(0)
"""


@pytest.fixture(autouse=True)
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Have all files read by the stub; the processes that were started are in the list."""
    started: list[subprocess.Popen[bytes]] = []
    start = reader_process._started

    def starting(megabytes: int, scratch: str) -> subprocess.Popen[bytes]:
        started.append(start(megabytes, scratch))
        return started[-1]

    close_idle()
    monkeypatch.setattr(reader_process, "_started", starting)
    monkeypatch.setattr(reader_process, "command_of", lambda *_: [sys.executable, "-c", STUB])
    yield started
    close_idle()


def reading(folder: Path, names: Sequence[str], settings: Settings = DEFAULTS) -> list[Found]:
    """What is found in files of these names, in their order by name."""
    for name in names:
        (folder / name).write_bytes(b"%PDF")
    return list(read_articles([folder], settings))


def articles(found: Sequence[Found]) -> list[str]:
    return [one.id for one in found if isinstance(one, Article)]


def refusals(found: Sequence[Found]) -> dict[str, str]:
    return {one.place: one.reason for one in found if isinstance(one, Refusal)}


def test_files_are_found_in_their_order_by_one_process(
    tmp_path: Path, stub: list[subprocess.Popen[bytes]]
) -> None:
    names = [f"{number:03}.pdf" for number in range(150)]
    assert articles(reading(tmp_path, names)) == [name.removesuffix(".pdf") for name in names]
    assert articles(list(read_articles([tmp_path])))
    assert len(stub) == 1


def test_several_processes_keep_the_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stub: list[subprocess.Popen[bytes]]
) -> None:
    monkeypatch.setattr("recommender.articles.crew.WAITED_SECONDS", 0.0)
    monkeypatch.setattr("recommender.articles.crew.processor_count", lambda: 3)
    names = [f"{number:03}.pdf" for number in range(150)]
    found = reading(tmp_path, names)
    assert articles(found) == [name.removesuffix(".pdf") for name in names]
    assert len({one.text for one in found if isinstance(one, Article)}) == len(stub) == 3


def test_the_time_of_other_programs_starts_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stub: list[subprocess.Popen[bytes]]
) -> None:
    monkeypatch.setattr("recommender.articles.crew.WAITED_SECONDS", 0.3)
    monkeypatch.setattr("recommender.articles.crew.processor_count", lambda: 3)
    names = [f"{number:03}-wait.pdf" for number in range(40)]
    assert len(articles(reading(tmp_path, names))) == 40
    assert len(stub) == 1


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (["end", False, 1.5], 1.5),
        (["end", False], 0),
        (["end", False, "x"], 0),
        (["end", 0, -1], 0),
    ],
)
def test_what_a_process_says_of_its_work_is_not_believed(
    told: list[object], seconds: float
) -> None:
    assert reader_process._seconds(told) == seconds


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("b-stall.pdf", "is not read within 1 seconds; split it, or leave it out"),
        ("b-break.pdf", "stopped its reader; it is damaged, or takes too much memory to read"),
        ("b-exit.pdf", "stopped its reader; it is damaged, or takes too much memory to read"),
    ],
)
def test_a_file_that_ends_its_process_is_named_and_the_rest_is_read(
    tmp_path: Path, name: str, reason: str, stub: list[subprocess.Popen[bytes]]
) -> None:
    others = [f"{letter}.pdf" for letter in "acdefghijklmnop"]
    found = reading(tmp_path, [*others, name], Settings(read_seconds=1))
    assert refusals(found) == {name: reason}
    assert articles(found) == sorted(one.removesuffix(".pdf") for one in [*others])
    assert len(stub) == 2


def test_a_process_that_something_else_ended_costs_no_file(
    tmp_path: Path, stub: list[subprocess.Popen[bytes]]
) -> None:
    reading(tmp_path, ["a.pdf"])
    os.kill(stub[0].pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    found = reading(tmp_path, ["a.pdf", "b.pdf"])
    assert (articles(found), refusals(found)) == (["a", "b"], {})


def test_one_thread_watches_however_many_processes_end(
    tmp_path: Path, stub: list[subprocess.Popen[bytes]]
) -> None:
    before = threading.active_count()
    for number in range(4):
        (tmp_path / f"{number}-exit.pdf").write_bytes(b"%PDF")
    most = max(threading.active_count() for _ in read_articles([tmp_path], DEFAULTS))
    assert len(stub) >= 4
    assert most == before + 1


def test_a_process_that_never_begins_is_a_named_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_process, "command_of", lambda *_: [sys.executable, "-c", "pass"])
    with pytest.raises(ProcessLost, match="read_megabytes"):
        reading(tmp_path, ["a.pdf"])


def test_an_error_that_ends_a_build_ends_it_from_there_too(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="a setting is wrong"):
        reading(tmp_path, ["raise.pdf"])


def test_what_json_cannot_hold_is_refused_and_prints_are_no_answers(tmp_path: Path) -> None:
    found = reading(tmp_path, ["a.pdf", "b-loud.pdf", "c-odd.pdf", "d.pdf"])
    assert articles(found) == ["a", "b-loud", "c-odd", "d"]
    assert refusals(found)["c-odd.pdf"].startswith("is damaged (TypeError: ")


def test_a_reading_that_is_broken_off_leaves_no_answer_for_the_next(tmp_path: Path) -> None:
    reading(tmp_path, ["a.pdf", "b.pdf", "c.pdf"])
    first = read_articles([tmp_path])
    assert isinstance(next(first), Article)
    first.close()
    assert articles(list(read_articles([tmp_path]))) == ["a", "b", "c"]


def test_two_readings_at_once_do_not_mix(tmp_path: Path) -> None:
    reading(tmp_path, ["a.pdf", "b.pdf", "c.pdf"])
    one, other = read_articles([tmp_path]), read_articles([tmp_path])
    pairs = [(first, second) for first, second in zip(one, other, strict=True)]
    assert [articles(pair) for pair in pairs] == [["a", "a"], ["b", "b"], ["c", "c"]]


def test_a_name_of_two_lines_is_refused_and_hides_no_other(tmp_path: Path) -> None:
    found = reading(tmp_path, ["two\nlines.pdf", "two.pdf"])
    assert articles(found) == ["two"]
    assert [type(one) for one in found if not isinstance(one, Article)] == [Refusal]


def test_a_file_that_takes_more_memory_than_it_may_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    pytest.importorskip("resource")
    paragraphs = "".join(f"<p>{number} {'water ' * 12}</p>" for number in range(100_000))
    (tmp_path / "large.html").write_text(f"<body><article>{paragraphs}</article></body>")
    (tmp_path / "small.pdf").write_bytes(pdf(["Het water steeg."]))
    found = list(read_articles([tmp_path], Settings(read_megabytes=250)))
    assert articles(found) == ["small"]
    assert list(refusals(found)) == ["large.html"]


def test_a_process_that_the_system_kills_is_named_and_leaves_nothing_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    names = ["a.pdf", "b unpack kill.pdf", "c unpack.pdf", "d unpack stall.pdf", "e.pdf"]
    (tmp_path / "source").mkdir()
    found = reading(tmp_path / "source", names, Settings(read_seconds=2))
    assert list(refusals(found)) == ["b unpack kill.pdf", "d unpack stall.pdf"]
    assert [articles(found)[0], articles(found)[-1]] == ["a", "e"]
    close_idle()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_process_whose_other_one_was_killed_leaves_nothing_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    process = ReaderProcess(DEFAULTS)
    (process.scratch / "unpacked").write_text("a")
    assert process._process.stdin is not None
    process._process.stdin.close()  # as the system does
    assert process._process.wait(60) == 0
    assert list(tmp_path.iterdir()) == []
    process.close()


def test_a_process_is_taken_again_only_under_the_same_limit() -> None:
    first = reader_process.take(DEFAULTS)
    reader_process.give_back(first)
    assert reader_process.take(DEFAULTS) is first
    reader_process.give_back(first)
    other = reader_process.take(Settings(read_megabytes=1_000))
    assert other is not first
    other.close()


def test_a_process_that_owes_an_answer_is_not_kept(tmp_path: Path) -> None:
    process = ReaderProcess(DEFAULTS)
    assert process.is_usable
    reader_process.give_back(process)
    taken = reader_process.take(DEFAULTS)
    assert taken is process
    taken.close()
    assert not taken.is_usable
