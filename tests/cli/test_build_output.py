"""The lines that a build prints about its sources: each file that was left out is named."""

from __future__ import annotations

from recommender.cli.build_output import left_out_lines
from recommender.types import Refusal


def test_rows_beyond_the_first_few_are_counted_for_each_reason() -> None:
    rows = [Refusal(f"a.csv:{n}", "has no text") for n in range(1, 9)]
    lines = list(left_out_lines([*rows, Refusal("a.csv:9", "has no id"), Refusal("b", "is empty")]))
    assert lines == [
        "left out: a.csv:1: has no text",
        "left out: a.csv:2: has no text",
        "left out: a.csv:3: has no text",
        "left out: a.csv:9: has no id",
        "left out: b: is empty",
        "left out: a.csv: 5 more rows: has no text",
    ]


def test_every_file_is_named_whatever_the_reason() -> None:
    files = [Refusal(f"{n}.txt", "is empty") for n in range(5)]
    assert list(left_out_lines(files)) == [f"left out: {n}.txt: is empty" for n in range(5)]


def test_names_cannot_reach_the_terminal() -> None:
    [line] = left_out_lines([Refusal("a\x1b[31m.txt", "is empty")])
    assert line == "left out: a\\x1b[31m.txt: is empty"
