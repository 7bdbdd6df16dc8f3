"""Open storage by its address: S3, a folder, or anything else that fsspec knows.

The address holds no secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from recommender.errors import RecommenderError, SettingsError

# Words in the names of parameters of an address that hold a secret.
_SECRETS = ("key", "secret", "token", "pass", "sig", "credential")
_SHOWN = 200


def check_address(address: str) -> None:
    """Raise `SettingsError` for an address that holds a secret or refers to another address.

    The error does not repeat the address.
    """
    if "::" in address:
        raise SettingsError("an address of storage is one address, without `::`")
    parts = urlsplit(address)
    names = [name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    is_secret = any(word in name for name in names for word in _SECRETS)
    if is_secret or ":" in parts.netloc.rpartition("@")[0]:
        raise SettingsError(
            "an address of storage holds a password or a key: leave it out; give credentials to "
            "each machine as the storage asks for them, such as AWS_PROFILE for S3"
        )


def open_storage(address: str) -> tuple[Any, str]:
    """Return the file system of an address, as fsspec defines it, and the path in it.

    Credentials come from the environment. Raises `SettingsError` for an address that nothing here
    can open.
    """
    check_address(address)
    try:
        core = import_module("fsspec.core")
    except ImportError as error:
        raise SettingsError(
            "storage elsewhere needs fsspec; run: pip install 'recommender[ray]', and for S3 "
            "'recommender[s3]', on each machine"
        ) from error
    try:
        storage, root = core.url_to_fs(address, use_listings_cache=False)
    except ImportError as error:
        hint = "pip install 'recommender[s3]'" if address.startswith("s3") else str(error)
        raise SettingsError(f"{address}: its storage is not installed; run: {hint}") from error
    except ValueError as error:
        raise SettingsError(f"{address}: is not an address of a storage: {said(error)}") from error
    return storage, str(root)


def protocols_of(storage: Any) -> set[str]:
    """Return the names by which fsspec knows the kind of a storage."""
    names = storage.protocol
    return {names} if isinstance(names, str) else {*names}


def is_local(storage: Any) -> bool:
    """Return whether a storage is the folders of this machine."""
    return bool(protocols_of(storage) & {"file", "local"})


@contextmanager
def answering(address: str, kind: type[RecommenderError], what: str, advice: str) -> Iterator[None]:
    """Raise an error of a `kind` for whatever a storage raises; `what` could not be done there."""
    try:
        yield
    except RecommenderError:
        raise
    except Exception as error:  # each storage has errors of its own
        raise kind(f"{address}: cannot be {what}: {said(error)}; {advice}") from error


def said(error: BaseException) -> str:
    """Return the kind of an error and the first line of its message, shortened."""
    lines = str(error).strip().splitlines()
    kind = type(error).__name__
    return f"{kind}: {lines[0].strip()[:_SHOWN]}" if lines else kind
