"""A query may name a year, a month or a day beside its subject."""

from __future__ import annotations

import pytest

from recommender.text.asked_period import MOST_CHARACTERS, AskedPeriod, asked_period


def limits_of(query: str) -> tuple[str, str] | None:
    """Return the first and the last date of the period that a query names, None if it has none."""
    found = asked_period(query)
    return (found.since, found.until) if found else None


@pytest.mark.parametrize(
    ("query", "since", "until", "rest"),
    [
        ("earthquake 2019", "2019", "2019", "earthquake"),
        ("2019年地震", "2019", "2019", "地震"),
        ("выборы 2019 года", "2019", "2019", "выборы"),
        ("2019년 지진", "2019", "2019", "지진"),
        ("地震2019", "2019", "2019", "地震"),
        ("زلزال ٢٠١٩", "2019", "2019", "زلزال"),
        ("выборы 2019г.", "2019", "2019", "выборы"),
        ("令和4年 地震", "2022", "2022", "地震"),
        ("élections de 2017", "2017", "2017", "élections de"),
        ("protests June 2020", "2020-06", "2020-06", "protests"),
        ("juni 2020 protest", "2020-06", "2020-06", "protest"),
        ("flood May 5th, 2011", "2011-05-05", "2011-05-05", "flood"),
        ("28.12.2022 brand", "2022-12-28", "2022-12-28", "brand"),
        ("oorlog 1914-1918", "1914", "1918", "oorlog"),
        ("begroting 2023/2024", "2023", "2024", "begroting"),
        ("season 2010/11", "2010", "2011", "season"),
        ("season 2009–10", "2009", "2010", "season"),
        ("war 1914-18", "1914", "1918", "war"),
        ("elections 2005–08", "2005", "2008", "elections"),
        ("budget 2014/20", "2014", "2020", "budget"),
        ("floods from 2010 to 2015", "2010", "2015", "floods from"),
        ("overstromingen 2010 t/m 2015", "2010", "2015", "overstromingen"),
        ("Hochwasser zwischen 2010 und 2015", "2010", "2015", "Hochwasser"),
        ("crecidas entre 2010 y 2015", "2010", "2015", "crecidas"),
        ("2010至2015年 洪水", "2010", "2015", "洪水"),
        ("music of the 1990s", "1990", "1999", "music of the"),
        ("Musik der 1990er", "1990", "1999", "Musik der"),
        ("музыка 1990-х", "1990", "1999", "музыка"),
        ("1990年代の音楽", "1990", "1999", "の音楽"),
        ("fire 2010-11", "2010-11", "2010-11", "fire"),
        ("fire 2010/12", "2010-12", "2010-12", "fire"),
        ("2019年前後の地震", "2019", "2019", "前後の地震"),
        ("2019年後半の地震", "2019", "2019", "後半の地震"),
        ("2019年前半の地震", "2019", "2019", "前半の地震"),
        ("2019年前三季度经济", "2019", "2019", "前三季度经济"),
        ("enchentes do ano 2014", "2014", "2014", "enchentes do ano"),
    ],
)
def test_a_date_beside_other_words_is_the_period(
    query: str, since: str, until: str, rest: str
) -> None:
    found = asked_period(query)
    assert found is not None
    assert (found.since, found.until, found.rest) == (since, until, rest)
    assert found.words in query.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789"))


@pytest.mark.parametrize(
    "query",
    [
        "earthquake",
        "2019",
        "mei 2019",
        "CVE-2014-0160 patch",
        "2019-nCoV",
        "Euro2020 final",
        "F-2019 engine",
        "1,2019 metres",
        "a price of $2019",
        "2019 % more",
        "elections 2016 and 2020",
        "elections 2012, 2016 and 2020",
        "elections 2020 to 2016",
        "between 2015 and 2010 floods",
        "Christmas '2019",
        "year 1066 battle",
        "2100 a forecast",
        "a fire of 2019-13-45",
        "bulletin 2008-37",
        "bulletin 2008-85",
    ],
)
def test_other_numbers_and_dates_alone_are_none(query: str) -> None:
    assert asked_period(query) is None


@pytest.mark.parametrize(
    ("query", "since", "until", "rest"),
    [
        ("floods since 2019", "2019", "", "floods"),
        ("floods since March 2019", "2019-03", "", "floods"),
        ("since 2019 floods in Venice", "2019", "", "floods in Venice"),
        ("overstromingen sinds het jaar 2019", "2019", "", "overstromingen"),
        ("Hochwasser seit 3.5.2019", "2019-05-03", "", "Hochwasser"),
        ("inondations depuis 2019", "2019", "", "inondations"),
        ("наводнения с 2019 года", "2019", "", "наводнения"),
        ("فيضانات منذ ٢٠١٩", "2019", "", "فيضانات"),
        ("2019年以来的洪水", "2019", "", "的洪水"),
        ("floods after 2019", "2020", "", "floods"),
        ("floods after December 2019", "2020-01", "", "floods"),
        ("floods after 31 December 2019", "2020-01-01", "", "floods"),
        ("elecciones después de 2017", "2018", "", "elecciones"),
        ("2019年以后的地震", "2020", "", "的地震"),
        ("floods before 2019", "", "2018", "floods"),
        ("floods before January 2019", "", "2018-12", "floods"),
        ("floods before 1 March 2020", "", "2020-02-29", "floods"),
        ("overstroming vóór 2019", "", "2018", "overstroming"),
        ("elecciones antes de 2017", "", "2016", "elecciones"),
        ("alluvioni prima del 2017", "", "2016", "alluvioni"),
        ("floods until 2019", "", "2019", "floods"),
        ("выборы до 2019", "", "2019", "выборы"),
        ("2019年以前の地震", "", "2019", "の地震"),
        ("2019年起 地震", "2019", "", "地震"),
        ("záplavy od roku 2019", "2019", "", "záplavy"),
        ("záplavy před rokem 2019", "", "2018", "záplavy"),
        ("översvämning sedan år 2019", "2019", "", "översvämning"),
        ("banjir sejak tahun 2019", "2019", "", "banjir"),
        ("lũ lụt trước năm 2019", "", "2018", "lũ lụt"),
        ("inundații după 2019", "2020", "", "inundații"),
        ("наводнения преди 2019", "", "2018", "наводнения"),
        ("πλημμύρες μετά το 2019", "2020", "", "πλημμύρες"),
        ("music since the 1990s", "1990", "", "music"),
        ("music before the 1990s", "", "1989", "music"),
        ("music after the 1990s", "2000", "", "music"),
    ],
)
def test_a_period_may_begin_or_end_at_a_date(query: str, since: str, until: str, rest: str) -> None:
    assert asked_period(query) == AskedPeriod(since, until, "", rest)


