"""Whole numbers in Han characters."""

from __future__ import annotations

import pytest

from recommender.text.han_numbers import han_number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("八", 8),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("二十八", 28),
        ("二八", 28),
        ("廿八", 28),
        ("卅一", 31),
        ("一百", 100),
        ("百十二", 112),
        ("一百一十二", 112),
        ("一百零五", 105),
        ("一〇五", 105),
        ("二〇二二", 2022),
        ("二零○二", 2002),
    ],
)
def test_a_number_is_read_with_units_or_digit_by_digit(written: str, number: int) -> None:
    assert han_number(written) == number
