"""The command as a user runs it: a process of its own, on the bundled model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.near import ROOM, cut
from support.project import ROOT, SEEDS, USERS_ARTICLE, Run

from recommender.store.layout import current_name


def test_completion_is_offered_for_the_shell(run: Run) -> None:
    done = run("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert done.returncode == 0
    assert "complete" in done.stdout


def test_the_users_question_in_four_languages(run: Run, seeds_index: Path) -> None:
    queries = {
        "gevechten om Bachmoet": "nl",
        "fighting around Bakhmut": "en",
        "combats autour de Bakhmout": "fr",
        "المعارك حول باخموت": "ar",
    }
    for query, language in queries.items():
        options = ["--by", "article", "-k", "12", "--confidence", "loose", "-f", "json"]
        done = run("search", query, *options, "-i", seeds_index)
        assert done.returncode == 0, done.stderr
        scores = {hit["article_id"]: hit["score"] for hit in json.loads(done.stdout)["hits"]}
        assert scores[USERS_ARTICLE] > cut(scores, 5) - ROOM, language


@pytest.mark.process
def test_a_closed_pipe_is_no_error(seeds_index: Path) -> None:
    command = [sys.executable, "-m", "recommender", "show", USERS_ARTICLE, "-i", str(seeds_index)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, bufsize=0
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    errors = process.stderr.read()
    process.wait(timeout=60)
    assert errors == b""


@pytest.mark.process
def test_a_build_names_what_it_left_out_and_exits_3(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "a.txt").write_text("De dijk bij Tiel hield het water tegen.")
    (folder / "bad.txt").write_bytes(b"caf\xe9")
    (folder / "red\x1b[31m.txt").write_text("De dijk bij Tiel hield het water tegen.")
    done = run("build", "archive", "--quiet", "--format", "json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["articles"] == 1
    assert "left out: bad.txt: is not UTF-8: byte 0xe9 at position 3" in done.stderr
    assert "left out: red\\x1b[31m.txt: its name holds a control character" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_ctrl_c_in_a_build_leaves_the_old_index_live(run: Run, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "a.txt").write_text("De dijk bij Tiel hield het water tegen.")
    assert run("build", "archive", "--quiet").returncode == 0
    before = current_name(tmp_path / "vectors")
    text = "\n\n".join(f"Dag {day}: het water stond {day} centimeter hoog." for day in range(9_000))
    (archive / "b.txt").write_text(text)
    process = subprocess.Popen(
        [sys.executable, "-m", "recommender", "build", "archive", "--quiet"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        encoding="utf-8",
        # A shell starts what runs in its background with Ctrl-C ignored, and children inherit it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_until(lambda: list((tmp_path / "vectors").glob(".building-*/*/passages.npy")))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.splitlines() == [
        "stopped; the old index is unchanged; the same command continues from here"
    ]
    assert current_name(tmp_path / "vectors") == before
    (archive / "b.txt").unlink()
    assert run("build", "archive", "--quiet").returncode == 0
    assert run("search", "dijk", "-f", "json").returncode == 0


def wait_until(condition: object, seconds: float = 120) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_the_seeds_hold_the_users_article_byte_for_byte(run: Run, seeds_index: Path) -> None:
    done = run("show", USERS_ARTICLE, "-f", "json", "-i", seeds_index)
    assert json.loads(done.stdout)["text"] == (SEEDS / f"{USERS_ARTICLE}.txt").read_text("utf-8")


@pytest.mark.process
def test_an_answer_that_cannot_be_written_is_one_line(seeds_index: Path) -> None:
    command = [sys.executable, "-m", "recommender", "status", "-i", str(seeds_index)]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        b"recommender: standard output: cannot be written: No space left on device; "
        b"free some space\n"
    )


@pytest.mark.process
def test_what_is_done_stays_done_though_its_report_cannot_be_written(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"Bridge {name}\n\nThe old bridge is closed to traffic.\n")
    for arguments in (["build", "a.txt", "--into", "index"], ["add", "b.txt", "-i", "index"]):
        command = [sys.executable, "-m", "recommender", *arguments]
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                command,
                stdout=full,
                stderr=subprocess.PIPE,
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                check=False,
            )
        assert done.returncode == 0
        assert done.stderr.endswith(
            b"recommender: the work is done, but standard output: cannot be written: "
            b"No space left on device; free some space\n"
        )
    assert (tmp_path / "index" / "CURRENT").exists()


@pytest.mark.process
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_a_page_that_cannot_be_written_is_one_line(option: str) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "recommender", option],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1
    assert b"No space left on device; free some space" in done.stderr


def test_a_terminal_that_cannot_spell_a_character_gets_its_code(
    run: Run, seeds_index: Path
) -> None:
    done = run("show", "zh-kreminna-zhanshi", "-i", seeds_index, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "\\u4e4c" in done.stdout


def test_where_nothing_is_sure_enough_the_answer_names_the_nearest(
    run: Run, seeds_index: Path
) -> None:
    asked = ("related", "nl-gasrekening-bakker", "--index", seeds_index, "--languages", "ja")
    done = run(*asked)
    last = " ".join(done.stdout.rpartition("\n\n")[2].split())
    assert (done.returncode, done.stderr) == (0, "")
    assert last.startswith("Nothing close; the nearest is ")
    assert last.endswith("(ja-kyoto-byobu-shufuku). --confidence loose shows what is less sure.")
    for flags in (("--min-strength", "0"), ("--confidence", "loose")):
        weaker = run(*asked, *flags)
        assert weaker.stdout.splitlines()[2].startswith(" 1. ")
        assert "ja-kyoto-byobu-shufuku" in weaker.stdout
