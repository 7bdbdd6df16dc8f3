"""Copy a source from storage elsewhere, such as S3, to this machine, where it is read as files."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import Any

from recommender.articles.files import IGNORE_FILE, suffix_of
from recommender.articles.read import READERS
from recommender.articles.sources import Fetched, Source
from recommender.errors import SourceError
from recommender.system.disk import free_bytes
from recommender.system.storage import answering, is_local, open_storage
from recommender.types import Refusal

# No file system takes a longer name.
_MOST_NAME_BYTES = 255


def fetch(address: str, folder: Path) -> Source:
    """Copy the files at an address into a folder; return it as a source with that address as name.

    A folder of this machine is not copied. Of files whose format is not read, only the names are
    kept. Raises `SourceError` if there is nothing, if it cannot be read, or if it does not fit on
    the disk, and `SettingsError` for an address that cannot be opened.
    """
    storage, root = open_storage(address)
    if is_local(storage):
        return Path(root)
    with _errors(address):
        try:
            found: dict[str, Any] = storage.find(root, detail=True)
        except FileNotFoundError:  # no such bucket
            found = {}
    files = {place: info for place, info in found.items() if info.get("type") != "directory"}
    if not files:
        raise SourceError(f"{address}: no such file or folder; name the articles' folder")
    folder.mkdir(parents=True)
    _check_space(address, folder, sum(int(info.get("size") or 0) for info in files.values()))
    refused = []
    for place in sorted(files):
        name = place[len(root) :].strip("/") if place != root else PurePosixPath(root).name
        if _is_hidden(name):
            continue
        why = "a file on this machine cannot have its name; rename it"
        if _is_plain(name):
            with _errors(address):
                why = _copied(storage, place, folder / name)
        if why:
            refused.append(Refusal(ascii(name)[1:-1], why))
    is_file = [*files] == [root]
    return Fetched(folder / PurePosixPath(root).name if is_file else folder, address, (*refused,))


def _copied(storage: Any, place: str, path: Path) -> str:
    """Copy an object to a file; return why that failed, "" if it did not."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        return "another file has the name of its folder; rename one of them"
    if suffix_of(path) in READERS or path.name == IGNORE_FILE:
        storage.get_file(place, str(path))
    return ""


def _is_hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return parts[-1:] != (IGNORE_FILE,) and any(
        part.startswith(".") and part.strip(".") for part in parts
    )


def _is_plain(name: str) -> bool:
    """Return whether a name leads to one file below its folder, and nowhere else."""
    parts = name.split("/")
    return all(
        part.strip(".")
        and "\0" not in part
        and "\\" not in part
        and _size(part) <= _MOST_NAME_BYTES
        for part in parts
    )


def _size(part: str) -> int:
    return len(part.encode("utf-8", "surrogatepass"))


def _check_space(address: str, folder: Path, size: int) -> None:
    free = free_bytes(folder)
    if size > free:
        raise SourceError(
            f"{address}: has {size / 1e6:,.0f} MB and {free / 1e6:,.0f} MB are free where the "
            "index lies; free some space and build again"
        )


def _errors(address: str) -> AbstractContextManager[None]:
    return answering(address, SourceError, "read", "see that this machine may read there")
