"""List the versions of an archive in Milvus, for readers and for publishers."""

from __future__ import annotations

from recommender.engines.address import Address
from recommender.engines.listing import Listed, State
from recommender.engines.milvus import MilvusEngine
from recommender.engines.milvus_link import (
    FACTS,
    Link,
    alias_before,
    alias_of,
    collection_of,
    version_called,
    version_of,
)
from recommender.errors import SnapshotMissing


class MilvusListing:
    """The versions of one archive in a server (`listing.Listing`)."""

    def __init__(self, address: Address, link: Link | None = None) -> None:
        """Ask on a connection of its own, unless one is given."""
        self.place = str(address)
        self._address, self._link = address, link or Link(address)

    def versions(self) -> list[Listed]:
        """Return the versions, the oldest first.

        A version is whole if its facts exist, since they are loaded last, and if the server has
        loaded them.
        """
        every = self._link.ask(lambda client, seconds: client.list_collections(timeout=seconds))
        own = {name: version_of(self._address, name) for name in every}
        states: dict[str, State] = dict.fromkeys(filter(None, own.values()), "unfinished")
        for name, version in own.items():
            if version and name == collection_of(self._address, version, FACTS):
                states[version] = self._state(name)
        return [
            Listed(name, state, f"collections {collection_of(self._address, name, '*')}")
            for name, state in sorted(states.items())
        ]

    def _state(self, facts: str) -> State:
        """Return the state of the version of a collection of facts."""
        states = self._link.pymilvus.client.types.LoadState
        try:
            found = self._link.ask(lambda one, seconds: one.get_load_state(facts, timeout=seconds))
            if found["state"] != states.Loaded:
                return "unfinished" if found["state"] == states.NotLoad else "loading"
            whole = self._link.query(facts, 'name == "whole"', ["number"])
        except SnapshotMissing:  # somebody is dropping it
            return "unfinished"
        return "whole" if whole else "unfinished"

    def live(self) -> tuple[str, str]:
        """Return the live version and the one to go back to; empty if there is none."""
        live = self.called(alias_of(self._address))
        before = self.called(alias_before(self._address)) if live else ""
        return live, "" if before == live else before

    def called(self, alias: str) -> str:
        """Return the version of an alias, empty if there is none."""
        try:
            return version_called(self._link, alias)
        except SnapshotMissing:
            return ""

    def engine(self, version: str) -> MilvusEngine:
        """Return the engine of a whole version, which answers questions."""
        return MilvusEngine(self._link, version)

    def close(self) -> None:
        """Let the connection go."""
        self._link.close()
