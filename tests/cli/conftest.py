"""What tests of the command line share: a small index, and the command run in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import command as commands
from support.command import Command
from support.stand_in import WordEncoder


@pytest.fixture
def encoder() -> Iterator[WordEncoder]:
    """The encoder that commands load; it counts words."""
    with commands.stand_in_encoder() as encoder:
        yield encoder


@pytest.fixture
def index(tmp_path: Path, encoder: WordEncoder) -> Path:
    """The folder of an index of four articles."""
    return commands.build_index(tmp_path, encoder)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Run the command line in this process, in an empty folder or that of the index."""
    monkeypatch.chdir(tmp_path)
    return commands.run
