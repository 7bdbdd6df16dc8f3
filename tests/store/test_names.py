"""The names of many articles are compared in little memory, and all of them are."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from recommender.store import names
from recommender.store.names import SegmentNames

COUNT = 50_000


def named(folder: Path, count: int) -> SegmentNames:
    """Return the names of so many articles; only one in a thousand has a river in its title."""
    path = folder / "names.txt"
    lines = (
        f"\x1fid{n}\x1f\x1f\x1f{'river' if n % 1_000 == 999 else 'bread'} {n}\x1f\n"
        for n in range(count)
    )
    path.write_text("".join(lines), encoding="utf-8")
    return SegmentNames(path, count, "build it again")


def test_similar_names_are_looked_for_in_little_memory(tmp_path: Path) -> None:
    found = named(tmp_path, COUNT)
    found.shared_runs("x")  # where lines begin is kept
    tracemalloc.start()
    shares = found.shared_runs("rivers")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.flatnonzero(shares > 0).tolist() == list(range(999, COUNT, 1_000))
    assert peak < 4 * len(found.data)


def test_lines_have_the_same_shares_however_many_are_read_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = named(tmp_path, 2_005)
    every = found.shared_runs("a river of bread")
    monkeypatch.setattr(names, "_LINES", 7)
    assert (found.shared_runs("a river of bread") == every).all()
