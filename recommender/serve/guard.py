"""Check every request: refuse what may not pass, limit it, and write the access log.

The access log has a line of JSON for each request: its route, status and time. It holds neither the
text of a question nor the address of a person.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from secrets import token_hex
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recommender.serve.access import Access, Doorkeeper
from recommender.serve.hooks import GHOST_PATH, SIGNATURE_HEADER, may_be_signed, unsigned
from recommender.serve.metrics import Requests
from recommender.serve.options import Limits, ServeOptions
from recommender.serve.problems import Refused, for_people, problem
from recommender.serve.rates import Rates, client_address

# All that is read there is public.
OPEN_ROUTES = {
    *("/healthz", "/readyz", "/login", "/language", "/openapi.json", "/docs", "/robots.txt"),
}
OPEN_FOLDER = "/static/"
SAFE_METHODS = {"GET", "HEAD"}

# A form writes each byte of a letter that is not ASCII as three.
FORM_SIZE = 3

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "
)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer, with which browsers send forms without their origin.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

# What pages of a named origin may send.
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "600",
}

WriteLine = Callable[[str], object]
Show = Callable[[Request, Refused], Response]


def write_log(line: str) -> None:
    """Write a line to standard error."""
    print(line, file=sys.stderr, flush=True)


@dataclass
class Exchange:
    """One request and its answer."""

    scope: Scope
    id: str = field(default_factory=lambda: token_hex(8))
    began: float = field(default_factory=time.perf_counter)
    status: int = 500
    bytes: int = 0

    @property
    def route(self) -> str:
        """The route as it was declared, never the path as it was sent."""
        route = self.scope.get("route")
        return str(getattr(route, "path", "other"))

    def line(self, seconds: float) -> str:
        """Return the line of the access log."""
        facts = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "id": self.id,
            "method": self.scope["method"][:10],
            "route": self.route,
            "status": self.status,
            "ms": round(seconds * 1000, 1),
            "bytes": self.bytes,
        }
        return json.dumps(facts)


class Guard:
    """Wraps the application; every request and every answer passes here."""

    def __init__(
        self,
        app: ASGIApp,
        options: ServeOptions,
        requests: Requests,
        write: WriteLine = write_log,
        show: Show | None = None,
    ) -> None:
        """Take the application; `show` makes a page of a refusal for people."""
        self._app = app
        self._options = options
        self._show = show
        self._doorkeeper = Doorkeeper(options)
        self._requests = requests
        self._write = write
        self._rates = Rates(options.limits.rate)
        framing = " ".join(options.frames) or "'none'"
        self._policy = {"Content-Security-Policy": POLICY + framing}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let the application do it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(scope)
        scope.setdefault("state", {})["access"] = Access.NONE
        counted = _counted(send, exchange, self._policy | self._cross_origin_headers(scope))
        try:
            try:
                self._check_rate(scope)
                if self._is_preflight(scope):
                    await Response(status_code=204, headers=PREFLIGHT)(scope, receive, counted)
                    return
                self._check(scope)
                self._check_signed(scope)
                bounded = _bounded(receive, scope, self._options.limits)
                await self._app(scope, bounded, counted)
            except Refused as refused:
                await self._refusal(scope, refused)(scope, receive, counted)
        finally:
            seconds = time.perf_counter() - exchange.began
            self._requests.add(exchange.route, exchange.status, seconds)
            self._write(exchange.line(seconds))

    def _refusal(self, scope: Scope, refused: Refused) -> Response:
        """Return a refusal as a page for people, else as a problem."""
        if self._show is not None and refused.status >= 400 and for_people(scope):
            return self._show(Request(scope), refused)
        return problem(refused)

    def _check(self, scope: Scope) -> None:
        """Raise `Refused` for a host, an origin or a client that may not ask."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or host_name(hosts[0]) not in self._options.allowed_hosts:
            raise Refused(403, "host_not_allowed", "This host is not served; see --allow-host.")
        origin = headers.get("origin", "")
        if origin and not self._is_allowed(origin, hosts[0]):
            raise Refused(403, "origin_not_allowed", "This origin may not ask; see --allow-origin.")
        is_foreign = headers.get("sec-fetch-site") == "cross-site"
        if is_foreign and scope["method"] not in SAFE_METHODS and not self._is_named(origin):
            raise Refused(403, "origin_not_allowed", "Another site may not send this.")
        access = self._doorkeeper.of_headers(
            headers.get("authorization", ""), headers.get("cookie", "")
        )
        state = scope["state"]
        state["access"] = access
        state["may_write"] = self._doorkeeper.may_write(headers.get("authorization", ""))
        path = scope["path"]
        # A sender to a hook signs its messages.
        is_open = path in OPEN_ROUTES or path == GHOST_PATH or path.startswith(OPEN_FOLDER)
        if access is Access.NONE and not is_open:
            if for_people(scope) and scope["method"] in SAFE_METHODS:
                raise Refused(303, "token_needed", "Sign in.", {"Location": "/login"})
            raise Refused(401, "token_needed", "Give a token.", {"WWW-Authenticate": "Bearer"})

    def _check_signed(self, scope: Scope) -> None:
        """Raise `Refused` for a hook unless it may be signed; its body may then be longer."""
        secret = self._options.write_token
        is_signed = bool(secret) and scope["path"] == GHOST_PATH and scope["method"] == "POST"
        if is_signed and not may_be_signed(Headers(scope=scope).get(SIGNATURE_HEADER, ""), secret):
            raise unsigned()
        scope["state"]["may_be_signed"] = is_signed

    def _check_rate(self, scope: Scope) -> None:
        """Raise `Refused` (429) for an address that sends too many requests."""
        forwarded = Headers(scope=scope).getlist("x-forwarded-for")
        peer = (scope.get("client") or ("",))[0]
        address = client_address(peer, forwarded, is_behind_proxy=self._options.is_behind_proxy)
        if wait := self._rates.wait_of(address):
            raise Refused(
                429,
                "too_many_requests",
                "This address sends too many requests.",
                {"Retry-After": str(ceil(wait))},
            )

    def _is_preflight(self, scope: Scope) -> bool:
        """Return whether a browser asks if a page of a named origin may send a request."""
        headers = Headers(scope=scope)
        return (
            scope["method"] == "OPTIONS"
            and self._is_named(headers.get("origin", ""))
            and host_name(headers.get("host", "")) in self._options.allowed_hosts
        )

    def _is_allowed(self, origin: str, host: str) -> bool:
        return self._is_named(origin) or urlsplit(origin).netloc.lower() == host.lower()

    def _is_named(self, origin: str) -> bool:
        return origin in self._options.origins

    def _cross_origin_headers(self, scope: Scope) -> dict[str, str]:
        """Return the headers that let pages of a named origin read the answer."""
        origin = Headers(scope=scope).get("origin", "")
        if not self._is_named(origin):
            return {}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": "ETag, Retry-After, Server-Timing, X-Request-Id",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }


