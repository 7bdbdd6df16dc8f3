"""Answers to some sixty questions on the seeds are those that were recorded."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.recorded import Recorded, ask, differences, recording

RECORDED = recording()
# Most answers stay with int8 instead of float32; other arithmetic may move other ones.
LEAST_KEPT = 0.85


@pytest.fixture(scope="module")
def now(seeds_index: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recorded]:
    """Today's answers, by the command."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "vectors").symlink_to(seeds_index)
    return {one.command: Recorded(one.command, ask(one.command, folder)) for one in RECORDED}


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda one: one.command)
def test_an_answer_is_the_recorded_one(recorded: Recorded, now: dict[str, Recorded]) -> None:
    found = list(differences(recorded, now[recorded.command]))
    assert not found, "\n".join([*found, "If this is meant: python tests/support/recorded.py"])


def test_most_recorded_answers_are_still_given(now: dict[str, Recorded]) -> None:
    kept = total = firsts = 0
    for recorded in RECORDED:
        before, after = list(recorded.answers), list(now[recorded.command].answers)
        kept += len({*before} & {*after})
        total += len(before)
        firsts += before[:1] == after[:1]
    assert kept / total >= LEAST_KEPT
    assert firsts / len(RECORDED) >= LEAST_KEPT


def test_questions_are_of_every_kind() -> None:
    commands = [one.command for one in RECORDED]
    for kind in ("search", "similar", "related", "--explain", "--ranking words", "--by article"):
        assert any(kind in command for command in commands), kind
