"""Work in several processes comes back in order, and none of them outlives who started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial

import numpy as np
import pytest
from support.project import ROOT
from support.threads import threads_of_numpy

from recommender.errors import ProcessLost
from recommender.export.processes import in_processes

pytestmark = pytest.mark.process


def test_what_each_batch_gives_comes_back_in_order() -> None:
    found = in_processes("operator:itemgetter", (0,), [[number] for number in range(20)], 2)
    assert list(found) == list(range(20))


def test_an_error_in_a_process_is_raised_here() -> None:
    with pytest.raises(IndexError):
        list(in_processes("operator:itemgetter", (3,), [[1]], 1))


@pytest.mark.parametrize("asked", [None, "2"])
def test_each_process_computes_with_one_thread(
    asked: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    if asked is not None:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", asked)
    # The array makes numpy the first thing that a process loads.
    arguments = ("__call__", np.ones(1))
    assert list(in_processes("operator:methodcaller", arguments, [threads_of_numpy], 1)) == [1]
    assert os.environ.get("OPENBLAS_NUM_THREADS") == asked


@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
def test_a_process_that_was_killed_is_told_as_an_error_with_a_next_step() -> None:
    with pytest.raises(ProcessLost, match="--processes 1"):
        list(in_processes("operator:methodcaller", ("__call__",), [KILL_ITSELF], 1))


KILL_ITSELF = partial(signal.raise_signal, signal.SIGTERM)

STARTER = """
import os, sys
from recommender.export.processes import in_processes
if __name__ == "__main__":
    for pid in in_processes("operator:methodcaller", ("__call__",), [os.getpid] * 3, 1):
        print(pid, flush=True)
        sys.stdin.readline()
"""


@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
def test_processes_end_with_the_one_that_was_killed() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STARTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout
    worker = int(process.stdout.readline())
    assert worker != process.pid
    process.kill()
    process.communicate()
    until = time.monotonic() + 30
    while _is_alive(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _is_alive(worker)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
