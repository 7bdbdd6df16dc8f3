"""Keep objects in a folder of shared storage: each appears whole or not at all, and is no link.

Others who may write there can put anything under any name. So an object is read only if it is plain
and has the stated size, and only plain objects are deleted.
"""

from __future__ import annotations

import glob
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from recommender.errors import StorageError
from recommender.safe_open import check_folder
from recommender.store.files import UNFINISHED, make_folder
from recommender.system.storage import answering, is_local, open_storage, protocols_of

# Storage in which an object appears whole by itself. Elsewhere it is renamed when it is whole.
_OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oss", "memory"}
# So many bytes are read in one request.
_AT_ONCE = 8 << 20
_REMOVED_AT_ONCE = 1_000
_ADVICE = "see that this machine may read and write there; what is done is kept: build again"


class ObjectFolder:
    """The objects in one folder below an address.

    Every method raises `StorageError` if the storage refuses or does not answer.
    """

    def __init__(self, address: str, name: str) -> None:
        self.address = address
        self._fs, root = open_storage(address)
        self._folder = f"{root.rstrip('/')}/{name}"
        self._is_object_store = bool(_OBJECT_STORES & protocols_of(self._fs))
        self._is_local = is_local(self._fs)
        self._is_made = False

    def put_file(self, name: str, path: Path) -> None:
        """Keep the content of a file."""
        self._place(name, lambda place: self._fs.put_file(str(path), place))

    def put_bytes(self, name: str, data: bytes) -> None:
        """Keep some bytes."""
        self._place(name, lambda place: self._fs.pipe_file(place, data))

    def size(self, name: str) -> int | None:
        """Return the bytes of an object, None if there is none or it is not plain."""
        with self._errors("read"):
            self._check_folder()
            try:
                found: dict[str, Any] = self._fs.info(self._place_of(name))
            except FileNotFoundError:
                return None
            return int(found["size"]) if _is_plain(found) else None

    def read(self, name: str, size: int) -> Iterator[bytes]:
        """Yield the content of an object of so many bytes, and no more if it has grown since."""
        for start in range(0, size, _AT_ONCE):
            with self._errors("read"):
                end = min(start + _AT_ONCE, size)
                # By name, since other storage takes other arguments first.
                data: bytes = self._fs.cat_file(self._place_of(name), start=start, end=end)
            yield data

    def remove(self, name: str) -> None:
        """Remove a plain object; one that is missing or not plain is left."""
        if self.size(name) is not None:
            with self._errors("removed"), suppress(FileNotFoundError):
                self._fs.rm_file(self._place_of(name))

    def clear(self, is_ours: Callable[[str], object]) -> None:
        """Delete the plain objects whose names are ours; and the folder, if it is empty then."""
        with self._errors("cleared"):
            self._check_folder()
            try:
                self._fs.invalidate_cache()
                found = self._fs.ls(self._folder, detail=True)
            except FileNotFoundError:
                return
            names = [str(one["name"]).rpartition("/")[2] for one in found if _is_plain(one)]
            self._remove_all([self._place_of(name) for name in names if is_ours(name)])
            with suppress(OSError, NotImplementedError):  # an object store has no folders
                self._fs.rmdir(self._folder)

    def _remove_all(self, places: Sequence[str]) -> None:
        if self._is_object_store and not glob.has_magic(self._folder):
            for start in range(0, len(places), _REMOVED_AT_ONCE):
                self._fs.rm(places[start : start + _REMOVED_AT_ONCE])
            return
        for place in places:  # in a list of paths, `*` would match several
            with suppress(FileNotFoundError):
                self._fs.rm_file(place)

    def _place(self, name: str, write: Callable[[str], object]) -> None:
        """Write an object so that it appears whole or not at all."""
        with self._errors("written"):
            place = self._place_of(name)
            if self._is_object_store:  # it has no folders, and makes no bucket unasked
                write(place)
                return
            self._make_folder()
            beside = self._place_of(f"{UNFINISHED}{secrets.token_hex(4)}.{name}")
            write(beside)
            if self._is_local:
                os.replace(beside, place)  # `mv` would follow a link to a folder
            else:
                self._fs.mv(beside, place)

    def _make_folder(self) -> None:
        if self._is_made:
            return
        self._check_folder()
        if self._is_local:  # other users may read it if they may read the index
            make_folder(Path(self._folder))
        else:
            self._fs.makedirs(self._folder, exist_ok=True)
        self._is_made = True

    def _check_folder(self) -> None:
        if self._is_local and not self._is_made:
            check_folder(Path(self._folder))

    def _place_of(self, name: str) -> str:
        return f"{self._folder}/{name}"

    def _errors(self, what: str) -> AbstractContextManager[None]:
        return answering(self.address, StorageError, what, _ADVICE)


def _is_plain(found: dict[str, Any]) -> bool:
    """Return whether a storage says that an object is a file and not a link."""
    return found.get("type") == "file" and not found.get("islink")
