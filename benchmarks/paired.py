"""Compare the speed of this checkout with another: python -m benchmarks.paired OTHER.

OTHER is the folder of another checkout, such as a work tree of an older commit. Both build their
own index of the same articles and answer the same questions in turns, so that what else the
machine does meets both alike. Processor seconds are compared. The commands are compared as
processes, on `seeds/`. The figures go to benchmarks/results/paired.json and, as a table, into
benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.circumstances import RESULTS, circumstances, store
from benchmarks.paired_worker import TOPICS, word
from benchmarks.table import PAGE, fill

ROOT = Path(__file__).parent.parent
WORKER = Path(__file__).with_name("paired_worker.py")
RESULTS_FILE = RESULTS / "paired.json"
ROUNDS, COLD_ROUNDS = 40, 9
ARTICLE = "000_1010306ca34bd51d"
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "search": ("search", {}),
    "search by article": ("search", {"by": "article"}),
    "search by meaning": ("search", {"ranking": "meaning"}),
    "related": ("related", {"min_strength": 0}),
}
COMMANDS = {
    "`recommender search`": ["search", "gevechten om Bachmoet"],
    "`recommender related`": ["related", ARTICLE],
    "`recommender --help`": ["--help"],
}


def measure(other: Path, passages: int, folder: Path) -> dict[str, Any]:
    """Return the medians of both checkouts, and of the ratio of each pair of runs."""
    checkouts = {"this": ROOT, "other": other}
    for checkout in checkouts.values():  # else one may have to compile what the other has ready
        compiling = [sys.executable, "-m", "compileall", "-q", str(checkout / "recommender")]
        subprocess.run(compiling, check=True)
    warm = _warm(checkouts, folder, passages)
    cold = _cold(checkouts, folder)
    commit = ["git", "-C", str(other), "rev-parse", "--short", "HEAD"]
    return {
        "other": subprocess.run(commit, capture_output=True, text=True, check=False).stdout.strip(),
        "passages": passages,
        "compared": [summary(name, pairs) for name, pairs in (*cold.items(), *warm.items())],
    }


def summary(name: str, pairs: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """Return the figures of pairs of seconds, (this, other); under 1 this one is faster."""
    ratios = [this / other for this, other in pairs]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return {
        "name": name,
        "rounds": len(pairs),
        "this_ms": 1000 * statistics.median(this for this, _ in pairs),
        "other_ms": 1000 * statistics.median(other for _, other in pairs),
        "ratio": middle,
        "quartiles": [low, high],
    }


def _warm(
    checkouts: Mapping[str, Path], folder: Path, passages: int
) -> dict[str, list[tuple[float, float]]]:
    """Return the seconds of each question asked of open indexes."""
    for which, checkout in checkouts.items():
        print(f"{which}: building {passages:,} passages", flush=True)
        command = [sys.executable, "-P", str(WORKER), "build", str(passages), str(folder / which)]
        subprocess.run(command, env=_environment(checkout), check=True)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in QUESTIONS}
    chance = Random(2)
    with ExitStack() as stack:
        opened = {
            which: stack.enter_context(_worker(checkout, folder / which))
            for which, checkout in checkouts.items()
        }
        for number in range(ROUNDS + 3):
            for name, (ask, options) in QUESTIONS.items():
                text = f"a{chance.randrange(passages // 5)}"
                if ask == "search":
                    text = " ".join([f"topic{chance.randrange(TOPICS)}", word(chance)])
                line = json.dumps([ask, text, options])
                order = list(opened)[:: -1 if number % 2 else 1]
                seconds = {which: _asked(opened[which], line) for which in order}
                if number >= 3:  # the first ones open files
                    found[name].append((seconds["this"], seconds["other"]))
    return found


@contextmanager
def _worker(checkout: Path, index: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-P", str(WORKER), "ask", str(index)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=_environment(checkout), **pipes) as process:
        yield process
        process.communicate()


def _asked(process: subprocess.Popen[str], line: str) -> float:
    assert process.stdin
    assert process.stdout
    process.stdin.write(line + "\n")
    process.stdin.flush()
    return float(json.loads(process.stdout.readline())["seconds"])


def _cold(checkouts: Mapping[str, Path], folder: Path) -> dict[str, list[tuple[float, float]]]:
    """Return the processor seconds of each command, as processes that take turns."""
    for which, checkout in checkouts.items():
        _run(checkout, ["build", str(ROOT / "seeds"), "--into", str(folder / f"seeds-{which}")])
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for number in range(COLD_ROUNDS + 1):
        for name, command in COMMANDS.items():
            seconds = {}
            for which in list(checkouts)[:: -1 if number % 2 else 1]:
                at = [] if "--help" in command else ["--index", str(folder / f"seeds-{which}")]
                seconds[which] = _run(checkouts[which], [*command, *at])
            if number:  # the first fills the system's file cache
                found[name].append((seconds["this"], seconds["other"]))
    return found


def _run(checkout: Path, arguments: Sequence[str]) -> float:
    """Run the command of a checkout; return its processor seconds."""
    command = [sys.executable, "-P", "-m", "recommender", *arguments]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=_environment(checkout), cwd=checkout.anchor, **quiet)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{checkout}: {' '.join(arguments)} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime


def _environment(checkout: Path) -> dict[str, str]:
    one = {"OMP_NUM_THREADS": "1", "RECOMMENDER_PRECISION": "int8"}
    return {**os.environ, **one, "PYTHONPATH": str(checkout)}


def table(results: Mapping[str, Any]) -> str:
    """Return the comparison as a table in Markdown."""
    lines = [
        f"| processor milliseconds | now | {results['other']} | ratio | middle half of ratios |",
        "|---|--:|--:|--:|--:|",
        *(
            f"| {one['name']} | {one['this_ms']:,.1f} | {one['other_ms']:,.1f} | "
            f"{one['ratio']:.2f} | {one['quartiles'][0]:.2f}-{one['quartiles'][1]:.2f} |"
            for one in results["compared"]
        ),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, store the figures and fill the page."""
    parser = argparse.ArgumentParser(prog="benchmarks.paired", description=__doc__)
    parser.add_argument("other", type=Path, metavar="OTHER")
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--into", type=Path, help="keep the indexes here for the next time")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = (given.into or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        results = circumstances() | measure(given.other.resolve(), given.passages, folder)
    store(RESULTS_FILE, results)
    fill(PAGE, "paired", table(results))


if __name__ == "__main__":
    main()
