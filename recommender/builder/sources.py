"""Refuse a build that would remove too much, and remember the sources of a build.

An index remembers the sources of its last build. If one of them is not read again, its articles
would be removed. If many articles of the same sources are gone, the folder may not be fully
mounted. Neither happens unless it is asked for.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from recommender.articles.sources import Source
from recommender.builder.plan import Plan
from recommender.errors import ReplaceRefused, SnapshotError, SourceError
from recommender.safe_open import Depth, read_bytes
from recommender.store.json_records import WrongField, read_record
from recommender.store.layout import current_name
from recommender.store.manifest import Manifest, SourceFacts, read_manifest
from recommender.store.seals import is_sealed, seal_of

# The note of the last build, in the folder of the index.
STAMPS_FILE = ".seen.json"
_MOST_BYTES = 1_000_000
# So many sources are named in an error.
_NAMED = 5
# A build may remove this share of the articles without being asked; one article always.
LOSS_SHARE = 0.1


def sources_as_facts(sources: Sequence[Source], index: Path) -> tuple[SourceFacts, ...]:
    """Return sources as the manifest of an index keeps them."""
    return tuple(_sealed(_facts(one), index) for one in sources)


def _sealed(facts: SourceFacts, index: Path) -> SourceFacts:
    return replace(facts, seal=seal_of(index, facts.absolute)) if facts.absolute else facts


def _facts(source: Source) -> SourceFacts:
    absolute = _writable(os.path.abspath(source)) if isinstance(source, Path) else ""
    return SourceFacts(typed=_writable(str(source)), absolute=absolute)


@dataclass(frozen=True, slots=True)
class Remembered:
    """The number of articles of the live snapshot, and the sources that it was last built from."""

    articles: int
    sources: tuple[SourceFacts, ...]


def read_remembered(folder: Path, live: Manifest | None = None) -> Remembered | None:
    """Return what the index in `folder` remembers, None if its manifest cannot be read.

    `live` is the live manifest if it was read already. If a later build found the same articles
    elsewhere, its sources count.
    """
    try:
        manifest = live or read_manifest(folder / current_name(folder))
    except SnapshotError:
        return None
    note = read_note(folder)
    found = manifest.sources
    if note.get("snapshot") == manifest.name and "sources" in note:
        with suppress(WrongField):
            found = read_record(_Sources, {"sources": note["sources"]}).sources
    return Remembered(manifest.articles, found)


def read_note(folder: Path) -> dict[str, Any]:
    """Return the note of the last build on its sources, empty if there is none."""
    try:
        note = json.loads(read_bytes(folder / STAMPS_FILE, Depth.INDEX, _MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return note if isinstance(note, dict) else {}


def remembered_paths(folder: Path) -> list[Path]:
    """Return the files and folders that the index in `folder` was built from.

    They are empty if there is no index, or if it had other sources too. Raises `SourceError` if
    somebody else, or this user elsewhere, named one of them: an index from somebody else must not
    choose what is read.
    """
    remembered = read_remembered(folder)
    sources = remembered.sources if remembered else ()
    if not all(one.absolute for one in sources):
        return []
    others = [one for one in sources if not is_sealed(folder, one.absolute, one.seal)]
    if others:
        names = ", ".join(ascii(one.absolute) for one in others[:_NAMED])
        raise SourceError(
            f"{folder}: was built from {names}, which you have not named for this folder on this "
            "machine; name the source: recommender build FOLDER"
        )
    return [Path(one.absolute) for one in sources]


def are_others(remembered: Sequence[SourceFacts], sources: Sequence[Source]) -> bool:
    """Return whether a build from `sources` leaves out a remembered source.

    It reads the source if that is one of them or lies below one.
    """
    read = [_facts(one) for one in sources]
    return not all(any(_is_within(one, other) for other in read) for one in remembered)


def check_losses(
    remembered: Remembered | None, sources: Sequence[Source], plan: Plan, *, is_gated: bool = False
) -> None:
    """Raise `ReplaceRefused` for a build that would remove too much of the index.

    `plan` compares `sources` with the live snapshot. If the build has a gate, that judges an
    archive that shrank.
    """
    is_judged = is_gated and plan.gone > plan.added
    reason = losses(remembered, sources, plan)
    if reason and not (is_judged and remembered and not are_others(remembered.sources, sources)):
        raise ReplaceRefused(
            f"{reason}; the index is unchanged. To do it all the same: add --replace "
            "(from Python: replace=True)"
        )


def losses(remembered: Remembered | None, sources: Sequence[Source], plan: Plan) -> str:
    """Return why a build should not remove these articles, "" if it may."""
    if remembered is None:
        return ""
    count, gone = remembered.articles, _gone(remembered, plan)
    most = max(1, int(LOSS_SHARE * count))
    if are_others(remembered.sources, sources) and (gone or plan.changed > most):
        before = ", ".join(one.typed for one in remembered.sources)
        return (
            f"the index was built from {before}, and this build reads "
            f"{', '.join(map(str, sources))}: it would remove {gone:,} of {count:,} articles and "
            f"change {plan.changed:,}"
        )
    if gone > most:
        return f"this build would remove {gone:,} of {count:,} articles, more than a tenth"
    return ""


def _is_within(one: SourceFacts, other: SourceFacts) -> bool:
    if one.absolute and other.absolute:
        return Path(one.absolute).is_relative_to(other.absolute)
    return one == other


def _gone(remembered: Remembered, plan: Plan) -> int:
    """Return how many articles a build removes; for a damaged index, the least possible number."""
    is_compared = plan.kept or plan.removed
    read = plan.added + plan.changed
    return plan.gone if is_compared else max(remembered.articles - read, 0)


def _writable(name: str) -> str:
    """Return a path with characters that UTF-8 can write."""
    return name.encode("utf-8", "backslashreplace").decode()


@dataclass(frozen=True, slots=True)
class _Sources:
    sources: tuple[SourceFacts, ...]
