"""The time of day is found in the words of many languages, and not in a date."""

from __future__ import annotations

import pytest

from recommender.text.times_of_day import find_time_of_day

TIMES = {
    "18 Uhr": 18 * 60,
    "5.5.2027 um 18.30 Uhr": 18 * 60 + 30,
    "5.12. 18 Uhr": 18 * 60,
    "5 mei 2027 06.00 uur": 6 * 60,
    "24.00 uur": 24 * 60,
    "00.01 Hours, 5 May 2027": 1,
    "0001 GMT, 5 May 2027": 1,
    "1930 hrs": 19 * 60 + 30,
    "0600": 6 * 60,
    "at 6.30pm.": 18 * 60 + 30,
    "12 am": 0,
    "12:30 p.m.": 12 * 60 + 30,
    "noon on 5 May 2027": 12 * 60,
    "5 mai 2027 à 18h30": 18 * 60 + 30,
    "ore 18 del 5 maggio": 18 * 60,
    "18:00 5 мая": 18 * 60,
    "2027年5月5日 午後6時30分": 18 * 60 + 30,
    "5일 오후 6시": 18 * 60,
    "5 May 2027 18:00:30": 18 * 60,
}


@pytest.mark.parametrize("text", TIMES)
def test_a_time_of_day_is_found(text: str) -> None:
    found = find_time_of_day(text)
    assert found is not None
    assert found.minutes == TIMES[text]


@pytest.mark.parametrize(
    "text",
    ["05.05.2027", "2027. 05. 05.", "2027-05-05", "12/05/27", "20270505", "2030", "25 uur", "1.5"],
)
def test_a_date_or_another_number_is_no_time_of_day(text: str) -> None:
    assert find_time_of_day(text) is None
