"""The numbers of a text are the same in every script, and a few that differ tell texts apart."""

from __future__ import annotations

import pytest

from recommender.text.numbers import MOST_CHARACTERS, numbers_of, shared_share


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12 dead, 3,400 fled in 1995", "12 3 400 1995"),
        ("٢٢ قتيلا", "22"),
        ("۱۰۰ نفر", "100"),
        ("死者12人", "12"),
        ("１２人", "12"),
        ("none at all²", ""),
        ("", ""),
    ],
)
def test_the_digits_of_every_script_are_read(text: str, found: str) -> None:
    assert numbers_of(text) == set(found.split())


def test_a_text_is_looked_at_within_bounds() -> None:
    assert numbers_of("x" * MOST_CHARACTERS + " 12") == frozenset()


def test_the_smaller_set_decides_how_much_is_shared() -> None:
    assert shared_share({"1"}, set()) == 0
    assert shared_share({"1", "2"}, {"2", "3", "4"}) == 0.5
