"""Load JSON of strangers: up to the first fault, without values that JSON does not have."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from recommender.articles.files import CUT
from recommender.errors import SourceError

# An array of objects, which may be the value of a field.
_ARRAY = re.compile(r"\[\s*(?=\{)")
_BETWEEN = re.compile(r"[\s,\x1e]*")
_HINTS = {"Extra data": "; write each object on a line of its own"}
# So many arrays of a damaged file are tried.
MAX_ARRAYS = 100
# A fault so near to the end is the end.
END_CHARACTERS = 4


def load_json(text: str) -> Any:
    """Return the value that `text` holds; raise `SourceError` where it is not JSON."""
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        what = f"is not JSON: {error.msg} at column {error.colno}"
        raise SourceError(what + _HINTS.get(error.msg, "")) from error
    except RecursionError as error:
        raise SourceError("is nested too deeply") from error
    except ValueError as error:
        raise SourceError(f"is not JSON that can be read: {error}") from error


def whole_values(text: str) -> tuple[list[Any], str]:
    """Return the complete values of an array or a sequence, and a reason to refuse the rest.

    The reason is empty if nothing is left. A sequence is one value after the other, as in JSON
    Lines.
    """
    best: tuple[list[Any], int] = ([], 0)
    for start in _starts(text):
        values, end = _values_from(text, start)
        if values:
            best = values, end
            break
    values, end = best
    if not values or not text[end:].strip("]} \t\r\n,\x1e"):
        is_closed = text[end:].strip() or text.lstrip()[:1] != "["
        return values, "" if is_closed else CUT
    try:
        _decoder().raw_decode(text, end)
    except json.JSONDecodeError as error:
        if _is_end(text, error):
            return values, CUT
        return values, f"is not JSON from character {error.pos:,} on: {error.msg}"
    except (ValueError, RecursionError) as error:
        return values, f"is not JSON that can be read from character {end:,} on: {error}"
    return values, ""


def _is_end(text: str, error: json.JSONDecodeError) -> bool:
    """Return whether the fault is that the text ends."""
    return "Unterminated" in error.msg or error.pos >= len(text.rstrip()) - END_CHARACTERS


def _starts(text: str) -> Iterator[int]:
    """Yield the places where a value may begin: the start, and the arrays of objects."""
    first = len(text) - len(text.lstrip())
    if text[first : first + 1] == "{":
        yield first
    yield from (found.end() for found in islice(_ARRAY.finditer(text), MAX_ARRAYS))


def _values_from(text: str, start: int) -> tuple[list[Any], int]:
    decoder = _decoder()
    values: list[Any] = []
    end = start
    while end < len(text):
        try:
            value, end = decoder.raw_decode(text, end)
        except (ValueError, RecursionError):
            break
        values.append(value)
        between = _BETWEEN.match(text, end)
        end = between.end() if between else end
    return values, end


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value; write null")


def _finite(number: str) -> float:
    if not math.isfinite(value := float(number)):
        raise ValueError(f"{number} is too large a number")
    return value
