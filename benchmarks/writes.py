"""Measure builds and writes that change little: python -m benchmarks.writes FOLDER [--index INDEX].

FOLDER holds articles as .jsonl. A stand-in makes a text's vector from its hash, so that what is
measured is beyond encoding. Each line is a process of its own: it is its first write, and imports
what it needs. INDEX is an index of the same articles by the same stand-in; without it one is built.
Either is built once before, so that the measured builds find what an earlier one noted. Results go
to benchmarks/results/writes.json and into benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.circumstances import RESULTS, circumstances, store
from benchmarks.rebuilds import DIM, ROOT, STAND_IN_TOKENS, change_one
from benchmarks.table import PAGE, fill

RESULTS_FILE = RESULTS / "writes.json"
ADDS = 1_000


def measured(action: str, source: Path, index: Path) -> dict[str, Any]:
    """Do something in this process; return its times in milliseconds and its most megabytes."""
    sys.path.insert(0, str(ROOT / "tests"))
    from support.stand_in import HashEncoder

    from recommender import add, build

    encoder = HashEncoder(DIM, STAND_IN_TOKENS)
    if action == "build":
        times = [_timed(partial(build, source, into=index, model=encoder))]
    else:
        rows = _rows(source, int(action))
        times = [_timed(partial(add, row, into=index, model=encoder)) for row in rows]
    later = times[1:] or times
    return {
        "first_milliseconds": round(times[0][0]),
        "first_processor_milliseconds": round(times[0][1]),
        "median_milliseconds": round(statistics.median(one for one, _ in later), 1),
        "median_processor_milliseconds": round(statistics.median(two for _, two in later), 1),
        "mean_processor_milliseconds": round(statistics.mean(two for _, two in later), 1),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    started, processor = time.monotonic(), time.process_time()
    work()
    return 1e3 * (time.monotonic() - started), 1e3 * (time.process_time() - processor)


def _rows(source: Path, count: int) -> list[dict[str, Any]]:
    """Return so many articles of the archive under other ids, with one more paragraph each."""
    path = sorted(source.glob("*.jsonl"))[0]
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line, _ in zip(lines, range(count), strict=False)]
    more = "\n\nA paragraph that number {} has alone."
    return [
        row | {"id": f"{os.getpid()}-{number}", "text": row["text"] + more.format(number)}
        for number, row in enumerate(rows)
    ]


def environment(compiled: Path) -> dict[str, str]:
    """Return the environment of a process whose modules are compiled, as pip does it."""
    kept = {"PYTHONPYCACHEPREFIX": str(compiled), "PYTHONDONTWRITEBYTECODE": ""}
    return {**os.environ, **kept, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def in_process(action: str, source: Path, index: Path) -> dict[str, Any]:
    """Run `measured` in a process of its own and print its figures."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.writes", source, "--index", index, "--once", action],
        cwd=ROOT,
        env=environment(index.with_name("compiled")),
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    print(action, result, flush=True)
    return result


def disk_of(index: Path) -> int:
    """Return the bytes of all files of an index."""
    return sum(path.stat().st_size for path in index.rglob("*") if path.is_file())


def main(folder: Path, ready: Path | None) -> None:
    """Build without a change, with one, then add; store the figures."""
    with tempfile.TemporaryDirectory() as scratch:
        source, index = Path(scratch, "source"), Path(scratch, "index")
        shutil.copytree(folder, source)
        if ready is not None:
            shutil.copytree(ready, index)
        compiling = [sys.executable, "-m", "compileall", "-q", str(ROOT / "recommender")]
        subprocess.run(compiling, env=environment(Path(scratch, "compiled")), check=True)
        in_process("build", source, index)
        articles = sum(1 for path in source.glob("*.jsonl") for _ in path.open("rb"))
        results = circumstances() | {"articles": articles}
        results["unchanged build"] = in_process("build", source, index)
        change_one(source)
        results["build, one article changed"] = in_process("build", source, index)
        before = disk_of(index)
        results["one add"] = in_process("1", source, index)
        results[f"{ADDS:,} adds"] = in_process(str(ADDS), source, index)
        # A build of all of them would take as much as before for each article.
        results["size_to_a_build"] = round(disk_of(index) / before / (1 + ADDS / articles), 3)
    store(RESULTS_FILE, results)
    fill(PAGE, "writes", table(results))


def table(results: dict[str, Any]) -> str:
    """Return a line for each thing that was measured."""
    lines = [
        f"{results['articles']:,} articles, {results['processors']} processors, load "
        f"{results['load_before']} at the start, {results['date']}, commit {results['commit']}. "
        f"After the writes the index is {results['size_to_a_build']:.2f} times as large as a "
        "build's, by articles.",
        "",
        "| | first, ms | of that processor | each later one, ms | of that processor | peak MB |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, one in results.items():
        if isinstance(one, dict) and "peak_megabytes" in one:
            has_later = name.endswith("adds")
            later = [one["median_milliseconds"], one["median_processor_milliseconds"]]
            cells = [f"{value:,}" if has_later else "" for value in later]
            lines.append(
                f"| {name} | {one['first_milliseconds']:,} | "
                f"{one['first_processor_milliseconds']:,} | {' | '.join(cells)} | "
                f"{one['peak_megabytes']:,} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--once")
    options = parser.parse_args()
    if options.once:
        print(json.dumps(measured(options.once, options.folder, options.index)))
    else:
        main(options.folder, options.index)
