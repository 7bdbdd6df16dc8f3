"""The numbers of a text are the same in every script, and a few that differ tell texts apart."""

from __future__ import annotations

import pytest

from recommender.text.numbers import (
    MOST_CHARACTERS,
    numbers_of,
    shared_share,
    telling_numbers,
)


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


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("38,60 euro", "38,60"),
        ("0.15 percent of 203,091 votes", "0.15 203,091"),
        ("1.457.226,50 euro", "1.457.226,50"),
        ("38,60, of 38,60?", "38,60"),
        ("1.5 million", ""),
        ("in 2022", ""),
        ("on 12.12.2022 at 12.30:15", ""),
        ("version 2.6.18", ""),
        ("10.0.0.1", ""),
        ("1,2,3,4", ""),
    ],
)
def test_numbers_with_a_separator_tell_what_is_meant(text: str, found: str) -> None:
    assert telling_numbers(text) == found.split()


def test_round_numbers_tell_nothing() -> None:
    assert telling_numbers("10,000 of 1,000,000 and 2.50, 250.000 or 1,500; ١٠,٠٠٠") == []
    assert telling_numbers("١٢,٣٤٠ of 12,340") == ["١٢,٣٤٠", "12,340"]
