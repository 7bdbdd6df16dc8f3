"""Open the live version of an archive in an engine."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from recommender.engines.address import read_address
from recommender.engines.archive import EngineArchive
from recommender.engines.postgres import PostgresEngine
from recommender.engines.postgres_link import Link
from recommender.engines.postgres_schema import live_version, version_facts


def open_engine(place: str | Path, version: str = "") -> EngineArchive:
    """Return the live version of an archive, or the one that is named.

    Raises `EngineAway` if the server does not answer, a `SnapshotError` if it holds no such version
    or one that cannot be read, and `SettingsError` without the client of the engine.
    """
    address = read_address(place)
    link = Link(address)
    name = version or live_version(link, address)
    engine = PostgresEngine(link, address, name, version_facts(link, address, name))
    return EngineArchive(engine, partial(open_engine, place))
