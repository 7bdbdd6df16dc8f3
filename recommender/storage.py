"""Files written so that they are there whole after a power loss, and checked when read."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict

from recommender.errors import IndexDamaged, StorageError

REBUILD = "run: recommender build --full"


class FileFacts(TypedDict):
    """What is known of a written file: its size in bytes and the SHA-256 of its content."""

    bytes: int
    sha256: str


def file_facts(path: Path) -> FileFacts:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def check_file(path: Path, expected: FileFacts) -> None:
    """Raise `IndexDamaged` unless the file is there with the size it was written with."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise IndexDamaged(f"{path}: {error.strerror}; {REBUILD}") from error
    if size != expected["bytes"]:
        raise IndexDamaged(
            f"{path}: found {size:,} bytes, expected {expected['bytes']:,}; {REBUILD}"
        )


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in `path`; raise `IndexDamaged` if it is missing or is no object."""
    try:
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise IndexDamaged(f"{path}: {error.strerror}; {REBUILD}") from error
    except ValueError as error:
        raise IndexDamaged(f"{path}: is not JSON; {REBUILD}") from error
    if not isinstance(value, dict):
        raise IndexDamaged(f"{path}: is not a JSON object; {REBUILD}")
    return value


def sync_tree(folder: Path) -> None:
    """Make every file below `folder`, and the folder itself, durable."""
    for where, _, names in os.walk(folder):
        for name in names:
            _sync(Path(where, name), os.O_RDONLY)
        sync_folder(Path(where))


def sync_folder(folder: Path) -> None:
    if os.name == "posix":  # Windows cannot open a folder to sync it
        _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def replace_text(path: Path, text: str) -> None:
    """Put `text` in `path` so that a reader sees the old content or the new, never less."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    _sync(beside, os.O_RDONLY)
    os.replace(beside, path)
    sync_folder(path.parent)


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turn the system's refusals to write into `StorageError`, the old index untouched."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            advice = "free some space and build again"
        elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            advice = "choose a folder you may write to, with --into"
        else:
            raise
        place = error.filename or folder
        raise StorageError(
            f"{place}: {error.strerror}; the index that was there is unchanged; {advice}"
        ) from error


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
