"""Read the JSON files of a stranger's model folder, and raise errors that name file and entry."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from recommender.errors import EncoderError

MAX_SETTINGS_BYTES = 10_000_000


def settings_of(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield every name and value of a JSON file, at every depth."""
    rest: list[Any] = [read_json(path)]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            yield from value.items()
            rest += value.values()
        elif isinstance(value, list):
            rest += value


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object of a file; raise EncoderError if it holds none."""
    value = read_json(path)
    if not isinstance(value, dict):
        raise unreadable(path, "it holds no JSON object")
    return value


def read_json(path: Path) -> Any:
    """Return the JSON of a file, decoded as transformers does, bounded in size and depth.

    Raises EncoderError if the file cannot be read or is over `MAX_SETTINGS_BYTES`.
    """
    try:
        if path.stat().st_size > MAX_SETTINGS_BYTES:
            raise ValueError(f"it is over {MAX_SETTINGS_BYTES:,} bytes")
        return json.loads(path.read_bytes().decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise unreadable(path, str(error)) from error


def unreadable(path: Path, reason: str) -> EncoderError:
    """Return the error for a file or folder that cannot be read."""
    return EncoderError(f"cannot read {path}: {reason}. Check that the folder is a whole model")


def refused(path: Path, entry: str, known: Collection[str] = ()) -> EncoderError:
    """Return the error for an entry that could run code; `known` are the accepted ones."""
    accepted = f" Accepted: {', '.join(known)}." if known else ""
    return EncoderError(
        f"{path} names {entry}. Code that comes with a model, or that it asks for, is never run."
        f"{accepted} Use a model that needs nothing else"
    )
