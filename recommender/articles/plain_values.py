"""Convert the values of a program to those of JSON: dates, decimals, numbers of numpy, sets."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from recommender.errors import SourceError

MAX_DEPTH = 20
# A flag of MySQL, BIT(1). No pattern names them: a missing value of pandas cannot be compared.
_BITS = (b"\0", b"\1")


def as_json(value: Mapping[Any, Any]) -> str:
    """Return a row as one line of JSON; NaN and the like become null.

    Raises `SourceError` for a row that holds itself, or is nested too deeply.
    """
    try:
        return json.dumps(value, allow_nan=False, default=_refuse)
    except (ValueError, TypeError, RecursionError):
        return json.dumps(plain(value, 0))


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON has it."""
    if depth > MAX_DEPTH:
        raise SourceError(f"holds values nested over {MAX_DEPTH} deep, or itself; flatten them")
    match value:
        case None | bool():
            return value
        case Enum():
            return plain(value.value, depth + 1)
        case str():
            return str(value)
        case int():
            return int(value)
        case float():
            return float(value) if math.isfinite(value) else None
        case datetime() | date() | time():
            text = value.isoformat()
            return None if text == "NaT" else text
        case Decimal():
            return _number(value)
        case Mapping():
            return {str(key): plain(one, depth + 1) for key, one in value.items()}
        case bytes() | bytearray() | memoryview():
            return _of_bytes(bytes(value))
        case Sequence() | Set():
            return [plain(one, depth + 1) for one in value]
        case UUID() | PurePath():
            return str(value)
    return _of_library(value, depth)


def _of_library(value: Any, depth: int) -> Any:
    """Return a value of numpy, pandas or another library."""
    for name in ("tolist", "to_list", "item"):
        if callable(convert := getattr(value, name, None)):
            found = convert()
            if type(found) is not type(value):
                return plain(found, depth + 1)
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    return str(value)


def _number(value: Decimal) -> int | float | None:
    if not value.is_finite():
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def is_binary(value: Any) -> bool:
    """Return whether a value is bytes that are not UTF-8, such as a picture."""
    if not isinstance(value, bytes | bytearray | memoryview):
        return False
    try:
        bytes(value).decode()
    except UnicodeDecodeError:
        return True
    return False


def _of_bytes(data: bytes) -> str | bool:
    if data in _BITS:
        return data == _BITS[1]
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise SourceError("holds bytes that are not UTF-8; decode them to text") from error


def _refuse(value: Any) -> Any:
    raise TypeError(type(value).__name__)
