"""Dates in the forms archives use, with the precision they have."""

from __future__ import annotations

import pytest

from recommender.text import dates
from recommender.text.date_fields import parse_date
from recommender.text.dates import (
    date_in_name,
    find_date,
    is_date,
    leading_date,
    names_of_months,
)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2022", "2022"),
        ("2022-12", "2022-12"),
        ("2022-12-28", "2022-12-28"),
        ("2022-12-28T10:00:00Z", "2022-12-28"),
        ("20221228", "2022-12-28"),
        ("Tue, 27 Dec 2022 10:00:00 GMT", "2022-12-27"),
        ("28 december 2022", "2022-12-28"),
        ("Dec. 27, 2022", "2022-12-27"),
        ("Tuesday, Dec. 27, 2022", "2022-12-27"),
        ("17 de diciembre de 2022", "2022-12-17"),
        ("1er janvier 2023", "2023-01-01"),
        ("5. Februar 2021", "2021-02-05"),
        ("28 грудня 2022", "2022-12-28"),
        ("28 ديسمبر 2022", "2022-12-28"),
        ("٢٨ ديسمبر ٢٠٢٢", "2022-12-28"),
        ("2020年7月14日", "2020-07-14"),
        ("2022년 12월 28일", "2022-12-28"),
        ("15.12.2022", "2022-12-15"),
        ("december 2022", "2022-12"),
        ("28/12/2022", "2022-12-28"),
        ("12/28/2022", "2022-12-28"),
        ("", ""),
        ("yesterday", ""),
        ("2022-02-30", ""),
    ],
)
def test_a_date_field_is_read_in_the_forms_archives_use(text: str, date: str) -> None:
    assert parse_date(text) == date


def test_a_day_that_cannot_be_told_is_not_guessed() -> None:
    assert parse_date("03/04/2022") == "2022"
    assert parse_date("03/04/2022", "en") == "2022"


@pytest.mark.parametrize("text", ["03/04/2022", "3-4-2022", "03-04-2022"])
@pytest.mark.parametrize("language", ["nl", "de-AT", "ar"])
def test_the_day_is_first_in_languages_that_always_write_it_so(text: str, language: str) -> None:
    assert parse_date(text, language) == "2022-04-03"
    assert parse_date("03/14/2022", language) == "2022-03-14"
    assert parse_date("12 listopad 2022") == "2022"  # November in Polish, October in Croatian


@pytest.mark.parametrize(
    ("text", "date", "rest"),
    [
        (" date 2022-12 Het is koud", "2022-12", " Het is koud"),
        ("KYIV, 27 December 2022 – Troops", "2022-12-27", "Troops"),
        ("5 februari 2021 - Dijkwachters", "2021-02-05", "Dijkwachters"),
        ("Kiew, 28.12.2022", "2022-12-28", ""),
        ("Publié le 19 décembre 2022", "2022-12-19", ""),
        ("Updated 12 January 2023 at 10:15 GMT", "2023-01-12", ""),
        ("KYIV, Ukraine (AP) — Troops", "", "Troops"),
        ("AMSTERDAM (ANP) - Tekst", "", "Tekst"),
        ("PARIS, Dec 27 (Reuters) - A man", "", "A man"),
        ("Jaén, 9 nov (EFE).- El árbol", "", "El árbol"),
        ("СЫКТЫВКАР, 14 мая — Паром", "", "Паром"),
        ("חיפה, 3 במאי 2022", "2022-05-03", ""),
        ("2022年10月3日 08時00分", "2022-10-03", ""),
        ("Zij kwam, 3 mei was koud - en ging", "", None),
        ("28 december 2022 was een koude dag", "", None),
        ("In 2022 werd alles anders", "", None),
        ("2022 was een goed jaar", "", None),
        ("Rond 12 uur op 28 december 2022: een knal", "", None),
        ("تهران، ۷ دی ۱۴۰۱ – متن", "2022-12-28", "متن"),
        ("۱۴۰۱/۱۰/۰۷", "2022-12-28", ""),
        ("令和4年12月28日", "2022-12-28", ""),
        ("28th of December 2022", "2022-12-28", ""),
    ],
)
def test_a_date_line_ends_where_the_text_begins(text: str, date: str, rest: str | None) -> None:
    found, end = leading_date(text)
    assert (found, text[end:]) == (date, text if rest is None else rest)


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("2022-12-28-title", "2022-12-28"),
        ("20221228_x", "2022-12-28"),
        ("2022/12/28/x", "2022-12-28"),
        ("2022/12/x", "2022-12"),
        ("000_1010306ca34bd51d", ""),
        ("report-2022", ""),
    ],
)
def test_a_file_name_may_carry_a_date(name: str, date: str) -> None:
    assert date_in_name(name) == date


def test_a_date_must_exist_in_the_calendar() -> None:
    assert [is_date(one) for one in ("2024-02-29", "2023-02-29", "2022-13", "٢٠٢٢", "22")] == (
        [True, False, False, False, False]
    )


@pytest.mark.parametrize("few", [0, 1_000_000])
def test_patterns_of_the_names_in_a_text_find_what_those_of_all_names_find(
    monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(dates, "FEW_COMPILED", few)
    assert find_date("Geopend op 28 december 2022, na mei", "nl")[0] == "2022-12-28"
    assert find_date("OPENED ON MAY 3, 2021", "en")[0] == "2021-05-03"
    assert find_date("5 Kasım 2019 ve 6 Mayıs 2018", "tr")[0] == "2019-11-05"
    assert leading_date("PARIS, Dec 27 (AP) — The bridge is closed")[1] == 21
    assert names_of_months("Van mei tot januari, mooi") == ["mei", "januari"]
    assert names_of_months("no name of a month") == []
