"""List the snapshots that are kept, make one live again, delete old ones."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recommender.errors import SnapshotDamaged, SnapshotError, SnapshotNotFound
from recommender.safe_open import Depth, is_there
from recommender.store.files import read_json, rebuild
from recommender.store.json_records import WrongField, read_record
from recommender.store.layout import GATE, current_name
from recommender.store.manifest import read_manifest
from recommender.store.publish import (
    KEPT_SNAPSHOTS,
    kept_names,
    live_name,
    make_live,
    prune,
    snapshot_names,
    writing,
)
from recommender.store.snapshot import Snapshot


def history(folder: str | Path = "vectors") -> list[dict[str, Any]]:
    """Return the facts of each kept snapshot, the newest first.

    Older writes that are not deleted yet are left out. Raises `SnapshotMissing` if nothing was ever
    published.
    """
    folder = Path(folder)
    live = live_name(folder)
    names = snapshot_names(folder)
    if not names:
        current_name(folder)  # raises: there is no index
    kept = {live, *kept_names(folder, names, KEPT_SNAPSHOTS)}
    return [_entry(folder, name, live) for name in reversed(names) if name in kept]


def rollback(folder: str | Path = "vectors", name: str | None = None) -> str:
    """Make a kept snapshot live, by default the one that the live one replaced; return its name.

    It is opened and checked first. Raises `SnapshotNotFound` for a name that is
    not kept, `SnapshotDamaged` for a snapshot that cannot be read, `IndexLocked` during a build.
    """
    folder = Path(folder)
    with writing(folder):
        chosen = name or _replaced(folder)
        if chosen not in snapshot_names(folder):
            raise SnapshotNotFound(
                f"{chosen}: no snapshot of {folder} has this name; see: recommender history"
            )
        Snapshot(folder, chosen).hold()
        make_live(folder, chosen)
    return chosen


def prune_snapshots(folder: str | Path = "vectors", *, keep: int) -> list[str]:
    """Delete all but the newest `keep` snapshots and builds; return the deleted names.

    Of a build the last write after it stays too, and the live snapshot always does.
    """
    folder = Path(folder)
    current_name(folder)
    with writing(folder):
        return prune(folder, max(keep, 0))


def _replaced(folder: Path) -> str:
    """Return the snapshot before the live one; if `CURRENT` is damaged, the newest."""
    names = snapshot_names(folder)
    live = live_name(folder)
    if live in names:
        parent = read_manifest(folder / live).parent
        if parent in names:
            return parent
    older = names[: names.index(live)] if live in names else _published(folder, names)
    if not older:
        raise SnapshotNotFound(f"{folder}: no earlier snapshot is kept; see: recommender history")
    return older[-1]


@dataclass(frozen=True, slots=True)
class _Findings:
    """The part of `gate.json` that decides: why the snapshot must not become live."""

    refused: tuple[str, ...] = ()


def _published(folder: Path, names: Sequence[str]) -> list[str]:
    """Return the snapshots that no gate refused, as far as that can be read."""
    found = []
    for name in names:
        with suppress(SnapshotDamaged):
            if not _refusal(folder, name):
                found.append(name)
    return found


def _refusal(folder: Path, name: str) -> tuple[str, ...]:
    """Return why a gate refused a snapshot; raise `SnapshotDamaged` if that cannot be read."""
    path = folder / name / GATE
    if not is_there(path):
        return ()
    try:
        return read_record(_Findings, read_json(path, Depth.FOLDER, rebuild(folder))).refused
    except WrongField as error:
        raise SnapshotDamaged(f"{path}: {error}; {rebuild(folder)}") from error


def _entry(folder: Path, name: str, live: str | None) -> dict[str, Any]:
    try:
        manifest = read_manifest(folder / name)
        refused = _refusal(folder, name)
    except SnapshotError as error:
        return {"snapshot": name, "state": "damaged", "why": str(error)}
    state = "live" if name == live else "refused" if refused else "kept"
    build = manifest.build
    return {
        "snapshot": name,
        "state": state,
        "created": manifest.created,
        "articles": manifest.articles,
        "passages": manifest.passages,
        "added": build.added,
        "changed": build.changed,
        "removed": build.removed,
        "encoded": build.encoded,
        "encoder": manifest.encoder.name,
        "why": "; ".join([*build.reasons, *refused]),
    }
