"""A moment of `make fuzz`, the same files each time."""

from __future__ import annotations

import pytest
from end_to_end.fuzz import WRITER_OF, hostile_file, run, run_hostile

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
    # Packed folders of other files have tests of their own.
    tried = {READERS[suffix] for suffix in WRITER_OF}
    assert tried == set(READERS.values()) - {"wacz", "zip_folder"}


@pytest.mark.process
@pytest.mark.parametrize("suffix", [".md", ".rss", ".docx", ".jsonl.gz"])
def test_hostile_files_are_read_within_their_time(suffix: str) -> None:
    assert run_hostile(suffix, 3, seconds=60).startswith("3 hostile files")


def test_a_hostile_file_is_the_same_each_time() -> None:
    assert hostile_file(".html", 7) == hostile_file(".html", 7) != hostile_file(".html", 8)