def test_two_years_are_the_period_whatever_stands_before_them() -> None:
    for query in ("crecidas desde 2010 hasta 2015", "powodzie od 2010 do 2015"):
        assert limits_of(query) == ("2010", "2015")


@pytest.mark.parametrize(
    "query",
    [
        "photos from 2019",
        "net zero by 2030",
        "begroting voor 2019",
        "bilder från 2019",
        "закон от 5 мая 2019",
        "закон від 5 травня 2019",
    ],
)
def test_a_date_after_an_unclear_word_is_text(query: str) -> None:
    assert asked_period(query) is None


def test_a_word_may_be_a_limit_in_one_language_only() -> None:
    assert asked_period("overstromingen na 2019", "nl") == ("2020", "", "", "overstromingen")
    assert asked_period("budżet na 2019", "pl") is None
    assert asked_period("powodzie do 2019", "pl") == ("", "2019", "", "powodzie")
    assert asked_period("enchentes do 2019", "pt") == ("2019", "2019", "2019", "enchentes do")
    assert asked_period("what to do 2019", "en") == ("2019", "2019", "2019", "what to do")
    assert asked_period("povodně po 2019", "cs") == ("2020", "", "", "povodně")
    assert asked_period("alluvione del Po 2019", "it") == (
        *("2019", "2019", "2019"),
        "alluvione del Po",
    )


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [
        ("trade in the 1800s", "1800", "1899"),
        ("handel på 1700-talet", "1700", "1799"),
        ("handel på 1700-tallet", "1700", "1799"),
        ("kauppa 1800-luvun", "1800", "1899"),
        ("music of the 2000s", "2000", "2009"),
        ("Musik der 1900er", "1900", "1909"),
    ],
)
def test_hundreds_are_a_century_where_people_say_so(query: str, since: str, until: str) -> None:
    assert limits_of(query) == (since, until)


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [
        ("muziek uit de jaren 90", "1990", "1999"),
        ("muziek uit de jaren ’90", "1990", "1999"),
        ("la musique des années 80", "1980", "1989"),
        ("la musique des années 1980", "1980", "1989"),
        ("la musica degli anni '70", "1970", "1979"),
        ("Musik der 90er Jahre", "1990", "1999"),
        ("music of the 90s", "1990", "1999"),
        ("music of the ’80s", "1980", "1989"),
        ("music of the 00s", "2000", "2009"),
        ("музыка 80-х годов", "1980", "1989"),
        ("musik från 90-talet", "1990", "1999"),
        ("90年代の音楽", "1990", "1999"),
        ("八十年代的音乐", "1980", "1989"),
    ],
)
def test_a_decade_may_have_two_digits(query: str, since: str, until: str) -> None:
    assert limits_of(query) == (since, until)


@pytest.mark.parametrize(
    "query",
    [
        "the top 90",
        "a bus of line 90",
        "90 percent",
        "jaren 905",
        "music of the 80s and 90s",
        "5.90s",
    ],
)
def test_other_tens_are_no_decade(query: str) -> None:
    assert asked_period(query) is None


def test_a_text_that_is_longer_than_a_query_asks_for_no_date() -> None:
    assert asked_period("flood 2019" + " of the river" * 6) is not None
    assert asked_period("flood 2019" + " of the river" * (MOST_CHARACTERS // 10)) is None


@pytest.mark.parametrize(
    ("since", "until", "held", "not_held"),
    [
        ("2019", "2019", ["2019", "2019-05", "2019-05-31"], ["", "2018-12-31", "2020"]),
        ("2019-05", "2019-05", ["2019", "2019-05", "2019-05-31"], ["2019-04", "2019-06-01"]),
        ("2019-05-03", "2019-05-03", ["2019", "2019-05", "2019-05-03"], ["2019-05-04"]),
        ("2019", "", ["2019", "2019-05", "2024-01-01"], ["", "2018-12-31"]),
        ("", "2019", ["2019", "2019-05", "1914"], ["", "2020-01-01"]),
        ("1914", "1918", ["1914-07", "1916", "1918-11-11"], ["1913-12-31", "1919"]),
    ],
)
def test_a_date_is_in_the_period_if_it_may_be(
    since: str, until: str, held: list[str], not_held: list[str]
) -> None:
    period = AskedPeriod(since, until, "", "")
    assert all(map(period.holds, held))
    assert not any(map(period.holds, not_held))
