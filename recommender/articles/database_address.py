"""Name a database without the password of its address, wherever that stands in it."""

from __future__ import annotations

import re
from urllib.parse import unquote

from recommender.errors import HIDDEN

# What is a place alone: hosts with their ports, and a name.
_HOST = r"(?:\[[\w:.%]*\]|[\w.~%-]*)(?::\d{1,5})?"
_PLACE = re.compile(rf"{_HOST}(?:,{_HOST})*(?:/[^@:]*)?")
_SECRET = re.compile(
    r"(?:password|passwd|passphrase|pwd|pass|token|secret)\s*=\s*(?P<secret>'[^']*'|[^\s&;]+)", re.I
)
_PATH = re.compile(r"[^=@:]*")


def without_password(address: str) -> str:
    """Return an address of a database without user, password and options.

    What is not surely a place is hidden: a password may hold any sign. A file of SQLite may have a
    name with any of them but a question mark, which begins the options.
    """
    scheme, separator, rest = address.partition("://")
    if not separator:
        return address if _PATH.fullmatch(address) else HIDDEN
    head, _, options = rest.partition("?")
    if scheme == "sqlite" and head.startswith("/") and not _SECRET.search(head):
        return f"{scheme}://{head}{f'?{HIDDEN}' if options else ''}"
    place = re.split("[#;&]", head.rpartition("@")[2])[0]
    is_place = "@" not in options and ":" not in scheme and _PLACE.fullmatch(place)
    return f"{scheme.rpartition(':')[2]}://{place if is_place else HIDDEN}"


def without_secrets(text: str, address: str) -> str:
    """Return what a library says of a database, without what must not be read in its address."""
    parts = text.split(address)
    for secret in _secrets(address):
        parts = [part.replace(secret, HIDDEN) for part in parts]
    return without_password(address).join(parts)


def _secrets(address: str) -> list[str]:
    """Return the passwords of an address as they are written and meant, the longest first."""
    user = address.partition("://")[2].rpartition("@")[0]
    found = [user.partition(":")[2], *(match["secret"] for match in _SECRET.finditer(address))]
    # A library that ends the password at its first @ takes the rest for a host.
    found += [f"{part}@" for part in found[0].split("@")[1:] if part]
    meant = {one for secret in found for one in (secret, secret.strip("'"), unquote(secret))}
    return sorted(filter(None, meant), key=len, reverse=True)
