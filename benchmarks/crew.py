"""Measure what it costs a build to read files in other processes: python -m benchmarks.crew.

A folder of ordinary files in many formats is built with the bundled model, by turns as it is and
with every file read in the process of the build. Each build is a process of its own. Processor time
counts, that of the processes that read included: it depends least on what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).parent.parent
FILES = 500
ROUNDS = 2
SUFFIXES = ("md", "html", "docx", "epub", "odt", "rss", "org", "adoc", "rst", "eml", "json", "txt")
WAYS = ("processes", "here")


def make_files(folder: Path, count: int) -> None:
    """Write ordinary files, as many of each format, no two of which hold the same text."""
    from support.formats import WRITERS, Labelled, examples
    from support.more_formats import MORE_WRITERS

    writers = {**WRITERS, **MORE_WRITERS}
    pairs = islice(zip(cycle(SUFFIXES), cycle(examples()), strict=False), count)
    for number, (suffix, example) in enumerate(pairs):
        own = Labelled("body", f"This is the report with number {number} of the archive.", False)
        written = writers[suffix](replace(example, paragraphs=(*example.paragraphs, own)))
        data = written.encode() if isinstance(written, str) else written
        (folder / f"{number}.{suffix}").write_bytes(data)


def build_once(way: str, source: str, index: str) -> dict[str, Any]:
    """Build, and return the articles and the seconds of processors, of all processes together."""
    from recommender import build
    from recommender.articles import crew
    from recommender.articles.reader_process import close_idle

    is_here = way == "here"
    with patch.object(crew, "_is_much", return_value=False) if is_here else nullcontext():
        report = build(source, into=index)
    close_idle()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = sum(one.ru_utime + one.ru_stime for one in used)
    return {"articles": report.articles, "seconds": round(seconds, 2)}


def figures(count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the figures of each build, the ways by turns."""
    sys.path.insert(0, str(ROOT / "tests"))
    with tempfile.TemporaryDirectory() as place:
        source = Path(place, "source")
        source.mkdir()
        make_files(source, count)
        for number in range(ROUNDS):
            for way in WAYS if number % 2 else reversed(WAYS):
                command = ["--once", way, str(source), str(Path(place, f"{way}-{number}"))]
                done = subprocess.run(
                    [sys.executable, "-m", "benchmarks.crew", *command],
                    cwd=ROOT,
                    env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
                    capture_output=True,
                    encoding="utf-8",
                    check=True,
                )
                yield way, json.loads(done.stdout)


def main() -> None:
    """Print the figures of each build, and what reading in other processes costs."""
    parser = argparse.ArgumentParser(prog="benchmarks.crew", description=__doc__)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--once", nargs=3, metavar=("WAY", "SOURCE", "INDEX"))
    options = parser.parse_args()
    if options.once:
        print(json.dumps(build_once(*options.once)))
        return
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    for way, found in figures(options.files):
        print(way, found, flush=True)
        taken[way].append(found["seconds"])
    apart, here = (median(taken[way]) for way in WAYS)
    print(
        f"reading in other processes costs {apart / here - 1:+.0%} ({apart:.1f} for {here:.1f} s)"
    )


if __name__ == "__main__":
    main()
