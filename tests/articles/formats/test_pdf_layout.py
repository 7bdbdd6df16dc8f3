"""Lines of pages become paragraphs by where they stand and how they end."""

from __future__ import annotations

import pytest

from recommender.articles.formats.pdf_layout import Line, in_reading_order, paragraphs


def lines(*texts: str, left: float = 60, width: float = 200) -> list[Line]:
    """Full lines below each other."""
    return [
        Line(text, left, left + width, 700.0 - 12 * at, 10.0, 400) for at, text in enumerate(texts)
    ]


def texts(*pages: list[Line]) -> list[str]:
    return [one.text for one in paragraphs(pages)]


@pytest.mark.parametrize("mark", ["-", "\ufffe", "\u00ad", "\u2010"])
def test_a_broken_word_is_whole_whatever_marks_the_break(mark: str) -> None:
    assert texts(lines(f"het noorde{mark}", "lijke gemaal")) == ["het noordelijke gemaal"]


def test_hyphens_that_may_be_are_gone() -> None:
    assert texts(lines("het bin\u00adnen\ufffe", "vaart\u00adschip")) == ["het binnenvaartschip"]


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("de Ruhr\ufffe", "und Rheinhafen", "de Ruhr- und Rheinhafen"),
        ("de Noord\ufffe", "Zuidlijn", "de Noord-Zuidlijn"),
        ("covid\ufffe", "19 heerst", "covid-19 heerst"),
        ("l'écluse, a-t-", "il dit", "l'écluse, a-t-il dit"),
        ("c'est-", "à-dire demain", "c'est-à-dire demain"),
        ("het einde\ufffe", "", "het einde-"),
    ],
)
def test_a_hyphen_of_the_word_itself_stays(first: str, second: str, whole: str) -> None:
    assert texts(lines(*filter(None, (first, second)))) == [whole]


def test_no_mark_of_the_parser_stays() -> None:
    found = texts(lines("een\ufffe", "Twee\ufffe"), lines("drie\u00ad"))
    assert not any(mark in text for text in found for mark in "\ufffe\u00ad")


def test_columns_painted_row_by_row_are_parted() -> None:
    left = lines("een lange regel van de eerste kolom", "die hier verder gaat", "en dan eindigt.")
    right = [
        one._replace(left=320, right=520)
        for one in lines("een lange regel in de tweede kolom", "die daar verder gaat", "en slot.")
    ]
    rows = [piece for row in zip(left, right, strict=True) for piece in row]
    assert [one._replace(column=0) for one in in_reading_order(rows)] == [*left, *right]


def test_a_line_beside_nothing_may_be_longer_than_those_beside_others() -> None:
    """The gutter is where no line stands, not the middle of the gap after a short line."""
    texts = ["een regel van de eerste kolom", "die hier verder gaat", "en verder", "en eindigt."]
    left = lines(*texts, width=100)
    left[2] = left[2]._replace(right=300)  # the only one with nothing beside it
    right = [one._replace(left=320, right=520) for one in lines(*texts)]
    del right[2]
    rows = [left[0], right[0], left[1], right[1], left[2], left[3], right[2]]
    assert [one._replace(column=0) for one in in_reading_order(rows)] == [*left, *right]


def test_a_wide_gap_in_a_line_makes_no_column() -> None:
    pieces = [lines("een regel met een gat")[0], lines("en wat daarna komt", left=320)[0]]
    assert [one.text for one in in_reading_order(pieces)] == [
        "een regel met een gat en wat daarna komt"
    ]


def test_lines_without_a_place_are_joined_by_their_length() -> None:
    text = "een regel die lang genoeg is om vol te zijn"
    page = [
        Line(one, 0, len(one), -at, 0, 0)
        for at, one in enumerate([text, "eindigt.", text, "slot."])
    ]
    assert texts(page) == [f"{text} eindigt.", f"{text} slot."]
