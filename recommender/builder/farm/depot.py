"""Keep the parts of a build in shared storage: a folder, S3, or any other address of fsspec.

A part is named by the hash and the size of its content, and is used only if both still match. The
result of a task is a marker that is written last. It names the parts of the task, under a seal that
only the machine of the build can make. Credentials come from the environment of each machine, never
from the address.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from recommender.articles.found_json import to_json
from recommender.builder.farm.objects import ObjectFolder
from recommender.errors import StorageError
from recommender.store.files import BUFFER_BYTES, UNFINISHED

_PART, _MARKER = ".part", ".done"
_PART_NAME = re.compile(r"([0-9a-f]{64})\.([0-9]{1,18})\.part")
_NAME = re.compile(
    rf"(?:{re.escape(UNFINISHED)}[0-9a-f]{{8}}\.)?"
    r"(?:[0-9a-f]{64}(?:\.[0-9]{1,18})?\.part|[0-9a-f]{32}\.done)"
)
_MOST_MARKER_BYTES = 1 << 26


class PartDamaged(StorageError):
    """A part of a build is missing or has another content; it must be made again."""

    def __init__(self, message: str, part: str = "") -> None:
        super().__init__(message)
        self.part = part


class Depot:
    """The parts of one build, in a folder of its own below an address.

    Every method raises `StorageError` if the storage refuses or does not answer.
    """

    def __init__(self, address: str, build: str) -> None:
        """`build` is the name of the build's folder; no other build reads or clears it."""
        self.address, self.build = address, build
        self._objects = ObjectFolder(address, build)

    def put(self, path: Path, start: int = 0, end: int | None = None) -> str:
        """Keep a file, or its bytes from `start` to before `end`; return the name of the part."""
        if start == 0 and end is None:
            with path.open("rb") as stream:
                part = _name_of(_blocks(stream))
            self._objects.put_file(part, path)
            return part
        with TemporaryDirectory(prefix="recommender-") as folder:
            beside = Path(folder, "range")
            with path.open("rb") as stream, beside.open("wb") as copy:
                stream.seek(start)
                left = None if end is None else end - start
                part = _name_of(_copied(_blocks(stream, left), copy))
            self._objects.put_file(part, beside)
        return part

    def get(self, part: str, path: Path) -> None:
        """Copy a part to a file; raise `PartDamaged` if it is missing or has another content.

        A part with another content is removed. No more is copied than the size in its name. Raises
        `OSError` if the file cannot be written.
        """
        named = _PART_NAME.fullmatch(part)
        stated = int(named[2]) if named else -1
        found = self._objects.size(part)
        if found is None:
            raise PartDamaged(f"{self.said(part)} is missing; build again", part)
        if found == stated:
            path.unlink(missing_ok=True)  # a link is not followed
            with path.open("xb") as stream:
                if _name_of(_copied(self._objects.read(part, stated), stream)) == part:
                    return
            path.unlink()
        with suppress(StorageError):
            self._objects.remove(part)
        raise PartDamaged(f"{self.said(part)} was damaged and is removed; build again", part)

    def keep(self, task: Mapping[str, Any], result: Any, parts: Mapping[str, str]) -> None:
        """Keep the result of a task, and the parts of the files that it wrote."""
        kept = {"result": result, "parts": parts}
        self._objects.put_bytes(_marker(task), to_json({**kept, "seal": _seal(task, kept)}))

    def kept(self, task: Mapping[str, Any]) -> tuple[Any, dict[str, str]] | None:
        """Return the result of a task that was done, and its parts; None if it was not done.

        The parts may be damaged. That is found when one is fetched, and the task is then done again
        (`forget`).
        """
        size = self._objects.size(_marker(task))
        if not size or size > _MOST_MARKER_BYTES:
            return None
        data = b"".join(self._objects.read(_marker(task), size))
        try:
            found = json.loads(data)
            kept = {"result": found["result"], "parts": found["parts"]}
            if not hmac.compare_digest(str(found["seal"]).encode(), _seal(task, kept).encode()):
                return None
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        return kept["result"], kept["parts"]

    def forget(self, task: Mapping[str, Any]) -> None:
        """Delete the result of a task, so that it is done again."""
        self._objects.remove(_marker(task))

    def clear(self) -> None:
        """Delete the parts of the build; other files in its folder stay."""
        self._objects.clear(_NAME.fullmatch)

    def said(self, part: str) -> str:
        """Return the name of a part for an error message."""
        return f"{self.address}: the part {part[:16]} of the build"


@lru_cache(maxsize=4)
def depot_at(address: str, build: str) -> Depot:
    """Return the depot of a build; a process keeps its connections."""
    return Depot(address, build)


def _marker(task: Mapping[str, Any]) -> str:
    return f"{task['name']}{_MARKER}"


def _seal(task: Mapping[str, Any], kept: Mapping[str, Any]) -> str:
    key = bytes.fromhex(task["seal_key"])
    text = json.dumps(kept, sort_keys=True)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=key).hexdigest()


def _name_of(blocks: Iterable[bytes]) -> str:
    """Return the name of a part that has this content."""
    digest, size = hashlib.sha256(), 0
    for data in blocks:
        digest.update(data)
        size += len(data)
    return f"{digest.hexdigest()}.{size}{_PART}"


def _copied(blocks: Iterable[bytes], stream: IO[bytes]) -> Iterator[bytes]:
    """Yield blocks, each after writing it to a stream."""
    for data in blocks:
        stream.write(data)
        yield data


def _blocks(stream: IO[bytes], size: int | None = None) -> Iterator[bytes]:
    """Yield the next bytes of a stream, `size` at most."""
    while data := stream.read(BUFFER_BYTES if size is None else min(BUFFER_BYTES, size)):
        yield data
        if size is not None:
            size -= len(data)
