"""What tests of the command line share: a small index, and the command run in this process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.command import ARTICLES, WORDS, Command
from support.stand_in import WordEncoder
from typer.testing import CliRunner, Result

from recommender import build
from recommender.cli import app


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> WordEncoder:
    """The encoder that commands load; it counts words."""
    encoder = WordEncoder(*WORDS, max_tokens=60)
    monkeypatch.setattr("recommender.encoders.load.load_encoder", lambda model=None: encoder)
    return encoder


@pytest.fixture
def index(tmp_path: Path, encoder: WordEncoder) -> Path:
    """The folder of an index of four articles."""
    rows = tmp_path / "rows.jsonl"
    lines = [{"id": id, "language": "en", "text": text} for id, text in ARTICLES.items()]
    rows.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    build(rows, into=tmp_path / "vectors", model=encoder)
    encoder.asked.clear()
    return tmp_path / "vectors"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Run the command line in this process, in an empty folder or that of the index."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    runner = CliRunner()

    def run(*arguments: str | Path, input: str | bytes = b"") -> Result:
        result = runner.invoke(app, list(map(str, arguments)), input=input)
        assert result.exception is None or isinstance(result.exception, SystemExit), repr(
            result.exception
        )
        return result

    return run
