"""The service in this process: its application over a small index, and a client of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient
from support.stand_in import WordEncoder

from recommender import Recommender
from recommender.serve.app import make_app
from recommender.serve.options import ServeOptions

BASE = "http://127.0.0.1:8080"
READ_TOKEN, DESK_TOKEN = "reader-" + "r" * 20, "editor-" + "e" * 20
WRITE_TOKEN = "writer-" + "w" * 20
MakeClient = Callable[..., TestClient]


def client_of(
    index: Path, encoder: WordEncoder, write: Callable[[str], object], **options: Any
) -> TestClient:
    """Return a client of the service over an index that `encoder` made; enter it to start."""
    chosen = ServeOptions(index=index, **options)

    def open_index(folder: Path) -> Recommender:
        return Recommender.open(folder, encoder=encoder, editorial=chosen.editorial or None)

    app = make_app(chosen, open_index, write)
    return TestClient(app, BASE, raise_server_exceptions=False, follow_redirects=False)
