"""Read the manifest of a snapshot, and which snapshot is live."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recommender.errors import SnapshotDamaged, SnapshotForeign, SnapshotMissing
from recommender.store.files import read_json, rebuild

# Bump when a reader of the number before could not read, or would misread, what is written now.
FORMAT = 10
CURRENT = "CURRENT"
SEGMENTS = "segments"
MANIFEST = "manifest.json"
# What names a snapshot; nothing else leads from `CURRENT` to a folder.
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]*")


def current_name(folder: Path) -> str:
    """Return the live snapshot's name; raise `SnapshotMissing` where nothing was published."""
    try:
        name = (folder / CURRENT).read_text(encoding="utf-8", errors="replace").strip()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SnapshotMissing(
            f"{folder}: there is no index here; run: recommender build SOURCE --into {folder}"
        ) from error
    except OSError as error:
        raise SnapshotDamaged(
            f"{folder / CURRENT}: cannot be read: {error.strerror}; {rebuild(folder)}"
        ) from error
    if not _NAME.fullmatch(name):
        raise SnapshotDamaged(f"{folder / CURRENT}: does not name a snapshot; {rebuild(folder)}")
    return name


def manifest_checksum(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a manifest without its own checksum."""
    rest = {key: value for key, value in manifest.items() if key != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def read_manifest(place: Path) -> dict[str, Any]:
    """Return a snapshot's manifest; raise a `SnapshotError` if it is not ours."""
    path = place / MANIFEST
    manifest = read_json(path, rebuild(place.parent))
    if manifest.get("format") != FORMAT:
        raise SnapshotForeign(
            f"{path}: found format {manifest.get('format')!r}, expected {FORMAT}; run: "
            f"recommender build SOURCE --into {place.parent} (vectors are kept)"
        )
    if manifest.get("name") != place.name:
        raise SnapshotDamaged(
            f"{path}: is the manifest of {manifest.get('name')!r}; {rebuild(place.parent)}"
        )
    if manifest.get("checksum") != manifest_checksum(manifest):
        raise SnapshotDamaged(
            f"{path}: its content does not match its checksum; {rebuild(place.parent)}"
        )
    return manifest
