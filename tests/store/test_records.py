"""Dates are stored as numbers, and only those of the calendar are believed."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from recommender.store.records import are_calendar_dates, date_number, is_calendar_date


def test_every_day_of_four_hundred_years_is_in_the_calendar_and_no_other_number_is() -> None:
    first = date(1600, 1, 1)
    days = {f"{first + timedelta(days=n):%Y%m%d}" for n in range(146_097)}
    numbers = np.arange(16_000_000, 20_000_000)
    found = {str(one) for one in numbers[are_calendar_dates(numbers)].tolist()}
    years = {f"{year}0000" for year in range(1600, 2000)}
    months = {f"{year}{month:02}00" for year in range(1600, 2000) for month in range(1, 13)}
    assert found == days | years | months


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("2022", True),
        ("2022-12", True),
        ("2024-02-29", True),
        ("2022-02-29", False),
        ("2022-13", False),
        ("2022-00-01", False),
        ("0000", False),
        ("20221228", False),
        ("2022-1-2", False),
        ("٢٠٢٢", False),
        ("", False),
        ("2022-12-28T10:00", False),
    ],
)
def test_a_date_is_told_from_text_that_is_none(text: str, is_one: bool) -> None:
    assert is_calendar_date(text) is is_one
    if is_one:
        assert are_calendar_dates(np.array([date_number(text)])).all()
