"""An identifier names one thing; dates, amounts and years name none."""

from __future__ import annotations

import time

import pytest

from recommender.text.identifiers import MOST_READ, Identifiers, asked_date, identifiers_of


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("CVE-2014-0160", ["CVE-2014-0160"]),
        ("cve\u20112014\u20110160", ["cve-2014-0160"]),
        ("MH370", ["MH370"]),
        *(
            (f"MH370{ending}", ["MH370"])
            for ending in ("'s", "\u2019nin.", ":n", "-es", "-vlucht?")
        ),
        ("mh-370?", ["mh-370"]),
        ("MH 370", ["MH 370"]),
        ("ISO 9001, RFC 2616", ["ISO 9001", "RFC 2616"]),
        ("C-311/18", ["C-311/18"]),
        ("(12345/06)", ["12345/06"]),
        ("2016/679", ["2016/679"]),
        ("NL91ABNA0417164300", ["NL91ABNA0417164300"]),
        ("978-90-123-4567-8", ["978-90-123-4567-8"]),
        ("B.1.1.7", ["B.1.1.7"]),
        ("АН-124", ["АН-124"]),
        ("arXiv:2101.00001", ["arXiv:2101.00001"]),
        ("bug#12345", ["bug#12345"]),
        ("ＭＨ３７０", ["MH370"]),
    ],
)
def test_a_query_that_is_an_identifier(query: str, names: list[str]) -> None:
    found = identifiers_of(query)
    assert (list(found.names), found.is_all) == (names, True)


@pytest.mark.parametrize(
    "query",
    [
        *("F-16", "Covid-19", "G20", "A4", "9/11", "24/7", "3-0", "12-10", "SARS-CoV-2"),
        *(
            "07/04/14",
            "1914-1918",
            "2016/2017",
            "10:30",
            "10:30:00",
            "12.30-14.00",
            "1,500",
            "38.60",
            "US$500",
            "R$10000",
        ),
        *(
            "WK2022",
            "Windows-2000",
            "COVID-2019",
            "1980s",
            "1500m",
            "100th",
            "18e-eeuws",
            "5000-meter",
        ),
        *("世界杯2022", "2014年世界杯决赛", "第110号", "Debian 12", "COP 2015", "WK 2022 finale"),
        *("1620-21", "2022년 10월 25일 일식", "2022年10月25日日食"),
        *("https://example.org/nieuws/12345/brug", "www.example.org/2014-0160"),
        "nos.nl/artikel/12345-brug",
        *("", "?", "-", "bridge", "a 1 b 2", "x" * 300 + "123"),
    ],
)
def test_what_names_nothing_by_its_digits(query: str) -> None:
    found = identifiers_of(query)
    assert (found.names, found.is_all) == ((), False)


@pytest.mark.parametrize(
    ("query", "numbers"), [("2014", ["2014"]), ("§ 218", ["218"]), ("1984?", ["1984"])]
)
def test_a_query_of_numbers(query: str, numbers: list[str]) -> None:
    assert identifiers_of(query) == Identifiers((), tuple(numbers), is_all=True)


def test_a_query_may_say_more_than_its_identifiers() -> None:
    assert identifiers_of("flaw CVE-2014-0160 of 2014") == Identifiers(("CVE-2014-0160",))
    assert identifiers_of("Boeing 737-800 crash") == Identifiers(("737-800",))
    assert identifiers_of("a text of many words that names CVE-2014-0160") == Identifiers()


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("CVE-2014-0160", "Fixes (cve-2014-0160)."),
        ("CVE-2014-0160", "CVE\u20132014\u20130160"),
        ("MH370", "De vlucht MH 370 verdween"),
        ("MH 370", "말레이시아항공 MH370편"),
        ("mh370", "MH370便"),
        ("MH-370", "الرحلة MH٣٧٠"),
        ("2014", "عام ٢٠١٤"),
        ("C-311/18", "zaak C‑311/18 (Schrems II)"),
        ("737-800", "a Boeing 737\u2013800 of"),
        ("MH370", "ＭＨ－３７０便"),
        ("arXiv:2101.00001", "see arXiv:2101.00001"),
        ("bug#12345", "(closes: Bug#12345)"),
        ("user123@example.org", "user123@example.org"),
        ("10000", "10,000 Mann"),
        ("203091", "203.091 huizen, 203 091"),
    ],
)
def test_a_text_may_write_an_identifier_in_its_own_way(query: str, text: str) -> None:
    assert identifiers_of(query).are_in(text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("CVE-2014-0160", "CVE-2014-0179, CVE-2014-01601, XCVE-2014-0160"),
        ("MH370", "MH3701, KMH370, MH17"),
        ("2014", "12014, 20145, A2014"),
        ("737-800", "737800, 737 and 800"),
        ("arXiv:2101.00001", "arXiv:2101:00002, arXiv 2101, 00001"),
        ("10000", "10, 000 and 110,000 and 10,0001"),
        ("CVE-2014-0160 CVE-2014-0179", "CVE-2014-0160"),
        ("MH370", " " * MOST_READ + "MH370"),
    ],
)
def test_another_identifier_is_not_it(query: str, text: str) -> None:
    assert not identifiers_of(query).are_in(text)


