"""Sentences end where a reader sees their end, in any script."""

from __future__ import annotations

import pytest

from recommender.text.sentences import sentences


@pytest.mark.parametrize(
    "expected",
    [
        ["It lies in an X.509 certificate.", "It was fixed."],
        ["De prijs is 3.500 euro.", "Zie www.example.org.", "Klaar."],
        ["An audit by A.L. Digital, led by Dr. Smith.", "It fell."],
        ["J. R. R. Tolkien wrote it.", "U.S. troops left."],
        ["Am 28. Dezember kam er.", "In 2022.", "Um 12.30.", "Dann ging er."],
        ["„Stop!“ sagte er.", "„Nein.“", "Er ging."],
        ["Toen liep hij weg... en kwam niet terug.", "Waarom?", "(Niemand weet het.)", "Einde."],
        ["该套件包含。", "sources.list 更新！", "真的？", "是。"],
        ["यह काम हुआ।", "वह काम.", "फिर आया।"],
        ["یہ کام ہے۔", "وہ گیا۔", "پھر"],
        ["وصل الرئيس.", "ثم غادر؟", "نعم."],
        ["Հայաստան։", "Երևան։"],
    ],
)
def test_a_sentence_ends_where_a_reader_sees_its_end(expected: list[str]) -> None:
    between = "" if expected[0].endswith("。") else " "
    text = between.join(expected)
    assert [text[slice(*span)] for span in sentences(text)] == expected


def test_a_paragraph_ends_a_sentence_and_a_line_within_it_does_not() -> None:
    text = "The first\nline of B.\n\nthe second"
    assert [text[slice(*span)] for span in sentences(text)] == [
        "The first\nline of B.",
        "the second",
    ]


@pytest.mark.parametrize("mark", [".", "؟", "।", "።", "。", "\n"])
def test_a_long_run_of_marks_is_read_once(mark: str) -> None:
    assert sentences(f"Word{mark * 300_000}Word")
