"""Adds, updates, removes, builds and asks at random for a long time, with kills: make soak.

One writer at a time changes an index, article by article, and is killed at random instants. Readers
ask all the while, each in a process of its own. A journal says what was begun and what returned.
After a kill the index must hold what it held before the last write or after it, and nothing else.
Readers accept only an archive that there was. Their memory and descriptors, and the index on the
disk, must not grow.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from end_to_end.crash import Archive, ended, forked, state_of
from support.stand_in import HashEncoder

from recommender import Recommender, add, build, remove, update
from recommender.builder.verify import verify
from recommender.settings import Settings
from recommender.store.history import prune_snapshots

PLAIN = Settings(join_under=0)
ENCODER = HashEncoder()
FEWEST, MOST = 60, 400
ACTIONS = ("add", "update", "remove", "batch", "build", "prune")
WEIGHTS = (40, 30, 25, 4, 1, 1)
# What may grow: memory and disk by these factors from the second fifth of the run to the last,
# descriptors by so many: a reader has some four files open for each segment. An index that is
# written to holds up to six snapshots of what changed, and what was written since they were pruned.
MORE_MEMORY, MORE_DESCRIPTORS, MORE_DISK = 1.25, 40, 2.5
# An index after the run against one that is built of the same articles: up to half of a segment may
# be removed articles, and small segments have facts of their own.
LARGER_INDEX = 2.2


@dataclass(frozen=True)
class Yard:
    """The files of a run: the index, the journal of the writers, and the notes of the readers."""

    folder: Path

    @property
    def index(self) -> Path:
        return self.folder / "index"

    @property
    def journal(self) -> Path:
        return self.folder / "journal.jsonl"

    @property
    def states(self) -> Path:
        return self.folder / "states"

    def notes(self, reader: int) -> Path:
        return self.folder / f"reader-{reader}.jsonl"

    def log(self, **entry: Any) -> None:
        """Append to the journal, in one write."""
        with self.journal.open("a") as stream:
            stream.write(json.dumps(entry) + "\n")


def row_of(id: str, text: str) -> dict[str, str]:
    return {"id": id, "title": f"Kop {id}", "language": "nl", "text": text}


def text_of(id: str, chance: random.Random) -> str:
    paragraphs = [
        f"Alinea {number} van {id} met nummer {chance.randrange(10**9)}."
        for number in range(chance.randint(1, 4))
    ]
    return "\n\n".join(paragraphs)


def held_by(recommender: Recommender) -> Archive:
    snapshot = recommender.snapshot
    return {id: snapshot.article(snapshot.find(id) or 0).text for id in snapshot.ids()}


def resumed(yard: Yard) -> Archive:
    """Return what the index holds by the journal; what was begun last may be there or not."""
    archive: Archive = {}
    pending: Archive | None = None
    for line in yard.journal.read_text().splitlines():
        entry = json.loads(line)
        if "begun" in entry:
            pending = entry["begun"]
        elif pending is not None:
            archive = pending if entry["end"] == "after" else archive
            pending = None
    if pending is None:
        return archive
    with Recommender.open(yard.index, encoder=ENCODER) as recommender:
        held = held_by(recommender)
    if held not in (archive, pending):
        lost = sorted(archive.keys() - held.keys() - (archive.keys() - pending.keys()))
        yard.log(end="lost", ids=lost)
        raise AssertionError(f"the index holds neither the archive before nor after: lost {lost}")
    yard.log(end="after" if held == pending else "before")
    return held


def write_for_ever(yard: Yard, seed: int) -> None:
    """Change the index until killed."""
    chance = random.Random(seed)
    archive = resumed(yard)
    while True:
        action = chance.choices(ACTIONS, WEIGHTS)[0]
        after = changed(action, archive, chance)
        with yard.states.open("a") as stream:
            stream.write(state_of(after) + "\n")
        yard.log(begun=after)
        take(action, archive, after, yard)
        yard.log(end="after", action=action)
        archive = after


def changed(action: str, archive: Archive, chance: random.Random) -> Archive:
    """Return the archive after an action."""
    after = dict(archive)
    if action in ("add", "batch") and len(after) < MOST:
        for _ in range(1 if action == "add" else 8):
            id = f"a{chance.randrange(10**6)}"
            after[id] = text_of(id, chance)
    elif action == "update":
        id = chance.choice(sorted(after))
        after[id] = text_of(id, chance)
    elif action == "remove" and len(after) > FEWEST:
        del after[chance.choice(sorted(after))]
    return after


def take(action: str, before: Archive, after: Archive, yard: Yard) -> None:
    """Make the index hold `after`."""
    rows = [row_of(id, text) for id, text in after.items() if before.get(id) != text]
    if action == "build":
        rows = [row_of(id, text) for id, text in after.items()]
        build(rows, into=yard.index, model=ENCODER, settings=PLAIN, replace=True)
    elif action == "prune":
        prune_snapshots(yard.index, keep=2)
    elif action == "remove" and before != after:
        remove(before.keys() - after.keys(), into=yard.index)
    elif rows:
        (update if action == "update" else add)(
            rows, into=yard.index, model=ENCODER, settings=PLAIN
        )


def read_for_ever(yard: Yard, reader: int) -> None:
    """Ask until killed; note each look: what was wrong, if anything, and what the process holds."""
    chance = random.Random(reader)
    recommender = Recommender.open(yard.index, encoder=HashEncoder())
    with yard.notes(reader).open("a", buffering=1) as stream:
        while True:
            wrong = ""
            try:
                if chance.random() < 0.8:
                    recommender.reload()
                else:
                    recommender.close()
                    recommender = Recommender.open(yard.index, encoder=HashEncoder())
                wrong = look(recommender, yard, chance)
            except Exception as error:  # whatever it is, a reader must not meet it
                wrong = f"{type(error).__name__}: {error}"
            note = {"time": time.time(), "wrong": wrong, **held_by_process()}
            stream.write(json.dumps(note) + "\n")


def look(recommender: Recommender, yard: Yard, chance: random.Random) -> str:
    """Ask questions; return what is wrong with the answers, or nothing."""
    archive = held_by(recommender)
    if state_of(archive) not in yard.states.read_text().split():
        return f"{recommender.name}: no such archive"
    id = chance.choice(sorted(archive))
    hit = recommender.search(archive[id].split("\n\n")[0], k=1)[0]
    if hit.article_id != id:
        return f"{id} is not found by its own text, but {hit.article_id}"
    recommender.related(id, k=3)
    return ""


def held_by_process() -> dict[str, int]:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    descriptors = len(os.listdir("/proc/self/fd"))
    return {"memory": pages * os.sysconf("SC_PAGE_SIZE"), "descriptors": descriptors}


def disk_of(folder: Path) -> int:
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(where, name).lstat().st_size
            except OSError:  # deleted meanwhile
                continue
    return total


def run(yard: Yard, seconds: float, readers: int, seed: int) -> dict[str, Any]:
    """Run writers and readers for so long; return what happened, in figures."""
    chance = random.Random(seed)
    yard.log(begun={})
    archive = {f"a{number}": text_of(f"a{number}", chance) for number in range(2 * FEWEST)}
    yard.states.write_text(state_of(archive) + "\n")
    build([row_of(*one) for one in archive.items()], into=yard.index, model=ENCODER, settings=PLAIN)
    yard.log(begun=archive)
    yard.log(end="after", action="build")
    asking = [forked(lambda n=n: read_for_ever(yard, n)) for n in range(readers)]  # type: ignore[misc]
    disk: list[int] = []
    kills = lost = 0
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            writer = forked(lambda: write_for_ever(yard, chance.randrange(10**9)))
            chance.random()
            pause = chance.choice((chance.uniform(0, 3), chance.uniform(3, 30)))
            time.sleep(min(pause, max(until - time.monotonic(), 0.1)))
            os.kill(writer, signal.SIGKILL)
            killed = ended(writer) == -signal.SIGKILL
            kills, lost = kills + killed, lost + (not killed)
            disk.append(disk_of(yard.index))
    finally:
        for reader in asking:
            os.kill(reader, signal.SIGKILL)
            ended(reader)
    return {"kills": kills, "writers that ended": lost, "disk": disk, **figures(yard, readers)}


def figures(yard: Yard, readers: int) -> dict[str, Any]:
    """Return what the journal and the notes say."""
    actions = Counter(
        entry["action"]
        for entry in map(json.loads, yard.journal.read_text().splitlines())
        if "action" in entry
    )
    notes = [[json.loads(line) for line in _lines(yard.notes(n))] for n in range(readers)]
    wrong = [note["wrong"] for own in notes for note in own if note["wrong"]]
    return {
        "actions": dict(actions),
        "looks": sum(map(len, notes)),
        "wrong": wrong,
        "memory": [_growth([note["memory"] for note in own]) for own in notes],
        "descriptors": [_growth([note["descriptors"] for note in own]) for own in notes],
    }


def _lines(path: Path) -> list[str]:
    """Return the whole lines of a file whose writer was killed."""
    return path.read_text().split("\n")[:-1]


def _growth(values: list[int]) -> tuple[float, float]:
    """Return the medians of the second fifth of a run and of its last: the first warms up."""
    fifth = max(len(values) // 5, 1)
    return statistics.median(values[fifth : 2 * fifth]), statistics.median(values[-fifth:])


def problems_of(yard: Yard, found: dict[str, Any]) -> list[str]:
    """Return what must not be: lost articles, wrong answers, growth, a large or damaged index."""
    problems = [*found["wrong"][:5]]
    archive = resumed(yard)
    with Recommender.open(yard.index, encoder=ENCODER) as recommender:
        if held_by(recommender) != archive:
            problems.append("the index does not hold what was written")
    if found["writers that ended"]:
        problems.append("a writer ended by itself: see its error")
    problems += verify(yard.index).problems
    problems += [f"memory grew: {one}" for one in found["memory"] if one[1] > MORE_MEMORY * one[0]]
    problems += [
        f"descriptors grew: {one}"
        for one in found["descriptors"]
        if one[1] > one[0] + MORE_DESCRIPTORS
    ]
    before, after = _growth(found["disk"])
    if after > MORE_DISK * before * max(1.0, len(archive) / FEWEST / 2):
        problems.append(f"the index grew on disk: {before:,} to {after:,} bytes")
    rows = [row_of(*one) for one in archive.items()]
    build(rows, into=yard.index, model=ENCODER, settings=PLAIN, replace=True)
    build(rows, into=yard.folder / "fresh", model=ENCODER, settings=PLAIN)
    found["size"] = segments_of(yard.index) / segments_of(yard.folder / "fresh")
    if found["size"] > LARGER_INDEX:
        problems.append(f"the index is {found['size']:.2f} times as large as a new one")
    return problems


def segments_of(index: Path) -> int:
    """Return the bytes of the segments of the live snapshot: old ones are kept beside them."""
    with Recommender.open(index, encoder=ENCODER) as recommender:
        return sum(disk_of(one.folder) for one in recommender.snapshot.segments)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    yard = Yard(Path(tempfile.mkdtemp(prefix="soak-")))
    print(f"seed {options.seed}, files in {yard.folder}")
    found = run(yard, options.seconds, options.readers, options.seed)
    problems = problems_of(yard, found)
    found |= {"disk": _growth(found["disk"]), "wrong": len(found["wrong"])}
    for name, value in found.items():
        print(f"{name}: {value}")
    for problem in problems:
        print(f"PROBLEM {problem}")
    if not problems:
        shutil.rmtree(yard.folder)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
