"""Read why a gate refused snapshots, from the file with its findings in their folders."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from recommender.errors import SnapshotDamaged
from recommender.safe_open import Depth, is_there
from recommender.store.advice import rebuild
from recommender.store.files import read_json
from recommender.store.json_records import WrongField, read_record
from recommender.store.layout import GATE


@dataclass(frozen=True, slots=True)
class _Findings:
    """The part of `gate.json` that decides: why the snapshot must not become live."""

    refused: tuple[str, ...] = ()


def refusal(folder: Path, name: str) -> tuple[str, ...]:
    """Return why a gate refused a snapshot; raise `SnapshotDamaged` if that cannot be read."""
    path = folder / name / GATE
    if not is_there(path):
        return ()
    try:
        return read_record(_Findings, read_json(path, Depth.FOLDER, rebuild(folder))).refused
    except WrongField as error:
        raise SnapshotDamaged(f"{path}: {error}; {rebuild(folder)}") from error


def unrefused(folder: Path, names: Sequence[str]) -> list[str]:
    """Return the snapshots that no gate refused, as far as their files can be read."""
    found = []
    for name in names:
        with suppress(SnapshotDamaged):
            if not refusal(folder, name):
                found.append(name)
    return found
