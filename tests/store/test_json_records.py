"""A record is read from JSON with every field checked, and written back with none lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from recommender.store.json_records import WrongField, read_record, to_json


@dataclass(frozen=True, kw_only=True)
class Inner:
    size: int
    share: float = 0.5

    def __post_init__(self) -> None:
        if self.size == 13:
            raise ValueError("size must not be 13")


@dataclass(frozen=True, kw_only=True)
class Outer:
    name: str
    inner: Inner
    parent: str | None = None
    pairs: tuple[tuple[str, int], ...] = ()
    by_name: Mapping[str, Inner] = field(default_factory=dict)
    numbers: tuple[int, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


FULL = {
    "name": "a",
    "inner": {"size": 1, "share": 0.25},
    "parent": None,
    "pairs": [["x", 1], ["y", 2]],
    "by_name": {"k": {"size": 2, "share": 1.0}},
    "numbers": [3, 4],
}


def test_a_record_comes_back_as_it_was_written() -> None:
    assert to_json(read_record(Outer, FULL)) == FULL


def test_a_field_with_a_default_may_be_missing() -> None:
    found = read_record(Outer, {"name": "a", "inner": {"size": 1}})
    assert (found.parent, found.pairs, found.inner.share) == (None, (), 0.5)


def test_a_field_that_is_not_known_is_kept() -> None:
    found = read_record(Outer, {**FULL, "later": [1], "even": {"more": 2}})
    assert found.more == {"later": [1], "even": {"more": 2}}
    assert to_json(found) == {**FULL, "later": [1], "even": {"more": 2}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": 3}, "name must be text"),
        ({"name": None}, "name must be text"),
        ({"inner": []}, "inner must be an object"),
        ({"inner": {}}, "inner.size is missing"),
        ({"inner": {"size": -1}}, "inner.size must be a whole number, 0 or more"),
        ({"inner": {"size": True}}, "inner.size must be a whole number, 0 or more"),
        ({"inner": {"size": 1.0}}, "inner.size must be a whole number, 0 or more"),
        ({"inner": {"size": 1, "share": float("nan")}}, "inner.share must be a finite number"),
        ({"inner": {"size": 1, "share": "1"}}, "inner.share must be a finite number"),
        ({"inner": {"size": 13}}, "inner: size must not be 13"),
        ({"parent": 1}, "parent must be text"),
        ({"pairs": {}}, "pairs must be a list"),
        ({"pairs": [["x"]]}, r"pairs\[0\] must be a list of 2"),
        ({"pairs": [["x", 1], ["y", "2"]]}, r"pairs\[1\]\[1\] must be a whole number"),
        ({"by_name": {"k": {"size": None}}}, r"by_name\.k\.size must be a whole number"),
        ({"numbers": [1, -1]}, r"numbers\[1\] must be a whole number"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(WrongField, match=f"^{message}"):
        read_record(Outer, {**FULL, **change})


@pytest.mark.parametrize("value", [None, [], "text", 3])
def test_what_is_no_object_is_refused(value: Any) -> None:
    with pytest.raises(WrongField, match="must be an object"):
        read_record(Outer, value)
