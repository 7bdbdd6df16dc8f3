"""Run the service as a process, or as several that share the mapped files of the index."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.supervisors import Multiprocess

from recommender.errors import StorageError
from recommender.serve.app import make_app
from recommender.serve.options import ServeOptions
from recommender.system.memory import share_arenas

MAX_HEADER_BYTES = 32_768
# How many bytes of an answer a client takes while it is given time; a modem takes five times that.
LEAST_TAKEN = 10_000

# Elsewhere the last socket at a port gets every connection, or none may be there twice.
SHARES_PORTS = sys.platform == "linux"


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that closes a connection whose client keeps it waiting.

    Within `patience` seconds the first request must begin, and within the time of `keep-alive` each
    further one: its head must be whole by then. Of an answer `LEAST_TAKEN` bytes must be taken in
    each `patience` seconds.
    """

    patience = 10.0

    # uvicorn's class takes a `Transport`, as asyncio gives; the base class takes any transport.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to look at the client."""
        super().connection_made(transport)
        self._idle_since = self.loop.time()
        self._left, self._left_of = 0, self.cycle
        self._next_look = self.loop.call_later(self.patience, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop to look."""
        self._next_look.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Note when the wait for the next request began."""
        self._idle_since = self.loop.time()
        super().on_response_complete()

    def _look(self) -> None:
        left = self.transport.get_write_buffer_size()
        is_stuck = self._left_of is self.cycle and left > max(self._left - LEAST_TAKEN, 0)
        if self._left and is_stuck:  # close() would wait until the rest is taken
            self.transport.abort()
            return
        if self._is_idle() and not self.transport.is_closing():
            self.transport.close()
        self._left, self._left_of = left, self.cycle
        self._next_look = self.loop.call_later(self.patience, self._look)

    def _is_idle(self) -> bool:
        """Return whether no request has begun for too long, whatever came instead."""
        if self.cycle is None:
            return True
        waited = self.loop.time() - self._idle_since
        return self.cycle.response_complete and waited >= self.timeout_keep_alive


class OwnSocketLoop(asyncio.SelectorEventLoop):
    """Listens at a socket of its own, so that the system shares connections between processes.

    Of processes at one socket the first to look takes all connections that wait.
    """

    # The base class can be called in several ways; uvicorn calls it in this one.
    async def create_server(  # type: ignore[override]
        self, protocol_factory: Any, *, sock: socket.socket, **others: Any
    ) -> asyncio.Server:
        """Listen at the address of `sock`, which is bound and does not listen."""
        own = _socket(sock.family, is_shared=True)
        own.bind(sock.getsockname())
        return await super().create_server(protocol_factory, sock=own, **others)


def serve(options: ServeOptions, on_ready: Callable[[str], None] = lambda _: None) -> None:
    """Serve until the process is told to stop; requests that run are answered first.

    `on_ready` is called with the address for a browser on this machine, when that is taken and the
    index is open.
    Raises `StorageError` if the address is taken, a `SnapshotError` if there is no index.
    """
    listener = _bind(options)
    with listener:
        ready = partial(on_ready, address(options.host, listener.getsockname()[1]))
        config = _config(options, ready if options.workers == 1 else _not_again)
        if options.workers > 1:
            make_app(options, write=lambda _: None)  # says at once if there is no index
            ready()
            os.environ.setdefault("OMP_NUM_THREADS", "1")
            if SHARES_PORTS:
                config.loop = f"{__name__}:{OwnSocketLoop.__name__}"
            Multiprocess(config, sockets=[listener]).run()
        else:
            signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises it again at its end
            uvicorn.Server(config).run(sockets=[listener])


def _config(options: ServeOptions, ready: Callable[[], None]) -> uvicorn.Config:
    return uvicorn.Config(
        partial(_app, options, ready),
        factory=True,
        host=options.host,
        port=options.port,
        workers=options.workers,
        http=PatientProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="error",  # a warning is what a client did; its line would not be JSON
        proxy_headers=False,
        server_header=False,
        date_header=True,
        limit_concurrency=options.limits.connections,
        backlog=options.limits.connections,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=int(options.limits.seconds) + 1,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
    )


def _app(options: ServeOptions, ready: Callable[[], None]) -> ASGIApp:
    """Make the application in the process that serves it."""
    share_arenas()
    app = make_app(options)
    ready()
    return app


def _not_again() -> None:
    """Say nothing: of several processes the first one said that the service is ready."""


def address(host: str, port: int) -> str:
    """Return where a browser on this machine finds a service that listens there."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _bind(options: ServeOptions) -> socket.socket:
    """Return the socket to listen at; if it is shared, each process listens at one of its own."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    is_shared = SHARES_PORTS and options.workers > 1
    listener = _socket(family, is_shared=is_shared)
    try:
        address = options.host, options.port
        if is_shared:
            with _socket(family, is_shared=False) as other:  # fails where another service listens
                other.bind(address)
                address = other.getsockname()
        listener.bind(address)
        if not is_shared:
            listener.listen(options.limits.connections)
    except OSError as error:
        listener.close()
        raise StorageError(
            f"{options.host}:{options.port}: cannot be served: {error.strerror}; "
            "take another one with --port"
        ) from error
    listener.set_inheritable(True)
    return listener


def _socket(family: int, *, is_shared: bool) -> socket.socket:
    # asyncio sends at once only where the protocol is named; else each answer waits 40 ms.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return found
