"""Indexes with damage under checksums that are right: make mutate, or for a moment in the tests.

A file of an index is changed, and every checksum that covers it is made right again, as somebody
would who sends a hostile index. Then every question is asked in a process of its own, with bounds
on time and memory. The outcome must be an error that names a file and the next step, or an answer
in good form; never another exception, a crash, a hang, or memory without bound.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from support.stand_in import HashEncoder

from recommender import Recommender, build
from recommender.builder.verify import verify
from recommender.errors import RecommenderError
from recommender.index.kinds import EXACT, EXACT_ROWS, FAST, FLAT
from recommender.settings import Settings
from recommender.store.checks import file_facts
from recommender.store.derived import index_file
from recommender.store.history import history
from recommender.store.layout import MANIFEST, SEGMENT_FACTS, SEGMENTS
from recommender.store.manifest import manifest_checksum
from recommender.types import Filters

# One of each kind of FAISS index that `index/write.py` supports.
KINDS = (
    *(EXACT, "IVF8,Flat", "IVF8,SQ8", "IVF8,RaBitQ", "IVF8,RaBitQ2", "IVF8_HNSW4,SQ4"),
    *("HNSW8", "HNSW8_SQ8", "SQ8", "SQfp16"),
)
ARTICLES = 120
SECONDS = 30
# What a process may use besides what it holds when it starts.
MEMORY_BYTES = 1 << 30
NUMBERS = [0, 1, -1, 2, 15, 127, 255, 256, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1]
WRONG: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 1.5, float("nan"), float("inf"), 1e308, 2**31, 2**64, 10**400),
    *("", "text", "\0", "../../outside", "\ud800", "/etc/passwd", "IVF1,Flat", "nl"),
    *([], [[]], [0], [0, 0], [None], ["a", "b"], {}, {"x": None}, {"": {}}, [[["deep"]]]),
)
# An error names a file or folder of the index, and what to run.
_NAMED = re.compile(r"(?s).*: .*(run: recommender|ask with --exact|recommender history).*")

NARROW = Filters(languages="nl", since="2022-05")

Outcome = tuple[str, str]


@dataclass(frozen=True)
class Index:
    """A folder with a sound index, whose snapshot is `name`, and an id to ask about."""

    folder: Path
    name: str
    article: str

    @property
    def manifest(self) -> Path:
        return self.folder / self.name / MANIFEST

    def segments(self) -> list[Path]:
        return sorted((self.folder / SEGMENTS).iterdir())


def made(folder: Path, kind: str) -> Index:
    """Build a sound index of a kind, with two segments and a removed article."""
    source = folder / "source"
    source.mkdir(parents=True)
    chosen = random.Random(1)
    words = [f"woord{number}" for number in range(300)]
    rows = [
        {
            "id": f"a{number}",
            "title": f"Kop {number}",
            "language": ("nl", "en")[number % 2],
            "date": f"2022-{number % 12 + 1:02}-03",
            "url": f"https://site.example/{number}",
            "text": "\n\n".join(" ".join(chosen.choices(words, k=30)) + "." for _ in range(4)),
            **({"status": "draft"} if number == 7 else {}),
        }
        for number in range(ARTICLES)
    ]
    options: dict[str, Any] = {
        "into": folder / "index",
        "model": HashEncoder(),
        "settings": Settings(join_under=0, index_kind=kind, include_unpublished=True),
    }
    for some in (rows[: ARTICLES - 5], rows[1:]):
        (source / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in some))
        with mock.patch.dict(EXACT_ROWS, {FAST: 50}):  # so few are searched exactly otherwise
            report = build(source, **options)
    made_kinds = {path.name for path in folder.glob("index/segments/*/*.faiss")}
    suffix = index_file("", FLAT if kind == EXACT else kind).removeprefix("index-")
    assert any(name.endswith(suffix) for name in made_kinds), (kind, made_kinds)
    return Index(folder / "index", report.snapshot, "a3")


def mutated(data: bytes, chosen: random.Random) -> bytes:
    """Return other bytes: numbers written over, bits turned, parts cut, doubled, moved."""
    found = bytearray(data)
    for _ in range(chosen.choice((1, 1, 1, 2, 5))):
        # Headers stand at the start, counts at the end; the rest is mostly content.
        most = len(found)
        at = min(most, chosen.choice((chosen.randrange(0, 200), most - chosen.randrange(1, 40),
                                      chosen.randrange(most + 1))))  # fmt: skip
        at = max(0, at)
        match chosen.choice(("number", "number", "number", "bit", "cut", "double", "zero", "end")):
            case "number":
                size = chosen.choice((1, 2, 4, 8))
                at -= at % size if chosen.random() < 0.5 else 0
                number = chosen.choice(NUMBERS) % (1 << 8 * size)
                found[at : at + size] = number.to_bytes(size, "little")
            case "bit" if at < most:
                found[at] ^= 1 << chosen.randrange(8)
            case "cut":
                del found[at : at + chosen.choice((1, 4, 8, 100, most))]
            case "double":
                found[at:at] = found[at : at + chosen.choice((1, 4, 8, 100))]
            case "zero":
                found[at : at + 16] = bytes(16)
            case _:
                found += chosen.randbytes(chosen.choice((1, 4, 100)))
    return bytes(found)


def repair_checksums(index: Index, segment: Path) -> None:
    """Make every checksum above the files of a segment right."""
    facts = json.loads((segment / SEGMENT_FACTS).read_bytes())
    facts["files"] = {name: asdict(file_facts(segment / name)) for name in facts["files"]}
    (segment / SEGMENT_FACTS).write_text(json.dumps(facts))
    manifest = json.loads(index.manifest.read_bytes())
    derived = manifest["derived"][segment.name]
    for name in derived:
        derived[name] = asdict(file_facts(segment / name))
    for entry in manifest["segments"]:
        if entry["name"] == segment.name:
            entry["facts"] = asdict(file_facts(segment / SEGMENT_FACTS))
    write_manifest(index, manifest)


def write_manifest(index: Index, manifest: dict[str, Any]) -> None:
    manifest["checksum"] = manifest_checksum(manifest)
    index.manifest.write_text(json.dumps(manifest))


def mutate_file(index: Index, chosen: random.Random, pattern: str = "*") -> str:
    """Change a file of a segment under right checksums; return what was changed."""
    paths = sorted(one for segment in index.segments() for one in segment.glob(pattern))
    path = chosen.choice(paths)
    path.write_bytes(mutated(path.read_bytes(), chosen))
    if path.name == SEGMENT_FACTS:
        manifest = json.loads(index.manifest.read_bytes())
        for entry in manifest["segments"]:
            if entry["name"] == path.parent.name:
                entry["facts"] = asdict(file_facts(path))
        write_manifest(index, manifest)
    else:
        repair_checksums(index, path.parent)
    return path.name


def places_in(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each value of a JSON object, however deep."""
    items: Iterable[tuple[Any, Any]] = (
        value.items() if isinstance(value, dict) else enumerate(value)
    )
    for key, one in items:
        yield (*way, key)
        if isinstance(one, dict | list):
            yield from places_in(one, (*way, key))


