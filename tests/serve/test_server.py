"""A port is served once; several processes of one service share its connections."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
import uvicorn
from starlette.responses import Response
from uvicorn.server import ServerState

from recommender.errors import StorageError
from recommender.serve.options import ServeOptions
from recommender.serve.server import SHARES_PORTS, OwnSocketLoop, PatientProtocol, _bind

CONNECTIONS = 64


@pytest.mark.parametrize("workers", [1, 2])
def test_a_port_that_is_served_is_refused(workers: int, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(StorageError, match="--port"):
            _bind(ServeOptions(index=tmp_path, port=port, workers=workers))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_answer_is_sent_without_waiting_for_more(workers: int, tmp_path: Path) -> None:
    with _bind(ServeOptions(index=tmp_path, port=0, workers=workers)) as listener:
        assert listener.proto == socket.IPPROTO_TCP  # asyncio sends at once only then


@pytest.mark.skipif(not SHARES_PORTS, reason="the system does not share a port")
def test_each_process_gets_connections(tmp_path: Path) -> None:
    found = {"one": 0, "other": 0}

    async def serve(listener: socket.socket) -> None:
        def count(name: str) -> asyncio.Protocol:
            found[name] += 1
            return asyncio.Protocol()

        create = asyncio.get_running_loop().create_server
        servers = [await create(partial(count, name), sock=listener) for name in found]
        with ExitStack() as stack:
            for _ in range(CONNECTIONS):
                stack.enter_context(socket.create_connection(listener.getsockname(), timeout=5))
            while sum(found.values()) < CONNECTIONS:
                await asyncio.sleep(0.01)
        for server in servers:
            server.close()

    with (
        _bind(ServeOptions(index=tmp_path, port=0, workers=2)) as listener,
        asyncio.Runner(loop_factory=OwnSocketLoop) as runner,
    ):
        runner.run(asyncio.wait_for(serve(listener), 30))

    assert min(found.values()) > 0


class HastyProtocol(PatientProtocol):
    """As the service's, with little patience."""

    patience = 0.1


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@asynccontextmanager
async def connected(size: int) -> AsyncIterator[tuple[Connection, ServerState]]:
    """Connect to a service whose answers have a size."""
    config = uvicorn.Config(Response(b"x" * size), timeout_keep_alive=1, lifespan="off")
    config.load()
    state = ServerState()

    def protocol() -> HastyProtocol:
        return HastyProtocol(config, state, {})

    with _bind(ServeOptions(index=Path(), port=0)) as listener:
        server = await asyncio.get_running_loop().create_server(protocol, sock=listener)
        reader, writer = await asyncio.open_connection(*listener.getsockname(), limit=1_000)
        yield (reader, writer), state
        writer.close()
        server.close()


async def trickle(connection: Connection, first: bytes, state: ServerState) -> None:
    """Send a start, then a byte at a time, as long as there is a connection."""
    _, writer = connection
    writer.write(first)
    with suppress(ConnectionError):
        while state.connections or not state.total_requests:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)


async def never_read(connection: Connection, state: ServerState) -> None:
    """Ask, and never take the answer."""
    connection[1].write(GET)
    while state.connections or not state.total_requests:
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "attack",
    [
        partial(trickle, first=GET + b"GET / HTTP/1.1\r\nX: "),
        partial(trickle, first=GET.replace(b"\r\n\r\n", b"\r\nContent-Length: 9999\r\n\r\n")),
        never_read,
    ],
)
def test_a_client_that_goes_on_too_slowly_is_left(attack: Callable[..., Awaitable[None]]) -> None:
    async def run() -> None:
        size = 20_000_000 if attack is never_read else 10
        async with connected(size) as (connection, state):
            await asyncio.wait_for(attack(connection, state=state), 30)

    asyncio.run(run())


def test_a_client_that_takes_what_it_asked_for_is_not_left() -> None:
    async def run() -> int:
        async with connected(3_000_000) as ((reader, writer), _):
            writer.write(GET)
            taken = 0
            while taken < 3_000_000:
                taken += len(await reader.read(200_000))
                await asyncio.sleep(0.01)
            return taken

    assert asyncio.run(asyncio.wait_for(run(), 30)) >= 3_000_000
