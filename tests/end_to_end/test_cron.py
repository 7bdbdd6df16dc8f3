"""What a night job relies on: exit codes, one line, JSON logs, no network, valid recipes."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from support.project import ROOT
from support.stand_in import HashEncoder

from recommender import Recommender, build
from recommender.builder.watch import build_on_changes
from recommender.store.lock import writer_lock

DOCS = ROOT / "docs"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def copies(seeds_index: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A copy of the seeds and of their index, to be changed."""
    source, index = tmp_path / "source", tmp_path / "vectors"
    shutil.copytree(ROOT / "seeds", source)
    shutil.copytree(seeds_index, index)
    return source, index


def test_each_outcome_has_its_exit_code_and_one_line(run: Run, copies: tuple[Path, Path]) -> None:
    source, index = copies
    same = run("build", source, "--into", index, "--quiet")
    assert same.returncode == 0
    assert re.fullmatch(r"nothing changed: \S+ has 27 articles\n", same.stdout)

    (source / "de-hochwasser-rhein.txt").unlink()
    (source / "leeg.txt").touch()
    left_out = run("build", source, "--into", index, "--quiet", "--gate")
    assert left_out.returncode == 3
    assert left_out.stdout.count("\n") == 1
    assert "26 articles (0 added, 0 changed, 1 removed)" in left_out.stdout
    assert "(0 texts encoded, " in left_out.stdout
    assert left_out.stderr == "left out: leeg.txt: is empty\n"

    for more in ((), ("--if-changed",)):
        again = run("build", source, "--into", index, "--quiet", *more)
        assert (again.returncode, again.stderr) == (3, left_out.stderr)
        assert again.stdout.startswith("nothing changed: ")

    for path in sorted(source.glob("en-*")):
        path.unlink()
    refused = run("build", source, "--into", index, "--quiet", "--gate", "--log-format", "json")
    assert refused.returncode == 4
    assert refused.stdout.startswith("refused ")
    error = json.loads(refused.stderr.splitlines()[-1])["error"]
    assert error["kind"] == "refused"
    assert "articles fell from 26 to 21" in error["message"]

    with writer_lock(index):
        locked = run("build", source, "--into", index, "--quiet")
    assert locked.returncode == 5
    assert f"process {os.getpid()} on " in locked.stderr

    assert run("build", source / "none", "--into", index).returncode == 1
    assert run("build", "--gate=maybe").returncode == 2


def test_help_names_the_exit_codes(run: Run) -> None:
    words = " ".join(re.sub("[│╭╮╰╯─]", " ", run("build", "--help").stdout).split())
    for told in ("3 the same, with files left out", "4 refused by the gate", "5 another build"):
        assert told in words


def test_what_was_left_out_is_named_although_nothing_is_read(tmp_path: Path) -> None:
    source, arguments = tmp_path / "source", {"into": tmp_path / "vectors", "model": HashEncoder()}
    source.mkdir()
    (source / "dijk.txt").write_text("De dijk\n\nDe dijk hield het water tegen.")
    (source / "leeg.txt").touch()
    refusals = build(source, **arguments).left_out
    assert [one.place for one in refusals] == ["leeg.txt"]
    for options in ({}, {"if_changed": True}):
        assert build(source, **options, **arguments).left_out == refusals


