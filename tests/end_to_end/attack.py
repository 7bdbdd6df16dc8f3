"""Attacks on the product, each of which once did harm or might have: make attack.

Each scene tries what a stranger, a machine or bad luck may do, and raises `AssertionError` if the
product deletes, follows, runs or fetches what is not its own, loses what is its own, stalls, or
ends in anything but a named error. What was tried and what held is printed; the first loss ends
the run with exit code 1. The encoder is a stand-in, so that no model is needed.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from end_to_end.crash import Stage, build_into, check, ended, forked, held_by, kill_at_random
from end_to_end.mutate import run as mutate
from support.stand_in import HashEncoder

from recommender import Recommender, build
from recommender.builder.verify import verify
from recommender.encoders.safety import known_modules
from recommender.errors import EncoderError, IndexLocked, RecommenderError
from recommender.export.addresses import link_to, safe_url
from recommender.render.facts import Facts
from recommender.render.formats import Format, render
from recommender.render.text_layout import Page
from recommender.store.history import history, prune_snapshots, rollback
from recommender.store.manifest import manifest_checksum

THEIRS = {
    "segments/thesis.tex": "ten years of work",
    "2024/manifest.json": "{}",
    "20260101T120000Z-3f9c2a/manifest.json": "a list of what the ship carries",
    ".building-site/plan.txt": "a house",
    ".unfinished-symphony/score.txt": "eight bars",
    ".resume/cv.txt": "born, worked",
}
ROUTER = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Router"}]
SECONDS_A_FILE = 60
ENCODER = HashEncoder()

Scene = Callable[[Path, argparse.Namespace], str]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def write_theirs(folder: Path) -> None:
    for name, text in THEIRS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def new_stage(folder: Path, seed: int = 1) -> Stage:
    folder.mkdir(parents=True, exist_ok=True)
    stage = Stage(folder, seed)
    build_into(stage)
    return stage


def changed_build(stage: Stage) -> None:
    stage.change()
    build_into(stage)


WRITERS: dict[str, Callable[[Stage], object]] = {
    "build": changed_build,
    "prune": lambda stage: prune_snapshots(stage.index, keep=1),
    "repair": lambda stage: verify(stage.index, repair=True),
    "rollback": lambda stage: rollback(stage.index),
}


def folders_of_others(folder: Path, options: argparse.Namespace) -> str:
    """Point every writer to a folder of somebody else, and keep files of others beside an index."""
    stage = Stage(folder, 1)
    write_theirs(stage.index)
    before = contents(stage.index)
    for name, write in WRITERS.items():
        try:
            write(stage)
        except RecommenderError:
            pass
        else:
            raise AssertionError(f"{name} wrote to a folder that is not an index")
        assert contents(stage.index) == before, name
    shutil.rmtree(stage.index)
    build_into(stage)
    write_theirs(stage.index)
    for _ in range(6):
        changed_build(stage)
    found = contents(stage.index)
    lost = [name for name, text in THEIRS.items() if found.get(name) != text.encode()]
    assert not lost, lost
    return f"{len(WRITERS)} writers refused, {len(THEIRS)} files beside an index stayed"


def links_and_pipes(folder: Path, options: argparse.Namespace) -> str:
    """Put a link or a pipe in the place of each file and folder of an index that was received."""
    sound = new_stage(folder / "sound")
    places = sorted(str(path.relative_to(sound.index)) for path in sound.index.rglob("*"))
    places += [".resume", "editorial.txt", ".building-1"]
    for number, name in enumerate(places):
        for is_pipe in (False, True):
            stage = Stage(made(folder, f"{number}{is_pipe}"), 1)
            shutil.copytree(sound.index, stage.index)
            victim, outside = stage.index / name, folder / f"{number}{is_pipe}" / "outside"
            outside.mkdir()
            if not victim.exists():
                victim.mkdir()
                (victim / "0123456789abcdef.encoded").write_text("theirs")
            shutil.move(victim, outside / victim.name)
            if is_pipe:
                os.mkfifo(victim)
            else:
                victim.symlink_to(outside / victim.name)
            before = contents(outside)
            for use in (
                *WRITERS.values(),
                lambda stage: Recommender.open(stage.index, encoder=ENCODER),
            ):
                with suppress(RecommenderError), within(SECONDS_A_FILE):
                    use(stage)
            assert contents(outside) == before, name
            shutil.rmtree(folder / f"{number}{is_pipe}")
    return f"{2 * len(places)} links and pipes, nothing outside changed, nobody waited"


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Raise `AssertionError` if the block takes longer."""

    def stop(*_: Any) -> None:
        raise AssertionError(f"took over {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def models_that_run_code(folder: Path, options: argparse.Namespace) -> str:
    """Offer models with modules that run or unpickle what came with them."""
    kinds = ["Router", "Asym", "CustomModule", "os.system"]
    for number, kind in enumerate(kinds):
        model = folder / str(number)
        model.mkdir()
        modules = json.dumps([{**ROUTER[0], "type": f"sentence_transformers.models.{kind}"}])
        (model / "modules.json").write_text(modules)
        try:
            known_modules(model)
        except EncoderError:
            continue
        raise AssertionError(f"a model with the module {kind} was let through")
    return f"{len(kinds)} kinds of modules refused before anything was loaded"


def networks(folder: Path, options: argparse.Namespace) -> str:
    """Name models of the hub and folders of other machines, and watch every connection."""
    stage = new_stage(folder)
    manifest = stage.index / history(stage.index)[0]["snapshot"] / "manifest.json"
    found = json.loads(manifest.read_text())
    found["encoder"] |= {"model": "somebody/a-model", "name": "somebody/a-model"}
    found["checksum"] = manifest_checksum(found)
    manifest.write_text(json.dumps(found))
    tried: list[Any] = []

    def refuse(*arguments: Any, **_: Any) -> Any:
        tried.append(arguments)
        raise OSError("no network in this scene")

    uses: list[Callable[[], object]] = [
        lambda: Recommender.open(stage.index).search("dijk"),
        lambda: build(stage.source, into=folder / "other", model="somebody/a-model"),
        lambda: build("//host/share", into=folder / "other", model=ENCODER),
        lambda: build(stage.source, into="//host/share", model=ENCODER),
        lambda: Recommender.open("\\\\host\\share", encoder=ENCODER),
    ]
    with (
        mock.patch.object(socket.socket, "connect", refuse),
        mock.patch.object(socket, "getaddrinfo", refuse),
    ):
        for use in uses:
            try:
                use()
            except RecommenderError:
                continue
            raise AssertionError("a name of another machine was taken")
    assert tried == [], tried
    return f"{len(uses)} names refused, no connection tried"


def damage(folder: Path, options: argparse.Namespace) -> str:
    """Change files and manifests of indexes under right checksums (more: make mutate)."""
    lost = mutate(options.mutations, options.seed, report=lambda line: None)
    assert lost == [], lost
    return f"{options.mutations} files and {options.mutations} manifests: an error or an answer"


def output(folder: Path, options: argparse.Namespace) -> str:
    """Give ids, addresses and texts that lead or act elsewhere on pages and in spreadsheets."""
    ids = ["/abs/olute", "//host/x", "\\\\host\\x", "https://host", "javascript:x", "@host", ":80"]
    for one in ids:
        assert link_to(one, "/{id}.html").startswith("/")
        assert not link_to(one, "/{id}.html").startswith(("//", "/\\")), one
    urls = [
        "javascript:x",
        "\u2028javascript:x",
        "java\tscript:x",
        "data:,x",
        "\u202ehttps://e.org",
    ]
    assert not any(map(safe_url, urls))
    formulas = ["=1+1", "+1", "-1", "@a", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "\t=1", " =1"]
    for one in formulas:
        [row] = csv.DictReader(io.StringIO(render(Facts({"a": one}), Format.CSV, Page())))
        assert "'" in "".join(row.values()), one
    return f"{len(ids)} ids, {len(urls)} addresses and {len(formulas)} formulas made harmless"


def private(folder: Path, options: argparse.Namespace) -> str:
    """Look for anything in a new index that other users may read."""
    before = os.umask(0)
    try:
        stage = new_stage(folder)
        changed_build(stage)
    finally:
        os.umask(before)
    paths = [stage.index, *stage.index.rglob("*")]
    assert not [path for path in paths if path.stat().st_mode & 0o077]
    return f"{len(paths)} files and folders are their owner's alone"


def little_memory(folder: Path, options: argparse.Namespace) -> str:
    """Run commands under limits of memory that are too low."""
    limits = [300, 500, 800, 1000]
    for megabytes in limits:
        code = (
            f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({megabytes << 20},) * 2)\n"
            "from recommender.cli import main; main()"
        )
        command = [sys.executable, "-c", code, "history", "--index", str(folder)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert (ran.returncode, "Traceback" in ran.stderr) == (1, False), (megabytes, ran.stderr)
        assert "ulimit -v" in ran.stderr
    return f"{len(limits)} limits named, no crash"


def long_article(folder: Path, options: argparse.Namespace) -> str:
    """Ask about an article of thousands of paragraphs, within 2 GB more than the rest takes."""
    stage = Stage(folder, 1)
    text = "\n\n".join(f"Regel {number} van het logboek." for number in range(options.paragraphs))
    rows = [{"id": "log", "title": "Log", "language": "nl", "text": text}]
    (stage.source / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    build_into(stage)

    def ask() -> None:
        held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + (2 << 30),) * 2)
        with Recommender.open(stage.index, encoder=ENCODER) as recommender:
            recommender.related("log", k=5, min_strength=0)
            recommender.similar("log", k=5)

    with within(300):
        assert ended(forked(ask)) == 0
    return f"{options.paragraphs:,} paragraphs answered within 2 GB"


