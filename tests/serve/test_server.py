"""A port is served once; several processes of one service share its connections."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from recommender.errors import StorageError
from recommender.serve.options import ServeOptions
from recommender.serve.server import SHARES_PORTS, OwnSocketLoop, _bind

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
