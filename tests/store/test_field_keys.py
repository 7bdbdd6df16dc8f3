"""A field is asked for as people type it, and by one of several values."""

from __future__ import annotations

from typing import Any

import pytest

from recommender.store.field_keys import field_key, field_keys


@pytest.mark.parametrize(
    ("name", "found", "asked"),
    [
        ("author", "Jan de Vries", ["jan de vries", "Jan  de Vries", "JAN DE VRIES"]),
        ("author", "Els Bos, José Peña", ["Els Bos", "Jose Pena", "Els Bos, José Peña"]),
        ("author", "Door Jan de Vries en Els Bos", ["Jan de Vries", "Els Bos"]),
        ("author", "By Ann Lee and Bo Ek & Al Om", ["Ann Lee", "Bo Ek", "Al Om"]),
        ("author", "Von Ute Groß und Jörg Maß", ["ute gross", "Jorg Maß"]),
        ("author", "أحمد علي و سارة حسن", ["أحمد علي", "احمد علي", "سارة حسن"]),
        ("author", "بقلم: سارة حسن", ["سارة حسن"]),
        ("author", "王伟、李娜和張強", ["王伟", "李娜", "张强"]),
        ("author", ["Els Bos", "Jan de Vries"], ["els bos"]),
        ("keywords", "politiek; sport, Zeeuws-Vlaanderen", ["Sport", "zeeuws-vlaanderen"]),
        ("section", "", [""]),
        ("year", 2022, ["2022"]),
    ],
)
def test_a_value_is_found_as_it_is_typed(name: str, found: Any, asked: list[str]) -> None:
    assert {field_key(one) for one in asked} <= field_keys(name, found)


@pytest.mark.parametrize(
    ("name", "found", "asked"),
    [
        ("author", "Jan de Vries", "Jan"),
        ("author", "Jan de Vries", ""),
        ("author", "Anderson Lee", "Lee"),
        ("author", "De Vries", "Vries"),
        ("section", "Kunst en Cultuur", "Kunst"),
        ("section", None, "None"),
        ("text", "Eerst dit, " * 40, "Eerst dit"),
    ],
)
def test_a_part_of_a_value_is_not_the_value(name: str, found: Any, asked: str) -> None:
    assert field_key(asked) not in field_keys(name, found)
