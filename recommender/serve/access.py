"""Find out who a request is from: by its token, or by the session that a token began."""

from __future__ import annotations

import hashlib
import hmac
from enum import IntEnum
from http.cookies import CookieError, SimpleCookie

from recommender import clock
from recommender.serve.options import ServeOptions

COOKIE = "recommender_session"
SESSION_SECONDS = 12 * 3600


class Access(IntEnum):
    """What a request may do; each value includes those before it."""

    NONE = 0
    READ = 1
    DESK = 2


class Doorkeeper:
    """Compares tokens and sessions in constant time."""

    def __init__(self, options: ServeOptions) -> None:
        self._tokens = [
            (access, token)
            for access, token in ((Access.READ, options.token), (Access.DESK, options.desk_token))
            if token
        ]
        self._write_token = options.write_token
        self._least = Access.NONE if options.token else Access.READ

    @property
    def has_desk(self) -> bool:
        """Whether anybody may use the desk."""
        return any(access is Access.DESK for access, _ in self._tokens)

    def of_headers(self, authorization: str, cookie: str) -> Access:
        """Return what a request may do by its headers `Authorization` and `Cookie`."""
        found = self.of_token(_bearer(authorization))
        if self.may_write(authorization):
            found = max(found, Access.READ)
        return max(self._least, found, self.of_session(session_of(cookie)))

    def may_write(self, authorization: str) -> bool:
        """Return whether a header `Authorization` holds the token for writing articles."""
        known = hashlib.sha256(self._write_token.encode()).digest()
        given = hashlib.sha256(_bearer(authorization).encode("utf-8", "replace")).digest()
        return hmac.compare_digest(given, known) and bool(self._write_token)

    def of_token(self, token: str) -> Access:
        """Return what the holder of a token may do."""
        given = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        found = Access.NONE
        for access, known in self._tokens:  # always all of them
            if hmac.compare_digest(given, hashlib.sha256(known.encode()).digest()):
                found = max(found, access)
        return found

    def session(self, access: Access) -> str:
        """Return the value of the cookie that stands for a token for some hours."""
        ends = f"{int(clock.now().timestamp()) + SESSION_SECONDS:x}"
        return f"{ends}.{self._mac(access, ends)}"

    def of_session(self, session: str) -> Access:
        """Return what a session may do; nothing if it is over or not one of ours."""
        ends, _, mac = session.partition(".")
        found = Access.NONE
        for access, _ in self._tokens:
            if hmac.compare_digest(mac.encode(), self._mac(access, ends).encode()):
                found = max(found, access)
        is_over = not found or int(ends, 16) < clock.now().timestamp()
        return Access.NONE if is_over else found

    def form_token(self, session: str) -> str:
        """Return the value that each form of a session sends with it."""
        [*_, (_, secret)] = self._tokens
        return hmac.new(secret.encode(), f"form {session}".encode(), "sha256").hexdigest()

    def _mac(self, access: Access, ends: str) -> str:
        secret = dict(self._tokens)[access]
        return hmac.new(secret.encode(), f"{access.name} {ends}".encode(), "sha256").hexdigest()


def _bearer(authorization: str) -> str:
    """Return the token in a header `Authorization`, empty if there is none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def session_of(cookie: str) -> str:
    """Return the session in a header `Cookie`, empty if there is none."""
    try:
        found = SimpleCookie(cookie).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
