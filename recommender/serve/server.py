"""Run the service as a process, or as several that share the mapped files of the index."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from functools import partial

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.supervisors import Multiprocess

from recommender.errors import StorageError
from recommender.serve.app import make_app
from recommender.serve.options import ServeOptions

MAX_HEADER_BYTES = 32_768


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that closes a connection on which no request begins in time."""

    first_seconds = 10.0

    # asyncio gives a `Transport` where its base class speaks of any transport, as uvicorn takes it.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to count the time."""
        super().connection_made(transport)
        self._first = self.loop.call_later(self.first_seconds, self._close_if_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop to count the time."""
        self._first.cancel()
        super().connection_lost(exc)

    def _close_if_idle(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.close()


def serve(options: ServeOptions) -> None:
    """Serve until the process is told to stop; requests that run are answered first.

    Raises `StorageError` if the address is taken, a `SnapshotError` if there is no index.
    """
    config = uvicorn.Config(
        partial(make_app, options),
        factory=True,
        host=options.host,
        port=options.port,
        workers=options.workers,
        http=PatientProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        date_header=True,
        limit_concurrency=options.limits.connections,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=int(options.limits.seconds) + 1,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
    )
    listener = _bind(options)
    with listener:
        if options.workers > 1:
            make_app(options, write=lambda _: None)  # says at once if there is no index
            os.environ.setdefault("OMP_NUM_THREADS", "1")
            Multiprocess(config, sockets=[listener]).run()
        else:
            signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises it again at its end
            uvicorn.Server(config).run(sockets=[listener])


def address(options: ServeOptions) -> str:
    """Return where a browser on this machine finds the service."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(options.host, options.host)
    return f"http://[{host}]:{options.port}/" if ":" in host else f"http://{host}:{options.port}/"


def _bind(options: ServeOptions) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((options.host, options.port))
        listener.listen(options.limits.connections)
    except OSError as error:
        listener.close()
        raise StorageError(
            f"{options.host}:{options.port}: cannot be served: {error.strerror}; "
            "take another one with --port"
        ) from error
    listener.set_inheritable(True)
    return listener
