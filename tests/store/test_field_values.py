"""Fields of articles are read until all have been, and then answered from what is kept."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.store.field_keys import field_key, field_keys
from recommender.store.field_values import MOST_FIELDS, FieldValues
from recommender.types import Article

ARTICLES = [
    Article("a", "One", "", path="a", author="Els Bos, José Peña", section="Sport"),
    Article("b", "Two", "", path="b", author="Jose Peña en Jan Smit", section="sport"),
    Article("c", "Three", "", path="c", metadata={"topics": ["Water", "dike, river"]}),
    Article("d", "Four", "", path="d", section="news", metadata={"section": "sport"}),
    Article("e", "Five", "", path="e"),
]
ASKED = [
    *(("author", one) for one in ("jose pena", "ELS BOS", "Jan Smit", "Jose", "")),
    *(("section", one) for one in ("sport", "news", "", "sports")),
    *(("topics", one) for one in ("water", "river", "dike, river", "None")),
    *(("title", one) for one in ("four", "fou")),
    ("nosuch", "x"),
]


class Reader:
    """Reads articles and counts them."""

    def __init__(self) -> None:
        self.read = 0

    def __call__(self, position: int) -> Article:
        self.read += 1
        return ARTICLES[position]


def expected(name: str, value: str, flags: list[bool]) -> list[bool]:
    """Return what reading every record tells."""
    records = [{**one.metadata, **one.record()} for one in ARTICLES]
    return [
        flag and field_key(value) in field_keys(name, record.get(name))
        for flag, record in zip(flags, records, strict=True)
    ]


@pytest.mark.parametrize(("name", "value"), ASKED)
@pytest.mark.parametrize("flags", [[True] * 5, [False, True, False, True, True], [False] * 5])
def test_the_same_articles_pass_whether_values_are_kept_or_not(
    name: str, value: str, flags: list[bool]
) -> None:
    values = FieldValues(Reader(), len(ARTICLES))
    for _ in range(4):
        found = np.array(flags)
        values.keep_holding(found, name, value)
        assert found.tolist() == expected(name, value, flags)


def test_a_field_is_read_once() -> None:
    reader = Reader()
    values = FieldValues(reader, len(ARTICLES))
    for name, value in ASKED[:5]:
        values.keep_holding(np.ones(5, np.bool_), name, value)
    assert reader.read == 5


def test_only_what_is_asked_for_is_read_until_that_were_all() -> None:
    reader = Reader()
    values = FieldValues(reader, len(ARTICLES))
    read = []
    for _ in range(4):
        values.keep_holding(np.array([True, True, False, False, False]), "section", "sport")
        read.append(reader.read)
    assert read == [2, 4, 9, 9]


def test_the_values_of_many_fields_are_not_kept() -> None:
    reader = Reader()
    values = FieldValues(reader, len(ARTICLES))
    for number in range(MOST_FIELDS + 1):
        values.keep_holding(np.ones(5, np.bool_), f"field{number}", "x")
    read = reader.read
    values.keep_holding(np.ones(5, np.bool_), f"field{MOST_FIELDS}", "x")
    assert reader.read == read
    values.keep_holding(np.ones(5, np.bool_), "field0", "x")
    assert reader.read == read + 5


def test_a_segment_without_articles_has_no_values() -> None:
    flags = np.ones(0, np.bool_)
    FieldValues(Reader(), 0).keep_holding(flags, "section", "sport")
    assert not len(flags)
