"""Writes snapshots: one writer at a time, the old one live until the new one is whole."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from recommender.errors import IndexDamaged, IndexForeign, IndexLocked, IndexMissing
from recommender.snapshot import (
    CURRENT,
    FORMAT,
    MANIFEST,
    SEGMENTS,
    Snapshot,
    current_name,
    manifest_checksum,
    read_manifest,
)
from recommender.storage import (
    file_facts,
    replace_text,
    storage_errors,
    sync_folder,
    sync_tree,
    write_json,
)

KEPT_SNAPSHOTS = 3
_BUILDING = ".building-"


@contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """Hold the index's writer lock and yield an empty folder to build in.

    What an earlier build left half-done is swept first. Raises `IndexLocked` while another
    build runs, `StorageError` where the folder cannot be written.
    """
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise IndexLocked(
                f"{folder}: another build is writing to it; wait until it ends"
            ) from error
        try:
            _sweep(folder)
            building = folder / f"{_BUILDING}{os.getpid()}"
            building.mkdir()
            try:
                yield building
            finally:
                shutil.rmtree(building, ignore_errors=True)
        finally:
            lock.release()


def publish(folder: Path, building: Path, segment: str, facts: Mapping[str, Any]) -> str:
    """Make the snapshot in `building` the live one and return its name.

    `building` holds the new segment under `segment`; `facts` are the manifest's fields but for
    those that are derived here. Everything is durable before `CURRENT` points to it.
    """
    made = datetime.now(UTC)
    name = f"{made:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    manifest: dict[str, Any] = {"format": FORMAT, "name": name, "created": made.isoformat()}
    manifest |= facts
    manifest["segments"] = [
        {
            "name": segment,
            "removed": [],
            "facts": file_facts(building / segment / "segment.json"),
        }
    ]
    manifest["checksum"] = manifest_checksum(manifest)
    sync_tree(building)
    segments = folder / SEGMENTS
    segments.mkdir(exist_ok=True)
    os.rename(building / segment, segments / segment)
    sync_folder(segments)
    staged = building / name
    staged.mkdir()
    write_json(staged / MANIFEST, manifest)
    sync_tree(staged)
    os.rename(staged, folder / name)
    sync_folder(folder)
    Snapshot(folder, name)  # opened the way a reader does, before any reader can
    replace_text(folder / CURRENT, name + "\n")
    _prune(folder, name)
    return name


def new_segment_name() -> str:
    return secrets.token_hex(8)


def _sweep(folder: Path) -> None:
    for leftover in folder.glob(f"{_BUILDING}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    _prune(folder, None)


def _snapshot_names(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.glob(f"[0-9]*/{MANIFEST}"))


def _prune(folder: Path, live: str | None) -> None:
    """Delete all but the newest snapshots, and the segments that none of the kept ones uses."""
    try:
        kept = {*_snapshot_names(folder)[-KEPT_SNAPSHOTS:], live or current_name(folder)}
        used = {entry["name"] for name in kept for entry in read_manifest(folder, name)["segments"]}
    except (IndexMissing, IndexDamaged, IndexForeign):
        return  # nothing is deleted on the word of a file that cannot be read
    for name in _snapshot_names(folder):
        if name not in kept:
            shutil.rmtree(folder / name, ignore_errors=True)
    for segment in (folder / SEGMENTS).glob("*"):
        if segment.name not in used:
            shutil.rmtree(segment, ignore_errors=True)
