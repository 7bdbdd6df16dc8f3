"""Write news to files for other programs: a feed that is replaced, or lines that are added."""

from __future__ import annotations

import errno
import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recommender.render.text_layout import to_json
from recommender.store.files import place, sharing

# So many bytes at the end of the lines are searched for news of an interrupted look.
SEARCHED_BYTES = 1 << 24
_KEY = ("watch", "article_id", "found")


def write_feed(target: Path, text: str) -> None:
    """Put a feed at `target`, unless it is there already; raise `OSError` if that fails.

    A link stays, and the file that it leads to is replaced. A file keeps its permissions.
    """
    path = Path(os.path.realpath(target))
    if path.is_symlink():
        raise OSError(errno.ELOOP, "is a link to itself", str(target))
    mode = path.stat().st_mode & 0o7777 if path.exists() else None
    data = text.encode()
    if mode is not None and path.stat().st_size == len(data) and path.read_bytes() == data:
        return
    with sharing(mode is None), place(path, mode=mode) as stream:
        stream.write(data)


def add_lines(target: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add records durably to a file of JSON Lines, except those at its end already.

    Raises `OSError` if that fails.
    """
    with target.open("a+b") as stream:
        size = stream.seek(0, io.SEEK_END)
        stream.seek(max(0, size - SEARCHED_BYTES))
        there = stream.read(SEARCHED_BYTES)
        known = set(map(_key_of, there.splitlines()))
        lines = [to_json(row) for row in rows if _key(row) not in known]
        start = "" if there.endswith(b"\n") or not there else "\n"  # of an interrupted write
        if lines:
            stream.write((start + "".join(f"{line}\n" for line in lines)).encode())
            stream.flush()
            os.fsync(stream.fileno())


def _key_of(line: bytes) -> tuple[Any, ...] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return _key(found) if isinstance(found, dict) else None


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row.get(name, "")) for name in _KEY)
