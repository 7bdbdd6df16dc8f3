"""A date field is read in every form that says which day it was, and in no other."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from support.clock import set_clock

from recommender.text.date_fields import exact_time, moment, parse_date


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2023-05-10T12:00:00+00:00")


@pytest.mark.parametrize(
    "text",
    [
        "09-Nov-22",
        "9 Nov 22",
        "9. Nov. '22",
        "09-nov-2022",
        "09/Nov/2022:10:00:00 +0100",
        "9.Nov.2022",
        "9. November 2022, 10:30 Uhr",
        "2022. 11. 9.",
        "2022.11.09.",
        "9th of November 2022",
        "the 9th of November, 2022",
        "Wednesday 9 November 2022 at 10:30",
        "Nov 9, 2022 at 10:30 am",
        "November 9th 2022",
        "Wed Nov 9 10:00:00 2022",
        "Wed Nov 09 10:00:00 +0000 2022",
        "2022 m. lapkričio 9 d.",
        "2022. gada 9. novembris",
        "2022. november 9.",
        "9 tháng 11 năm 2022",
        "9. marraskuuta 2022",
        "2022-W45-3",
        "2022W453",
        "2022-313",
        "1667952000",
        "1667952000.5",
        "1667952000000",
        "1667952000000000",
        "/Date(1667952000000)/",
        "20221109",
        "20221109103000",
        "20221109T103000Z",
        "44874",
        "9.11.2022",
        "9.11.22",
        "2022/11/9",
        "9.XI.2022",
        "2022-11-09 10:00:00 +0100",
        "2022-11-09 10:00:00 UTC",
        "2022年11月9日(水)",
        "二〇二二年十一月九日",
        "２０２２年１１月９日",
        "九 2022年11月9日",
    ],
)
def test_each_of_these_is_one_day(text: str) -> None:
    assert parse_date(text) == "2022-11-09"


@pytest.mark.parametrize(
    "value",
    [
        1667952000,
        1667952000.25,
        1667952000000,
        44874,
        44874.5,
        date(2022, 11, 9),
        datetime(2022, 11, 9, 10, tzinfo=UTC),
        {"$date": "2022-11-09T10:00:00Z"},
        {"$date": 1667952000000},
        {"$date": {"$numberLong": "1667952000000"}},
        {"year": 2022, "month": 11, "day": 9},
        [2022, 11, 9, 10, 0],
        {"S": "2022-11-09"},
        {"created": "2022-11-09", "updated": "2022-11-10"},
        "@1667952000",
        "1.667952E9",
        {"_seconds": 1667952000, "_nanoseconds": 0},
        ["2022-11-09"],
        {"@type": "x", "@value": "2022-11-09"},
        20221109,
    ],
    ids=str,
)
def test_a_field_of_another_type_may_be_a_date(value: object) -> None:
    assert parse_date(value) == "2022-11-09"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("1401/08/18", "fa"),
        ("1401-8-18", "fa-IR"),
        ("۱۴۰۱/۰۸/۱۸", ""),
        ("۱۸ آبان ۱۴۰۱", ""),
        ("چهارشنبه ۱۸ آبان ۱۴۰۱ ساعت ۱۰:۳۰", "fa"),
        ("18 Aban 1401", ""),
        ("۱۸ عقرب ۱۴۰۱", "prs"),
        ("1401/08/18 ه.ش", ""),
        ("1444/04/15", "ar"),
        ("١٤٤٤/٠٤/١٥", ""),
        ("15 ربيع الآخر 1444", ""),
        ("15 ربيع الثاني 1444 هـ", "ar"),
        ("1444-04-15 AH", ""),
        ("2565-11-09", "th"),
        ("9/11/2565", "th"),
        ("9 พฤศจิกายน 2565", ""),
        ("9 พฤศจิกายน พ.ศ. 2565", ""),
        ("9 พ.ย. 65", "th"),
        ("๙ พฤศจิกายน ๒๕๖๕", ""),
        ("พ.ศ. 2565-11-09", ""),
        ("令和4年11月9日", "ja"),
        ("令和４年１１月９日", ""),
        ("R4.11.9", "ja"),
        ("民國111年11月9日", ""),
        ("111/11/09", "zh-TW"),
        ("令和4年(2022年)11月9日", "ja"),
        ("9 November 2022 - 15 ربيع الآخر 1444", "ar"),
    ],
)
def test_a_date_of_another_calendar_is_converted(text: str, language: str) -> None:
    assert parse_date(text, language) == "2022-11-09"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("平成元年1月8日", "1989-01-08"),
        ("昭和64年1月7日", "1989-01-07"),
        ("昭和二十八年十二月廿八日", "1953-12-28"),
        ("昭和二八年一二月二八日", "1953-12-28"),
        ("民國一〇五年五月三日", "2016-05-03"),
        ("民國一百零五年五月三日", "2016-05-03"),
        ("二〇二二年一二月二八日", "2022-12-28"),
        ("明治45年", "1912"),
        ("令和4年12月", "2022-12"),
        ("1399/12/30", "2021-03-20"),  # a leap year of the Iranian calendar
    ],
)
def test_eras_and_leap_years(text: str, expected: str) -> None:
    assert parse_date(text, "fa" if text.isascii() else "ja") == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("1401-10-07", ""),
        ("1401/10/07", "en"),
        ("2565-12-28", ""),
        ("2565-12-28", "en"),
        ("1401", "fa"),
        ("1401-10", "fa"),
        ("1401/12/30", "fa"),  # no leap year
        ("1401/13/01", "fa"),
        ("1444/02/31", "ar"),
        ("5783-04-04", "he"),
    ],
)
def test_a_date_of_a_calendar_that_nothing_tells_is_left_out(text: str, language: str) -> None:
    assert parse_date(text, language) == ""


@pytest.mark.parametrize(
    "text",
    [
        "2022-02-30",
        "31.04.2022",
        "2022-13-01",
        "2022-W60-1",
        "2022-366",
        "2022-000",
        "30 Feb 2022",
        "00.00.2022",
        "yesterday",
        "Q4 2022!",
        "99999999999999999999",
        "12345678901234567",
        "\ud800",
        "٣" * 5000,
    ],
)
def test_what_is_no_day_is_not_one(text: str) -> None:
    assert len(parse_date(text)) < 10


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("11/09/2022", "2022"),
        ("11/09/22", ""),
        ("09-10-11", ""),
        ("28/12/22", "2022-12-28"),
        ("12/28/22", "2022-12-28"),
        ("1 Jan 70", "1970-01-01"),
        ("9 Nov 1922", "1922-11-09"),
        ("2022-W44", "2022"),
        ("2022-W45", "2022-11"),
        ("2022", "2022"),
        ("November 2022", "2022-11"),
        ("12 listopad 2022", "2022"),
        (None, ""),
        (True, ""),
        ([], ""),
        ({}, ""),
        ("", ""),
    ],
)
def test_a_day_is_never_guessed(text: object, expected: str) -> None:
    assert parse_date(text) == expected


def test_a_language_tells_what_a_month_means() -> None:
    assert parse_date("12 listopad 2022", "pl") == "2022-11-12"
    assert parse_date("12 listopad 2022", "hr") == "2022-10-12"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2023-05-10T14:00:00+02:00", "2023-05-10T14:00:00+02:00"),
        ("2023-05-10 14:00:00 +0200", "2023-05-10T14:00:00+02:00"),
        ("2023-05-10 14:00:00 UTC", "2023-05-10T14:00:00+00:00"),
        ("Wed, 10 May 2023 14:00:00 GMT", "2023-05-10T14:00:00+00:00"),
        (1683727200, "2023-05-10T14:00:00+00:00"),
        (1683727200000, "2023-05-10T14:00:00+00:00"),
        ("2023-05-10", "2023-05-10"),
        ("10 May 2023", "2023-05-10"),
        ("10 May 2023, 10:00 pm", "2023-05-10T22:00:00"),
        ("10.05.2023 18:00", "2023-05-10T18:00:00"),
        ("10. Mai 2023, 18 Uhr", "2023-05-10T18:00:00"),
        ("10. Mai 2023, 24 Uhr", "2023-05-11T00:00:00"),
        ("10 mei 2023 18.30 uur", "2023-05-10T18:30:00"),
        ("2023年5月10日 午後6時", "2023-05-10T18:00:00"),
        ("1801 GMT, 10 May 2023", "2023-05-10T18:01:00+00:00"),
        ("10 May 2023 18:00 CET", "2023-05-10T18:00:00+01:00"),
        ("10 May 2023 12:30 a.m.", "2023-05-10T00:30:00"),
        ("2022-11-09T14:00:00Z", "2022-11-09"),
        ("1402/02/20 14:00", ""),
        ("never", ""),
    ],
    ids=str,
)
def test_a_moment_keeps_its_time_if_that_matters_yet(value: object, expected: str) -> None:
    assert moment(value) == expected


@pytest.mark.parametrize(
    "value",
    ["0000-123", "9999-366", "9999-W52", "0000-W01", "0001-01-01T00:00:00", "9999-12-31T23:59:59"],
)
def test_a_day_outside_the_calendar_is_left_out_and_raises_nothing(value: str) -> None:
    assert (parse_date(value), moment(value)) == ("", "")
    exact_time(value)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("28 ARALIK 2022", "tr"),
        ("28 Aralik 2022", "tr"),
        ("28 ΔΕΚΕΜΒΡΙΟΥ 2022", "el"),
        ("२८ दिसम्बर २०२२", "hi"),
        ("२८ डिसेंबर २०२२", "mr"),
        ("28 دسمبر 2022", "ur"),
        ("28 كانون الاول 2022", "ar"),
        ("28 డిసెంబర్ 2022", "te"),
        ("ಡಿಸೆಂಬರ್ 28, 2022", "kn"),
        ("28 ਦਸੰਬਰ 2022", "pa"),
        ("28 ធ្នូ 2022", "km"),
        ("28 желтоқсан 2022", "kk"),
        ("Disyembre 28, 2022", "tl"),
        ("令和四年十二月二十八日", "ja"),
        ("民國一百一十一年十二月二十八日", "zh-TW"),
    ],
)
def test_months_of_many_scripts_and_letters_for_numbers(text: str, language: str) -> None:
    assert parse_date(text, language) == "2022-12-28"


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("2079-09-13", "ne", "2022"),
        ("२०७९-०९-१३", "", "2022"),
        ("२०७९ पुस १३", "", "2022"),
        ("२८ चैत २०७९", "ne", "2023"),
        ("2022-12-28", "ne", "2022-12-28"),
        ("२०२२-१२-२८", "hi", "2022-12-28"),
        ("5 HAZİRAN 2022", "tr", "2022-06-05"),
    ],
)
def test_a_year_of_nepal_lies_not_ahead(text: str, language: str, expected: str) -> None:
    assert parse_date(text, language) == expected
