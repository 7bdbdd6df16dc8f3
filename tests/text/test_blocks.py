"""Paragraphs of plain text are found however the source marks them."""

from __future__ import annotations

import random
import re
from textwrap import fill

import pytest

from recommender.text.blocks import blocks, paragraphs_of_lines, with_paragraphs

TITLE = "Het gemaal gaat dicht"
PARAGRAPHS = (
    "Het waterschap sluit het oude gemaal aan de Lange Vaart, omdat de pompen na negentig jaar "
    "niet meer te herstellen zijn.",
    "Bewoners van de polder vrezen voor natte kelders. Zij hebben een brief gestuurd, met "
    "honderdtwaalf handtekeningen. De dijkgraaf antwoordt in januari.",
    "De nieuwe pompen staan klaar in een loods bij de haven, zegt de opzichter, die er al veertig "
    "jaar werkt.",
    "Het oude gebouw blijft staan en wordt een museum over het leven met het water.",
)


SPACES = ("\n", "\n", " ", "\t", "\x85", "\u2028", "\u00a0", "\r")


def found(text: str) -> list[str]:
    """The paragraphs of a text, each on one line."""
    made = with_paragraphs(text)
    return [" ".join(made[start:end].split()) for start, end in blocks(made)]


@pytest.mark.parametrize("between", ["\n", "\n\n", "\u2029", "\u2028", "\x0b", "\x85", "\r\n"])
def test_a_paragraph_a_line_is_a_paragraph(between: str) -> None:
    assert found(between.join([TITLE, *PARAGRAPHS])) == [TITLE, *PARAGRAPHS]


@pytest.mark.parametrize("width", [60, 72, 80, 100])
def test_wrapped_lines_between_blank_lines_are_one_paragraph(width: int) -> None:
    text = "\n\n".join([TITLE, *(fill(one, width) for one in PARAGRAPHS)])
    assert found(text) == [TITLE, *PARAGRAPHS]


@pytest.mark.parametrize("indent", ["   ", "\t", "\u3000"])
def test_an_indented_line_opens_a_paragraph(indent: str) -> None:
    text = "\n".join(fill(one, 70, initial_indent=indent) for one in PARAGRAPHS)
    assert found(f"{TITLE}\n\n{text}") == [TITLE, *PARAGRAPHS]


def test_a_short_line_that_ends_a_sentence_ends_a_paragraph_of_wrapped_lines() -> None:
    text = "\n".join([TITLE, *(fill(one, 72) for one in PARAGRAPHS)])
    assert found(text) == [TITLE, *PARAGRAPHS]


def test_chinese_paragraphs_that_open_with_wide_spaces_are_paragraphs() -> None:
    lines = [
        "市议会星期二晚上决定关闭北面的船闸两年，因为一艘驳船撞上了闸门，两个铰链断裂。",
        "船主们说，绕道会让他们每次前往东部粮食码头的航程多花半天时间，因此要举行抗议。",
        "渡轮船员在公司同意新的冬季班次之后于星期三恢复工作，乘客在岛上滞留了四天。",
    ]
    assert found("\n".join(f"\u3000\u3000{line}" for line in lines)) == lines


@pytest.mark.parametrize(
    "text",
    [
        "De zee is wijd,\nhet schip is klein,\nen wie er vaart\nwil ergens zijn.",
        "- een eerste punt over het gemaal en de pompen die er staan te roesten in de kelder.\n"
        "- een tweede punt over de bewoners van de polder en hun natte kelders in de winter.",
        "Jaar   Peil\n2020   4,10\n2021   4,35",
        "Gemaal De Hoop\nLange Vaart 12\n1234 AB Polderdam",
        "Een zin over het gemaal, die op de regel staat en er ook eindigt.\n\n"
        "De eerste zin van een alinea staat op een regel die alleen deze zin bevat.\n"
        "De tweede zin staat op de volgende, zoals schrijvers van techniek het graag doen.",
    ],
)
def test_verse_lists_tables_and_sentences_a_line_stay_as_they_are(text: str) -> None:
    assert with_paragraphs(text) == text


def test_a_list_in_a_text_of_a_paragraph_a_line_is_one_block() -> None:
    items = ["- pompen", "- leidingen", "- een schakelkast"]
    text = "\n".join([TITLE, PARAGRAPHS[0], *items, PARAGRAPHS[1]])
    assert found(text) == [TITLE, PARAGRAPHS[0], " ".join(items), PARAGRAPHS[1]]


def test_no_word_is_lost() -> None:
    text = "\n".join([TITLE, "", *PARAGRAPHS, "\t- einde"])
    assert with_paragraphs(text).split() == text.split()


def test_long_lines_between_soft_breaks_are_paragraphs_and_short_ones_are_not() -> None:
    assert paragraphs_of_lines(PARAGRAPHS) == list(PARAGRAPHS)
    verse = ["De zee is wijd,", "het schip is klein."]
    assert paragraphs_of_lines(verse) == ["\n".join(verse)]


def test_blocks_are_what_stands_between_blank_lines_without_white_space() -> None:
    chance = random.Random(3)
    for _ in range(300):
        pieces = ["".join(chance.choices(SPACES, k=chance.randrange(4))) for _ in range(6)]
        text = "x".join(pieces)
        expected = [one.strip() for one in re.split(r"\n[^\S\n]*\n", text) if one.strip()]
        assert [text[start:end] for start, end in blocks(text)] == expected
