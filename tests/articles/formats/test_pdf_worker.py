"""The process that takes the text of PDFs: one for many files, and never a hold-up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from articles.conftest import pdf

from recommender.articles.formats import pdf_worker
from recommender.articles.formats.pdf_worker import Worker
from recommender.errors import SourceError

pytestmark = pytest.mark.process


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.close()


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.pdf"
    path.write_bytes(pdf(["Het water steeg."]))
    return path


class Interrupted:
    """An output whose reader is interrupted once, before the answer came."""

    def __init__(self, output: IO[bytes]) -> None:
        self._output = output
        self._was_interrupted = False

    def readline(self, limit: int) -> bytes:
        if not self._was_interrupted:
            self._was_interrupted = True
            raise KeyboardInterrupt
        return self._output.readline(limit)

    def close(self) -> None:
        self._output.close()


def words(pages: list[list[list[Any]]]) -> list[list[str]]:
    """The text of each line of each page."""
    return [[line[0] for line in page] for page in pages]


def process_of(worker: Worker) -> int:
    assert worker._process is not None
    return worker._process.pid


def break_at_next_start(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Have the next process run `code` in place of the parser."""
    real = pdf_worker._started

    def started() -> object:
        monkeypatch.setattr(pdf_worker, "_started", real)
        command = [sys.executable, "-c", code]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe)

    monkeypatch.setattr(pdf_worker, "_started", started)


def test_one_process_serves_many_files(worker: Worker, good: Path) -> None:
    assert words(worker.pages(good)) == [["Het water steeg."]]
    first = process_of(worker)
    assert words(worker.pages(good)) == [["Het water steeg."]]
    assert process_of(worker) == first


def test_a_file_that_is_refused_does_not_end_it(worker: Worker, good: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.4 nothing")
    worker.pages(good)
    first = process_of(worker)
    with pytest.raises(SourceError, match="is damaged"):
        worker.pages(tmp_path / "bad.pdf")
    assert worker.pages(good)
    assert process_of(worker) == first


def test_a_file_that_takes_too_long_is_refused_and_the_next_is_read(
    worker: Worker, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_at_next_start(monkeypatch, "import time; time.sleep(600)")
    with monkeypatch.context() as patched:
        patched.setattr(pdf_worker, "MAX_SECONDS", 0.1)
        with pytest.raises(SourceError, match=r"is not read within 0\.1 seconds"):
            worker.pages(good)
    assert words(worker.pages(good)) == [["Het water steeg."]]


@pytest.mark.parametrize("code", ["import os; os.abort()", "input(); print('half', end='')"])
def test_a_file_that_breaks_the_parser_is_refused_and_the_next_is_read(
    worker: Worker, good: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    break_at_next_start(monkeypatch, code)
    with pytest.raises(SourceError, match="stopped the PDF parser"):
        worker.pages(good)
    assert words(worker.pages(good)) == [["Het water steeg."]]


@pytest.mark.skipif(os.name == "nt", reason="there are no such signals")
def test_a_process_that_died_between_two_files_is_replaced(worker: Worker, good: Path) -> None:
    worker.pages(good)
    os.kill(process_of(worker), signal.SIGKILL)
    assert worker._process is not None
    worker._process.wait()
    assert words(worker.pages(good)) == [["Het water steeg."]]


def test_an_answer_that_was_not_waited_for_is_not_taken_for_that_of_the_next_file(
    worker: Worker, good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.pdf"
    other.write_bytes(pdf(["De dijk hield."]))
    worker.pages(good)
    process = worker._process
    assert process is not None
    assert process.stdout is not None
    monkeypatch.setattr(process, "stdout", Interrupted(process.stdout))
    with pytest.raises(KeyboardInterrupt):
        worker.pages(other)
    assert words(worker.pages(good)) == [["Het water steeg."]]


def test_after_so_many_files_it_is_started_anew(
    worker: Worker, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_worker, "MAX_FILES", 2)
    processes = []
    for _ in range(3):
        worker.pages(good)
        processes.append(process_of(worker))
    assert processes[0] == processes[1] != processes[2]


def test_a_name_of_two_lines_is_one_file(worker: Worker, tmp_path: Path) -> None:
    path = tmp_path / "two\nlines.pdf"
    path.write_bytes(pdf(["Het water steeg."]))
    assert words(worker.pages(path)) == [["Het water steeg."]]
