"""The user's cache folder, and small JSON files kept in it."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import platformdirs

CACHE_VARIABLE = "RECOMMENDER_CACHE"


def cache_folder() -> Path:
    """Return the folder for files that can be made again; it may not exist yet.

    The environment variable RECOMMENDER_CACHE overrides the system's place for such files.
    """
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("recommender"))


def read_note(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file, empty where there is none that can be read."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def write_note(path: Path, value: dict[str, Any]) -> None:
    """Write a JSON object in one step; a cache that cannot be written is done without."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(value, indent=1), encoding="utf-8")
        os.replace(beside, path)
