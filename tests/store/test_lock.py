"""One writer at a time, whatever the clock says, and readers that never wait."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from end_to_end.crash import Stage, build_into, check, held_by, state_of
from support.project import ROOT
from support.stand_in import HashEncoder

from recommender import Recommender
from recommender.errors import IndexLocked, StorageError
from recommender.store.history import history, prune_snapshots, rollback
from recommender.store.lock import HOLDER, writer_lock

HOLD = """
import sys, time
from pathlib import Path
from recommender.store.lock import writer_lock
with writer_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path, seed=3)
    stage.take("build")
    return stage


def holding(folder: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


@pytest.mark.process
def test_a_second_build_is_told_who_holds_the_lock_and_since_when(stage: Stage) -> None:
    holder = holding(stage.index)
    try:
        with pytest.raises(IndexLocked) as raised:
            build_into(stage)
    finally:
        holder.kill()
        holder.wait()
    assert f"process {holder.pid} on " in str(raised.value)
    assert f"since {time.strftime('%Y-', time.gmtime())}" in str(raised.value)
    assert raised.value.exit_code == 5


@pytest.mark.process
def test_the_lock_of_a_killed_writer_is_free(stage: Stage) -> None:
    holder = holding(stage.index)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert (stage.index / HOLDER).exists()
    stage.change()
    check(stage)
    assert not (stage.index / HOLDER).exists()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_refused_and_readers_do_not_mind(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("recommender.store.lock.lock", refuse)
    with pytest.raises(StorageError, match=r"has no locks, .* build on a local disk and copy"):
        build_into(stage)
    with Recommender.open(stage.index, encoder=HashEncoder()) as recommender:
        assert held_by(recommender) == stage.archive


def test_a_damaged_note_of_the_holder_does_not_matter(stage: Stage) -> None:
    with writer_lock(stage.index):
        (stage.index / HOLDER).write_text("[]")
        with pytest.raises(IndexLocked, match="another process is writing"):
            build_into(stage)


def test_two_builders_at_once_give_one_index_and_one_refusal_at_most(stage: Stage) -> None:
    outcomes: list[str] = []

    def run() -> None:
        try:
            build_into(stage, full=True)
            outcomes.append("built")
        except IndexLocked:
            outcomes.append("locked")

    for _ in range(5):
        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert outcomes.count("built") >= 5
    assert len(outcomes) == 10
    check(stage)


def test_a_clock_that_jumps_back_does_not_reorder_the_history(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    import recommender.store.publish as publish

    real = publish.datetime

    class LastYear(real):  # type: ignore[misc,valid-type]
        @classmethod
        def now(cls, zone: object = None) -> object:
            found = real.now(zone)
            return found.replace(year=found.year - 1, day=1)

    first = history(stage.index)[0]["snapshot"]
    monkeypatch.setattr(publish, "datetime", LastYear)
    for _ in range(4):
        stage.change()
        newest = build_into(stage).snapshot
    assert newest < first  # by name it is older
    entries = history(stage.index)
    assert (entries[0]["snapshot"], entries[0]["state"]) == (newest, "live")
    assert first not in [entry["snapshot"] for entry in entries]  # three newer ones are kept
    assert rollback(stage.index) == entries[1]["snapshot"]
    check(stage)


@pytest.mark.slow
def test_fifty_readers_during_twenty_publishes_meet_no_error_and_no_mixture(stage: Stage) -> None:
    stop = threading.Event()
    wrong: list[str] = []
    looks = [0] * 50

    def read(number: int) -> None:
        with Recommender.open(stage.index, encoder=HashEncoder()) as recommender:
            while not stop.is_set() or not looks[number]:
                try:
                    recommender.reload()
                    if state_of(held_by(recommender)) not in stage.known():
                        wrong.append(f"{recommender.name}: an archive that never was")
                except Exception as error:
                    wrong.append(f"{type(error).__name__}: {error}")
                looks[number] += 1
                time.sleep(1)

    readers = [threading.Thread(target=read, args=(number,)) for number in range(50)]
    for reader in readers:
        reader.start()
    for _ in range(20):
        stage.change()
        build_into(stage)
        prune_snapshots(stage.index, keep=1)
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert min(looks) > 0


def test_a_reader_keeps_its_snapshot_when_that_is_pruned_and_reload_moves_on(stage: Stage) -> None:
    before = dict(stage.archive)
    with Recommender.open(stage.index, encoder=HashEncoder()) as recommender:
        first = recommender.name
        for _ in range(2):
            stage.change()
            build_into(stage, full=True)
        prune_snapshots(stage.index, keep=1)
        assert not (stage.index / first).exists()
        assert held_by(recommender) == before
        assert recommender.reload()
        assert held_by(recommender) == stage.archive
        assert not recommender.reload()
