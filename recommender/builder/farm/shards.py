"""Divide the files of a source into shards, each read by itself: some files, or lines of one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

from recommender.articles.files import Extent, SourceFile
from recommender.articles.found_json import packed, unpacked
from recommender.articles.read import module_of
from recommender.errors import SourceError
from recommender.store.files import BUFFER_BYTES
from recommender.types import Article, Notice, Refusal

SHARD_BYTES = 8 << 20
SHARD_FILES = 256
# Files in other encodings than UTF-8 begin so: their line ends are not single bytes.
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")

Listed = SourceFile | Refusal | Notice


@dataclass(frozen=True, slots=True)
class StampedFile(SourceFile):
    """A file with its size and time of change when it was listed, both 0 if it did not exist."""

    stamp: tuple[int, int] = (0, 0)


def check_unchanged(files: Iterable[Listed]) -> None:
    """Raise `SourceError` if a file changed since it was listed.

    Other parts of it may have been read before.
    """
    for file in files:
        if isinstance(file, StampedFile) and file.stamp != _stamp(file.path):
            raise SourceError(f"{file.path}: changed while it was read; build again")


def shards_of(files: Iterable[Listed]) -> Iterator[list[Listed]]:
    """Yield the files in order, in lists of some megabytes; large files of lines are divided."""
    shard: list[Listed] = []
    size = 0
    for file in files:
        for part, part_size in _parts(file):
            if shard and (size + part_size > SHARD_BYTES or len(shard) >= SHARD_FILES):
                yield shard
                shard, size = [], 0
            shard.append(part)
            size += part_size
    if shard:
        yield shard


def to_list(one: Listed) -> list[Any]:
    """Return a file for a task, with its size and time: if it changes, the task is another one."""
    if not isinstance(one, SourceFile):
        return packed(one)
    extent = list(astuple(one.extent)) if one.extent else None
    path = os.path.abspath(one.path)
    stamp = one.stamp if isinstance(one, StampedFile) else _stamp(one.path)
    return ["file", path, one.name, one.reader, one.unnamed, extent, list(stamp)]


def from_list(parts: Sequence[Any]) -> Listed:
    """Return the file of a task."""
    if parts[0] == "file":
        _, path, name, reader, unnamed, extent, (size, time) = parts
        part = Extent(*extent) if extent else None
        return StampedFile(Path(path), name, reader, unnamed, part, (size, time))
    found = unpacked(parts)
    assert not isinstance(found, Article)
    return found


def _parts(file: Listed) -> Iterator[tuple[Listed, int]]:
    """Yield the parts of a file, each with its size."""
    if not isinstance(file, SourceFile):
        yield file, 0
        return
    file = _stamped(file)
    size, _ = file.stamp
    try:
        is_divided = size > SHARD_BYTES and _has_plain_lines(file)
        extents = [*_extents(file.path)] if is_divided else []
    except OSError:  # its reader reports the reason
        yield file, 0
        return
    if len(extents) < 2:
        yield file, size
        return
    for extent in extents:
        yield replace(file, extent=extent), extent.end - extent.start


def _has_plain_lines(file: SourceFile) -> bool:
    """Return whether each line of a file is read by itself."""
    if module_of(file) != "jsonl" or file.suffix.count(".") > 1 or file.unnamed:
        return False
    with file.path.open("rb") as stream:
        return not stream.read(4).startswith(_WIDE)


def _extents(path: Path) -> Iterator[Extent]:
    """Yield parts of about `SHARD_BYTES` of a file of lines."""
    start, line = 0, 1
    with path.open("rb") as stream:
        while True:
            newlines = 0
            left = SHARD_BYTES
            while left > 0 and (data := stream.read(min(left, BUFFER_BYTES))):
                newlines += data.count(b"\n")
                left -= len(data)
            rest = b""
            while left <= 0 and not rest.endswith(b"\n"):  # a line of a stranger may be all of it
                if not (rest := stream.readline(BUFFER_BYTES)):
                    break
            newlines += rest.endswith(b"\n")
            end = stream.tell()
            if end > start:
                yield Extent(start, end, line)
            if left > 0:
                return
            start, line = end, line + newlines


def _stamped(file: SourceFile) -> StampedFile:
    return StampedFile(
        file.path, file.name, file.reader, file.unnamed, file.extent, _stamp(file.path)
    )


def _stamp(path: Path) -> tuple[int, int]:
    try:
        state = path.stat()
    except OSError:
        return 0, 0
    return state.st_size, state.st_mtime_ns
