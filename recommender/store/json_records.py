"""Read JSON objects as frozen dataclasses with every field checked, and write them back.

The type of a field says what is accepted: text, a word of an enum or of a `Literal`, true or false,
a whole number of 0 or more, a finite number, a tuple, a mapping, another dataclass, or one of these
or None. A field with a default may be missing. If a class has a field `more`, that keeps the fields
that this release does not know.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

Record = TypeVar("Record")

MORE = "more"
_PLAIN = frozenset((str, int, float, bool, NoneType))


class WrongField(ValueError):
    """A field of a JSON object is missing or of a wrong kind; the message names the field."""


def read_record(kind: type[Record], value: Any, name: str = "") -> Record:
    """Return `value`, parsed from JSON, as the dataclass `kind`; `name` is its own field.

    Raises `WrongField` for the first field that is missing or of a wrong kind, and if the class
    itself raises a `ValueError`.
    """
    if not isinstance(value, dict):
        _refuse(name, "an object")
    cached: Any = kind  # mypy takes no type of a variable for hashable
    expected = _fields_of(cached)
    found = {}
    for key, (field, hint) in expected.items():
        if key == MORE:
            continue
        place = f"{name}.{key}" if name else key
        if key in value:
            found[key] = _read(hint, value[key], place)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise WrongField(f"{place} is missing")
    if MORE in expected:
        found[MORE] = {key: one for key, one in value.items() if key not in expected}
    try:
        return kind(**found)
    except WrongField:
        raise
    except ValueError as error:
        raise WrongField(f"{name}: {error}" if name else str(error)) from error


def to_json(value: Any) -> Any:
    """Return a record, or what a record may hold, in the form of JSON; `more` joins its fields."""
    if type(value) in _PLAIN:  # most
        return value
    if is_dataclass(value):
        kind: Any = type(value)
        found = {name: to_json(getattr(value, name)) for name in _names_of(kind)}
        more = found.pop(MORE, {})
        return {**found, **more}
    if isinstance(value, Mapping):
        return {key: to_json(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(one) for one in value]
    return value


@cache
def _names_of(kind: Any) -> tuple[str, ...]:
    """Return the names of the fields of a dataclass."""
    return tuple(one.name for one in fields(kind))


@cache
def _fields_of(kind: Any) -> dict[str, tuple[Field[Any], Any]]:
    """Return the fields of a dataclass with their types, by name."""
    hints = get_type_hints(kind)
    return {one.name: (one, hints[one.name]) for one in fields(kind)}


def _read(hint: Any, value: Any, place: str) -> Any:
    """Return a value in the type of its hint."""
    if hint in _SCALARS:
        fits, what = _SCALARS[hint]
        return value if fits(value) else _refuse(place, what)
    if is_dataclass(hint) and isinstance(hint, type):
        return read_record(hint, value, place)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value) if value in list(hint) else _refuse(place, f"one of {', '.join(hint)}")
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return value if value in arguments else _refuse(place, f"one of {', '.join(arguments)}")
    if origin in (Union, UnionType):
        return None if value is None else _read(arguments[0], value, place)
    if origin is tuple:
        return _read_tuple(arguments, value, place)
    if not isinstance(value, dict):
        _refuse(place, "an object")
    return {key: _read(arguments[1], one, f"{place}.{key}") for key, one in value.items()}


def _read_tuple(arguments: tuple[Any, ...], value: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        _refuse(place, "a list")
    if arguments[-1] is not Ellipsis:
        if len(value) != len(arguments):
            _refuse(place, f"a list of {len(arguments)}")
        hints = arguments
    else:
        hint = arguments[0]
        # A list of numbers may be long, and most have no wrong ones: all are tested at once.
        if hint in _SCALARS and all(map(_SCALARS[hint][0], value)):
            return tuple(value)
        hints = (hint,) * len(value)
    each = enumerate(zip(hints, value, strict=True))
    return tuple(_read(hint, one, f"{place}[{at}]") for at, (hint, one) in each)


def _refuse(place: str, what: str) -> NoReturn:
    raise WrongField(f"{place} must be {what}" if place else f"must be {what}")


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 63


def _is_finite(value: Any) -> bool:
    if type(value) is int:
        return abs(value) < 1 << 63  # a float may not hold a larger one
    return type(value) is float and math.isfinite(value)


_SCALARS: dict[Any, tuple[Callable[[Any], bool], str]] = {
    Any: (lambda value: True, "anything"),
    bool: (lambda value: type(value) is bool, "true or false"),
    str: (lambda value: type(value) is str, "text"),
    int: (_is_count, "a whole number, 0 or more"),
    float: (_is_finite, "a finite number"),
}
