"""Prove that a folder is an index, and that a file in it is ours, before a writer changes it.

A file with a fixed name marks the folder of an index. An older index has no such file; it is
recognised by a readable snapshot. Only what has a name of exactly the form that writers give, and a
readable manifest or `segment.json`, is deleted below it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recommender.errors import FolderForeign
from recommender.safe_open import Depth, is_file, is_folder, read_bytes
from recommender.store.files import UNFINISHED, place_text
from recommender.store.layout import (
    CURRENT,
    MANIFEST,
    MARKER,
    SEGMENT_FACTS,
    SEGMENTS,
    is_segment_name,
    is_snapshot_name,
    no_index,
)

BUILDING = ".building-"
REMOVED = ".removed-"
_MARK = (
    "This folder is an index of recommender, which deletes and replaces files of its own here.\n"
)
_SHARED_MARK = f"{_MARK}Other users of this machine may read it.\n"
# What may lie in a folder that becomes an index: pages for people, files of systems, files that
# people write for an index, and what an old index or another writer left.
_BESIDE = re.compile(
    r"README(\..+)?|\.git(ignore|keep|attributes)|\.DS_Store|Thumbs\.db|desktop\.ini|lost\+found"
    r"|boilerplate\.tsv|editorial\.txt|watchlist\.toml|\.lock|\.lock-holder\.json"
    r"|\.seen\.json|\.rows\.json"
    rf"|{re.escape(UNFINISHED)}({re.escape(MARKER)}|\.lock-holder\.json)\.\d+",
    re.IGNORECASE,
)
_UNFINISHED_FOLDER = re.compile(rf"{re.escape(BUILDING)}\d+|{re.escape(REMOVED)}[0-9a-f]{{16}}")
_NAMED = 5


def is_marked(folder: Path) -> bool:
    """Return whether a folder has the marker of an index."""
    return _marker(folder) in (_MARK, _SHARED_MARK)


def is_shared(folder: Path) -> bool:
    """Return whether other users may read an index; without a marker, its files say so."""
    if marker := _marker(folder):
        return marker == _SHARED_MARK
    try:
        return bool(os.lstat(folder / CURRENT).st_mode & 0o044)
    except OSError:
        return False


def _marker(folder: Path) -> str:
    try:
        return read_bytes(folder / MARKER, Depth.INDEX, len(_SHARED_MARK)).decode()
    except (OSError, ValueError):
        return ""


def check_index(folder: Path, *, may_be_new: bool) -> None:
    """Raise an error unless writers may write to a folder; nothing is written before.

    A folder may become an index (`may_be_new`) if it holds only files that belong beside an index;
    otherwise `FolderForeign` names its other files. Without `may_be_new`, `SnapshotMissing` is
    raised for every folder that is not an index yet.
    """
    if is_marked(folder) or next(readable_snapshots(folder), None):
        return
    if not may_be_new:
        raise no_index(folder)
    others = sorted(name for name in os.listdir(folder) if not _BESIDE.fullmatch(name))
    if others:
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        raise FolderForeign(
            f"{folder}: is not an index and holds other files: "
            f"{', '.join(map(ascii, others[:_NAMED]))}{more}; name an empty folder, or one that "
            "does not exist yet, with --into"
        )


def mark(folder: Path, *, shared: bool) -> None:
    """Mark a folder as an index; call it only after `check_index`."""
    text = _SHARED_MARK if shared else _MARK
    if _marker(folder) != text:
        place_text(folder / MARKER, text)


def snapshots_in(folder: Path) -> Iterator[str]:
    """Yield the names of folders that are named as snapshots and hold a manifest."""
    for name in named_as_snapshots(folder):
        place = folder / name
        if is_folder(place) and is_file(place / MANIFEST):
            yield name


def named_as_snapshots(folder: Path) -> Iterator[str]:
    """Yield all names in an index that have the form of a snapshot's, whatever they hold."""
    return filter(is_snapshot_name, _names_in(folder))


def readable_snapshots(folder: Path) -> Iterator[str]:
    """Yield the names of the snapshots whose manifest, of any format, can be read."""
    for name in snapshots_in(folder):
        manifest = _object_in(folder / name / MANIFEST, Depth.FOLDER)
        if manifest.get("name") == name and type(manifest.get("format")) is int:
            yield name


def readable_segments(folder: Path) -> Iterator[Path]:
    """Yield the folders of the segments whose `segment.json`, of any format, can be read."""
    for name in _names_in(folder / SEGMENTS) if is_folder(folder / SEGMENTS) else ():
        place = folder / SEGMENTS / name
        if is_segment_name(name) and is_folder(place):
            facts = _object_in(place / SEGMENT_FACTS, Depth.SEGMENT)
            if isinstance(facts.get("files"), dict) and isinstance(facts.get("encoder"), str):
                yield place


def unfinished(folder: Path) -> Iterator[Path]:
    """Yield what a stopped writer left: its building folders and files without their final name."""
    for name in _names_in(folder):
        place = folder / name
        if _UNFINISHED_FOLDER.fullmatch(name) and (is_folder(place) or place.is_symlink()):
            yield place
    for place in (folder, *readable_segments(folder)):
        for name in _names_in(place):
            if name.startswith(UNFINISHED) and not is_folder(place / name):
                yield place / name


def has_unfinished(folder: Path) -> bool:
    """Return whether a stopped writer left a folder; segments are not looked into for this."""
    return any(map(_UNFINISHED_FOLDER.fullmatch, _names_in(folder)))


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _object_in(path: Path, depth: Depth) -> dict[str, Any]:
    try:
        found = json.loads(read_bytes(path, depth))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
