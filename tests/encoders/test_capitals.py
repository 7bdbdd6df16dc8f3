"""Texts in capitals are given to a model in small letters, if they fit; others as they stand."""

from collections.abc import Sequence

import pytest

from recommender.encoders.capitals import as_read, in_small_letters


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("BRAND IN LOODS. TWEE GEWONDEN", "Brand in loods. Twee gewonden"),
        ('"WE HOORDEN EEN KNAL", ZEGT KOLFF', '"We hoorden een knal", zegt kolff'),
        ("İZMİR'DE YANGIN. IŞIKLAR KESİLDİ", "İzmir'de yangın. Işıklar kesildi"),
        ("ПОЖЕЖА НА СКЛАДІ! ДВОЄ ПОРАНЕНИХ", "Пожежа на складі! Двоє поранених"),
        ("BRAND BIJ McDONALD'S IN ALPHEN", "Brand bij mcdonald's in alphen"),
        ("12 DODEN BIJ BUSONGELUK", "12 Doden bij busongeluk"),
    ],
)
def test_a_text_in_capitals_is_read_in_small_letters(text: str, read: str) -> None:
    assert in_small_letters(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "NAVO",
        "NAVO, VN EN EU",
        "ZWAMMERDAM (ANP) - Bij een grote brand zijn drie mensen gewond geraakt.",
        "Brand in loods",
        "长江中游水位超警戒",
        "12345 678 910 1112 1314",
        "",
    ],
)
def test_another_text_is_read_as_it_stands(text: str) -> None:
    assert in_small_letters(text) == text


def test_a_text_keeps_its_capitals_if_its_small_letters_need_too_many_tokens() -> None:
    texts = ["BRAND IN EEN LOODS", "HET IS GEBLUST, ZEGT MEN"]

    def count(given: Sequence[str]) -> list[int]:
        return [9 if "loods" in text else 3 for text in given]

    assert as_read(texts, count, 8) == ["BRAND IN EEN LOODS", "Het is geblust, zegt men"]


def test_texts_without_capitals_are_not_counted() -> None:
    def count(given: Sequence[str]) -> list[int]:
        raise AssertionError(given)

    assert as_read(["Brand in een loods"], count, 8) == ["Brand in een loods"]
