"""Notes at the foot of a page stand at the end, and the text goes on over the page as one."""

from __future__ import annotations

import pytest

from recommender.articles.formats.pdf import _readable
from recommender.articles.formats.pdf_layout import Line, paragraphs
from recommender.articles.formats.pdf_notes import without_notes

BODY = (
    "Het waterschap sluit het oude gemaal aan de Lange",
    "Vaart, omdat de pompen na negentig jaar niet meer",
)
AFTER = ("te maken zijn. De raad stemde er dinsdag mee in.",)


def lines(*texts: str, size: float = 10, top: float = 700, column: int = 0) -> list[Line]:
    return [
        Line(text, 60, 60 + 5.0 * len(text), top - 12 * at, size, 400, column)
        for at, text in enumerate(texts)
    ]


@pytest.mark.parametrize("mark", ["1 ", "12. ", "* ", "[3] ", "†"])
def test_a_note_interrupts_no_paragraph(mark: str) -> None:
    note = lines(f"{mark}Zie het register van het", "waterschap uit 1934.", size=8, top=100)
    texts, notes = without_notes([[*lines(*BODY), *note], lines(*AFTER)])
    assert [one.text for one in paragraphs(texts)] == [" ".join((*BODY, *AFTER))]
    assert [[one.text for one in some] for some in notes] == [[one.text for one in note]]


def test_notes_of_a_column_are_found_and_those_below_each_other_are_apart() -> None:
    foot = lines("1 Zie het register.", "2 Zie het archief.", size=8, top=100, column=1)
    right = lines(*AFTER, column=2)
    texts, notes = without_notes([[*lines(*BODY, column=1), *foot, *right]])
    assert len(notes) == 2
    assert [one.text for one in texts[0]] == [*BODY, *AFTER]


@pytest.mark.parametrize(
    "foot",
    [
        lines("1 Zie het register.", top=100),
        lines("Foto van het gemaal uit 1934.", size=8, top=100),
        lines("1934 was een droog jaar.", size=8, top=100),
    ],
)
def test_other_lines_at_the_foot_of_a_page_stay(foot: list[Line]) -> None:
    page = [*lines(*BODY), *foot]
    assert without_notes([page]) == ([page], [])


def test_letters_that_a_font_joins_are_apart() -> None:
    [line] = _readable(lines("de ﬁets en de ﬂuit"))
    assert line.text == "de fiets en de fluit"