def test_the_name_before_a_number_may_be_translated() -> None:
    asked, text = identifiers_of("UN 2334"), "De VN-Veiligheidsraad nam resolutie 2334 aan."
    assert not asked.are_in(text)
    assert asked.may_be_in(text)
    assert not asked.may_be_in("De VN nam resolutie 2335 aan.")
    assert not identifiers_of("CVE-2014-0160").may_be_in("CVE-2015-0160, 2014-0160")


@pytest.mark.parametrize(
    ("query", "date"),
    [
        ("28 december 2022", "2022-12-28"),
        ("18-12-2022", "2022-12-18"),
        ("2022-12-28", "2022-12-28"),
        ("Dec 28, 2022?", "2022-12-28"),
        ("28 декабря 2022 г.", "2022-12-28"),
        ("٢٨ ديسمبر ٢٠٢٢", "2022-12-28"),
        ("2022年12月28日", "2022-12-28"),
        ("December 1944", "1944-12"),
        ("2022", ""),
        ("bevrijding 5 mei 1945", ""),
        ("5 mei 1945 Wageningen", ""),
        ("mei", ""),
        ("", ""),
    ],
)
def test_a_query_that_is_a_date(query: str, date: str) -> None:
    assert asked_date(query) == date


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("5 mei 1945", "am 5. Mai 1945"),
        ("5 mei 1945", "on 05/05/1945"),
        ("05-05-1945", "May 5th, 1945"),
        ("1 augustus 2013", "le 1er août 2013"),
        ("28 December 2022", "٢٨ ديسمبر ٢٠٢٢"),
        ("mei 1945", "na de winter van 1945"),
        ("令和4年12月28日", "令和4年12月28日の朝"),
        ("令和4年12月28日", "28 December 2022"),
        ("28 ธันวาคม 2565", "เมื่อวันที่ 28 ธันวาคม 2565"),
    ],
)
def test_of_a_date_its_year_and_its_day_count(query: str, text: str) -> None:
    asked = identifiers_of(query)
    assert asked.is_all
    assert asked.are_in(text)
    assert asked.may_be_in(text)


@pytest.mark.parametrize("text", ["am 15. Mai 1945", "am 5. Mai 1946", "zahlte 5,1 von 19450"])
def test_another_date_is_not_it(text: str) -> None:
    assert not identifiers_of("5 mei 1945").may_be_in(text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("S-300", "зенитный комплекс С-300"),
        ("S300", "зенітний комплекс С\u2011300В"),
        ("С-300", "an S-300 battery"),
        ("S-300", "منظومة إس-300"),
        ("An-124", "самолёт Ан-124"),
    ],
)
def test_the_letters_of_a_name_may_be_those_of_another_script(query: str, text: str) -> None:
    assert not identifiers_of(query).are_in(text)
    assert identifiers_of(query).may_be_in(text)


@pytest.mark.parametrize("text", ["С-400", "F-300", "300 солдат", "за 300 дней", "С-3000"])
def test_what_only_has_its_number_is_not_it(text: str) -> None:
    assert not identifiers_of("S-300").may_be_in(text)


@pytest.mark.parametrize("text", ["a1" + "!" * 100_000 + "b", "a1" + " " * 100_000 + "b"])
def test_a_long_text_is_no_date_and_is_not_searched_for_one(text: str) -> None:
    begun = time.monotonic()
    assert asked_date(text) == ""
    assert time.monotonic() - begun < 10


def test_what_divides_an_identifier_is_matched_in_one_way() -> None:
    begun = time.monotonic()
    assert not identifiers_of("a1" + "--b" * 28 + "23").are_in("a1" + "--b" * 60)
    assert time.monotonic() - begun < 5
