"""What tests of the service share: a small index, and a client that asks in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.command import WORDS, build_index
from support.service import MakeClient, client_of
from support.stand_in import WordEncoder


@pytest.fixture
def encoder() -> WordEncoder:
    """The encoder of the index; it counts words."""
    return WordEncoder(*WORDS, max_tokens=60)


@pytest.fixture
def index(tmp_path: Path, encoder: WordEncoder) -> Path:
    """The folder of an index of four articles."""
    return build_index(tmp_path, encoder)


@pytest.fixture
def log() -> list[str]:
    """The lines that the service logs."""
    return []


@pytest.fixture
def make_client(index: Path, encoder: WordEncoder, log: list[str]) -> Iterator[MakeClient]:
    """Start the service with options, and return a client of it."""
    with ExitStack() as stack:

        def make(**options: Any) -> TestClient:
            return stack.enter_context(client_of(index, encoder, log.append, **options))

        yield make


@pytest.fixture
def client(make_client: MakeClient) -> TestClient:
    """A client of the service as it is by default."""
    return make_client()
