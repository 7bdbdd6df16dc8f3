"""Measure rebuilds of a large archive against its full build: python -m benchmarks.rebuilds FOLDER.

FOLDER holds articles as .jsonl. A stand-in makes a text's vector from its hash. So reading, cutting
and writing are measured without the encoding, which would hide them. Each build is a process of its
own. Results go to benchmarks/rebuilds.json.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.circumstances import circumstances, store

ROOT = Path(__file__).parent.parent
RESULTS_FILE = Path(__file__).with_suffix(".json")
DIM = 384
STAND_IN_TOKENS = 2_000


def build_once(source: str, index: str) -> dict[str, Any]:
    """Build, and return the counts of articles and texts, the seconds and the megabytes."""
    sys.path.insert(0, str(ROOT / "tests"))
    from support.stand_in import HashEncoder

    from recommender import build

    started, processor = time.monotonic(), time.process_time()
    report = build(source, into=index, model=HashEncoder(DIM, STAND_IN_TOKENS))
    return {
        "seconds": round(time.monotonic() - started, 2),
        "processor_seconds": round(time.process_time() - processor, 2),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "articles": report.articles,
        "passages": report.passages,
        "encoded": report.encoded,
        "published": report.published,
    }


def in_process(source: Path, index: Path) -> dict[str, Any]:
    """Run `build_once` in a process of its own and print its figures."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.rebuilds", "--once", str(source), str(index)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    print(result, flush=True)
    return result


def change_one(source: Path) -> None:
    """Add a paragraph to an article in the middle of the first file."""
    path = sorted(source.glob("*.jsonl"))[0]
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    row = json.loads(lines[len(lines) // 2])
    row["text"] += "\n\nA paragraph that was added during the day."
    lines[len(lines) // 2] = json.dumps(row, ensure_ascii=False) + "\n"
    path.write_text("".join(lines), encoding="utf-8")


def main(folder: Path) -> None:
    """Build all, nothing, and one changed article; store the figures."""
    with tempfile.TemporaryDirectory() as scratch:
        source, index = Path(scratch, "source"), Path(scratch, "vectors")
        shutil.copytree(folder, source)
        results = circumstances() | {
            "full": in_process(source, index),
            "unchanged": in_process(source, index),
        }
        change_one(source)
        results["one article changed"] = in_process(source, index)
        written = [path for path in index.rglob("*") if path.is_file()]
        results["index_megabytes"] = sum(path.stat().st_size for path in written) // 1_000_000
    full = results["full"]["processor_seconds"]
    results["ratio_of_processor_seconds_to_full"] = {
        name: round(results[name]["processor_seconds"] / full, 4)
        for name in ("unchanged", "one article changed")
    }
    store(RESULTS_FILE, results)


if __name__ == "__main__":
    if sys.argv[1] == "--once":
        print(json.dumps(build_once(*sys.argv[2:])))
    else:
        main(Path(sys.argv[1]))
