"""List the versions of an archive that an engine keeps, as `store.history` does for a folder."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from recommender.engines.address import read_address
from recommender.engines.layout import EFFORT, LAYOUT, LOADED, MANIFEST, SHARES, read_version
from recommender.engines.listing import Listed, Listing
from recommender.engines.open import listing_of
from recommender.errors import EngineAway, RecommenderError, SnapshotForeign, SnapshotMissing
from recommender.store.history import facts_of_build

_FACTS = (MANIFEST, LAYOUT, SHARES, EFFORT, LOADED)
# Explanations for a version that is not complete.
_WHY = {
    "unfinished": "its load has not ended, or broke off; the next publish removes what broke off",
    "loading": "the server has not loaded it yet",
    "missing": "the engine has lost it; publish the index again",
}


def history(place: str | Path) -> list[dict[str, Any]]:
    """Return the facts of each version that an engine holds, the newest first.

    `state` is `live`, `kept`, `unfinished`, `loading`, `damaged` or `foreign`; `why` says what is
    wrong, also with the live one. `held_as` is the schema or the collections of the version, and
    `loaded` the time at which it was published there. Nothing is locked. Raises `SnapshotMissing`
    if nothing was ever published, `EngineAway` if the server does not answer, and the errors of
    `read_address`.
    """
    address = read_address(place)
    with closing(listing_of(address)) as listing:
        (live, before), versions = listing.live(), listing.versions()
        if live and live not in {one.name for one in versions}:
            versions.append(Listed(live, "missing", ""))
        if not versions:
            raise SnapshotMissing(
                f"{address}: nothing was published there; run: recommender publish --index INDEX "
                f"--to {address}"
            )
        return [_entry(listing, one, live, before) for one in reversed(versions)]


def _entry(listing: Listing, one: Listed, live: str, before: str) -> dict[str, Any]:
    """Return the facts of a version; the live one is marked so, whatever is wrong with it."""
    known = {"snapshot": one.name, "held_as": one.held_as}
    if one.state != "whole":
        return {**known, "state": "live" if one.name == live else one.state, "why": _WHY[one.state]}
    try:
        facts = listing.engine(one.name).facts(_FACTS)
        version = read_version(facts, listing.place)
    except EngineAway:
        raise
    except RecommenderError as error:
        wrong = "foreign" if isinstance(error, SnapshotForeign) else "damaged"
        return {**known, "state": "live" if one.name == live else wrong, "why": str(error)}
    is_next = one.name == before != live
    return {
        **known,
        "state": "live" if one.name == live else "kept",
        "loaded": _time(facts.get(LOADED, b"")),
        **facts_of_build(version.manifest, ["rollback makes it live"] if is_next else []),
    }


def _time(data: bytes) -> str:
    """Return an ISO time that an engine holds, empty if it holds none."""
    try:
        return datetime.fromisoformat(data.decode("ascii")).isoformat(timespec="seconds")
    except ValueError:
        return ""
