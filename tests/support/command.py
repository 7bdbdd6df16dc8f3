"""The command line in this process, on a small archive, with an encoder that counts words."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

from support.stand_in import WordEncoder
from typer.testing import CliRunner, Result

from recommender import build
from recommender.cli.commands import app_for

WORDS = ("river", "dike", "football", "bread")
ARTICLES = {
    "flood": "The river rises\n\nThe river is high at Tiel.\n\nThe dike holds the river.",
    "dike": "A dike for the river\n\nThe dike at Arnhem keeps the river out.",
    "final": "The football final\n\nThe football final was played in the rain.",
    "bakery": "Bread of the year\n\nThe bread of the bakery won.",
}

Command = Callable[..., Result]


@contextmanager
def stand_in_encoder() -> Iterator[WordEncoder]:
    """Let commands load an encoder that counts words in the place of any model."""
    encoder = WordEncoder(*WORDS, max_tokens=60)
    with ExitStack() as patches:
        for place, value in (
            ("recommender.encoders.load._load", lambda *_: encoder),
            ("recommender.builder.given.encoder_fingerprint", lambda _: encoder.fingerprint),
        ):
            patches.enter_context(mock.patch(place, value))
        yield encoder


def write_rows(path: Path, articles: Mapping[str, str], **fields: Mapping[str, str]) -> Path:
    """Write articles in English as JSON Lines, with more fields of some, by id."""
    lines = [
        {"id": id, "language": "en", "text": text, **fields.get(id, {})}
        for id, text in articles.items()
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def build_index(folder: Path, encoder: WordEncoder) -> Path:
    """Return the index of the small archive, in `folder`, where `encoder` was asked nothing."""
    rows = write_rows(folder / "rows.jsonl", ARTICLES)
    build(rows, into=folder / "vectors", model=encoder)
    encoder.asked.clear()
    return folder / "vectors"


def run(*arguments: str | Path, input: str | bytes = b"") -> Result:
    """Run a command; whatever it raises besides its exit is raised here."""
    with mock.patch.dict(os.environ, {"COLUMNS": "80", "NO_COLOR": "1"}):
        given = list(map(str, arguments))
        result = CliRunner().invoke(app_for(given), given, input=input)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
