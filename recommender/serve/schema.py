"""Write the JSON schema of what answers hold, from the dataclasses that hold it."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

# Fields that an answer has only if they were asked for.
OPTIONAL = {"explanation"}
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}


def schema_of(kind: Any) -> dict[str, Any]:
    """Return the JSON schema of a type: a dataclass, an enumeration, a container or a plain one."""
    if kind is Any:
        return {}
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema_of(one) for one in arguments]}
    if origin is Literal:
        return {"type": "string", "enum": list(arguments)}
    if kind is types.NoneType:
        return {"type": "null"}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": schema_of(arguments[1])}
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return {"type": "array", "items": schema_of(arguments[0])}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"type": "string", "enum": [str(one.value) for one in kind]}
    if is_dataclass(kind) and isinstance(kind, type):
        return record_schema(kind)
    raise TypeError(f"no schema for {kind}")


def record_schema(kind: type) -> dict[str, Any]:
    """Return the schema of a dataclass as an object with its fields."""
    hints = get_type_hints(kind)
    names = [one.name for one in fields(kind)]
    required = [name for name in names if name not in OPTIONAL]
    return object_schema({name: schema_of(hints[name]) for name in names}, required)


def object_schema(properties: Mapping[str, Any], required: Sequence[str]) -> dict[str, Any]:
    """Return the schema of an object that may gain fields later."""
    return {"type": "object", "properties": dict(properties), "required": list(required)}


def list_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a list."""
    return {"type": "array", "items": dict(schema)}
