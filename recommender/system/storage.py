"""Open storage by its address: S3, a folder, or whatever else fsspec knows. It holds no secret."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from recommender.errors import SettingsError

# Words in the names of the parameters of an address that hold a secret.
_SECRETS = ("key", "secret", "token", "pass", "sig", "credential")
_SHOWN = 200


def check_address(address: str) -> None:
    """Raise `SettingsError` for an address that holds a secret or leads through another one.

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
        raise SettingsError(f"{address}: is no address of a storage: {said(error)}") from error
    return storage, str(root)


def said(error: BaseException) -> str:
    """Return the kind of an error and the first line of what it says, within bounds."""
    lines = str(error).strip().splitlines()
    kind = type(error).__name__
    return f"{kind}: {lines[0].strip()[:_SHOWN]}" if lines else kind
