"""Kills and breaks builds at every point, with readers asking all the time: make crash-test.

An archive changes, and each change is built, written, pruned or rolled back by a process that is
killed at a random instant, or whose file layer fails or dies at each of its system calls in turn.
After each the same step is run to its end and the index must hold exactly what the source holds.
Two readers look every article up all the while and accept only an archive that there was.
"""

from __future__ import annotations

import argparse
import errno
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.faulty import FaultyOs, faulty
from support.stand_in import HashEncoder

from recommender import Recommender, add, build, remove
from recommender.builder.verify import verify
from recommender.errors import SnapshotMissing, StorageError
from recommender.settings import Settings
from recommender.store.history import history, prune_snapshots, rollback
from recommender.types import BuildReport

Archive = dict[str, str]
STEPS = ("build", "build", "write", "write", "write", "full", "prune", "rollback")


class Stage:
    """A source folder, its index, and what the source ever held."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.source, self.index = folder / "source", folder / "vectors"
        self._known = folder / "known"
        self.random = random.Random(seed)
        self.archive: Archive = {}
        self._version = 0
        self.source.mkdir()
        for _ in range(6):
            self.change()

    def change(self) -> None:
        """Add, edit or delete an article."""
        self._version += 1
        id = self.random.choice("abcdefghij")
        if id in self.archive and len(self.archive) > 4 and self.random.random() < 0.3:
            del self.archive[id]
        else:
            self.archive[id] = f"Artikel {id} versie {self._version}.\n\nEn de rest van {id}."
        rows = [
            {"id": id, "title": f"Kop {id}", "language": "nl", "text": text}
            for id, text in self.archive.items()
        ]
        (self.source / "articles.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        with self._known.open("a") as stream:
            stream.write(state_of(self.archive) + "\n")

    def known(self) -> set[str]:
        return set(self._known.read_text().split())

    def take(self, step: str) -> None:
        """Run one step of a writer to its end."""
        if step in ("build", "full"):
            build_into(self, full=step == "full")
        elif step == "write":
            write_into(self)
        elif step == "prune":
            prune_snapshots(self.index, keep=1)
        elif step == "rollback" and len(history(self.index)) > 1:
            rollback(self.index, self.random.choice(history(self.index))["snapshot"])


def build_into(stage: Stage, **options: Any) -> BuildReport:
    """Build the source, each paragraph a passage of its own."""
    options = {
        "model": HashEncoder(),
        "settings": Settings(join_under=0),
        "replace": True,
    } | options
    return build(stage.source, into=stage.index, **options)


def write_into(stage: Stage) -> None:
    """Write what the last change of the source was, article by article."""
    with Recommender.open(stage.index, encoder=HashEncoder()) as recommender:
        held = {
            id: recommender.snapshot.article(recommender.snapshot.find(id) or 0).text
            for id in recommender.snapshot.ids()
        }
    remove([id for id in held if id not in stage.archive], into=stage.index)
    for id, text in stage.archive.items():
        if held.get(id) != text:
            row = {"id": id, "title": f"Kop {id}", "language": "nl", "text": text}
            options = {"model": HashEncoder(), "settings": Settings(join_under=0)}
            add(row, into=stage.index, **options)


def state_of(archive: Archive) -> str:
    return hashlib.sha256(json.dumps(sorted(archive.items())).encode()).hexdigest()


def held_by(recommender: Recommender) -> Archive:
    """Return what an index holds, each article found by its own text; raise if one is not."""
    archive = {}
    for id in recommender.snapshot.ids():
        text = recommender.snapshot.article(recommender.snapshot.find(id) or 0).text
        hit = recommender.search(text.split("\n\n")[0], k=1)[0]
        if (hit.article_id, round(hit.cosine, 4)) != (id, 1.0):
            raise AssertionError(f"{id} is not found by its own text, but {hit}")
        archive[id] = text
    return archive


def read_for_ever(stage: Stage, notes: Path) -> None:
    """Ask until killed; note each look as `ok`, or what was wrong with it."""
    with notes.open("a", buffering=1) as stream:
        recommender = Recommender.open(stage.index, encoder=HashEncoder())
        while True:
            try:
                if random.random() < 0.5:
                    recommender.reload()
                else:
                    recommender = Recommender.open(stage.index, encoder=HashEncoder())
                state = state_of(held_by(recommender))
                found = "ok" if state in stage.known() else f"{recommender.name}: no such archive"
            except Exception as error:  # whatever it is, a reader must not meet it
                found = f"{type(error).__name__}: {error}".replace("\n", " ")
            stream.write(found + "\n")


def forked(action: Callable[[], object]) -> int:
    """Run `action` in a child process; return its process id."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        action()
        status = 0
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    finally:
        os._exit(status)


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def check(stage: Stage) -> None:
    """Build to the end; the index must be sound and hold the source, nothing else lie about."""
    build_into(stage)
    problems = verify(stage.index).problems
    assert not problems, problems
    with Recommender.open(stage.index, encoder=HashEncoder()) as recommender:
        assert held_by(recommender) == stage.archive
        assert recommender.snapshot.manifest.articles == len(stage.archive)
    assert not [path.name for path in stage.index.iterdir() if path.name.startswith(".b")]


