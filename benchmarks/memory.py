"""Measure the memory of a build by its stages: python -m benchmarks.memory DATA --into FOLDER.

DATA holds sets of articles: folders with an `articles.jsonl.gz` each. They are repeated with other
words until there are ARTICLES. A stand-in for the model (`near_words.py`) gives texts vectors that
have neighbours; with `--no-neighbours` those of their hashes, which have none. FOLDER keeps the
articles, the index and, while it is built, the vectors: a run that was ended goes on from there.
The build is a process of its own, whose memory and that of its helpers is read each half second.
`--limit` bounds what a process may hold besides mapped files, in MB: a build that needs more ends.
Results go to benchmarks/results/memory.json and into benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import resource
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.circumstances import RESULTS, circumstances, store
from benchmarks.near_words import NearWords
from benchmarks.table import PAGE, fill

ROOT = Path(__file__).parent.parent
RESULTS_FILE = RESULTS / "memory.json"
ARTICLES, PROCESSES = 107_184, 2
SECONDS_BETWEEN = 0.5
# One word in so many is changed in an article that is repeated, of those of four letters or more.
CHANGED = 5
WORD = re.compile(r"\w{4,}")
# The stages that processes begin with, and the functions that the others begin with. What stands
# between two belongs to the one before.
FIRST = {"build": "read and learn", "verify": "`verify`, another process"}
STAGES = {
    "builder.build.pieces_of": "cut",
    "builder.build.fill_vectors": "encode",
    "builder.derive._space": "means of languages",
    "builder.derive.write_index": "search index",
    "builder.derive.tune": "tuning",
    "builder.derive.write_words": "words",
    "builder.derive.write_names": "names",
    "builder.derive.write_headlines": "headlines",
    "builder.derive.write_means": "means of articles",
    "builder.derive.measured_scales": "scores of unrelated pairs",
    "builder.build.with_related_recall": "recall of `related`",
    "builder.build.publish": "publish",
}


def articles(data: Path, count: int) -> Iterator[dict[str, Any]]:
    """Yield so many articles of all sets; those that are repeated have changed words."""
    found, number = 0, 0
    while True:
        for path in sorted(data.glob("*/articles.jsonl.gz")):
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                for line in lines:
                    if found == count:
                        return
                    yield changed(json.loads(line), number)
                    found += 1
        number += 1
        if not found:
            raise SystemExit(f"{data}: has no set with an articles.jsonl.gz")


def changed(row: dict[str, Any], number: int) -> dict[str, Any]:
    """Return the article of a round, the first of which changes nothing."""
    if not number:
        return row

    def other(found: re.Match[str]) -> str:
        word = found[0]
        if (zlib.crc32(word.encode()) + number) % CHANGED:
            return word
        return word + chr(ord("a") + number % 26)

    texts = {name: WORD.sub(other, row[name]) for name in ("title", "text")}
    return row | texts | {"id": f"{row['id']}~{number}", "source": f"{row['source']}~{number}"}


@dataclass(slots=True)
class Held:
    """The most megabytes that a stage held, and how long it took.

    `own` is `RssAnon` and `files` is `RssFile`, as they were read; `most` is `VmHWM`, which the
    system keeps. `together` is `own` with that of the helpers.
    """

    own: int = 0
    files: int = 0
    most: int = 0
    together: int = 0
    seconds: float = 0
    processor_seconds: float = 0

    def see(self, process: int) -> None:
        """Read what a process and its children hold now."""
        now = status_of(process)
        others = sum(status_of(one).get("RssAnon", 0) for one in children_of(process))
        self.own = max(self.own, now.get("RssAnon", 0))
        self.files = max(self.files, now.get("RssFile", 0))
        self.most = max(self.most, now.get("VmHWM", 0))
        self.together = max(self.together, now.get("RssAnon", 0) + others)


def status_of(process: int) -> dict[str, int]:
    """Return the sizes that the system tells of a process, in MB; none of one that has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
    except OSError:
        return {}
    pairs = (line.split() for line in lines if line.endswith(" kB"))
    return {name.rstrip(":"): int(size) // 1024 for name, size, _ in pairs}


def children_of(process: int) -> list[int]:
    """Return the processes that a process and its threads have started."""
    found = Path(f"/proc/{process}/task").glob("*/children")
    try:
        return [int(child) for path in found for child in path.read_text("ascii").split()]
    except OSError:  # it has ended
        return []


@dataclass(slots=True)
class Stages:
    """Notes in a file which stage a process has reached, and what each held at most."""

    place: Path
    found: dict[str, Held] = field(default_factory=dict)
    name: str = ""
    began: tuple[float, float] = (0, 0)

    def reach(self, name: str) -> None:
        """End the stage before, and begin one."""
        now = time.monotonic(), time.process_time()
        if self.name:
            held = self.found.setdefault(self.name, Held())
            held.see(os.getpid())
            held.seconds += now[0] - self.began[0]
            held.processor_seconds += now[1] - self.began[1]
        Path("/proc/self/clear_refs").write_text("5")  # `VmHWM` begins again
        self.name, self.began = name, now
        self.place.write_text(name, "utf-8")

    def beginning(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same, as a stage."""

        def staged(*given: Any, **named: Any) -> Any:
            self.reach(name)
            return work(*given, **named)

        return staged


def _built(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Build the index of the articles in a folder."""
    from support.stand_in import HashEncoder

    from recommender import build

    encoder = NearWords() if options.neighbours else HashEncoder(NearWords().dim, 2_000)
    source = folder / "articles.jsonl"
    report = build(source, into=folder / "index", model=encoder, processes=PROCESSES)
    return {"articles": report.articles, "passages": report.passages}


def _verified(folder: Path, _: argparse.Namespace) -> dict[str, Any]:
    """Verify the index in a folder."""
    from recommender.builder import verify

    return {"problems": len(verify.verify(folder / "index").problems)}


ACTIONS = {"build": _built, "verify": _verified}


def once(action: str, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Build or verify in this process, and return what each stage held."""
    stages = Stages(folder / "stage")
    for place, name in STAGES.items():
        module, _, function = f"recommender.{place}".rpartition(".")
        __import__(module)
        work = getattr(sys.modules[module], function)
        mock.patch.object(sys.modules[module], function, stages.beginning(name, work)).start()
    stages.reach(FIRST[action])
    facts = ACTIONS[action](folder, options)
    stages.reach("")
    return facts | {"stages": {name: asdict(held) for name, held in stages.found.items()}}


def watched(action: str, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Do something in a process of its own; return its facts, and what each stage held."""
    place, seen = folder / "stage", dict[str, Held]()
    place.write_text("", "utf-8")
    command = [sys.executable, "-m", "benchmarks.memory", str(folder), "--once", action]
    command += [] if options.neighbours else ["--no-neighbours"]

    def bounded() -> None:
        if options.limit:
            resource.setrlimit(resource.RLIMIT_DATA, (options.limit << 20,) * 2)

    started = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=bounded,
    )
    while started.poll() is None:
        if name := place.read_text("utf-8"):
            if name not in seen:
                print(f"{time.strftime('%H:%M:%S')} {name}", flush=True)
            seen.setdefault(name, Held()).see(started.pid)
        time.sleep(SECONDS_BETWEEN)
    assert started.stdout
    if started.returncode:
        print(json.dumps({name: asdict(held) for name, held in seen.items()}, indent=1))
        raise SystemExit(f"{action}: ended with {started.returncode}")
    facts: dict[str, Any] = json.loads(started.stdout.read())
    for name, held in facts["stages"].items():
        read = seen.get(name, Held())
        for what in ("own", "files", "together"):
            held[what] = max(held[what], getattr(read, what))
        print(name, held, flush=True)
    return facts


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Make the articles unless they are there, build, verify, and return what was measured."""
    folder: Path = options.into.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "articles.jsonl"
    if not source.exists():
        with source.with_suffix(".part").open("w", encoding="utf-8") as stream:
            for row in articles(options.data, options.articles):
                stream.write(json.dumps(row, ensure_ascii=False) + "\n")
        source.with_suffix(".part").rename(source)
    results = circumstances() | {"limit": options.limit, "neighbours": options.neighbours}
    built, verified = (watched(action, folder, options) for action in ("build", "verify"))
    stages = built.pop("stages") | verified.pop("stages")
    manifest = json.loads((folder / "index" / _live(folder) / "manifest.json").read_text("utf-8"))
    return results | built | verified | {"index": manifest["index"]["made"], "stages": stages}


def _live(folder: Path) -> str:
    return (folder / "index" / "CURRENT").read_text("utf-8").strip()


def table(results: dict[str, Any]) -> str:
    """Return a line for each stage, in Markdown."""
    lines = [
        f"{results['passages']:,} passages of {results['articles']:,} articles, "
        f"{results['processors']} x {results['processor']}, load {results['load_before']} at the "
        f"start, {results['date']}, commit {results['commit']}.",
        "",
        "| stage | own | files | most | own, with the helpers | seconds | processor seconds |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {name} | {held['own']:,} | {held['files']:,} | {held['most']:,} | "
        f"{held['together']:,} | {held['seconds']:,.0f} | {held['processor_seconds']:,.0f} |"
        for name, held in results["stages"].items()
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, store the figures and fill the page."""
    parser = argparse.ArgumentParser(prog="benchmarks.memory", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--into", type=Path)
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--no-neighbours", dest="neighbours", action="store_false")
    parser.add_argument("--once", choices=ACTIONS)
    options = parser.parse_args()
    if options.once:
        print(json.dumps(once(options.once, options.data, options)))
        return
    if options.into is None:
        parser.error("--into says where the articles and the index are kept")
    results = measure(options)
    print(table(results))
    if options.neighbours and options.articles == ARTICLES:
        store(RESULTS_FILE, results)
        fill(PAGE, "memory", table(results))


if __name__ == "__main__":
    main()
