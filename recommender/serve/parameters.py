"""Derive the parameters of a request from the options of a question, and read them.

Every field of an options class is a parameter of the same name, and so are those of its filters. A
field that is added there can be asked for here at once.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

from starlette.requests import Request

from recommender.answers.option_help import help_of
from recommender.answers.options import Named
from recommender.errors import QueryError, UnknownParameter

Options = TypeVar("Options")
_SURROGATE = re.compile(r"[\ud800-\udfff]")

# The service sets these itself.
WITHHELD = {"published_only"}
# Their values may also be given one by one or in a list, instead of with commas between.
LISTS = {"languages"}
MAX_WHERE = 8
MAX_PARAMETERS = 100
_INTEGER = re.compile(r"-?\d{1,9}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,12})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A field of an options class as a parameter.

    `within` is the field that holds it, empty for one of the class itself. `kind` is `text`,
    `integer`, `number`, `boolean`, `choice`, `ids` (may be repeated) or `fields` (`where.FIELD`).
    `help` says what the parameter does.
    """

    name: str
    within: str
    kind: str
    choices: tuple[str, ...] = ()
    make: Callable[[str], Any] = str
    default: Any = None
    help: str = ""

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of a value."""
        match self.kind:
            case "choice":
                schema: dict[str, Any] = {"type": "string", "enum": list(self.choices)}
            case "ids":
                return {"type": "array", "items": {"type": "string"}}
            case "fields":
                return {"type": "object", "additionalProperties": {"type": "string"}}
            case "text" if self.name in LISTS:
                schema = {
                    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
                }
            case "text":
                schema = {"type": "string"}
            case _:
                schema = {"type": self.kind}
        plain = self.default is not None
        return schema | ({"default": _plain(self.default)} if plain else {})


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


@cache
def parameters_of(options: type) -> tuple[Parameter, ...]:
    """Return the parameters of an options class.

    Raises `TypeError` for a field of a type that no parameter can have.
    """
    return tuple(replace(one, help=help_of(options, one.name)) for one in _parameters(options, ""))


def _parameters(options: type, within: str) -> Iterable[Parameter]:
    hints = get_type_hints(options)
    for one in fields(options):
        hint = hints[one.name]
        if is_dataclass(hint) and isinstance(hint, type):
            yield from _parameters(hint, one.name)
        elif one.name not in WITHHELD:
            default = None if one.default == () or callable(one.default) else one.default
            yield _parameter(one.name, within, hint, default)


def _parameter(name: str, within: str, hint: Any, default: Any) -> Parameter:
    if hint == Named:
        return Parameter(name, within, "ids")
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        [hint] = [one for one in arguments if one is not types.NoneType]
        return _parameter(name, within, hint, default)
    if origin is Literal:
        return Parameter(name, within, "choice", tuple(arguments), str, default)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return Parameter(name, within, "fields")
    if isinstance(origin, type) and issubclass(origin, Sequence) and arguments[0] is str:
        return Parameter(name, within, "ids")
    if isinstance(hint, type) and issubclass(hint, Enum):
        choices = tuple(str(one.value) for one in hint)
        return Parameter(name, within, "choice", choices, hint, default)
    kinds = {bool: "boolean", int: "integer", float: "number", str: "text"}
    if hint not in kinds:
        raise TypeError(f"{name}: no parameter can be of type {hint}")
    return Parameter(name, within, kinds[hint], make=hint, default=_default_of(default))


def _default_of(default: Any) -> Any:
    return default if isinstance(default, bool | int | float | str) else None


def read_options(
    options: type[Options],
    values: Mapping[str, Sequence[Any]],
    own: Iterable[str] = (),
    **fixed: Any,
) -> Options:
    """Return the options that the values of a request ask for.

    `values` are those of each name, as texts or as JSON has them. `own` are names that the
    endpoint reads itself. `fixed` are fields of the filters that the service sets.

    Raises `UnknownParameter` for a name that is none of these, `QueryError` for a value that
    cannot be used.
    """
    known = {one.name: one for one in parameters_of(cast(type, options))}
    found: dict[str, dict[str, Any]] = {"": {}, "filters": dict(fixed)}
    pairs: dict[str, str] = {}
    for name, given in values.items():
        if name in own:
            continue
        field, dot, key = name.partition(".")
        parameter = known.get(field if dot else name)
        if parameter is not None and parameter.kind == "fields" and list(given) == [{}]:
            continue  # no field is named
        if parameter is None or (parameter.kind == "fields") != bool(dot and key):
            raise unknown(name, [*own, *_names(known.values())])
        if parameter.kind == "fields":
            pairs[key] = _text(name, _one(name, given))
            found[parameter.within][parameter.name] = pairs
        else:
            found[parameter.within][parameter.name] = _value(parameter, given)
    if len(pairs) > MAX_WHERE:
        raise QueryError(f"where names {len(pairs)} fields; the most is {MAX_WHERE}")
    hints = get_type_hints(options)
    inner = {name: hints[name](**of) for name, of in found.items() if name and name in hints}
    return options(**found[""], **inner)


def known_values(options: type, values: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """Return the values that are those of options: addresses of pages are shared with others."""
    known = {one.name for one in parameters_of(options)}
    return {name: given for name, given in values.items() if name.partition(".")[0] in known}


def query_of(request: Request) -> dict[str, list[str]]:
    """Return the values of each name in the address of a request.

    Raises `QueryError` for too many, and for bytes that are no UTF-8.
    """
    text = request.scope["query_string"].decode("ascii", "replace")
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
    except UnicodeDecodeError as error:
        raise QueryError("the address holds bytes that are not UTF-8") from error
    except ValueError as error:
        raise QueryError(f"the address has more than {MAX_PARAMETERS} parameters") from error
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def check_known(given: Iterable[str], *known: str) -> None:
    """Raise `UnknownParameter` for a name that an endpoint does not know."""
    for name in given:
        if name not in known:
            raise unknown(name, known)


def unknown(name: str, known: Sequence[str]) -> UnknownParameter:
    """Return the error for an unknown parameter."""
    names = ", ".join(dict.fromkeys(known))
    return UnknownParameter(f"{name[:80]!r} is not a parameter here; known: {names}")


def _names(parameters: Iterable[Parameter]) -> list[str]:
    return [f"{one.name}.FIELD" if one.kind == "fields" else one.name for one in parameters]


def _one(name: str, given: Sequence[Any]) -> Any:
    if len(given) != 1:
        raise QueryError(f"{name} is given {len(given)} times; give it once")
    return given[0]


def _value(parameter: Parameter, given: Sequence[Any]) -> Any:
    """Return a value of the type of the field."""
    if parameter.kind == "ids":
        if not all(isinstance(one, str) for one in given):
            raise QueryError(f"{parameter.name} holds something that is not text")
        return tuple(given)
    if parameter.name in LISTS:
        return ",".join(_text(parameter.name, one) for one in given)
    value = _one(parameter.name, given)
    if parameter.kind == "choice":
        return parameter.make(_choice(parameter, value))
    match parameter.kind:
        case "integer":
            return integer_of(parameter.name, value)
        case "number":
            return _number(parameter.name, value)
        case "boolean":
            return _boolean(parameter.name, value)
    return _text(parameter.name, value)


def _choice(parameter: Parameter, value: Any) -> str:
    found = _text(parameter.name, value)
    if found not in parameter.choices:
        known = ", ".join(parameter.choices)
        raise QueryError(f"{parameter.name} is {found[:80]!r}; give one of {known}")
    return found


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise QueryError(f"{name} is not text")
    return value


def integer_of(name: str, value: Any) -> int:
    """Return a whole number, given as a number or as text. Raises `QueryError` for others."""
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9:
        return value
    raise QueryError(f"{name} is {str(value)[:80]!r}; give a whole number")


def _number(name: str, value: Any) -> float:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**12:
        return float(value)
    raise QueryError(f"{name} is {str(value)[:80]!r}; give a number")


def _boolean(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "1", "false", "0"):
        return value in ("true", "1")
    raise QueryError(f"{name} is {str(value)[:80]!r}; give true or false")


def check_whole(about: str, *texts: str) -> None:
    """Raise `QueryError` for lone surrogates, which JSON can write and no file can hold."""
    if any(_SURROGATE.search(one) for one in texts):
        raise QueryError(f"{about} holds half a character; send whole ones")
