"""The ablation switches off parts that are there, and its tables have a column for each figure."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest
from support.archive import Archive, rows_of
from support.stand_in import HashEncoder

from benchmarks.ablation import RELATED, SEARCHED, Variant, leave_raw, table
from recommender.scoring.strength import NOTHING_KNOWN


@pytest.mark.parametrize("variant", [*RELATED, *SEARCHED], ids=lambda one: one.name)
def test_what_is_switched_off_is_a_part_of_the_product(variant: Variant) -> None:
    for name, value in variant.changes.items():
        with mock.patch(f"recommender.{name}", value):
            pass


def test_the_last_line_is_the_product_as_it_is() -> None:
    assert not RELATED[-1].changes
    assert not SEARCHED[-1].changes


def test_a_table_has_a_column_for_each_figure_of_each_set() -> None:
    line = {"name": "as it is", "ndcg": {"value": 0.9}, "first_own": {"value": 0.8}}
    sets = [
        {"name": "a", "k": 10, "is_search": False, "variants": [line]},
        {"name": "b", "k": 12, "is_search": True, "variants": [line]},
    ]
    assert table("part", sets).splitlines() == [
        "| part | `a` nDCG@10 | `b` nDCG@12 | `b` first hit in the language |",
        "|---|--:|--:|--:|",
        "| as it is | 0.900 | 0.900 | 0.800 |",
    ]


def test_a_raw_recommender_answers_without_centring_and_calibration(tmp_path: Path) -> None:
    rows = rows_of({f"a{n}": f"Story {n} of the river." for n in range(3)})
    recommender = Archive(rows=rows, encoder=HashEncoder()).open_in(tmp_path)
    leave_raw(recommender)
    snapshot = recommender.snapshot
    assert not snapshot.space.languages
    assert snapshot.unrelated["articles"] == NOTHING_KNOWN
