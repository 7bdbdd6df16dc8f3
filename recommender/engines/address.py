"""Read the address of an archive in a search engine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from recommender.errors import SettingsError

Kind = Literal["postgresql", "milvus"]

# What an address begins with. A path loses one of the slashes.
_SCHEME = re.compile(r"(postgres(?:ql)?|milvus):/{1,2}", re.IGNORECASE)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
DEFAULT_ARCHIVE = "articles"


@dataclass(frozen=True, slots=True)
class Address:
    """Where an archive is: the server to connect to, and the name of the archive there."""

    kind: Kind
    server: str
    archive: str

    def __str__(self) -> str:
        """Return the address without its password."""
        parts = urlsplit(self.server)
        host = parts.netloc.rpartition("@")
        user = host[0].partition(":")[0]
        netloc = f"{user}@{host[2]}" if user else host[2]
        if self.kind == "milvus":
            return f"milvus://{netloc}/{self.archive}"
        place = urlunsplit(parts._replace(netloc=netloc))
        if self.archive == DEFAULT_ARCHIVE:
            return place
        return f"{place}{'&' if parts.query else '?'}archive={self.archive}"


def is_address(place: str | Path) -> bool:
    """Return whether a place is an engine's address, and no folder."""
    return _SCHEME.match(str(place)) is not None


def read_address(place: str | Path) -> Address:
    """Return the address that a text is.

    It is `postgresql://HOST/DATABASE?archive=NAME`, where other parameters are for the server, or
    `milvus://HOST:PORT/NAME`. Raises `SettingsError` for a name that is none.
    """
    text = str(place)
    found = _SCHEME.match(text)
    if found is None:
        raise SettingsError(f"{text:.200}: is no address of an engine; see docs/scale.md")
    rest = text[found.end() :]
    if found[1].lower() == "milvus":
        parts = urlsplit(f"http://{rest}")
        name = parts.path.strip("/") or DEFAULT_ARCHIVE
        return Address("milvus", urlunsplit(parts._replace(path="")), _checked(name))
    parts = urlsplit(f"postgresql://{rest}")
    options = dict(parse_qsl(parts.query))
    name = _checked(options.pop("archive", DEFAULT_ARCHIVE))
    server = urlunsplit(parts._replace(query=urlencode(options, quote_via=quote)))
    if not server.startswith("postgresql://"):
        server = server.replace("postgresql:/", "postgresql:///", 1)
    return Address("postgresql", server, name)


def _checked(archive: str) -> str:
    if not _NAME.fullmatch(archive):
        raise SettingsError(
            f"archive {archive!r:.60}: is no name; give small letters, digits and underscores, 31 "
            "at most"
        )
    return archive
