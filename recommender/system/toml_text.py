"""Load TOML of strangers: within bounds, in a time that grows with its length.

The time of Python's parser grows with the square of the parts of a dotted key: one of 10,000 parts
takes seconds.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

# No file that a person writes has keys with more parts.
MAX_KEY_PARTS = 16
MOST_BITS = 64
# Texts and comments, as the parser finds them from the start; each may lack its end.
_NO_KEYS = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"{3,5}+)?'
    r"|'''(?:[^']|'(?!''))*+(?:'{3,5}+)?"
    r'|"(?:[^"\\\n]|\\[^\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|\#[^\n]*+",
    re.DOTALL,
)
# The characters of a key, after a `_` replaced each text.
_KEY = re.compile(r"[\w \t.-]+")


def load_toml(text: str) -> dict[str, Any]:
    """Return the table of a text; raise `ValueError` if it is not TOML or exceeds a bound."""
    if text.count(".") >= MAX_KEY_PARTS:
        keys = _KEY.findall(_NO_KEYS.sub("_", text.replace("\r\n", "\n")))
        if any(one.count(".") >= MAX_KEY_PARTS for one in keys):
            raise ValueError(f"a key has over {MAX_KEY_PARTS} parts with dots between them")
    try:
        found = tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("its tables or lists lie too deep in each other") from error
    _check_numbers(found)
    return found


def _check_numbers(table: dict[str, Any]) -> None:
    """Raise `ValueError` for a number that TOML does not have: Python cannot print every one."""
    waiting: list[Any] = [table]
    while waiting:
        match waiting.pop():
            case dict() as inner:
                waiting += inner.values()
            case list() as inner:
                waiting += inner
            case int() as number if number.bit_length() > MOST_BITS:
                raise ValueError(f"a number has over {MOST_BITS} bits")