def mutate_manifest(index: Index, chosen: random.Random) -> str:
    """Change a field of the manifest under a right checksum; return its place."""
    manifest = json.loads(index.manifest.read_bytes())
    way = chosen.choice(list(places_in(manifest)))
    inner: Any = manifest
    for key in way[:-1]:
        inner = inner[key]
    match chosen.choice(("wrong", "wrong", "wrong", "other", "gone", "more")):
        case "gone":
            del inner[way[-1]]
        case "more" if isinstance(inner, dict):
            inner[chosen.choice(("more", "\0", "x" * 1000, "__class__"))] = chosen.choice(WRONG)
        case "other":  # a value from elsewhere in the manifest
            other: Any = manifest
            for key in chosen.choice(list(places_in(manifest))):
                other = other[key]
            inner[way[-1]] = json.loads(json.dumps(other))
        case _:
            inner[way[-1]] = chosen.choice(WRONG)
    write_manifest(index, manifest)
    return "manifest." + ".".join(map(str, way))


def ask_all(index: Index) -> str:
    """Ask everything; return `answered`, or the message of the first named error."""
    said: list[str] = []
    questions: list[Callable[[], object]] = [
        *(lambda exact=exact: ask(index, exact) for exact in (False, True)),
        lambda: [len(one) for one in verify(index.folder).problems],
        lambda: history(index.folder),
    ]
    for question in questions:
        try:
            question()
        except RecommenderError as error:
            if not _NAMED.match(str(error)):
                raise AssertionError(f"says nothing to do: {error}") from error
            said.append(str(error))
    return said[0] if said else "answered"


