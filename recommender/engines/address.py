"""Read the address of an archive in a search engine."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from recommender.errors import SettingsError, hide_secrets

Kind = Literal["postgresql", "milvus"]

# The scheme of an address. A path has only one of the slashes.
_SCHEME = re.compile(r"(postgres(?:ql)?|milvus):/{1,2}", re.IGNORECASE)
# Addresses of other programs, and those with a password, are refused and not taken for a folder.
_LIKE_ONE = re.compile(
    r"(?:postgres|milvus|pgsql)[a-z0-9+.-]*:/{1,2}|[a-z][a-z0-9+.-]+:/{1,2}[^/@]*:[^@]*@",
    re.IGNORECASE,
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
# One host or several, each perhaps with a port.
_HOST = r"(?:\[[0-9A-Fa-f:.%]+\]|[^\s:,@\[\]]*)(?::[0-9]*)?"
_HOSTS = re.compile(rf"{_HOST}(?:,{_HOST})*")
_PORT = re.compile(r":([0-9]+)(?=,|$)")
MOST_PORT = 65_535
_WRONG_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# The parameters that locate a database. No other one is printed, since it may be a secret.
_PRINTED = ("host", "port")
DEFAULT_ARCHIVE = "articles"
# The most shards of a collection that Milvus makes by default, and the most replicas.
MOST_COPIES = 16
_COUNT = re.compile("[1-9]|1[0-6]")


@dataclass(frozen=True, slots=True)
class Address:
    """The server to connect to, and the name of the archive there.

    `shards` and `replicas` say how Milvus divides and copies a published version.
    """

    kind: Kind
    server: str = field(repr=False)
    archive: str
    shards: int = 1
    replicas: int = 1

    def __str__(self) -> str:
        """Return the user, the host, the database and the archive: no password."""
        parts = urlsplit(self.server)
        host = parts.netloc.rpartition("@")
        user = host[0].partition(":")[0]
        netloc = f"{user}@{host[2]}" if user else host[2]
        if self.kind == "milvus":
            return f"milvus://{netloc}/{self.archive}{'?tls=1' if parts.scheme == 'https' else ''}"
        options = {name: value for name, value in parse_qsl(parts.query) if name in _PRINTED}
        if self.archive != DEFAULT_ARCHIVE:
            options["archive"] = self.archive
        query = urlencode(options, safe="/", quote_via=quote)
        return f"postgresql://{netloc}{parts.path}{'?' if query else ''}{query}"

    def hide(self, text: str) -> str:
        """Return a message of a server or its client without the secrets of the address."""
        parts = urlsplit(self.server)
        password = parts.netloc.rpartition("@")[0].partition(":")[2]
        secrets = {value for name, value in parse_qsl(parts.query) if "pass" in name}
        return hide_secrets(text, {password, unquote(password), *secrets})


def is_address(place: str | Path) -> bool:
    """Return whether a place is an engine's address, or looks like one, and not a folder."""
    return _LIKE_ONE.match(str(place)) is not None


def read_address(place: str | Path) -> Address:
    """Return the address in a text.

    It is `postgresql://HOST/DATABASE?archive=NAME`, where other parameters are for the server, or
    `milvus://HOST:PORT/NAME`, with `?tls=1` over TLS, and `shards=2&replicas=2` for a publisher.
    Raises `SettingsError` for another text. Since that may hold a password, the error repeats at
    most its scheme.
    """
    text = str(place)
    found = _SCHEME.match(text)
    if found is None:
        scheme = text.partition(":")[0] if "://" in text or ":/" in text else ""
        what = f"{scheme:.20}:// is" if scheme else "this is"
        raise SettingsError(
            f"{what} not the address of an engine; write postgresql://HOST/DATABASE or "
            "milvus://HOST:PORT/NAME, see docs/scale.md"
        )
    kind: Kind = "milvus" if found[1].lower() == "milvus" else "postgresql"
    parts = _parts(kind, text[found.end() :])
    options = dict(parse_qsl(parts.query.replace("+", "%2B")))
    if kind == "milvus":
        return _milvus(parts, options)
    name = _checked(options.pop("archive", DEFAULT_ARCHIVE))
    server = urlunsplit(parts._replace(query=urlencode(options, quote_via=quote)))
    if not server.startswith("postgresql://"):  # there is no host
        server = f"postgresql://{server.removeprefix('postgresql:')}"
    return Address("postgresql", server, name)


def _parts(kind: Kind, rest: str) -> SplitResult:
    """Return the parts of an address after its scheme.

    If a character of a password is not escaped, a part of it becomes the host or the path.
    """
    parts = None
    with suppress(ValueError):  # its message repeats the text
        parts = urlsplit(f"{kind}://{rest}")
    host = parts.netloc.rpartition("@")[2] if parts else ""
    if (
        parts is None
        or "#" in rest
        or parts.netloc.count("@") > 1
        or "@" in parts.path + parts.query
        or _WRONG_ESCAPE.search(rest)
        or not _HOSTS.fullmatch(host)
        or not all(0 < int(port) <= MOST_PORT for port in _PORT.findall(host))
    ):
        raise SettingsError(
            f"{kind}: the address cannot be read; write the characters @ / ? # : and % of a "
            f"password as %40 %2F %3F %23 %3A and %25, and a port up to {MOST_PORT}, see "
            "docs/scale.md"
        )
    return parts


def _milvus(parts: SplitResult, options: dict[str, str]) -> Address:
    name = _checked(parts.path.strip("/") or DEFAULT_ARCHIVE)
    tls = options.pop("tls", "0")
    counts = {part: options.pop(part, "1") for part in ("shards", "replicas")}
    if options or tls not in ("0", "1") or not all(map(_COUNT.fullmatch, counts.values())):
        raise SettingsError(
            f"milvus: an address takes no other parameters than tls=1, and shards and replicas of "
            f"{MOST_COPIES} at most ({name})"
        )
    secret = parts.netloc.rpartition("@")[0].partition(":")[2]
    if secret and tls == "0" and not _is_loopback(parts.hostname or ""):
        raise SettingsError(
            "milvus: a password would be sent in clear text; add ?tls=1 to the address, or ask a "
            "server on this machine"
        )
    scheme = "https" if tls == "1" else "http"
    server = urlunsplit((scheme, parts.netloc, "", "", ""))
    return Address("milvus", server, name, **{part: int(one) for part, one in counts.items()})


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _checked(archive: str) -> str:
    if not _NAME.fullmatch(archive):
        raise SettingsError(
            "the archive in the address: is not a name; use small letters, digits, underscores, "
            "31 at most"
        )
    return archive
