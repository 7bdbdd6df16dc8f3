"""Show the address of a database without its secrets, wherever they stand in it."""

from __future__ import annotations

import re
from urllib.parse import unquote

from recommender.errors import HIDDEN, hide_secrets

# An address after its scheme that holds no secret: hosts with their ports, and a name.
_HOST = r"(?:\[[\w:.%]*\]|[\w.~%-]*)(?::\d{1,5})?"
_PLACE = re.compile(rf"{_HOST}(?:,{_HOST})*(?:/[^@:]*)?")
_SECRET = re.compile(
    r"(?:password|passwd|passphrase|pwd|pass|token|secret)\s*=\s*(?P<secret>'[^']*'|[^\s&;]+)", re.I
)
_PATH = re.compile(r"[^=@:]*")


def shown_address(address: str) -> str:
    """Return an address of a database without its user, password and options.

    A password may hold any character, so all is hidden that is not surely a host, a port or a name.
    The name of a SQLite file may hold any character but a question mark, which begins the options.
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


def message_without_secrets(message: str, address: str) -> str:
    """Return the message of a library about a database, without the secrets of its address."""
    secrets = _secrets(address)
    parts = (hide_secrets(part, secrets) for part in message.split(address))
    return shown_address(address).join(parts)


def _secrets(address: str) -> set[str]:
    """Return the passwords of an address: as they are written, and as they are meant."""
    user = address.partition("://")[2].rpartition("@")[0]
    found = [user.partition(":")[2], *(match["secret"] for match in _SECRET.finditer(address))]
    # A library that ends the password at its first @ takes the rest for a host.
    found += [f"{part}@" for part in found[0].split("@")[1:] if part]
    return {one for secret in found for one in (secret, secret.strip("'"), unquote(secret))}
