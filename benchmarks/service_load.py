"""Measure the service under load with wrk: requests per second, latency, refusals, memory.

    python -m benchmarks.service_load INDEX [--seconds 20] [--clients 8] [--workers 1]
    python -m benchmarks.service_load INDEX --requests 100000 [--kinds similar]

The second asks the kinds of questions in turn until there were so many requests, and reports the
memory and the open files of the service along the way.

Beside the rate stands the processor time of the service for one request, which other work on the
machine changes little. wrk comes from the system's packages. Every question is another article or
text of the index, so that no answer is a repetition. Service and clients share this machine.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import urlencode

from recommender import Recommender
from recommender.render.tables import Table

QUESTIONS = 2_000
# Goes through a list of paths; at the end it writes what wrk measured as one line of JSON.
SCRIPT = """
local paths = {}
for line in io.lines(%s) do paths[#paths + 1] = line end
local at = 0
function init(arguments) at = math.random(#paths) end
function request() at = at %% #paths + 1; return wrk.format("GET", paths[at]) end
function done(summary, latency, requests)
  io.write(string.format('JSON {"requests": %%d, "seconds": %%f, "refused": %%d, "lost": %%d, ' ..
    '"p50": %%f, "p99": %%f, "worst": %%f}\\n', summary.requests, summary.duration / 1e6,
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
"""


@dataclass(frozen=True)
class Load:
    """How much is asked: so many clients for so long."""

    seconds: int
    clients: int


def paths_of(index: Path) -> dict[str, list[str]]:
    """Return the questions of each kind, made of the articles of an index."""
    found: dict[str, list[str]] = {"related": [], "similar": [], "search": []}
    with Recommender.open(index) as recommender:
        snapshot = recommender.snapshot
        step = max(snapshot.manifest.articles // QUESTIONS, 1)
        for position, id in islice(snapshot.positions_and_ids(), 0, QUESTIONS * step, step):
            if not len(snapshot.rows(position)):
                continue
            article = snapshot.article(position)
            words = (article.title or article.text)[:80]
            found["related"].append("/v1/articles/related?" + urlencode({"id": id}))
            found["similar"].append("/v1/passages/similar?" + urlencode({"id": id}))
            found["search"].append("/v1/search?" + urlencode({"q": words, "plain": "true"}))
    return found


@contextmanager
def service(index: Path, workers: int) -> Iterator[tuple[str, int]]:
    """Run the service; yield its address and its process id."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [sys.executable, "-m", "recommender", "serve", "--index", str(index)]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--port", str(port), "--workers", str(workers)], stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        while not is_ready(url):
            time.sleep(0.02)
        print(f"ready after {time.perf_counter() - began:.1f} s", file=sys.stderr)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(30)


def is_ready(url: str) -> bool:
    """Tell whether the service can answer."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5):
            return True
    except OSError:
        return False


def memory(pid: int) -> float:
    """Return the memory of a process in MB, without files that it only maps; Linux only."""
    text = Path(f"/proc/{pid}/status").read_text("ascii")
    found = re.search(r"RssAnon:\s+(\d+) kB", text)
    return int(found[1]) / 1024 if found else 0.0


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process and of those that it started; Linux only."""
    found = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:  # it ended
            continue
        if stat.parent.name == str(pid) or fields[1] == str(pid):
            found += int(fields[11]) + int(fields[12])
    return found / os.sysconf("SC_CLK_TCK")


def measure(url: str, paths: Sequence[str], load: Load) -> dict[str, float]:
    """Return what wrk measured."""
    with tempfile.TemporaryDirectory() as place:
        listed, script = Path(place, "paths"), Path(place, "load.lua")
        listed.write_text("\n".join(paths) + "\n", "ascii")
        script.write_text(SCRIPT % json.dumps(str(listed)), "ascii")
        options = ("-t", "1", "-c", str(load.clients), "-d", f"{load.seconds}s", "--timeout", "20s")
        done = subprocess.run(
            ["wrk", *options, "-s", str(script), url],
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
    line = next(one for one in done.stdout.splitlines() if one.startswith("JSON "))
    found: dict[str, float] = json.loads(line.removeprefix("JSON "))
    return found


def processes_of(pid: int) -> list[int]:
    """Return a process and those that it started; Linux only."""
    found = [pid]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended
            if stat.read_text("ascii", "replace").rpartition(")")[2].split()[1] == str(pid):
                found.append(int(stat.parent.name))
    return found


def endure(
    url: str, pid: int, questions: Mapping[str, list[str]], requests: int, load: Load
) -> None:
    """Ask the kinds of questions in turn until there were so many requests; print the memory."""
    rows: list[dict[str, str]] = []
    asked, kinds = 0, cycle(questions.items())
    total = {"refused": 0.0, "lost": 0.0}
    while asked < requests:
        name, paths = next(kinds)
        found = measure(url, paths, load)
        asked += int(found["requests"])
        total = {kind: total[kind] + found[kind] for kind in total}
        every = processes_of(pid)
        row = {
            "requests": f"{asked:,}",
            "last asked": name,
            "MB": f"{sum(memory(one) for one in every):.0f}",
            "open files": str(sum(len(list(Path(f"/proc/{one}/fd").iterdir())) for one in every)),
            **{kind: f"{count:.0f}" for kind, count in total.items()},
        }
        rows.append(row)
        print(row, file=sys.stderr, flush=True)
    step = max(len(rows) // 10, 1)
    print(Table(rows[::step] + rows[-1:]).markdown())


def main() -> None:
    """Measure each kind of question."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("index", type=Path)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--requests", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", default=["related", "similar", "search"])
    asked = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("this needs wrk: apt install wrk")
    rows = []
    questions = {
        kind: paths for kind, paths in paths_of(asked.index).items() if kind in asked.kinds
    }
    with service(asked.index, asked.workers) as (url, pid):
        if asked.requests:
            endure(url, pid, questions, asked.requests, Load(asked.seconds, asked.clients))
            return
        for name, paths in questions.items():
            measure(url, paths, Load(3, asked.clients))
            before, spent = memory(pid), processor_seconds(pid)
            found = measure(url, paths, Load(asked.seconds, asked.clients))
            spent = processor_seconds(pid) - spent
            rows.append(
                {
                    "question": name,
                    "requests/s": f"{found['requests'] / found['seconds']:.0f}",
                    "processor ms": f"{spent * 1000 / found['requests']:.1f}",
                    "p50 ms": f"{found['p50']:.0f}",
                    "p99 ms": f"{found['p99']:.0f}",
                    "refused": f"{found['refused']:.0f}",
                    "lost": f"{found['lost']:.0f}",
                    "more MB": f"{memory(pid) - before:+.0f}",
                }
            )
    print(Table(rows).markdown())


if __name__ == "__main__":
    main()
