"""A frozen dataclass is what the standard library makes of the class, and defined sooner."""

from __future__ import annotations

import ast
import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from functools import cached_property
from typing import Any, ClassVar

import pytest
from support.architecture import PACKAGE

from recommender.types import frozen

Decorator = Callable[..., Any]


@frozen.dataclass(frozen=True, slots=True)
class Place:
    """A place, at the top of a module so that it can be pickled."""

    name: str
    numbers: tuple[int, ...] = ()


@frozen.dataclass(frozen=True, slots=True, kw_only=True)
class Town(Place):
    """A place with a field of its own."""

    people: int


def classes_by(dataclass: Decorator) -> dict[str, Any]:
    """Return classes of every kind that the package has, made by one decorator."""

    @dataclass(frozen=True)
    class Nothing:
        """No field."""

    @dataclass(frozen=True, slots=True)
    class One:
        """One field."""

        set: int

    @dataclass(frozen=True, slots=True)
    class Defaults:
        """Defaults of all kinds, and fields that do not count."""

        KIND: ClassVar[str] = "kind"
        name: str
        items: list[int] = field(default_factory=list)
        secret: str = field(default="", repr=False, compare=False)

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Named:
        """Fields by name only, in an order that a place would not allow."""

        first: int = 1
        second: str

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Derived(Defaults):
        """The fields of another, and a field by name."""

        more: int = 2

    @dataclass(frozen=True)
    class Checked:
        """A class with a check, a field that the check sets, and a value worked out late."""

        size: int
        double: int = field(init=False)

        def __post_init__(self) -> None:
            if self.size < 0:
                raise ValueError("size is below 0")
            object.__setattr__(self, "double", self.size * 2)

        @cached_property
        def triple(self) -> int:
            return self.size * 3

    @dataclass
    class Open:
        """A class that is not frozen."""

        value: int = 0

    return {one.__name__: one for one in (Nothing, One, Defaults, Named, Derived, Checked, Open)}


OURS, THEIRS = classes_by(frozen.dataclass), classes_by(dataclasses.dataclass)
# The arguments of one object of each class, and of another.
GIVEN: dict[str, list[dict[str, Any]]] = {
    "Nothing": [{}, {}],
    "One": [{"set": 1}, {"set": 2}],
    "Defaults": [{"name": "a"}, {"name": "a", "items": [1], "secret": "x"}],
    "Named": [{"second": "b"}, {"first": 3, "second": "b"}],
    "Derived": [{"name": "a", "more": 4}, {"name": "b", "secret": "y"}],
    "Checked": [{"size": 1}, {"size": 2}],
    "Open": [{}, {"value": 1}],
}


@pytest.mark.parametrize("name", OURS)
def test_a_class_is_what_the_standard_library_makes_of_it(name: str) -> None:
    ours, theirs = OURS[name], THEIRS[name]
    assert str(inspect.signature(ours)) == str(inspect.signature(theirs))
    assert ours.__match_args__ == theirs.__match_args__
    assert ours.__doc__ == theirs.__doc__
    assert getattr(ours, "__slots__", None) == getattr(theirs, "__slots__", None)
    facts = [
        [(one.name, one.type, one.init, one.repr, one.compare) for one in dataclasses.fields(kind)]
        for kind in (ours, theirs)
    ]
    assert facts[0] == facts[1]
    assert ours.__init__.__qualname__ == theirs.__init__.__qualname__


@pytest.mark.parametrize("name", OURS)
def test_an_object_is_what_the_standard_library_makes_of_it(name: str) -> None:
    made = [[kind(**given) for given in GIVEN[name]] for kind in (OURS[name], THEIRS[name])]
    assert [repr(one) for one in made[0]] == [repr(one) for one in made[1]]
    assert [dataclasses.asdict(one) for one in made[0]] == [
        dataclasses.asdict(one) for one in made[1]
    ]
    assert (made[0][0] == made[0][1]) == (made[1][0] == made[1][1])
    assert made[0][0] == OURS[name](**GIVEN[name][0])
    assert made[0][0] != made[1][0]


@pytest.mark.parametrize("name", ["Nothing", "One", "Named", "Checked"])
def test_equal_objects_have_the_hash_of_the_standard_library(name: str) -> None:
    ours, theirs = OURS[name](**GIVEN[name][0]), THEIRS[name](**GIVEN[name][0])
    assert hash(ours) == hash(OURS[name](**GIVEN[name][0])) == hash(theirs)


def test_each_object_gets_a_default_of_its_own() -> None:
    one, other = OURS["Defaults"]("a"), OURS["Defaults"]("a")
    one.items.append(1)
    assert other.items == []


@pytest.mark.parametrize("name", set(OURS) - {"Nothing", "Open"})
def test_no_field_is_set_or_deleted(name: str) -> None:
    one = OURS[name](**GIVEN[name][0])
    attribute = dataclasses.fields(one)[0].name
    with pytest.raises(FrozenInstanceError, match=f"cannot assign to field '{attribute}'"):
        setattr(one, attribute, 5)
    with pytest.raises(FrozenInstanceError, match=f"cannot delete field '{attribute}'"):
        delattr(one, attribute)


def test_a_check_runs_and_a_late_value_is_kept() -> None:
    one = OURS["Checked"](2)
    assert (one.double, one.triple, one.__dict__["triple"]) == (4, 6, 6)
    with pytest.raises(ValueError, match="below 0"):
        dataclasses.replace(one, size=-1)


def test_what_is_missing_or_unknown_is_refused_by_its_name() -> None:
    with pytest.raises(TypeError, match=r"One.__init__\(\) missing 1 .* argument: 'set'"):
        OURS["One"]()
    with pytest.raises(TypeError, match="unexpected keyword argument 'other'"):
        OURS["One"](set=1, other=2)


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))]
)
def test_a_copy_is_equal(again: Callable[[Any], Any]) -> None:
    for one in (Place("a", (1,)), Town("b", people=3)):
        assert again(one) == one
        assert again(one) is not one


def test_a_frozen_class_may_be_derived_and_no_other() -> None:
    class Bigger(Place):
        """A class of a caller."""

        size: int = 1

    kind: Any = dataclasses.dataclass(frozen=True)(Bigger)
    assert repr(kind("a", size=2)).endswith("Bigger(name='a', numbers=(), size=2)")
    with pytest.raises(TypeError, match="cannot inherit non-frozen dataclass from a frozen one"):
        dataclasses.dataclass(Bigger)


def test_every_frozen_dataclass_of_the_package_is_defined_quickly() -> None:
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if "@dataclass(frozen=True" in path.read_text(encoding="utf-8"):
            homes = {
                node.module
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom)
                and any(alias.name == "dataclass" for alias in node.names)
            }
            assert homes == {"recommender.types.frozen"}, path
