"""Open the live version of an archive in an engine, its publisher, and its listing."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from recommender.engines.address import Address, read_address
from recommender.engines.archive import EngineArchive
from recommender.engines.engine import Engine
from recommender.engines.listing import Listing
from recommender.engines.publisher import Publisher


def open_engine(place: str | Path, version: str = "") -> EngineArchive:
    """Return the live version of an archive, or the one that is named.

    Raises `EngineAway` if the server does not answer, a `SnapshotError` if it holds no such version
    or one that cannot be read, and `SettingsError` without the client of the engine.
    """
    address = read_address(place)
    return EngineArchive(_engine(address, version), partial(open_engine, place))


def publisher_of(place: str | Path) -> Publisher:
    """Return the publisher of an archive in an engine; raises the errors of `open_engine`.

    Raises `StorageError` if somebody else is publishing there, or the server refuses it.
    """
    address = read_address(place)
    if address.kind == "milvus":
        from recommender.engines.milvus_load import MilvusPublisher  # each needs its own client

        return MilvusPublisher(address)
    from recommender.engines.postgres_load import PostgresPublisher

    return PostgresPublisher(address)


def listing_of(address: Address) -> Listing:
    """Return the listing of the versions of an archive; raises the errors of `open_engine`."""
    if address.kind == "milvus":
        from recommender.engines.milvus_listing import MilvusListing

        return MilvusListing(address)
    from recommender.engines.postgres_listing import PostgresListing

    return PostgresListing(address)


def _engine(address: Address, version: str) -> Engine:
    if address.kind == "milvus":
        from recommender.engines.milvus import milvus_engine

        return milvus_engine(address, version)
    from recommender.engines.postgres import postgres_engine

    return postgres_engine(address, version)
