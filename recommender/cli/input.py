"""Read text and articles that a command is given in a file or on standard input, within bounds."""

from __future__ import annotations

import atexit
import io
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import cast

import typer

from recommender.articles.binary import checked_text
from recommender.articles.files import MAX_FILE_BYTES, decode, encoding_by_mark, suffix_of
from recommender.articles.sources import Input, Source
from recommender.errors import QueryError, SourceError, TooLarge
from recommender.settings import load_settings
from recommender.types import Article

STDIN = "-"
COPY_BYTES = 1 << 20
# The most bytes that are copied of an input, which may have no end.
MAX_INPUT_BYTES = 4 * 1024**3
# Signals that would end the command without removing the copy. An interrupt is an exception.
ENDING_SIGNALS = ("SIGTERM", "SIGHUP")

# How packed files begin, by the suffix of each packing.
PACKED_MARKS = {
    "gz": b"\x1f\x8b",
    "bz2": b"BZh",
    "xz": b"\xfd7zXZ\0",
    "zst": b"\x28\xb5\x2f\xfd",
}

_copies: list[Path] = []
# A query of the most characters has at most so many bytes, in any encoding that is read.
MAX_QUERY_BYTES = 1_000_000


def read_query(text: str | None, file: Path | None) -> str:
    """Return the text to search for, from the one place that was named.

    Raises `QueryError` for a file that is too long, empty or not text.
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
        found = checked_text(decode(data))
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
    """Return the sources with `-` replaced by a file with the content of standard input.

    The file is read more than once, so it is kept until the command ends. Raises `TooLarge` for an
    input of over `MAX_INPUT_BYTES`.
    """
    return [Input(_spooled(), STDIN) if str(one) == STDIN else one for one in sources]


def lines_from_input() -> list[str]:
    """Return the lines of standard input, blank ones left out, within the bound of a query."""
    data = _stdin().read(MAX_QUERY_BYTES + 1)
    if len(data) > MAX_QUERY_BYTES:
        raise TooLarge(f"the input has over {MAX_QUERY_BYTES:,} bytes; give it in parts")
    return [line.strip() for line in decode(data).splitlines() if line.strip()]


def _spooled(limit: int = MAX_INPUT_BYTES) -> Path:
    """Copy standard input to a file; raise `TooLarge` if it has more bytes than the limit.

    Of formats that are read as a whole, the limit is that of their reader.
    """
    folder = Path(tempfile.mkdtemp(prefix="recommender-"))
    _remove_at_end(folder)
    stdin = _stdin()
    chunk = b""
    # Piece by piece: if a signal comes during a longer read, that waits for more input.
    while len(chunk) < COPY_BYTES and (piece := stdin.read1(COPY_BYTES)):
        chunk += piece
    path = folder / f"stdin{_suffix_of_input(chunk)}"
    if not suffix_of(path).startswith(".jsonl"):
        limit = min(limit, MAX_FILE_BYTES)
    size = 0
    with path.open("wb") as stream:
        while chunk:
            size += len(chunk)
            if size > limit:
                raise TooLarge(f"the input has over {limit:,} bytes; give the part that matters")
            stream.write(chunk)
            chunk = stdin.read1(COPY_BYTES)
    return path


def _remove_at_end(folder: Path) -> None:
    """Remove a folder when this process ends, also if it is asked to end."""
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _copies.append(folder)
    if threading.current_thread() is not threading.main_thread():
        return  # only the main thread may handle a signal
    for name in ENDING_SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    """Remove the copies, and end as the signal would have ended this process."""
    for folder in _copies:
        shutil.rmtree(folder, ignore_errors=True)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _suffix_of_input(start: bytes) -> str:
    """Return the suffix of the format of an input by its first bytes, with that of its packing."""
    packing = next((name for name, mark in PACKED_MARKS.items() if start.startswith(mark)), "")
    if not packing:
        return _suffix(start)
    from recommender.articles.packed import Cut, unpacked_stream  # most inputs are not packed

    unpacked = b""
    with suppress(Exception):  # its reader reports the fault
        packed = unpacked_stream(packing, io.BytesIO(start), MAX_FILE_BYTES, Cut())
        with packed as stream:
            unpacked = stream.read(1 << 16)
    return f"{_suffix(unpacked)}.{packing}"


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


def _stdin() -> io.BytesIO | io.BufferedReader:
    """Return standard input; an empty one if the process was started without."""
    return io.BytesIO() if sys.stdin is None else cast(io.BufferedReader, sys.stdin.buffer)


def _start_of(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MAX_QUERY_BYTES + 1)
