"""List the versions of an archive in PostgreSQL, for who reads."""

from __future__ import annotations

from recommender.engines.address import Address
from recommender.engines.listing import Listed
from recommender.engines.postgres import PostgresEngine
from recommender.engines.postgres_link import Link
from recommender.engines.postgres_schema import LIVE_AND_BEFORE, version_facts

_VERSIONS = (
    "SELECT version, schema, is_whole FROM recommender.versions WHERE archive = %(archive)s "
    "ORDER BY number"
)


class PostgresListing:
    """The versions of one archive in a database (`listing.Listing`)."""

    def __init__(self, address: Address) -> None:
        self.place = str(address)
        self._address, self._link = address, Link(address)

    def versions(self) -> list[Listed]:
        """Return the versions, the oldest first."""
        return [
            Listed(name, "whole" if is_whole else "unfinished", f"schema {schema}")
            for name, schema, is_whole in self._link.ask(_VERSIONS, self._archive())
        ]

    def live(self) -> tuple[str, str]:
        """Return the live version and the one to go back to; empty if there is none."""
        found = self._link.ask(LIVE_AND_BEFORE, self._archive())
        return tuple(found[0]) if found else ("", "")

    def engine(self, version: str) -> PostgresEngine:
        """Return what answers questions about a whole version."""
        facts = version_facts(self._link, self._address, version)
        return PostgresEngine(self._link, self._address, version, facts)

    def close(self) -> None:
        """Let the connections go."""
        self._link.close()

    def _archive(self) -> dict[str, str]:
        return {"archive": self._address.archive}
