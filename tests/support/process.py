"""The service as a process of its own, on a free port."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from support.project import ROOT


@dataclass
class Running:
    """A service as a process, where it answers, and the lines that it writes."""

    process: subprocess.Popen[str]
    port: int
    lines: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def start(index: Path, *arguments: str) -> Running:
    """Start the service on a free port and wait until it is ready."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = (
        "-m",
        "recommender",
        "serve",
        "--index",
        str(index),
        "--port",
        str(port),
        "--seconds",
        "60",
    )
    process = subprocess.Popen(
        [sys.executable, *command, *arguments],
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=ROOT,
    )
    running = Running(process, port)
    threading.Thread(target=running.lines.extend, args=(process.stderr,), daemon=True).start()
    for _ in range(600):
        assert process.poll() is None
        try:
            if httpx2.get(running.url + "/readyz").status_code == 200:
                return running
        except httpx2.TransportError:
            time.sleep(0.1)
    process.kill()
    pytest.fail("the service is never ready")
