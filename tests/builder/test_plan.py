"""What a build has to do is decided from hashes alone."""

from __future__ import annotations

import random

import pytest

from recommender.builder.plan import Size, StoredHashes, due_merges, plan, recipe_changes


def entry(id: int, content: str) -> StoredHashes:
    return StoredHashes(id, f"{id}:{content}".encode())  # the content's hash covers the id


LIVE = [entry(1, "a"), entry(2, "b"), entry(3, "c")]


def test_the_same_articles_in_another_order_are_nothing_to_do() -> None:
    found = plan(LIVE, reversed(LIVE))
    assert found.is_empty
    assert found.kept == (0, 1, 2)


def test_articles_are_told_apart_by_id_and_content() -> None:
    found = plan(LIVE, [entry(1, "a"), entry(2, "other"), entry(4, "c")])
    assert (found.kept, found.removed) == ((0,), (1, 2))
    assert (found.added, found.changed, found.gone) == (1, 1, 1)


def test_two_articles_that_swap_their_texts_have_both_changed() -> None:
    found = plan(LIVE, [entry(1, "b"), entry(2, "a"), entry(3, "c")])
    assert (found.changed, found.added, found.gone) == (2, 0, 0)


def test_with_a_reason_everything_is_cut_anew_and_counted_as_before() -> None:
    found = plan(LIVE, LIVE, ["encoder changed"])
    assert not found.is_empty
    assert (found.kept, found.removed) == ((), (0, 1, 2))
    assert (found.added, found.changed, found.gone) == (0, 0, 0)


def test_each_part_of_a_recipe_that_changed_is_named() -> None:
    before = {"passages": 1, "encoded_roles": ["body"], "old": 1}
    after = {"passages": 2, "encoded_roles": ["body"], "join_under": 60}
    assert recipe_changes(before, after) == (
        "join under changed: None -> 60",
        "old changed: 1 -> None",
        "passages changed: 1 -> 2",
    )


@pytest.mark.parametrize(
    ("sizes", "merged"),
    [
        ([], []),
        ([100, 100, 100], []),
        ([100, 100, 100, 100], [[0, 1, 2, 3]]),
        ([500_000, 100, 100, 100], []),
        ([500_000, 100, 2_000, 100, 4], [[1, 2, 3, 4]]),
    ],
)
def test_four_segments_of_a_tier_are_merged(sizes: list[int], merged: list[list[int]]) -> None:
    assert due_merges([Size(rows, rows) for rows in sizes]) == merged


def test_a_segment_that_is_mostly_removed_is_written_anew() -> None:
    assert due_merges([Size(1_000, 499), Size(900_000, 900_000)]) == [[0]]
    assert due_merges([Size(1_000, 500)]) == []


def test_a_thousand_nights_keep_few_segments_and_copy_a_passage_a_few_times() -> None:
    nights = random.Random(0)
    sizes = [500_000]
    copied = written = 0
    for _ in range(1_000):
        rows = nights.randint(1, 300)
        written += rows
        sizes.append(rows)
        for group in due_merges([Size(one, one) for one in sizes]):
            merged = sum(sizes[one] for one in group)
            copied += merged
            sizes = [size for at, size in enumerate(sizes) if at not in group] + [merged]
        assert len(sizes) <= 16
    assert sum(sizes) == 500_000 + written
    assert copied < 20 * written