def host_name(host: str) -> str:
    """Return the name in a header `Host`, in lower case and without the port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def _counted(send: Send, exchange: Exchange, more: dict[str, str]) -> Send:
    """Return `send` with the headers of every answer, which also counts what is sent."""

    async def counted(message: Message) -> None:
        if message["type"] == "http.response.start":
            exchange.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in {**SECURITY_HEADERS, **more, "X-Request-Id": exchange.id}.items():
                headers[name] = value
            headers.add_vary_header("Origin")
        elif message["type"] == "http.response.body":
            exchange.bytes += len(message.get("body", b""))
        await send(message)

    return counted


def _bounded(receive: Receive, scope: Scope, limits: Limits) -> Receive:
    """Return `receive` that raises `Refused` for a body that is too long or comes too slowly."""
    headers = Headers(scope=scope)
    length = headers.get("content-length", "0")
    is_form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    most = limits.body * (FORM_SIZE if is_form else 1)
    if scope["state"]["may_write"]:
        most = limits.articles
    elif scope["state"]["may_be_signed"]:  # who sent it is known when it is read
        most = limits.message
    if not length.isascii() or not length.isdigit():
        raise Refused(400, "bad_request", "The length of the body is not a number.")
    if len(length) > 15 or int(length) > most:
        raise _too_large(most)
    ends = time.monotonic() + limits.seconds
    read = 0
    is_whole = False

    async def bounded() -> Message:
        nonlocal read, is_whole
        if is_whole:
            return await receive()  # waits until the client leaves
        try:
            message = await asyncio.wait_for(receive(), max(ends - time.monotonic(), 0))
        except TimeoutError:
            raise Refused(
                408, "too_slow", "The request came too slowly.", {"Connection": "close"}
            ) from None
        read += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        if read > most:
            raise _too_large(most)
        return message

    return bounded


def _too_large(most: int) -> Refused:
    reason = f"The body may have {most:,} bytes."
    return Refused(413, "too_large", reason, {"Connection": "close"})
