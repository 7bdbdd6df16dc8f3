"""A command that answers once ends at once, and leaves nothing undone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.architecture import PACKAGE

from recommender.encoders.load import AHEAD

pytestmark = pytest.mark.process

RUN = "from recommender.__main__ import run; run()"


def run_after(before: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command after some statements, in a process whose output is no terminal."""
    return subprocess.run(
        [
            *(sys.executable, "-c", f"import atexit, os, sys, threading\n{before}\n{RUN}"),
            *(arguments or ("--version",)),
        ],
        capture_output=True,
        encoding="utf-8",
        cwd=PACKAGE.parent,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    )


def test_what_was_asked_for_the_end_is_done_once() -> None:
    done = run_after("atexit.register(print, 'at the end')")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("recommender ")
    assert lines[1:] == ["at the end"]


def test_nothing_is_taken_down() -> None:
    shows = "class Shows:\n    def __del__(self): print('taken down', flush=True)\nshows = Shows()"
    assert "taken down" not in run_after(shows).stdout


def test_another_thread_comes_to_its_end() -> None:
    waits = "(threading.main_thread().join(), print('worked', flush=True))"
    works = f"threading.Thread(target=lambda: {waits}).start()"
    done = run_after(works)
    assert (done.returncode, done.stdout.splitlines()[1:]) == (0, ["worked"])


def test_after_ctrl_c_a_model_that_is_loaded_ahead_is_not_waited_for() -> None:
    done = run_after(
        "from recommender.encoders import load\nimport time\n"
        "load._load = lambda *_: time.sleep(30)\nload.keep_encoders()\nload.load_ahead(None)\n"
        "import recommender.__main__ as module\n"
        "def stopped(is_process):\n    print('stopped')\n    sys.exit(130)\nmodule.main = stopped"
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "stopped\n", "")


def test_output_that_cannot_be_written_is_told_as_ever() -> None:
    done = run_after("atexit.register(lambda: (print('more'), os.close(1)))")
    assert done.returncode == 120
    assert "Bad file descriptor" in done.stderr


def test_after_ctrl_c_nothing_more_is_imported() -> None:
    breaks = (
        "import builtins\nusual, asked = builtins.__import__, []\n"
        "def broken(name, *others):\n"
        "    if name.startswith('recommender.cli'):\n"
        "        asked.append(name)\n"
        "        raise KeyboardInterrupt\n"
        "    return usual(name, *others)\n"
        "builtins.__import__ = broken\n"
        "atexit.register(lambda: print(asked))"
    )
    done = run_after(breaks)
    assert (done.returncode, done.stdout.split("\n")[0]) == (130, "['recommender.cli']")


def test_only_a_command_that_answers_once_looks_for_no_garbage(tmp_path: Path) -> None:
    at_end = "import gc; atexit.register(lambda: print(gc.isenabled()))"
    assert run_after(at_end).stdout.splitlines()[-1] == "False"
    missing, index = str(tmp_path / "missing"), str(tmp_path / "vectors")
    builds = run_after(at_end, "build", missing, "--into", index)
    assert (builds.returncode, builds.stdout.splitlines()) == (1, ["True"])


@pytest.mark.model
def test_a_search_loads_its_model_in_another_thread_and_ends_at_once(seeds_index: Path) -> None:
    notes = (
        "from recommender.encoders import load\nusual = load._load\n"
        "load._load = lambda *asked: (print(threading.current_thread().name), usual(*asked))[1]\n"
        "shows = type('Shows', (), {'__del__': lambda one: print('taken down', flush=True)})()"
    )
    done = run_after(notes, "search", "Bachmoet", "--format", "jsonl", "--index", str(seeds_index))
    assert (done.returncode, done.stderr) == (0, "")
    thread, *hits = done.stdout.splitlines()
    assert thread == AHEAD
    assert "Bachmoet" in hits[0]
    assert "taken down" not in done.stdout
