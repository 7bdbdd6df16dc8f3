"""Progress is told in lines where nobody looks at a terminal."""

from __future__ import annotations

import re
import time

import pytest

from recommender.cli.progress import progress


def test_a_stage_is_told_once_it_is_done_with_its_rate(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(quiet=False) as on_progress:
        on_progress("encode", 1, 2)
        on_progress("encode", 2, 2)
    [line] = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"2 of 2 passages encoded, [\d,]+/s", line)


def test_what_is_left_is_told_in_hours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter([0.0, 0.0, 20.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(now))
    with progress(quiet=False) as on_progress:
        on_progress("encode", 1, 8_000)
        on_progress("encode", 40, 8_000)
    assert capsys.readouterr().err == "40 of 8,000 passages encoded, 2/s, 1:06:20 left\n"


def test_a_stage_with_nothing_to_do_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(quiet=False) as on_progress:
        on_progress("encode", 0, 0)
    assert capsys.readouterr().err == ""
