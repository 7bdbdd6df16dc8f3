"""A moment of `make fuzz`, the same files each time."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from end_to_end.fuzz import WRITER_OF, run
from end_to_end.hostile import Seen, hostile_file, load_state, run_hostile

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
    seen = Seen(suffix, seed=0)
    run_hostile(seen, 3, seconds=60)
    assert seen.count == 3
    assert sum(seen.outcomes.values()) >= 3


def test_a_hostile_file_is_the_same_each_time() -> None:
    assert hostile_file(".html", 7) == hostile_file(".html", 7) != hostile_file(".html", 8)


def test_a_run_goes_on_from_the_last_line_of_its_state(tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    lines = [vars(Seen(".md", 7, count, outcomes=Counter(articles=count))) for count in (2, 4)]
    state.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert load_state(state) == {"7 .md": Seen(".md", 7, 4, outcomes=Counter(articles=4))}
    assert load_state(tmp_path / "none") == {}
