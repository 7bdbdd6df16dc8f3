"""Build a large archive with the real model, killed once: python -m benchmarks.corpus SOURCE...

The build runs in a process of its own, whose memory is read every second (Linux). Halfway through
the encoding it is killed with SIGKILL, within a group of texts that are encoded together, and
started again. Results go to benchmarks/results/corpus.json.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.circumstances import RESULTS, circumstances, store

RESULTS_FILE = RESULTS / "corpus.json"
LATE = 0.7  # the kill comes when this share of a group of texts is encoded


@dataclass
class WatchedBuild:
    """The reports of one process, and its memory: (time, megabytes, megabytes without files)."""

    reports: list[dict[str, Any]] = field(default_factory=list)
    memory: list[tuple[float, int, int]] = field(default_factory=list)
    ended: float = 0.0

    @property
    def encoding(self) -> list[dict[str, Any]]:
        """Return the reports of the stage `encode`."""
        return [report for report in self.reports if report["stage"] == "encode"]

    def megabytes_at(self, moment: float) -> int:
        """Return the megabytes in use at the last reading before a moment."""
        return next((all_ for at, all_, _ in reversed(self.memory) if at <= moment), 0)


def build_once(index: str, sources: Sequence[str]) -> None:
    """Build, and print a line of JSON for each report of progress and one at the end."""
    from recommender import build
    from recommender.encoders.load import load_encoder

    encoder = load_encoder()

    def report_progress(stage: str, done: int, total: int | None) -> None:
        facts = {
            "stage": stage,
            "done": done,
            "total": total,
            "at": time.time(),
            "computed_tokens": getattr(encoder, "computed_tokens", 0),
            "padding_tokens": getattr(encoder, "padding_tokens", 0),
        }
        if stage != "read":
            print(json.dumps(facts), flush=True)

    report = build(sources, into=index, model=encoder, on_progress=report_progress)
    report_progress("end", report.encoded, report.passages)


def watched(index: Path, sources: Sequence[str], kill: bool) -> WatchedBuild:
    """Build in a process, and kill it halfway if `kill` is set."""
    run = WatchedBuild()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.corpus", "--into", str(index), *sources],
        stdout=subprocess.PIPE,
        text=True,
    )
    reader = threading.Thread(target=_read, args=(process, run, kill))
    reader.start()
    while process.poll() is None:
        if memory := _megabytes(process.pid):
            run.memory.append((time.time(), *memory))
        time.sleep(1)
    reader.join()
    if not kill and process.returncode:
        raise RuntimeError("the build failed; its error is above")
    return run


def _read(process: subprocess.Popen[str], run: WatchedBuild, kill: bool) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        run.reports.append(json.loads(line))
        encoding = run.encoding
        if kill and len(encoding) > 1 and encoding[-1]["done"] * 2 >= encoding[-1]["total"]:
            time.sleep(LATE * (encoding[-1]["at"] - encoding[-2]["at"]))
            os.kill(process.pid, signal.SIGKILL)
            kill = False
            run.ended = time.time()


def _megabytes(pid: int) -> tuple[int, int] | None:
    """Return a process's megabytes, and those of them that are not of files."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    found = dict(line.split(":", 1) for line in text.splitlines())
    if "VmRSS" not in found:
        return None
    resident, own = (int(found[name].split()[0]) // 1024 for name in ("VmRSS", "RssAnon"))
    return resident, own


def figures(first: WatchedBuild, second: WatchedBuild) -> dict[str, Any]:
    """Return the figures of both runs together."""
    killed, total = first.encoding[-1], first.encoding[-1]["total"]
    kept = total - second.encoding[0]["total"]
    texts = killed["done"] + second.encoding[-1]["done"]
    seconds = sum(run.encoding[-1]["at"] - run.encoding[0]["at"] for run in (first, second))
    last = [run.encoding[-1] for run in (first, second)]
    computed = sum(report["computed_tokens"] for report in last)
    padding = sum(report["padding_tokens"] for report in last)
    lasting = [(run, run.encoding[0]["at"], run.encoding[-1]["at"]) for run in (first, second)]
    in_use = [m for run, start, end in lasting for m in run.memory if start <= m[0] <= end]
    return {
        "passages": second.reports[-1]["total"],
        "distinct_texts": total,
        "encoding_seconds": round(seconds, 1),
        "texts_per_second": round(texts / seconds, 1),
        "tokens_per_second": round((computed - padding) / seconds),
        "padding_share": round(padding / max(computed, 1), 4),
        "kept_by_the_kill": kept,
        "texts_reported_at_the_kill": killed["done"],
        "seconds_of_encoding_lost": round(first.ended - killed["at"], 2),
        "seconds_from_first_vector_to_published": round(
            second.reports[-1]["at"] - second.encoding[0]["at"], 1
        ),
        "peak_mb_while_encoding": max(all_ for _, all_, _ in in_use),
        "peak_mb_while_encoding_not_of_files": max(own for _, _, own in in_use),
        "mb_at_quarters_of_the_encoding": _quarters(first, second, total, kept),
        "peak_mb_of_the_whole_build": max(m[1] for run in (first, second) for m in run.memory),
        "memory_every_tenth": _thinned(second),
    }


def _quarters(first: WatchedBuild, second: WatchedBuild, total: int, kept: int) -> list[int]:
    """Return the memory when a quarter, a half, three quarters and all of the texts were done."""
    found = []
    for quarter in (1, 2, 3, 4):
        wanted = total * quarter / 4
        run, before = (first, 0) if wanted <= kept else (second, kept)
        moments = [r["at"] for r in run.encoding if r["done"] + before >= wanted]
        found.append(run.megabytes_at(moments[0] if moments else run.encoding[-1]["at"]))
    return found


def _thinned(run: WatchedBuild) -> list[dict[str, Any]]:
    """Return the memory through a run at ten moments, with the stage it was in."""
    step = max(len(run.memory) // 10, 1)
    start, ends = run.encoding[0]["at"], run.encoding[-1]["at"]
    return [
        {
            "stage": "read" if at < start else "encode" if at <= ends else "derive",
            "mb": all_,
            "mb_not_of_files": own,
        }
        for at, all_, own in run.memory[::step]
    ]


def main() -> None:
    """Build, kill the build, finish it, and store the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.corpus", description=__doc__)
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--into", help="build once into this index, and print the progress")
    options = parser.parse_args()
    if options.into:
        build_once(options.into, options.sources)
        return
    facts = circumstances()
    with tempfile.TemporaryDirectory() as scratch:
        index = Path(scratch, "vectors")
        first = watched(index, options.sources, kill=True)
        second = watched(index, options.sources, kill=False)
    store(RESULTS_FILE, facts | figures(first, second))


if __name__ == "__main__":
    main()
