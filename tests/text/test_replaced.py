"""Names and figures that a version of a text replaced; a dress or another order replaces none."""

import pytest

from recommender.text.replaced import Replaced, replaced_between

FIRE = (
    "Bij een brand in een loods in Tiel zijn drie mensen gewond geraakt. "
    "Het vuur brak uit in de spuiterij, zegt brandweerman Piet Jansen. "
    "Er rukten 14 wagens uit."
)


@pytest.mark.parametrize(
    ("other", "language", "expected"),
    [
        (FIRE, "nl", Replaced()),
        (FIRE.upper(), "nl", Replaced()),
        ("TIEL (ANP) - " + FIRE + " (c) ANP 2026", "nl", Replaced()),
        (" ".join(reversed(FIRE.split(". "))), "nl", Replaced()),
        (FIRE.replace("drie", "vijf"), "nl", Replaced(0, 1)),
        (FIRE.replace("drie", "vijf"), "xx", Replaced()),
        (FIRE.replace("14", "16"), "nl-BE", Replaced(0, 1)),
        (FIRE.replace("Piet Jansen", "Kees Bakker"), "nl", Replaced(1, 0)),
        (FIRE.replace("Piet Jansen", "Kees Bakker"), "de", Replaced()),
        ("De zon schijnt vandaag boven Zutphen. Het wordt 20 graden.", "nl", Replaced()),
        ("", "nl", Replaced()),
    ],
)
def test_what_is_replaced_in_the_same_sentences(
    other: str, language: str, expected: Replaced
) -> None:
    assert replaced_between(FIRE, other, language) == expected
    assert replaced_between(other, FIRE, language) == expected


def test_figures_in_han_characters_and_arabic_digits() -> None:
    chinese = "沿江各县已转移居民四万二千人。鄂州一段堤防出现渗漏。"
    assert replaced_between(chinese, chinese.replace("四万二千", "六万一千"), "zh").figures == 1
    arabic = "أصيب ١٤ شخصا في حريق بمصنع للأثاث يوم الاثنين."
    assert replaced_between(arabic, arabic.replace("١٤", "14"), "ar") == Replaced()
    assert replaced_between(arabic, arabic.replace("١٤", "١٧"), "ar").figures == 1
