"""Seal what a user writes into an index, by a secret that is outside every index.

An index may come from somebody else. A path named in such an index is not used without asking: its
seal was not made by this user on this machine, or not for this folder.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

import platformdirs

from recommender.store.files import sync_names

SECRET_BYTES = 32
_SECRET_FILE = "seal.key"


def seal_of(folder: Path, text: str) -> str:
    """Return the seal of a text in the index in `folder`; empty if no secret can be kept."""
    secret = _secret() or _new_secret()
    return _seal(secret, folder, text) if secret else ""


def is_sealed(folder: Path, text: str, seal: str) -> bool:
    """Return whether this user sealed a text for the index in `folder`, on this machine."""
    secret = _secret()
    try:
        return bool(secret) and hmac.compare_digest(
            _seal(secret, folder, text).encode(), seal.encode()
        )
    except UnicodeError:  # half a surrogate pair, as no path has: a stranger wrote it
        return False


def _seal(secret: bytes, folder: Path, text: str) -> str:
    place = os.path.realpath(folder)
    message = b"\0".join(os.fsencode(one) for one in (place, text))
    return hmac.new(secret, message, hashlib.sha256).hexdigest()


def _secret_path() -> Path:
    return Path(platformdirs.user_data_dir("recommender")) / _SECRET_FILE


def _secret() -> bytes:
    """Return the secret of this user on this machine, empty if there is none yet."""
    with suppress(OSError):
        found = _secret_path().read_bytes()
        if len(found) == SECRET_BYTES:
            return found
    return b""


def _new_secret() -> bytes:
    """Return a new secret, kept for later; of several made at once the first one counts.

    It is empty if it cannot be kept. A file of a wrong size, such as a power loss leaves, is
    replaced.
    """
    path = _secret_path()
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            secret = secrets.token_bytes(SECRET_BYTES)
            _write(unfinished, secret)
            _keep(unfinished, path, secret)
        finally:
            with suppress(OSError):
                unfinished.unlink()
    return _secret()


def _keep(unfinished: Path, path: Path, secret: bytes) -> None:
    """Give a written secret its name, unless that exists already."""
    try:
        if path.stat().st_size == SECRET_BYTES:
            return
        os.replace(unfinished, path)
    except FileNotFoundError:
        try:
            os.link(unfinished, path)
        except FileExistsError:
            return
        except (OSError, NotImplementedError):  # a file system without hard links
            _write(path, secret)
    sync_names(path.parent)


def _write(path: Path, secret: bytes) -> None:
    """Write a file that is durable on return; raise `OSError` if anything is at `path`."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as stream:
        stream.write(secret)
        stream.flush()
        os.fsync(stream.fileno())
