"""Read what a command is given in a file or on standard input, within bounds."""

from __future__ import annotations

import atexit
import io
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import typer

from recommender.articles.files import MAX_FILE_BYTES, decode, encoding_by_mark
from recommender.articles.sources import Input, Source
from recommender.errors import QueryError, SourceError, TooLarge
from recommender.settings import load_settings
from recommender.types import Article

STDIN = "-"
COPY_BYTES = 1 << 20
# No query of the most characters has more bytes, in any encoding that is read.
MAX_QUERY_BYTES = 1_000_000


def read_query(text: str | None, file: Path | None) -> str:
    """Return the text to search for, from the one place that was named.

    Raises `QueryError` for a file that is too long, empty or no text.
    """
    if (text is None) == (file is None):
        raise typer.BadParameter("give a text, or --file FILE, or - to read it from input")
    if text is not None and text != STDIN:
        return text
    name = "the input" if file is None else str(file)
    try:
        data = _stdin().read(MAX_QUERY_BYTES + 1) if file is None else _start_of(file)
    except OSError as error:
        raise QueryError(
            f"{name}: cannot be read: {error.strerror}; give a text file, or - for input"
        ) from error
    if len(data) > MAX_QUERY_BYTES:
        raise TooLarge(
            f"{name}: has over {MAX_QUERY_BYTES:,} bytes, too long for a query; give the part that "
            "matters, or find articles related to it: recommender related --file FILE"
        )
    try:
        found = decode(data)
    except SourceError as error:
        raise QueryError(f"{name}: {error}") from error
    if not found.strip():
        raise QueryError(f"{name}: is empty; give some words to search for")
    return found


def read_draft_from(file: Path) -> Article:
    """Return the article of a file, or of standard input.

    Raises `QueryError` for a file without one article, or that is too long.
    """
    from recommender.answers.drafts import read_draft

    place = _spooled(MAX_FILE_BYTES) if str(file) == STDIN else file
    return read_draft(place, load_settings())


def from_input(sources: Sequence[Path]) -> list[Source]:
    """Return the sources with `-` replaced by a file that holds what came from standard input.

    The file is read more than once, so it is kept until the command ends.
    """
    return [Input(_spooled(), STDIN) if str(one) == STDIN else one for one in sources]


def lines_from_input() -> list[str]:
    """Return the lines of standard input, blank ones left out, within the bound of a query."""
    data = _stdin().read(MAX_QUERY_BYTES + 1)
    if len(data) > MAX_QUERY_BYTES:
        raise TooLarge(f"the input has over {MAX_QUERY_BYTES:,} bytes; give it in parts")
    return [line.strip() for line in decode(data).splitlines() if line.strip()]


def _spooled(limit: int | None = None) -> Path:
    """Copy standard input to a file; raise `TooLarge` if it has more bytes than the limit."""
    folder = Path(tempfile.mkdtemp(prefix="recommender-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    stdin = _stdin()
    chunk = stdin.read(COPY_BYTES)
    path = folder / f"stdin{_suffix(chunk)}"
    size = 0
    with path.open("wb") as stream:
        while chunk:
            size += len(chunk)
            if limit is not None and size > limit:
                raise TooLarge(f"the input has over {limit:,} bytes; give the part that matters")
            stream.write(chunk)
            chunk = stdin.read(COPY_BYTES)
    return path


def _suffix(start: bytes) -> str:
    """Return the suffix of the format that input has: JSON Lines, JSON, or else text.

    A row of JSON Lines is whole at the end of its line. JSON Lines are read in UTF-8 only.
    """
    encoding = encoding_by_mark(start)
    text = start.decode(encoding or "utf-8", errors="ignore").lstrip()
    if text.startswith("["):
        return ".json"
    if not text.startswith("{"):
        return ".txt"
    first, end, _ = text.partition("\n")
    is_row = first.rstrip().endswith("}") or not end
    return ".jsonl" if is_row and encoding in ("", "utf-8-sig") else ".json"


def _stdin() -> IO[bytes]:
    """Return standard input; an empty one if the process was started without."""
    return io.BytesIO() if sys.stdin is None else sys.stdin.buffer


def _start_of(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MAX_QUERY_BYTES + 1)
