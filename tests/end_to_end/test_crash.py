"""A part of `make crash-test` that takes seconds: whatever breaks a build, the index is whole."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from end_to_end.crash import (
    Stage,
    break_each_call,
    build_into,
    check,
    held_by,
    kill_at_random,
    write_into,
)
from support.faulty import FaultyOs, faulty
from support.stand_in import HashEncoder

from recommender import Recommender
from recommender.errors import StorageError

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a writer is a forked process")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path, seed=7)
    stage.take("build")
    return stage


@pytest.mark.process
def test_a_build_that_is_killed_leaves_the_old_index_or_the_new_one(stage: Stage) -> None:
    assert kill_at_random(stage, kills=4)["killed"] == 4


@pytest.mark.process
def test_a_build_that_loses_power_leaves_the_old_index_or_the_new_one(stage: Stage) -> None:
    assert break_each_call(stage, None, every=9)["status -9"] >= 3


@pytest.mark.process
def test_a_write_that_loses_power_leaves_the_old_index_or_the_new_one(stage: Stage) -> None:
    assert break_each_call(stage, None, every=9, step=write_into)["status -9"] >= 3


@pytest.mark.process
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_a_write_that_fails_is_named_and_the_next_build_completes(stage: Stage, error: int) -> None:
    outcomes = break_each_call(stage, error, every=9)
    assert outcomes["refused"] >= 3
    assert set(outcomes) == {"refused", "not reached"}


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (errno.ENOSPC, "free some space and try again"),
        (errno.EDQUOT, "free some space and try again"),
        (errno.EROFS, "make it writable, or name another folder"),
        (errno.EACCES, "make it writable, or name another folder"),
        (errno.EIO, "check the disk, then try again"),
    ],
)
def test_the_error_says_which_file_why_and_what_to_do(
    stage: Stage, error: int, advice: str
) -> None:
    before, message = refused_build(stage, error)
    assert message.startswith(str(stage.index))
    assert os.strerror(error) in message
    assert message.endswith(f"the old index is unchanged; {advice}")
    with Recommender.open(stage.index, encoder=HashEncoder()) as recommender:
        assert held_by(recommender) == before
    check(stage)


def refused_build(stage: Stage, error: int) -> tuple[dict[str, str], str]:
    """Return what the index held before the first build that an error ends, and its message."""
    for at in range(12, 60):  # an error of a call that a build can do without ends none
        before = dict(stage.archive)
        stage.change()
        try:
            with faulty(FaultyOs(at=at, error=error)):
                build_into(stage)
        except StorageError as refused:
            return before, str(refused)
    pytest.fail("no error of a system call ended a build")


def test_too_small_a_disk_is_refused_before_anything_is_encoded(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = HashEncoder()
    monkeypatch.setattr("recommender.builder.encode.free_bytes", lambda folder: 1_000_000)
    stage.change()
    with pytest.raises(StorageError, match=r"about 1\d MB are needed and 1 MB are free"):
        build_into(stage, model=encoder, full=True)
    assert encoder.asked == []
    monkeypatch.undo()
    check(stage)
