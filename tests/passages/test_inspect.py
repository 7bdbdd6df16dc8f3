"""`inspect` shows each paragraph, its role and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from support.stand_in import WordEncoder

from recommender.passages.inspect import Inspection, inspect
from recommender.render.inspection import Inspected
from recommender.render.text_layout import Page
from recommender.types import Refusal

Source = Callable[[Mapping[str, str | bytes]], Path]
DUTCH = "Het water steeg in de nacht tot aan de dijk, zo zeggen de mensen die daar al jaren wonen. "
TEXT = """Kop van het stuk

28 december 2022

Het water steeg in de nacht tot aan de dijk, zo zeggen de mensen die daar al jaren wonen.

Een boot op de Waal. Foto: ANP

Zo gaat dat.

“We have never seen the river this high before, and we do hope that it will not rise any more.”
"""


def looked_at(source: Source) -> Inspection:
    [found] = inspect([source({"a.txt": TEXT})], WordEncoder(max_tokens=40))
    assert isinstance(found, Inspection)
    return found


def test_each_paragraph_is_shown_with_its_fate(source: Source) -> None:
    rows = Inspected([looked_at(source)]).rows()
    assert [(row["number"], row["role"], row["policy"], row["passages"]) for row in rows] == [
        (1, "title", "encode", ["a#1"]),
        (2, "dateline", "drop", []),
        (3, "body", "encode", ["a#3"]),
        (4, "caption", "words", ["a#4"]),
        (5, "body", "encode", ["a#5"]),
        (6, "quote", "encode", ["a#6"]),
    ]
    assert rows[5]["language"] == "en"
    assert rows[3]["reason"] == "ends with a picture credit"


def test_text_for_an_editor_says_what_becomes_of_it(source: Source) -> None:
    text = Inspected([looked_at(source)]).text(Page(100))
    assert "#4 caption  7 tokens · found by its words only · ends with a picture credit" in text
    assert "#1 title  4 tokens · encoded · first line" in text
    assert "· en · encoded · stands in quotation marks as a whole" in text


def test_a_declared_language_that_is_wrong_is_told(source: Source) -> None:
    row = json.dumps({"id": "a", "text": 3 * DUTCH, "language": "fr"})
    found = inspect([source({"a.jsonl": row})], WordEncoder())
    shown = Inspected([one for one in found if isinstance(one, Inspection)]).text(Page(100))
    assert "a · nl (declared as fr, but is clearly nl)" in shown


def test_what_is_refused_is_told(source: Source) -> None:
    [found] = inspect([source({"a.txt": b"\xff\xfe"})], WordEncoder())
    assert isinstance(found, Refusal)
    assert Inspected([]).text(Page(100)) == ""
