"""Make folders of the cache once: each appears whole or not at all, and never changes.

A file `unpacked.json` in each folder, its seal, holds the size and checksum of every other file.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from recommender.errors import StorageError
from recommender.system.disk import free_bytes

CACHE_VARIABLE = "RECOMMENDER_CACHE"

Write = Callable[[Path], dict[str, str]]

_ATTEMPT = ".unpacking-"
_SEAL = "unpacked.json"
_ABANDONED_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class FolderRecipe:
    """The way to make a folder: `write` fills it and returns each file's checksum by its path.

    `content` names what the folder holds in an error message.
    """

    content: str
    needed_bytes: int
    write: Write


def sealed_folder(folder: Path, recipe: FolderRecipe) -> Path:
    """Return the folder, and make it first if it is missing or incomplete.

    Processes that make it at the same time work in folders of their own. The first to finish wins,
    and the others use its folder. Raises StorageError if the cache cannot be written.
    """
    if not is_whole(folder):
        try:
            _make(folder, recipe)
        except OSError as error:
            raise _cannot_write(folder.parent, recipe, error) from error
    return folder


def is_whole(folder: Path) -> bool:
    """Return whether every file that the seal names is there with the size it names."""
    sizes = read_note(folder / _SEAL).get("bytes")
    if not isinstance(sizes, dict) or not sizes:
        return False
    try:
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except OSError:
        return False


def damaged_files(folder: Path) -> list[str]:
    """Return the files of a folder whose content has changed since it was made; reads all of it."""
    digests = read_note(folder / _SEAL).get("blake2b", {})
    return [name for name, digest in digests.items() if _checksum(folder / name) != digest]


def new_digest() -> hashlib.blake2b:
    """Return a hash for checksums: BLAKE2, because SHA-256 is slow on a CPU without SHA support."""
    return hashlib.blake2b(digest_size=32)


def write_file(path: Path, chunks: Iterable[bytes]) -> str:
    """Write a file chunk by chunk and return its checksum."""
    digest = new_digest()
    with path.open("wb") as stream:
        for chunk in chunks:
            stream.write(chunk)
            digest.update(chunk)
    return digest.hexdigest()


def _make(folder: Path, recipe: FolderRecipe) -> None:
    import secrets  # a folder is made once

    cache = folder.parent
    cache.mkdir(parents=True, exist_ok=True)
    _sweep(cache)
    if free_bytes(cache) < recipe.needed_bytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    attempt = cache / f"{_ATTEMPT}{os.getpid()}-{secrets.token_hex(4)}"
    try:
        attempt.mkdir()
        digests = recipe.write(attempt)
        sizes = {name: (attempt / name).stat().st_size for name in digests}
        seal = json.dumps({"bytes": sizes, "blake2b": digests}, indent=1)
        (attempt / _SEAL).write_text(seal, encoding="utf-8")
        _sync(attempt)
        _publish(attempt, folder)
    finally:
        shutil.rmtree(attempt, ignore_errors=True)


def _publish(attempt: Path, folder: Path) -> None:
    """Rename the finished attempt into place, unless another process has put a whole one there."""
    if folder.exists() and not is_whole(folder):
        _move_aside(folder, attempt.with_name(f"{attempt.name}-damaged"))
    try:
        attempt.rename(folder)
    except OSError:
        if not is_whole(folder):
            raise
    _sync_entry(folder.parent)


def _move_aside(folder: Path, aside: Path) -> None:
    """Remove a damaged folder, unless another process has put a whole one there just before."""
    with contextlib.suppress(OSError):
        folder.rename(aside)
        if is_whole(aside):
            aside.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)


def _sweep(cache: Path) -> None:
    """Remove folders of attempts that ended over an hour ago without cleaning up."""
    for abandoned in cache.glob(f"{_ATTEMPT}*"):
        with contextlib.suppress(OSError):
            if time.time() - abandoned.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(abandoned, ignore_errors=True)


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        _sync_entry(path)
    _sync_entry(folder)


def _sync_entry(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _checksum(path: Path) -> str | None:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, new_digest).hexdigest()
    except OSError:
        return None


def _cannot_write(cache: Path, recipe: FolderRecipe, error: OSError) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        advice = f"Free {recipe.needed_bytes // 1_000_000} MB"
    else:
        advice = "Make it writable"
    return StorageError(
        f"cannot unpack {recipe.content} into {cache}: {error.strerror or error}. "
        f"{advice}, or set {CACHE_VARIABLE} to another folder"
    )


def cache_folder() -> Path:
    """Return the folder for files that can be made again; it may not exist yet.

    The environment variable RECOMMENDER_CACHE overrides the system's usual folder.
    """
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("recommender"))


def read_note(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file, or an empty one if it cannot be read."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def write_note(path: Path, value: dict[str, Any]) -> None:
    """Write a JSON object in one step; if the cache cannot be written, nothing is kept."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(value, indent=1), encoding="utf-8")
        os.replace(beside, path)