def slow_files(folder: Path, options: argparse.Namespace) -> str:
    """Give readers small files that make parsers slow, beside one that is well."""
    source = folder / "source"
    source.mkdir()
    size = options.slow_bytes
    files = {
        "a.rss": b"<rss version='2.0'><channel><item><title>a</title><description>"
        + b"&lt;!--" * (size // 7)
        + b"</description></item></channel></rss>",
        "b.html": b"<p " + b"".join(b"a%d=1 " % n for n in range(size // 9)) + b">tekst</p>",
        "c.md": b"![" * (size // 2),
        "d.html": b"<div>" * (size // 5),
        "e.md": b"> " * (size // 2) + b"diep",
        "f.json": b"[" * size,
        "g.txt": b"De dijk hield het water tegen.",
    }
    for name, data in files.items():
        (source / name).write_bytes(data)
    with within(SECONDS_A_FILE * len(files)):
        build(source, into=folder / "index", model=ENCODER)
    with Recommender.open(folder / "index", encoder=ENCODER) as recommender:
        assert "g" in set(recommender.snapshot.ids())
    return f"{len(files) - 1} files of {size:,} bytes, the one that is well was built"


def copied_while_built(folder: Path, options: argparse.Namespace) -> str:
    """Copy an index again and again while it is built, as rsync does: `CURRENT` last."""
    stage = new_stage(folder)
    child = forked(lambda: [changed_build(stage) for _ in range(options.rounds)])
    said: Counter[str] = Counter()
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        copy = folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        with suppress(shutil.Error, OSError):  # rsync too says which files vanished
            shutil.copytree(stage.index, copy, ignore=shutil.ignore_patterns("CURRENT"))
        with suppress(OSError):
            shutil.copy(stage.index / "CURRENT", copy)
        try:
            Recommender.open(copy, encoder=ENCODER).close()
            said["opened"] += 1
        except RecommenderError:
            said["named"] += 1
    assert not verify(stage.index).problems
    return f"{said['opened']} copies opened, {said['named']} named as incomplete"


def moved_while_built(folder: Path, options: argparse.Namespace) -> str:
    """Rename the folder of an index under a build that is running."""
    stage = new_stage(folder)
    for number in range(options.rounds):
        child = forked(lambda: suppressed(lambda: changed_build(stage)))
        time.sleep(random.Random(number).uniform(0, 0.15))
        aside = stage.index.with_name("aside")
        stage.index.rename(aside)
        assert ended(child) == 0
        shutil.rmtree(stage.index, ignore_errors=True)
        aside.rename(stage.index)
        assert not verify(stage.index).problems
    return f"{options.rounds} moves, the index was whole each time"


def suppressed(action: Callable[[], object]) -> None:
    """Run an action that may end in a named error."""
    with suppress(RecommenderError):
        action()


def jumping_clock(folder: Path, options: argparse.Namespace) -> str:
    """Build while the clock jumps by decades, back and forth."""
    stage = new_stage(folder)
    for number in range(options.rounds):
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(
            days=365 * (-1) ** number * (number % 40)
        )
        with mock.patch("recommender.store.publish.datetime") as clock:
            clock.now.return_value = moment
            stage.change()
            report = build_into(stage)
        with Recommender.open(stage.index, encoder=ENCODER) as recommender:
            assert held_by(recommender) == stage.archive
        if report.published:
            assert history(stage.index)[0]["snapshot"] == report.snapshot
    assert len(history(stage.index)) <= 4
    return f"{options.rounds} builds, the newest was live and first each time"


def vanishing_sources(folder: Path, options: argparse.Namespace) -> str:
    """Change, cut, delete and rename source files while they are read."""
    source = folder / "source"
    source.mkdir()
    ours = os.getpid()

    def churn() -> None:
        chosen = random.Random(7)
        while os.getppid() == ours:
            path = source / f"{chosen.randrange(40)}.txt"
            with suppress(OSError):
                match chosen.randrange(5):
                    case 0:
                        path.unlink()
                    case 1:
                        path.rename(source / f"{chosen.randrange(40)}.txt")
                    case 2:
                        os.truncate(path, chosen.randrange(20))
                    case 3:
                        path.mkdir()
                    case _:
                        path.write_text(f"Bericht {chosen.random()} over de dijk. " * 20)

    (source / "vast.txt").write_text("Dit bericht blijft staan.")
    child = forked(churn)
    said: Counter[str] = Counter()
    into: dict[str, Any] = {"into": folder / "index", "model": ENCODER}
    try:
        for _ in range(options.rounds):
            try:
                build(source, **into, replace=True)
                said["built"] += 1
            except RecommenderError:
                said["named"] += 1
    finally:
        os.kill(child, signal.SIGKILL)
        ended(child)
    with suppress(RecommenderError):
        build(source, **into, replace=True)
    assert not verify(folder / "index").problems
    return f"{said['built']} built, {said['named']} refused with the reason; the index is sound"


def tiny_files(folder: Path, options: argparse.Namespace) -> str:
    """Build from very many tiny files, and again."""
    source = folder / "source"
    for number in range(options.tiny):
        place = source / f"{number // 1000}"
        if number % 1000 == 0:
            place.mkdir(parents=True)
        (place / f"{number}.txt").write_text(f"Bericht {number}.")
    started = time.monotonic()
    report = build(source, into=folder / "index", model=ENCODER)
    took = time.monotonic() - started
    assert report.articles == options.tiny, report
    started = time.monotonic()
    again = build(source, into=folder / "index", model=ENCODER)
    assert (again.articles, again.published) == (options.tiny, False), again
    took_again = time.monotonic() - started
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    assert held < 4 << 30, held
    return (
        f"{options.tiny:,} files in {took:.0f} s, again in {took_again:.0f} s, at most "
        f"{held / 1e9:.1f} GB"
    )


def two_builders(folder: Path, options: argparse.Namespace) -> str:
    """Start two builds at the same moment, of an index that is there and of one that is not."""
    said: Counter[str] = Counter()
    for number in range(options.rounds):
        stage = new_stage(folder / str(number)) if number % 2 else Stage(made(folder, number), 1)
        stage.change()

        def attempt(stage: Stage = stage) -> None:
            try:
                build_into(stage)
            except IndexLocked:
                os._exit(5)

        children = [forked(attempt) for _ in range(2)]
        codes = sorted(ended(child) for child in children)
        assert codes in ([0, 0], [0, 5]), codes
        said["refused" if 5 in codes else "one after the other"] += 1
        check(stage)
    return ", ".join(f"{count} {name}" for name, count in said.items()) + ", each index sound"


def made(folder: Path, name: object) -> Path:
    (folder / str(name)).mkdir(parents=True)
    return folder / str(name)


def watched_churn(folder: Path, options: argparse.Namespace) -> str:
    """Build on changes while files change all the time; then stop, and look."""
    from recommender.builder import watch

    stage = new_stage(folder)
    watch.QUIET_MILLISECONDS = 50

    def follow() -> None:
        watch.build_on_changes(
            [stage.source], lambda: suppressed(lambda: build_into(stage, replace=True))
        )

    child = forked(follow)
    ends = time.monotonic() + options.watch_seconds
    changes = 0
    while time.monotonic() < ends:
        stage.change()
        changes += 1
        time.sleep(0.02)
    time.sleep(2)
    os.kill(child, signal.SIGKILL)
    ended(child)
    build_into(stage, replace=True)
    check(stage)
    return f"{changes} changes in {options.watch_seconds} s, the index holds the last"


def killed_workers(folder: Path, options: argparse.Namespace) -> str:
    """Kill builds at random, and the processes that read for a build, as for want of memory."""
    stage = new_stage(folder)
    outcomes = kill_at_random(stage, options.rounds)
    source = stage.source
    for number in range(12):
        (source / f"page{number}.html").write_text(f"<h1>Kop</h1><p>Tekst {number} hier.</p>" * 50)
    child = forked(lambda: suppressed(lambda: build_into(stage, replace=True)))
    killed = 0
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        tasks = Path(f"/proc/{child}/task/{child}/children")
        with suppress(OSError):
            for worker in tasks.read_text().split():
                os.kill(int(worker), signal.SIGKILL)
                killed += 1
        time.sleep(0.05)
    build_into(stage)
    assert not verify(stage.index).problems
    return f"{outcomes['killed']} builds and {killed} readers killed, the index whole each time"


SCENES: dict[str, Scene] = {
    "folders of others": folders_of_others,
    "links and pipes": links_and_pipes,
    "models that run code": models_that_run_code,
    "an article of many paragraphs": long_article,
    "files that stall parsers": slow_files,
    "names of other machines": networks,
    "damage under right checksums": damage,
    "links, addresses, formulas": output,
    "files that others read": private,
    "little memory": little_memory,
    "an index copied while built": copied_while_built,
    "an index moved while built": moved_while_built,
    "a clock that jumps": jumping_clock,
    "sources that change while read": vanishing_sources,
    "very many tiny files": tiny_files,
    "two builders at once": two_builders,
    "changes under --watch": watched_churn,
    "killed builds and readers": killed_workers,
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--mutations", type=int, default=60)
    parser.add_argument("--paragraphs", type=int, default=12_000)
    parser.add_argument("--slow-bytes", type=int, default=200_000)
    parser.add_argument("--tiny", type=int, default=100_000)
    parser.add_argument("--watch-seconds", type=int, default=20)
    parser.add_argument("--only", default="", help="play the scenes whose names hold this")
    options = parser.parse_args(arguments)
    for name, scene in SCENES.items():
        if options.only not in name:
            continue
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="attack-") as place:
            try:
                held = scene(Path(place), options)
            except Exception as error:
                print(f"LOST  {name}: {type(error).__name__}: {error}", flush=True)
                return 1
        print(f"held  {name}: {held} ({time.monotonic() - started:.0f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
