"""List the snapshots that are kept, make one live again, delete old ones."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from recommender.errors import SnapshotError, SnapshotNotFound
from recommender.store.layout import current_name
from recommender.store.manifest import Manifest, read_manifest
from recommender.store.publish import (
    KEPT_SNAPSHOTS,
    kept_names,
    live_name,
    make_live,
    prune,
    snapshot_names,
    writing,
)
from recommender.store.refusals import refusal, unrefused
from recommender.store.snapshot import Snapshot


def history(folder: str | Path = "vectors") -> list[dict[str, Any]]:
    """Return the facts of each kept snapshot, the newest first.

    Snapshots of older writes that are not deleted yet are left out. Raises `SnapshotMissing` if
    there never was one.
    """
    folder = Path(folder)
    live = live_name(folder)
    names = snapshot_names(folder)
    if not names:
        current_name(folder)  # raises: there is no index
    kept = kept_names(folder, names, KEPT_SNAPSHOTS)
    return [_entry(folder, name, live) for name in reversed(names) if name in kept]


def rollback(folder: str | Path = "vectors", name: str | None = None) -> str:
    """Make a kept snapshot live, by default the one before the live one; return its name.

    It is opened and checked first. Raises `SnapshotNotFound` for a name that is not kept,
    `SnapshotDamaged` for a snapshot that cannot be read, `IndexLocked` during a build.
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

    The last write after a kept build stays too, and the live snapshot always does. Refused
    snapshots do not count, as `kept_names` says.
    """
    folder = Path(folder)
    current_name(folder)
    with writing(folder):
        return prune(folder, max(keep, 0))


def _replaced(folder: Path) -> str:
    """Return the snapshot before the live one, or the newest if the live one cannot be read.

    One that a gate refused is never chosen, unless it has been live.
    """
    names = snapshot_names(folder)
    live = live_name(folder)
    older = [name for name in names if name != live]
    if live in names:
        with suppress(SnapshotError):
            parent = read_manifest(folder / live).parent
            if parent in names:
                return parent
            older = names[: names.index(live)]
    older = unrefused(folder, older)
    if not older:
        raise SnapshotNotFound(f"{folder}: no earlier snapshot is kept; see: recommender history")
    return older[-1]


def _entry(folder: Path, name: str, live: str | None) -> dict[str, Any]:
    try:
        manifest = read_manifest(folder / name)
        refused = refusal(folder, name)
    except SnapshotError as error:
        return {"snapshot": name, "state": "damaged", "why": str(error)}
    state = "live" if name == live else "refused" if refused else "kept"
    return {"snapshot": name, "state": state, **facts_of_build(manifest, refused)}


def facts_of_build(manifest: Manifest, reasons: Sequence[str] = ()) -> dict[str, Any]:
    """Return what a build made and changed, and why; `reasons` are added to its own."""
    build = manifest.build
    return {
        "created": manifest.created,
        "articles": manifest.articles,
        "passages": manifest.passages,
        "added": build.added,
        "changed": build.changed,
        "removed": build.removed,
        "encoded": build.encoded,
        "encoder": manifest.encoder.name,
        "why": "; ".join([*build.reasons, *reasons]),
    }
