"""Read the bodies of requests: JSON by its standard, with each field named once."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from recommender.errors import QueryError
from recommender.serve.problems import Refused


def json_of(body: bytes) -> Any:
    """Return the value of a JSON body.

    Raises `Refused` (400) if it is not JSON, also for an object that names a field twice, and for
    numbers that JSON does not have.
    """
    try:
        return json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_fields,
            parse_constant=_no_number,
            parse_float=_number,
        )
    except (ValueError, RecursionError):
        reason = "The body is not JSON in UTF-8, or it names a field twice."
        raise Refused(400, "bad_json", reason) from None


def _fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field is named twice")
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _number(text: str) -> float:
    if not math.isfinite(found := float(text)):
        raise ValueError("a number is too large")
    return found


def values_of(body: bytes) -> Mapping[str, Sequence[Any]]:
    """Return the values of each name in an object of JSON; those of an object as `name.key`.

    Raises `QueryError` for a name that is given in two ways.
    """
    found = json_of(body)
    if not isinstance(found, dict):
        raise QueryError("the body is not an object")
    values: dict[str, Sequence[Any]] = {}
    for name, value in found.items():
        match value:
            case dict() if value:
                own: dict[str, Sequence[Any]] = {f"{name}.{key}": [it] for key, it in value.items()}
            case list():
                own = {name: value}
            case _:
                own = {name: [value]}
        if twice := values.keys() & own.keys():
            raise QueryError(f"{min(twice)[:80]!r} is given twice; give it once")
        values |= own
    return values
