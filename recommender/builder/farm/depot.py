"""Keep the parts of a build in shared storage: a folder, S3, or any other address of fsspec.

A part is named by the hash of what is in it, appears whole or not at all, and is used only if it
still has that hash. The result of a task is a marker that comes last: it names the parts of the
task, under a seal that only the machine of the build can make. Credentials come from the
environment of each machine, never from the address.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from recommender.articles.found_json import to_json
from recommender.errors import RecommenderError, StorageError
from recommender.store.files import BUFFER_BYTES, UNFINISHED
from recommender.system.storage import open_storage, said

# Storage in which an object appears whole by itself. Elsewhere it is renamed when it is whole.
_OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oss", "memory"}
_PART, _MARKER = ".part", ".done"
_NAME = re.compile(
    rf"(?:{re.escape(UNFINISHED)}[0-9a-f]{{8}}\.)?(?:[0-9a-f]{{64}}\.part|[0-9a-f]{{32}}\.done)"
)
_MOST_MARKER_BYTES = 1 << 26
_REMOVED_AT_ONCE = 1_000


class PartDamaged(StorageError):
    """A part of a build is missing, or is not what was kept; the next build makes it again."""


class Depot:
    """The parts of one build, in a folder of its own below an address.

    Every method raises `StorageError` if the storage refuses or does not answer.
    """

    def __init__(self, address: str, build: str) -> None:
        """`build` is the name of the build's folder; no other build reads or clears it."""
        self.address, self.build = address, build
        self._fs, root = open_storage(address)
        self._folder = f"{root.rstrip('/')}/{build}"
        self._is_made = False

    def put(self, path: Path, start: int = 0, end: int | None = None) -> str:
        """Keep a file, or its bytes from `start` to before `end`; return the name of the part."""
        part = f"{_hash_of(path, start, end)}{_PART}"
        if start == 0 and end is None:
            self._place(part, lambda place: self._fs.put_file(str(path), place))
            return part
        with path.open("rb") as stream:
            stream.seek(start)
            data = stream.read(-1 if end is None else end - start)
        if f"{hashlib.sha256(data).hexdigest()}{_PART}" != part:
            raise StorageError(f"{path}: changed while it was read; build again")
        self._place(part, lambda place: self._fs.pipe_file(place, data))
        return part

    def get(self, part: str, path: Path) -> None:
        """Copy a part to a file; raise `PartDamaged` if it is missing or has another hash.

        A damaged part is removed, so that the task that made it is done again.
        """
        with self._errors("read"):
            try:
                self._fs.get_file(self._place_of(part), str(path))
            except FileNotFoundError as error:
                raise PartDamaged(f"{self._said(part)} is missing; build again") from error
        if f"{_hash_of(path)}{_PART}" != part:
            path.unlink()
            with suppress(StorageError), self._errors("removed"):
                self._fs.rm_file(self._place_of(part))
            raise PartDamaged(f"{self._said(part)} was damaged and is removed; build again")

    def keep(self, task: Mapping[str, Any], result: Any, parts: Mapping[str, str]) -> None:
        """Keep the result of a task, and the parts of the files that it wrote."""
        kept = {"result": result, "parts": parts}
        data = to_json({**kept, "seal": _seal(task, kept)})
        self._place(_marker(task), lambda place: self._fs.pipe_file(place, data))

    def kept(self, task: Mapping[str, Any]) -> tuple[Any, dict[str, str]] | None:
        """Return the result of a task that was done, and its parts; None if one is missing."""
        with self._errors("read"):
            try:
                if self._fs.size(self._place_of(_marker(task))) > _MOST_MARKER_BYTES:
                    return None
                data = self._fs.cat_file(self._place_of(_marker(task)))
            except FileNotFoundError:
                return None
        try:
            found = json.loads(data)
            kept = {"result": found["result"], "parts": found["parts"]}
            if not hmac.compare_digest(str(found["seal"]).encode(), _seal(task, kept).encode()):
                return None
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        is_whole = all(self._is_whole(part) for part in kept["parts"].values())
        return (kept["result"], kept["parts"]) if is_whole else None

    def clear(self) -> None:
        """Delete the parts of the build; what else lies in its folder stays."""
        with self._errors("cleared"):
            try:
                self._fs.invalidate_cache()
                names = [str(path).rpartition("/")[2] for path in self._fs.ls(self._folder, False)]
            except FileNotFoundError:
                return
            ours = [self._place_of(name) for name in names if _NAME.fullmatch(name)]
            for start in range(0, len(ours), _REMOVED_AT_ONCE):
                self._fs.rm(ours[start : start + _REMOVED_AT_ONCE])
            with suppress(OSError, NotImplementedError):  # an object store has no folders
                self._fs.rmdir(self._folder)

    def _is_whole(self, part: str) -> bool:
        with TemporaryDirectory(prefix="recommender-") as folder:
            try:
                self.get(part, Path(folder, "part"))
            except PartDamaged:
                return False
        return True

    def _place(self, name: str, write: Callable[[str], object]) -> None:
        """Have an object written, so that it appears whole or not at all."""
        with self._errors("written"):
            place = self._place_of(name)
            if _is_object_store(self._fs):  # it has no folders, and makes no bucket unasked
                write(place)
                return
            if not self._is_made:
                self._fs.makedirs(self._folder, exist_ok=True)
                self._is_made = True
            beside = self._place_of(f"{UNFINISHED}{secrets.token_hex(4)}.{name}")
            write(beside)
            self._fs.mv(beside, place)

    def _place_of(self, name: str) -> str:
        return f"{self._folder}/{name}"

    def _said(self, part: str) -> str:
        return f"{self.address}: the part {part[:16]} of the build"

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        """Turn whatever a storage raises into `StorageError`."""
        try:
            yield
        except RecommenderError:
            raise
        except Exception as error:  # each storage has errors of its own
            raise StorageError(
                f"{self.address}: cannot be {what}: {said(error)}; see that this machine may "
                "read and write there; what is done is kept: build again"
            ) from error


@lru_cache(maxsize=4)
def depot_at(address: str, build: str) -> Depot:
    """Return the depot of a build; a process keeps its connections."""
    return Depot(address, build)


def _is_object_store(fs: Any) -> bool:
    names: str | Sequence[str] = fs.protocol
    return bool(_OBJECT_STORES & ({names} if isinstance(names, str) else {*names}))


def _marker(task: Mapping[str, Any]) -> str:
    return f"{task['name']}{_MARKER}"


def _seal(task: Mapping[str, Any], kept: Mapping[str, Any]) -> str:
    key = bytes.fromhex(task["seal_key"])
    text = json.dumps(kept, sort_keys=True)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=key).hexdigest()


def _hash_of(path: Path, start: int = 0, end: int | None = None) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        stream.seek(start)
        while data := stream.read(BUFFER_BYTES if end is None else min(BUFFER_BYTES, end - start)):
            start += len(data)
            digest.update(data)
    return digest.hexdigest()
