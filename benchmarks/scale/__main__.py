"""Measure growth: python -m benchmarks.scale --index INDEX [--sizes 100k 1M 10M].

INDEX holds real articles and is made with the bundled model; it is only read. Beyond its size the
vectors are made from its own (corpus.py). Everything is written below --scratch and deleted at the
end, unless --keep is given. Results of each size go to benchmarks/results/scale.json, beside the
stored results of other sizes. The picture goes to benchmarks/results/scale.svg, and the table to
benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np

from benchmarks.circumstances import RESULTS, circumstances
from benchmarks.scale.corpus import RealIndex, make_index
from benchmarks.scale.others import SYSTEMS
from benchmarks.scale.picture import growth
from benchmarks.scale.sample import Sample, exact_answers, store_queries
from benchmarks.table import fill_page
from recommender.store.snapshot import Snapshot, open_live

ROOT = Path(__file__).parent.parent.parent
SIZES = {"100k": 100_000, "1M": 1_000_000, "10M": 10_000_000}
# Above this the vectors are too many for a second copy in another library.
MAX_COMPARED = 1_000_000
COLD_ROUNDS = 5


def main() -> None:
    """Measure each size, store its figures and fill the page."""
    parser = argparse.ArgumentParser(prog="benchmarks.scale", description=__doc__)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=["100k", "1M"])
    parser.add_argument("--scratch", type=Path, default=Path(gettempdir(), "scale"))
    parser.add_argument("--others", nargs="*", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--keep", action="store_true", help="leave the indexes in --scratch")
    options = parser.parse_args()
    source = RealIndex.open(options.index)
    options.scratch.mkdir(parents=True, exist_ok=True)
    for size in options.sizes:
        place = options.scratch / size
        found = circumstances() | _measure(source, place, SIZES[size], options.others)
        _store(size, found)
        print(json.dumps(found, indent=1), flush=True)
        if not options.keep:
            shutil.rmtree(place)
    fill_page()


def _measure(source: RealIndex, place: Path, passages: int, others: list[str]) -> dict[str, Any]:
    """Make an index, or use the one that was kept, and measure it."""
    index, queries = place / "vectors", place.parent / "queries.npz"
    built = place / "built.json"
    if not built.exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True, exist_ok=True)
        built.write_text(json.dumps(make_index(source, index, passages)), encoding="utf-8")
        _log_step(f"{index}: made")
    snapshot = open_live(index)
    if not queries.exists():
        store_queries(snapshot, queries)
    sample = Sample.draw(snapshot, queries)
    compared = others if passages <= MAX_COMPARED else []
    exact = place / "exact.npz"
    if compared or not exact.exists():  # a kept index has its exact answers
        _exact(snapshot, sample, place, bool(compared))
        _log_step(f"{index}: searched exactly")
    found = {
        **json.loads(built.read_text(encoding="utf-8")),
        "disk_mb": _disk(snapshot),
        **_python("benchmarks.scale.product", str(index), str(queries), str(exact)),
        "cold_related_seconds": _cold(index, snapshot),
    }
    _log_step(f"{index}: product measured")
    [file] = index.glob("segments/*/index-*.faiss")
    found["others"] = []
    for name in compared:
        arguments = (str(place / "matrix.npy"), str(place / "asked.npz"), str(file))
        other = _python("benchmarks.scale.others", name, *arguments)
        ratio = round(found["similar"]["p50"] / other["p50"], 2)
        found["others"].append(other | {"similar_to_it": ratio})
        _log_step(f"{index}: {name} measured")
    return found


def _exact(snapshot: Snapshot, sample: Sample, place: Path, with_matrix: bool) -> None:
    """Store the exact answers, and the centred vectors for the other libraries."""
    matrix = None
    if with_matrix:
        matrix = np.lib.format.open_memmap(
            place / "matrix.npy",
            mode="w+",
            dtype=np.float32,
            shape=(snapshot.row_count, snapshot.manifest.encoder.dim),
        )
    exact = exact_answers(snapshot, sample, matrix)
    exact.save(place / "exact.npz")
    np.savez(place / "asked.npz", rows=sample.rows, tenth=exact.every)
    if matrix is not None:
        matrix.flush()


def _disk(snapshot: Snapshot) -> dict[str, float]:
    """Return the megabytes of each file of the index."""
    [segment] = snapshot.segments
    sizes = {path.name: path.stat().st_size / 1e6 for path in segment.folder.iterdir()}
    return {name: round(size, 1) for name, size in sorted(sizes.items())}


def _cold(index: Path, snapshot: Snapshot) -> float:
    """Return the median seconds of `recommender related` as a process of its own."""
    ids = snapshot.ids()
    taken = []
    for article_id, _ in zip(ids, range(COLD_ROUNDS + 1), strict=False):
        command = [sys.executable, "-m", "recommender", "related", article_id, "-i", str(index)]
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=_environment())
        taken.append(time.perf_counter() - started)
    return round(statistics.median(taken[1:]), 3)  # the first fills the system's file cache


def _python(module: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=_environment(),
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def _store(size: str, found: dict[str, Any]) -> None:
    """Store the results of a size beside those of other sizes, and draw them all."""
    path = RESULTS / "scale.json"
    known = json.loads(path.read_text(encoding="utf-8"))["sizes"] if path.exists() else {}
    known[size] = found
    sizes = {name: known[name] for name in SIZES if name in known}
    path.write_text(json.dumps({"sizes": sizes}, indent=1) + "\n", encoding="utf-8")
    lines = {
        name: [(one["passages"], one[name]["p50"]) for one in sizes.values()]
        for name in ("similar", "search", "related")
    }
    picture = growth(lines, "passages", "milliseconds, median")
    (RESULTS / "scale.svg").write_text(picture, encoding="utf-8")


def _log_step(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
