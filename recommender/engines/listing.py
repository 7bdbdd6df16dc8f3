"""Define what a reader can ask about the versions of an archive in an engine."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

from recommender.engines.engine import Engine

# A version is whole, not loaded by the server yet, unfinished, or named as live but missing.
State = Literal["whole", "loading", "unfinished", "missing"]


class Listed(NamedTuple):
    """A version: its name, its state, and the schema or the collections that hold it."""

    name: str
    state: State
    held_as: str


class Listing(Protocol):
    """The versions of one archive, for readers: no lock is taken, and nothing is changed."""

    @property
    def place(self) -> str:
        """The address, without a password."""

    def versions(self) -> list[Listed]:
        """Return the versions, the oldest first."""

    def live(self) -> tuple[str, str]:
        """Return the live version and the one to go back to; empty if there is none."""

    def engine(self, version: str) -> Engine:
        """Return the engine of a whole version, which answers questions."""

    def close(self) -> None:
        """Close the connection."""
