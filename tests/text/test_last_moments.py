"""Of a field that may name several moments the last one counts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from support.clock import set_clock

from recommender.text.last_moments import last_moment


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2026-11-30T12:00:00+00:00")


@pytest.mark.parametrize(
    "text",
    [
        "1 June - 5 June 2031",
        "1 June 2031 – 5 June 2031",
        "2031-06-01/2031-06-05",
        "2031-06-01/05",
        "2031-05-28/06-05",
        "2031-06-01 - 2031-06-05",
        "2031-06-01 to 2031-06-05",
        "20310601-20310605",
        "2031/06/01-2031/06/05",
        "1.-5. Juni 2031",
        "1.6.-5.6.2031",
        "1.6.-5.6.31",
        "01.06.2031 - 05.06.2031",
        "01/06/2031 - 05/06/2031",
        "06/01/2031 - 06/05/2031",
        "1 au 5 juin 2031",
        "du 1er juin 2031 au 5 juin 2031",
        "del 1 al 5 de junio de 2031",
        "van 1 tot en met 5 juni 2031",
        "1/5 giugno 2031",
        "с 1 по 5 июня 2031 года",
        "June 1-5, 2031",
        "June 1st to 5th, 2031",
        "May 28 - June 5, 2031",
        "28 May - 5 June 2031",
        "1, 3 and 5 June 2031",
        "5 June 2031 – 1 June 2031",
        "Tuesday 1 June, to Saturday, 5 June 2031",
        "2031年6月1日~5日",
        "2031年5月28日至6月5日",
        "2031. 6. 1. ~ 6. 5.",
    ],
)
def test_of_several_days_the_last_one_counts(text: str) -> None:
    assert last_moment(text) == "2031-06-05"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2031-06-01T06:00/2031-06-05T18:00", "2031-06-05T18:00:00"),
        ("1 June 2031 06:00 - 5 June 2031 18:00", "2031-06-05T18:00:00"),
        ("1 June 2031 18:00 - 5 June 2031 06:00", "2031-06-05T06:00:00"),
        ("6:00 1 June - 18:00 5 June 2031", "2031-06-05T18:00:00"),
        ("18:00, 1 June - 5 June 2031", "2031-06-05T18:00:00"),
        ("5 June 2031, 06:00-18:00", "2031-06-05T18:00:00"),
        ("5 June 2031, 6-8 pm", "2031-06-05T20:00:00"),
        ("31 December 2030 - 2 January 2031", "2031-01-02"),
        ("2031-06 - 2031-07", "2031-07"),
        ("June 2031 - July 2031", "2031-07"),
        ("early June - mid July 2031", "2031-08"),
        ("2031-2032", "2032"),
    ],
)
def test_a_range_ends_with_its_last_time_or_period(text: str, expected: str) -> None:
    assert last_moment(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("03/04/2031", "2031-04-03"),
        ("04/03/2031", "2031-04-03"),
        ("03/04/31", "2031-04-03"),
        ("27-04-03", "2027-04-03"),
        ("27/04/03", "2027-04-03"),
        ("28-04-27", "2028-04-27"),
        ("27-04-28", "2028-04-27"),
        ("30-06-10", "2010-06-30"),
        ("04.03.2031", "2031-03-04"),
    ],
)
def test_of_several_readings_of_numbers_the_last_one_counts(text: str, expected: str) -> None:
    assert last_moment(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2031-06-02", "2031-06-02"),
        ("2031-06-02T06:00-05:00", "2031-06-02T06:00:00-05:00"),
        ("2031-06-02T06:00:00+0500", "2031-06-02T06:00:00+05:00"),
        ("2031-06-02 10:00:00+05", "2031-06-02T10:00:00+05:00"),
        ("2031-06-02 10:00:00.000 +05:00", "2031-06-02T10:00:00+05:00"),
        ("2031-06-02 06 Uhr", "2031-06-02T06:00:00"),
        ("2031-06-02 (v2)", "2031-06-02"),
        ("June 2, 2031, 6 Uhr", "2031-06-02T06:00:00"),
        ("Mon, 02 Jun 2031 10:00:00 -0500", "2031-06-02T10:00:00-05:00"),
        ("Mon Jun 2 10:00:00 2031", "2031-06-02T10:00:00"),
        ("2 June 2031, issue 12", "2031-06-02"),
        ("week 23, 2 June 2031", "2031-06-02"),
        ("令和13年(2031年)6月2日", "2031-06-02"),
        ("1 June 2021 - 5 June 2021", "2021-06-05"),
        ("28-Dec-2031", "2031-12-28"),
        (date(2031, 6, 2), "2031-06-02"),
        (datetime(2031, 6, 2, 6, tzinfo=UTC), "2031-06-02T06:00:00+00:00"),
        ({"$date": "2031-06-02T06:00:00Z"}, "2031-06-02T06:00:00+00:00"),
        ([2031, 6, 2], "2031-06-02"),
        (None, ""),
        ("after the vote", ""),
        ("1 " * 50, ""),
    ],
)
def test_a_single_moment_is_read_as_it_is(value: object, expected: str) -> None:
    assert last_moment(value) == expected


@pytest.mark.parametrize("text", ["2031-06-01/P5D", "2031-06-01T06:00Z/PT6H", "1-5 June"])
def test_a_range_of_which_the_end_is_not_read_names_no_moment(text: str) -> None:
    assert last_moment(text) == ""
