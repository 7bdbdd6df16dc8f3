"""A comparison of speed is the median of the ratios of pairs, not the ratio of medians."""

from __future__ import annotations

import pytest

from benchmarks.paired import summary, table
from benchmarks.paired_worker import PASSAGES_EACH, TopicEncoder, rows


def test_each_pair_has_its_own_ratio() -> None:
    found = summary("search", [(1.0, 2.0), (3.0, 3.0), (8.0, 4.0)])
    assert (found["this_ms"], found["other_ms"], found["ratio"]) == (3000, 3000, 1)
    assert found["quartiles"] == [0.5, 2]
    [line] = table({"other": "abc", "compared": [found]}).splitlines()[2:]
    assert line == "| search | 3,000.0 | 3,000.0 | 1.00 | 0.50-2.00 |"


def test_articles_of_one_topic_are_near_each_other() -> None:
    made = list(rows(20 * PASSAGES_EACH))
    assert len(made) == 20
    assert all(row["text"].count("\n\n") == PASSAGES_EACH - 1 for row in made)
    assert made == list(rows(20 * PASSAGES_EACH))
    near, far = "topic1 word5", "topic2 word5"
    one, two, three = TopicEncoder().encode(["topic1 word9", near, far], role="passage")
    assert one @ two == pytest.approx(0.5, abs=0.15)
    assert abs(one @ three) < 0.25
