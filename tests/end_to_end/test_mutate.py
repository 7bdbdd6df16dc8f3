"""A moment of `make mutate`, the same files each time."""

from __future__ import annotations

import sys

import pytest
from end_to_end.mutate import run

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="bounds on memory are read from /proc"),
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of fork, if other tests left threads
def test_changed_files_under_right_checksums_give_an_error_or_an_answer() -> None:
    said: list[str] = []
    assert run(12, seed=7, report=said.append) == []
    assert {line.split()[0] for line in said} >= {"faiss", "manifest", "lexical-*", "*.npy"}