def ask(index: Index, exact: bool) -> None:
    """Ask each question of the library; raise `AssertionError` for an answer in bad form."""
    with Recommender.open(index.folder, encoder=HashEncoder(), exact=exact) as recommender:
        known = set(recommender.snapshot.ids())
        hits = [
            *recommender.search("woord1 woord2", k=20, ranking="words"),
            *recommender.search("woord1 woord2 woord3", k=20),
            *recommender.search('"woord1"', k=20),
            *recommender.search("woord4", k=5, by="article", filters=NARROW),
            *recommender.similar(f"{index.article}#2", k=20),
            *recommender.similar(index.article, k=5),
        ]
        found = [
            *recommender.related(index.article, k=20, min_strength=0),
            *recommender.related(index.article, k=5, half_life=30, diverse=True, min_strength=0),
        ]
        for one in [*hits, *found]:
            numbers = [one.score, *([one.strength] if one.strength is not None else [])]
            assert all(map(math.isfinite, numbers)), one
            assert one.article_id in known, one
        recommender.status()
        json.dumps([asdict(one) for one in [*hits, *found]], allow_nan=False)


def outcome_of(action: Callable[[], str]) -> Outcome:
    """Run an action in a process of its own, within bounds; return what became of it, and words."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY_BYTES,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.alarm(SECONDS)
        try:
            said = action()
            words = "answered" if said == "answered" else f"named {said}"
        except BaseException as error:
            trace = error.__traceback__
            while trace and trace.tb_next:
                trace = trace.tb_next
            place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
            words = f"lost {type(error).__name__}: {error} at {place}"
        os.write(write, words.encode("utf-8", "replace")[:4000])
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        words = stream.read().decode()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status < 0:
        name = signal.Signals(-status).name
        return "lost", "a hang" if -status == signal.SIGALRM else f"a crash by {name}"
    kind, _, rest = words.partition(" ")
    return kind or "lost", rest


Mutation = Callable[[Index, random.Random], str]


def mutations(count: int) -> Iterator[tuple[str, str, Mutation]]:
    """Yield for each of `count` files and manifests its kind of index, its name and its change."""
    faiss = max(1, count // (2 * len(KINDS)))
    for kind in KINDS:
        for _ in range(faiss):
            yield kind, "faiss", lambda index, chosen: mutate_file(index, chosen, "*.faiss")
    for pattern in ("lexical-*", "words-only-*", "names-*", "*.npy", "*.jsonl", "*.json"):
        for _ in range(max(1, count // 12)):
            yield (
                "exact",
                pattern,
                lambda index, chosen, pattern=pattern: mutate_file(index, chosen, pattern),
            )
    for number in range(count):
        yield KINDS[number % len(KINDS)], "manifest", mutate_manifest


def run(count: int, seed: int, report: Callable[[str], None], only: str = "") -> list[str]:
    """Try `count` files and `count` manifests; return what was lost, each as a line."""
    lost, tally = [], Counter[tuple[str, str]]()
    with tempfile.TemporaryDirectory(prefix="mutate-") as place:
        folder = Path(place)
        sound = {kind: made(folder / f"kind{number}", kind) for number, kind in enumerate(KINDS)}
        for kind, index in sound.items():
            outcome, words = outcome_of(lambda index=index: ask_all(index))
            assert outcome == "answered", (kind, words)
        for number, (kind, what, mutate) in enumerate(mutations(count)):
            if only not in ("", what):
                continue
            chosen = random.Random(f"{seed} {number}")
            copy = Index(folder / "copy" / "index", sound[kind].name, sound[kind].article)
            shutil.rmtree(copy.folder, ignore_errors=True)
            shutil.copytree(sound[kind].folder, copy.folder)
            place_of_it = mutate(copy, chosen)
            outcome, words = outcome_of(lambda copy=copy: ask_all(copy))
            name = f"{what} {kind}" if what == "faiss" else what
            tally[name, outcome] += 1
            if outcome == "lost":
                lost.append(f"{number} {kind} {place_of_it}: {words}")
                report(lost[-1])
        for name in dict.fromkeys(name for name, _ in tally):
            counts = ", ".join(
                f"{tally[name, outcome]} {outcome}"
                for outcome in ("named", "answered", "lost")
                if tally[name, outcome]
            )
            report(f"{name:<20} {counts}")
    return lost


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="faiss, manifest or a pattern of files")
    options = parser.parse_args()
    started = time.monotonic()
    lost = run(options.count, options.seed, lambda line: print(line, flush=True), options.only)
    print(f"{len(lost)} lost, {time.monotonic() - started:.0f} s")
    return bool(lost)


if __name__ == "__main__":
    sys.exit(main())