def test_if_changed_reads_no_file_that_looks_the_same(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    article = source / "dijk.txt"
    article.write_text("De dijk\n\nDe dijk hield het water tegen.")
    arguments = {"into": tmp_path / "vectors", "model": HashEncoder()}
    build(source, **arguments)
    state = article.stat()
    article.write_text("De dijk\n\nDe dijk hield het water tegem.")
    os.utime(article, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert not build(source, if_changed=True, **arguments).published  # as documented
    os.utime(article)
    assert build(source, if_changed=True, **arguments).published
    assert not build(source, if_changed=True, **arguments).published
    (source / "nieuw.txt").write_text("Nieuw\n\nEr is een nieuw verhaal.")
    assert build(source, if_changed=True, **arguments).added == 1


def test_dry_run_says_what_would_be_done_and_writes_nothing(
    run: Run, copies: tuple[Path, Path]
) -> None:
    source, index = copies
    (source / "nieuw.txt").write_text("De dijk\n\nDe dijk hield het water tegen, en bleef staan.")
    (source / "de-hochwasser-rhein.txt").unlink()
    before = sorted((path, path.stat().st_mtime_ns) for path in index.rglob("*"))
    done = run("build", source, "--into", index, "--dry-run", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["added"], found["removed"], found["same"]) == (1, 1, 26)
    assert found["to_encode"] in (1, 2)  # the headline may go with its paragraph
    assert found["seconds"] > 0
    assert sorted((path, path.stat().st_mtime_ns) for path in index.rglob("*")) == before


NO_SOCKET = """
import sys
def refuse(event, arguments):
    if event.startswith("socket.") and event != "socket.__new__":
        raise SystemExit(f"network: {event} {arguments}")
    if event == "socket.__new__" and "AF_INET" in str(arguments):
        raise SystemExit(f"network: {event} {arguments}")
sys.addaudithook(refuse)
from recommender.cli import main
main()
"""


@pytest.mark.process
def test_a_build_opens_no_socket(copies: tuple[Path, Path]) -> None:
    source, index = copies
    (source / "nieuw.txt").write_text("De dijk\n\nDe dijk hield het water tegen.")
    command = [sys.executable, "-c", NO_SOCKET, "build", str(source), "--into", str(index)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    traced: list[str] = []
    trace = index.parent / "trace"
    if shutil.which("strace"):
        traced = ["strace", "-f", "-qq", "-e", "trace=socket,connect", "-o", str(trace)]
        works = subprocess.run([*traced, "true"], check=False, capture_output=True).returncode == 0
        traced = traced if works else []
    done = subprocess.run(
        [*traced, *command], env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    if traced:
        lines = trace.read_text().splitlines()
        assert [line for line in lines if "AF_INET" in line] == []


_WATCHED = """
import sys
from pathlib import Path
from recommender.builder.watch import build_on_changes
def build():
    print("built", flush=True)
build_on_changes([Path(sys.argv[1])], build)
print("ended")
"""


@pytest.mark.slow
@pytest.mark.process
def test_watch_ends_without_a_word_when_it_is_interrupted(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WATCHED, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "built\n"
        time.sleep(0.5)  # it waits for changes then
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == ("ended\n", "")


@pytest.mark.slow
def test_watch_builds_again_for_what_changed_during_a_build(tmp_path: Path) -> None:
    stop, built = threading.Event(), threading.Semaphore(0)
    writes = [tmp_path / "new.txt"]

    def run() -> None:
        if writes:
            time.sleep(0.5)  # it watches by then
            writes.pop().write_text("New\n\nThe ferry stops.")
        built.release()

    watcher = threading.Thread(target=build_on_changes, args=([tmp_path], run, stop))
    watcher.start()
    try:
        assert built.acquire(timeout=30)
        assert built.acquire(timeout=30)
    finally:
        stop.set()
        watcher.join(timeout=30)


def test_watch_reports_what_the_library_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchfiles.watch", mock.Mock(side_effect=OSError("too many watches")))
    with pytest.raises(OSError, match="too many watches"):
        build_on_changes([tmp_path], lambda: None)


@pytest.mark.slow
def test_watch_builds_at_once_and_after_a_change(tmp_path: Path) -> None:
    source, index = tmp_path / "source", tmp_path / "vectors"
    source.mkdir()
    (source / "dijk.txt").write_text("De dijk\n\nDe dijk hield het water tegen.")
    stop, built = threading.Event(), threading.Semaphore(0)

    def run() -> None:
        build(source, into=index, model=HashEncoder())
        built.release()

    watcher = threading.Thread(target=build_on_changes, args=([source], run, stop))
    watcher.start()
    try:
        assert built.acquire(timeout=30)
        time.sleep(0.5)  # the watch begins after the first build
        (source / "nieuw.txt").write_text("Nieuw\n\nEr is een nieuw verhaal.")
        assert built.acquire(timeout=30)
    finally:
        stop.set()
        watcher.join(timeout=30)
    with Recommender.open(index, encoder=HashEncoder()) as recommender:
        assert set(recommender.snapshot.ids()) == {"dijk", "nieuw"}


def options_of_build(text: str) -> set[str]:
    return set(re.findall(r"(?<=\s)--[a-z-]+", text))


def test_the_recipes_use_options_that_there_are(run: Run) -> None:
    known = options_of_build(run("build", "--help").stdout)
    page = (DOCS / "rebuilds.md").read_text(encoding="utf-8")
    cron = next(line for line in page.splitlines() if line.strip().startswith("15 3 * * *"))
    service = (DOCS / "systemd" / "recommender-build.service").read_text(encoding="utf-8")
    start = next(line for line in service.splitlines() if line.startswith("ExecStart="))
    for command in (cron, start):
        assert options_of_build(command) <= known
        assert {"--into", "--gate", "--if-changed", "--quiet"} <= options_of_build(command)
    shell = cron.split(None, 5)[5]
    assert subprocess.run(["sh", "-n", "-c", shell], check=False).returncode == 0


@pytest.mark.process
def test_the_cron_line_lets_left_out_files_pass_and_nothing_else() -> None:
    for code, passes in ((0, True), (3, True), (1, False), (4, False), (5, False)):
        done = subprocess.run(["sh", "-c", f"(exit {code}) || [ $? -eq 3 ]"], check=False)
        assert (done.returncode == 0) is passes


def test_the_service_is_hardened_and_has_low_priority() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DOCS / "systemd" / "recommender-build.service", encoding="utf-8")
    service = unit["Service"]
    assert service["PrivateNetwork"] == service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["ReadWritePaths"].endswith("/vectors")
    assert (service["IOSchedulingClass"], service["SuccessExitStatus"]) == ("idle", "3")


@pytest.mark.process
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    program = tmp_path / "recommender"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for path in (DOCS / "systemd").iterdir():
        text = path.read_text(encoding="utf-8")
        text = text.replace("/srv/recommender/.venv/bin/recommender", str(program))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, tmp_path.glob("recommender-build.*"))],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "recommender-build" in line]
    assert ours == []
