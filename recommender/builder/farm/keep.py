"""Keep the results of tasks beside an index until it is published, so that a build can continue.

A task is named by a hash of what it does, under a key that nobody else has. So a result is found by
the same build when it continues, and not by a build that reads, cuts or encodes anything else.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from recommender.articles.found_json import to_json
from recommender.safe_open import Depth, is_file, is_folder, read_bytes
from recommender.store.files import UNFINISHED, remove, remove_empty, scribble

FOLDER = ".parts"
_RESULT = ".done"
# Results, their inputs, and either while it is written (`scribble`).
_NAME = re.compile(
    rf"({re.escape(UNFINISHED)})?"
    r"([0-9a-f]{32}\.(done|read|outlines|piece|terms|names|npy)|[0-9a-f]{16}\.left-out)"
    r"(?(1)\.[0-9]+)"
)


def parts_folder(index: Path) -> Path:
    """Return the folder for the results of a build into `index`, as every process names it."""
    return Path(os.path.abspath(index)) / FOLDER


def named(task: dict[str, Any], key: bytes, about: str) -> dict[str, Any]:
    """Return a task with its name; `about` adds what else its result depends on."""
    text = json.dumps([about, task], sort_keys=True)
    digest = hashlib.blake2b(text.encode(), key=key, digest_size=16)
    return {**task, "name": digest.hexdigest()}


def seal_key(key: bytes, name: str) -> str:
    """Return the key that seals the result of a task in storage to which others can write."""
    return hashlib.blake2b(b"seal " + name.encode(), key=key, digest_size=32).hexdigest()


def build_name(key: bytes) -> str:
    """Return the name of a build: all builds into one index share it, and no others."""
    return hashlib.blake2b(b"build", key=key, digest_size=16).hexdigest()


def folder_of(task: Mapping[str, Any]) -> Path:
    """Return the folder of the files that a task reads and writes."""
    if "folder" in task:
        return Path(task["folder"])
    return Path(task["chunk"] if "chunk" in task else task["piece"]).parent


def kept_result(task: Mapping[str, Any]) -> Any | None:
    """Return the result of a task that was done, None if it was not or its files are damaged."""
    if "name" not in task:
        return None
    folder = folder_of(task)
    try:
        kept = json.loads(read_bytes(folder / f"{task['name']}{_RESULT}", Depth.FOLDER))
        files: dict[str, int] = kept["files"]
        is_whole = all(_checksum(folder / Path(name).name) == sum for name, sum in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return kept["result"] if is_whole else None


def keep_result(task: Mapping[str, Any], result: Any, files: Iterable[Path]) -> None:
    """Keep the result of a task that has a name."""
    if "name" in task:
        kept = {"result": result, "files": {path.name: _checksum(path) for path in files}}
        with scribble(folder_of(task) / f"{task['name']}{_RESULT}") as stream:
            stream.write(to_json(kept))


def clear_parts(index: Path) -> None:
    """Delete the results of a published build; other files there stay."""
    folder = parts_folder(index)
    if not is_folder(folder):
        return
    for path in folder.iterdir():
        if _NAME.fullmatch(path.name) and is_file(path):
            remove(path)
    remove_empty(folder)


def _checksum(path: Path) -> int:
    return zlib.crc32(read_bytes(path, Depth.FOLDER))
