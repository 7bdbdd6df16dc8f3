"""A moment of the scenes of `make attack` that no other test plays."""

from __future__ import annotations

import sys

import pytest
from end_to_end.attack import SCENES, main

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="the scenes read /proc"),
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of fork, if other tests left threads
@pytest.mark.parametrize(
    "name",
    [
        "folders of others",
        "models that run code",
        "names of other machines",
        "an index copied while built",
        "an index moved while built",
        "a clock that jumps",
        "sources that change while read",
        "two builders at once",
    ],
)
def test_a_scene_holds(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert name in SCENES
    assert main(["--rounds", "2", "--only", name]) == 0
    assert capsys.readouterr().out.startswith(f"held  {name}: ")


def test_the_first_loss_ends_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def lose(*_: object) -> str:
        raise AssertionError("a file of others is gone")

    monkeypatch.setitem(SCENES, "models that run code", lose)
    assert main(["--only", "models"]) == 1
    assert "LOST  models that run code: AssertionError: a file of others is gone" in (
        capsys.readouterr().out
    )
