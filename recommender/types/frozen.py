"""Define frozen dataclasses in a tenth of the time that the standard library takes.

It writes six methods of each class as text and compiles them. A command defines a hundred classes
before it answers one question, and that was a fifth of its time. Here `__init__` is compiled when
the first object of a class is made, and the other methods are the same functions for every class.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from functools import cache, partial
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any


def _dataclass(kind: Any = None, /, *, frozen: bool = False, **options: bool) -> Any:
    """Make a class what `dataclasses.dataclass` makes of it; options are `slots` and `kw_only`."""
    if not frozen:
        return dataclasses.dataclass(kind, **options)
    return partial(_frozen, options)


# A type checker knows the dataclasses of the standard library, which these are to a caller.
if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    dataclass = _dataclass


def _frozen(options: dict[str, bool], plain: Any) -> Any:
    # Of a class without one the standard library makes it from the signature, which takes long.
    plain.__doc__ = plain.__doc__ or plain.__name__
    is_derived = any(map(dataclasses.is_dataclass, plain.__mro__[1:]))
    bare: Any = dataclasses.dataclass
    kind = bare(plain, init=False, repr=False, eq=False, frozen=is_derived, **options)
    kind.__dataclass_params__.frozen = True  # which must be so of a base if it is so of a class
    methods = {"__init__": _LateInit(kind), **_METHODS, **(_PICKLING if "slots" in options else {})}
    for name, method in methods.items():
        setattr(kind, name, method)
    return kind


class _LateInit:
    """Stands for the `__init__` of a dataclass until it is first asked for, and then gives way."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind

    def __get__(self, one: object, _: type | None = None) -> Any:
        init = self._kind.__init__ = _init_of(self._kind)
        return init if one is None else init.__get__(one)


class _Made:
    """Stands for the default that is made for each object, in a signature too."""

    def __repr__(self) -> str:
        return "<factory>"


_MADE = _Made()


def _init_of(kind: type) -> Any:
    """Return the `__init__` of a dataclass; it sets the fields past `__setattr__`."""
    given = [one for one in fields(kind) if one.init]
    placed = [_parameter(one) for one in given if not one.kw_only]
    named = [_parameter(one) for one in given if one.kw_only]
    parameters = ["self", *placed, *(["*", *named] if named else [])]
    lines = [f"def __init__({', '.join(parameters)}):"]
    lines += [f" _set(self, {one.name!r}, {_value(one)})" for one in given]
    lines += [" self.__post_init__()" if hasattr(kind, "__post_init__") else " pass"]
    names: dict[str, Any] = {"__name__": kind.__module__}
    names |= {"_set": object.__setattr__, "_made": _MADE}
    names |= {f"_default_{one.name}": one.default for one in given}
    names |= {f"_make_{one.name}": one.default_factory for one in given}
    exec("\n".join(lines), names)  # of names of fields only
    init = names["__init__"]
    init.__qualname__ = f"{kind.__qualname__}.__init__"
    init.__annotations__ = {one.name: one.type for one in given} | {"return": None}
    return init


def _parameter(one: Field[Any]) -> str:
    if one.default is not MISSING:
        return f"{one.name}=_default_{one.name}"
    return f"{one.name}=_made" if one.default_factory is not MISSING else one.name


def _value(one: Field[Any]) -> str:
    if one.default_factory is MISSING:
        return one.name
    return f"_make_{one.name}() if {one.name} is _made else {one.name}"


@recursive_repr()
def _repr(self: Any) -> str:
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in _shown(self.__class__))
    return f"{self.__class__.__qualname__}({shown})"


def _is_equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    values = _compared(self.__class__)
    return values(self) == values(other)


def _hash(self: Any) -> int:
    return hash(_compared(self.__class__)(self))


def _refuse_to_set(self: Any, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, one.name) for one in fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for one, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, one.name, value)


_METHODS = {
    "__repr__": _repr,
    "__eq__": _is_equal,
    "__hash__": _hash,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
}
# An object with slots is else restored by setting them.
_PICKLING = {"__getstate__": _state, "__setstate__": _restore}


@cache
def _shown(kind: Any) -> tuple[str, ...]:
    """Return the names of the fields that the text of an object shows."""
    return tuple(one.name for one in fields(kind) if one.repr)


@cache
def _compared(kind: Any) -> Callable[[Any], tuple[Any, ...]]:
    """Return the function that gives the values by which an object is compared."""
    names = [one.name for one in fields(kind) if one.compare]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda one: tuple(getattr(one, name) for name in names)
