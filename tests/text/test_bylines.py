"""The names of a byline are what stands after a word such as `by`."""

from __future__ import annotations

import pytest

from recommender.text.bylines import names_of_byline


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Ann Roe", "Ann Roe"),
        ("BY: ANN ROE", "ANN ROE"),
        ("Door Jan de Vries en Els Bos", "Jan de Vries en Els Bos"),
        ("Von Ute Groß", "Ute Groß"),
        ("De Marta Gil Ruiz", "Marta Gil Ruiz"),
        ("Oleh Budi Santoso", "Budi Santoso"),
        ("بقلم سارة حسن", "سارة حسن"),
        ("文／李明", "李明"),
        ("记者：李明", "李明"),
    ],
)
def test_the_word_before_the_names_is_left_out(line: str, names: str) -> None:
    assert names_of_byline(line) == names


@pytest.mark.parametrize(
    "line",
    [
        *("De Vries", "Von Trier", "Von der Leyen", "De la Cruz Ruiz", "De los Santos Gil"),
        *("Oleh Tyahnybok", "Byron Lee", "文天祥", "By", ""),
    ],
)
def test_a_name_that_begins_like_such_a_word_stays(line: str) -> None:
    assert names_of_byline(line) == line