def kill_at_random(stage: Stage, kills: int) -> Counter[str]:
    """Kill a writer at a random instant, as often as asked; return how each step ended."""
    outcomes: Counter[str] = Counter()
    longest = 0.1
    while outcomes["killed"] < kills:
        stage.change()
        step = stage.random.choice(STEPS)
        started = time.monotonic()
        child = forked(lambda step=step: stage.take(step))  # type: ignore[misc]
        time.sleep(stage.random.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        status = ended(child)
        if status == 0:
            longest = max(0.02, (longest + time.monotonic() - started) / 2)
        else:
            longest *= 1.02
        outcomes["killed" if status < 0 else f"ended {status}"] += 1
        outcomes[f"{step}{' killed' if status < 0 else ''}"] += 1
        check(stage)
    return outcomes


def break_each_call(
    stage: Stage,
    error: int | None,
    every: int = 1,
    step: Callable[[Stage], object] = build_into,
) -> Counter[str]:
    """Fail, or with `error` None die, at each system call of a build, or another step, in turn."""
    outcomes: Counter[str] = Counter()
    at = 0
    while True:
        stage.change()
        faults = FaultyOs(at, error, lose=error is None)
        child = forked(lambda faults=faults: _step_with(stage, faults, step))  # type: ignore[misc]
        status = ended(child)
        outcomes[{0: "refused", 2: "not reached"}.get(status, f"status {status}")] += 1
        check(stage)
        if status == 2:
            return outcomes
        at += every


def _step_with(stage: Stage, faults: FaultyOs, step: Callable[[Stage], object]) -> None:
    """End with 0 where the fault was told as the error it is, with 2 where it was not reached."""
    with faulty(faults):
        try:
            step(stage)
        except StorageError as error:
            told = "the old index is unchanged" in str(error)
            os._exit(0 if told else 3)
    reached = faults._at is not None and len(faults.calls) > faults._at
    os._exit(0 if reached else 2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="crash-"))
    stage = Stage(folder, options.seed)
    print(f"seed {options.seed}")
    stage.take("build")
    notes = folder / "readers"
    readers = [forked(lambda: read_for_ever(stage, notes)) for _ in range(2)]
    try:
        started = time.monotonic()
        print("killed at random:", dict(kill_at_random(stage, options.kills)))
        for step in (build_into, write_into):
            print(f"{step.__name__}: power lost:", dict(break_each_call(stage, None, step=step)))
            for error in (errno.ENOSPC, errno.EIO, errno.EACCES):
                ended_as = dict(break_each_call(stage, error, step=step))
                print(f"{step.__name__}: {errno.errorcode[error]}:", ended_as)
    finally:
        for reader in readers:
            os.kill(reader, signal.SIGKILL)
            ended(reader)
    looks = Counter(line for line in notes.read_text().splitlines() if line)
    print(f"readers: {looks['ok']} looks, {looks.total() - looks['ok']} wrong")
    print(f"{time.monotonic() - started:.0f} s")
    for wrong in [line for line in looks if line != "ok"][:10]:
        print(f"  {wrong}")
    shutil.rmtree(folder)
    return 0 if set(looks) == {"ok"} else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SnapshotMissing as error:
        sys.exit(str(error))
