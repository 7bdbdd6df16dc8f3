"""Hold the options of the service, checked once, and read its secrets from files."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from recommender.engines.address import is_address
from recommender.errors import SettingsError

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
# It becomes part of headers.
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.:\[\]_-]{1,255}", re.ASCII)
# A shorter secret could be guessed.
MIN_TOKEN = 16
MAX_TOKEN = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one request, and of all requests together.

    At most `threads` answers are computed at once and `queue` wait; further ones are refused.
    `seconds` is the time for one answer, and for a client to send its request. `body` counts bytes,
    `query` the characters of a text in an address, `answers` the largest `k`, `paragraphs` those of
    a draft, `connections` the open ones. `articles` counts the bytes of a body with articles to
    write, `message` those of a signed message, `rate` the requests of one address in a second (0:
    no limit).
    """

    threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    queue: int = 32
    seconds: float = 10
    body: int = 65_536
    query: int = 2_000
    answers: int = 100
    paragraphs: int = 64
    connections: int = 512
    articles: int = 8_388_608
    message: int = 1_048_576
    rate: float = 0

    def __post_init__(self) -> None:
        for name in ("threads", "queue", "seconds", "body", "query", "answers", "connections"):
            least = 0 if name == "queue" else 1
            if getattr(self, name) < least:
                raise SettingsError(f"{name} is {getattr(self, name)}; give {least} or more")
        if not 0 <= self.rate < 10**9:
            raise SettingsError(f"rate is {self.rate}; give a number of requests, or 0 for any")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """What is served, where, and to whom.

    `token` lets its holder read, `desk_token` also change the editors' rules and see articles that
    are not public. `write_token` lets its holder read and write articles. Without a `token`,
    everybody who reaches the address may read; that is allowed on loopback only. `hosts` and
    `origins` are names that requests may give besides those of loopback, `frames` sites that may
    show the pages in a frame. `editorial` and `watchlist` are the files of editors' rules and of
    saved searches, if these are not beside the index. `clicks` is the file in which clicks are
    counted; None counts none. With `is_behind_proxy`, the address of a client is the one that a
    proxy states. `mcp` also serves agents, at /mcp.

    Raises `SettingsError` for a value that cannot be used.
    """

    index: Path | str
    editorial: str = ""
    watchlist: str = ""
    host: str = "127.0.0.1"
    port: int = 8080
    token: str = field(default="", repr=False)
    desk_token: str = field(default="", repr=False)
    write_token: str = field(default="", repr=False)
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    workers: int = 1
    clicks: Path | None = None
    is_behind_proxy: bool = False
    mcp: bool = False
    reload_seconds: float = 1.0
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not is_loopback(self.host) and not self.token:
            raise SettingsError(
                f"host {self.host} can be reached by others; give --token-file FILE with a secret"
            )
        given = [one for one in (self.token, self.desk_token, self.write_token) if one]
        if len(set(given)) < len(given):
            raise SettingsError("two tokens are the same; make others, so that readers cannot edit")
        if is_address(self.index) and (
            self.write_token or (self.desk_token and not self.editorial)
        ):
            raise SettingsError(
                "an engine takes no articles, and keeps no rules; write to the index and publish "
                "it, and name a file of rules for the desk with the setting editorial"
            )
        if self.write_token and self.workers > 1:
            raise SettingsError(
                "only one process may write articles; use --workers 1, or serve readers with "
                "another service"
            )
        if not 0 <= self.port <= 65_535:
            raise SettingsError(f"port is {self.port}; give a number from 0 to 65535")
        if self.workers < 1:
            raise SettingsError(f"workers is {self.workers}; give 1 or more")
        for origin in (*self.origins, *self.frames):
            if not _ORIGIN.fullmatch(origin):
                raise SettingsError(f"origin {origin!r}: write it as https://www.example.org")

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """The names, in lower case and without a port, that a request may address."""
        own = () if self.host in ("0.0.0.0", "::") else (self.host,)
        return frozenset(name.lower() for name in (*LOOPBACK_NAMES, *own, *self.hosts))


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches a host."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def read_token(path: Path) -> str:
    """Return the secret in a file that only its owner can read; a link is not followed.

    Raises `SettingsError` for a file that others can read or that holds no secret.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with open(descriptor, "rb") as stream:
            facts = os.fstat(stream.fileno())
            data = stream.read(MAX_TOKEN + 1) if stat.S_ISREG(facts.st_mode) else b""
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be read: {error.strerror}; name the file of a secret, or make one: "
            f"(umask 077; openssl rand -hex 32 > {path})"
        ) from error
    if os.name == "posix" and facts.st_mode & 0o077:
        raise SettingsError(f"{path}: others can read it; run: chmod 600 {path}")
    text = data.decode("ascii", "replace").strip()
    if not MIN_TOKEN <= len(text) <= MAX_TOKEN or not text.isprintable() or "\ufffd" in text:
        raise SettingsError(
            f"{path}: holds no secret of {MIN_TOKEN} or more letters and digits; "
            f"make one: openssl rand -hex 32 > {path}"
        )
    return text
