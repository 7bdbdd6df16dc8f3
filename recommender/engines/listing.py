"""Say what a reader can ask of the versions of an archive in an engine, whole or not."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

from recommender.engines.engine import Engine

# A version is whole, or the server has not loaded it yet, or a load of it has not ended, or it is
# named as the live one and not there.
State = Literal["whole", "loading", "unfinished", "missing"]


class Listed(NamedTuple):
    """A version: its name, its state, and the schema or the collections that hold it."""

    name: str
    state: State
    held_as: str


class Listing(Protocol):
    """The versions of one archive, for who reads: no lock is taken, and nothing is changed."""

    @property
    def place(self) -> str:
        """The address, without a password."""

    def versions(self) -> list[Listed]:
        """Return the versions, the oldest first."""

    def live(self) -> tuple[str, str]:
        """Return the live version and the one to go back to; empty if there is none."""

    def engine(self, version: str) -> Engine:
        """Return what answers questions about a whole version."""

    def close(self) -> None:
        """Let the connection go."""
