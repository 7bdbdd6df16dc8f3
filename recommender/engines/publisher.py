"""Define what an engine does for a publisher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from recommender.engines.address import Address
from recommender.store.snapshot import Snapshot
from recommender.types import OnProgress

# With at most so many passages, an engine compares all of them; with more it has an index.
EXACT_PASSAGES = 20_000


class Publisher(Protocol):
    """The versions of one archive in an engine."""

    @property
    def address(self) -> Address:
        """Where the archive is."""

    def names(self) -> list[str]:
        """Return the whole versions, the oldest first."""

    def live(self) -> tuple[str, str]:
        """Return the live version and the one to go back to; empty if there is none."""

    def load(self, snapshot: Snapshot, beside: Mapping[str, str], on_progress: OnProgress) -> None:
        """Load a snapshot as a version of its name, whole when this returns, and not yet live.

        `beside` has the texts beside the index, by their names. Remains of an interrupted load of
        the version are replaced.
        """

    def remember_effort(self, version: str, effort: int) -> None:
        """Store with a version the effort of its search (`engine.Engine.efforts`)."""

    def switch(self, version: str) -> None:
        """Make a version the live one."""

    def drop(self, version: str) -> None:
        """Delete a version."""

    def close(self) -> None:
        """Close the connection."""
