"""What commands that read sources share: articles from standard input, named columns."""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from recommender.settings import Settings, check_fields

STDIN = Path("-")
COPY_BYTES = 1 << 20

FieldOption = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        help="Which column of a row holds a field, as in title=headline; may be given again.",
    ),
]


def with_fields(settings: Settings, fields: Sequence[str] | None) -> Settings:
    """Return the settings with the columns in `fields` (`title=headline`) over its own."""
    pairs = [field.partition("=") for field in fields or ()]
    if wrong := [name for name, equals, column in pairs if not (name and equals and column)]:
        raise typer.BadParameter(f"{wrong[0]}: write --field FIELD=COLUMN")
    columns = {name: column for name, _, column in pairs}
    check_fields(columns, "--field")
    return replace(settings, fields={**settings.fields, **columns})


def from_input(sources: Sequence[Path]) -> list[Path]:
    """Return the sources with `-` replaced by a file that holds what came from standard input.

    It is read more than once, so it is kept till the command ends: as JSON Lines or JSON where it
    opens with a brace or bracket, else as text.
    """
    return [_spooled() if source == STDIN else source for source in sources]


def _spooled() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="recommender-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    first = sys.stdin.buffer.read(COPY_BYTES)
    opening = first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    suffix = {b"{": ".jsonl", b"[": ".json"}.get(opening, ".txt")
    path = folder / f"stdin{suffix}"
    with path.open("wb") as stream:
        stream.write(first)
        shutil.copyfileobj(sys.stdin.buffer, stream, COPY_BYTES)
    return path
