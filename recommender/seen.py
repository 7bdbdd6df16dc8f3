"""Remembers which files the last build read, so that the next can tell without reading them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from recommender.articles.files import find_files
from recommender.articles.read import READERS
from recommender.settings import Settings
from recommender.storage import place_text
from recommender.types import Refusal

FILE = ".seen.json"


class Seen:
    """The names, sizes and times of change of the source's files, taken before they are read."""

    def __init__(self, folder: Path, sources: Sequence[Path], settings: Settings) -> None:
        self._path = folder / FILE
        self._stamp = _stamp(sources, settings)

    def by(self, snapshot: str) -> bool:
        """Tell whether the build that came to `snapshot` saw the same files."""
        try:
            note = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return False
        return bool(note == {"snapshot": snapshot, "files": self._stamp})

    def remember(self, snapshot: str) -> None:
        """Note what was seen; where that cannot be written, the next build reads everything."""
        with suppress(OSError):
            place_text(self._path, json.dumps({"snapshot": snapshot, "files": self._stamp}))


def _stamp(sources: Sequence[Path], settings: Settings) -> str:
    digest = hashlib.sha256(repr(settings).encode("utf-8", "surrogateescape"))
    for line in _lines(sources, settings):
        digest.update(line.encode("utf-8", "surrogateescape") + b"\n")
    return digest.hexdigest()


def _lines(sources: Sequence[Path], settings: Settings) -> Iterator[str]:
    for source in sources:
        yield f"source {source.absolute()}"
        for file in find_files([source], READERS.keys(), settings):
            if isinstance(file, Refusal):
                yield f"refused {file.place}: {file.reason}"
                continue
            with suppress(OSError):  # gone since it was found: the next build sees the difference
                state = file.path.stat()
                yield f"{file.name} {state.st_size} {state.st_mtime_ns} {state.st_ino}"
