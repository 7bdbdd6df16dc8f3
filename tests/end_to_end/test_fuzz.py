"""A moment of `make fuzz`, the same files each time."""

from __future__ import annotations

import pytest
from end_to_end.fuzz import WRITER_OF, run

from recommender.articles.read import READERS


@pytest.mark.parametrize(
    "suffix",
    [
        pytest.param(suffix, marks=[pytest.mark.process] if suffix == ".pdf" else [])
        for suffix in WRITER_OF
    ],
)
@pytest.mark.slow
def test_damaged_files_are_articles_or_refusals(suffix: str) -> None:
    seen = run(suffix, 20, derandomize=True, deadline=None)
    assert seen


def test_every_reader_is_tried() -> None:
    assert {READERS[suffix] for suffix in WRITER_OF} == set(READERS.values())
