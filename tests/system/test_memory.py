"""Too little memory is said in a line, never by a traceback or a crash."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from recommender.errors import MemoryLow
from recommender.system import memory
from recommender.system.memory import check_memory, is_refusal, memory_low

resource = pytest.importorskip("resource")

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
from recommender.cli import main
sys.argv = ["recommender", *sys.argv[2:]]
main()
"""


@pytest.mark.process
@pytest.mark.parametrize("megabytes", [400, 700, 1000])
@pytest.mark.parametrize("format", ["text", "json"])
def test_a_command_under_a_low_limit_says_so(tmp_path: Path, megabytes: int, format: str) -> None:
    command = ["history", "--index", str(tmp_path), "--format", format]
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED, str(megabytes * 10**6), *command],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 1
    assert "ulimit -v" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert ('"memory_low"' in ran.stderr) == (format == "json")


def test_a_limit_that_is_high_enough_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_limit", lambda: memory.LEAST_BYTES)
    check_memory()
    with pytest.raises(MemoryLow, match=r"1\.1 GB of address space and needs 1\.6 GB"):
        check_memory(memory.MODEL_BYTES)
    monkeypatch.setattr(memory, "_limit", lambda: None)
    check_memory(memory.MODEL_MANY_BYTES)


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (MemoryError(), True),
        (RuntimeError("Exception from core.cpp: Resource temporarily unavailable"), True),
        (RuntimeError("std::bad_alloc"), True),
        (RuntimeError("the graph has no input"), False),
    ],
)
def test_a_refusal_of_memory_is_known_by_its_words(error: Exception, is_one: bool) -> None:
    assert is_refusal(error) == is_one


def test_an_error_without_words_gets_some() -> None:
    assert "none is left" in str(memory_low(MemoryError()))


THREADS = """
import sys, threading
import numpy as np
from recommender.system.memory import share_arenas
if sys.argv[1] == "shared":
    assert share_arenas()
together = threading.Barrier(12)

def work():
    for _ in range(3):
        held = [np.ones(1 << 19) for _ in range(2)]
        together.wait()
        del held
        together.wait()

threads = [threading.Thread(target=work) for _ in range(12)]
for one in threads: one.start()
for one in threads: one.join()
for line in open("/proc/self/smaps_rollup"):
    if line.startswith("Anonymous"):
        print(int(line.split()[1]) // 1024)
"""


@pytest.mark.process
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="arenas are those of glibc")
def test_threads_that_share_keep_less_of_what_they_freed() -> None:
    own, shared = (
        int(subprocess.check_output([sys.executable, "-c", THREADS, how]))
        for how in ("own", "shared")
    )
    assert shared + 20 < own, "megabytes"
