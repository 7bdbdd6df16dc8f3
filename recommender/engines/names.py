"""Find the articles of an engine by their names."""

from __future__ import annotations

from collections.abc import Iterable

from recommender.engines.engine import Engine
from recommender.store.names import Field


class EngineNames:
    """The names of an archive's articles (`answers.archive.Names`)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def equal(self, field: Field, key: str) -> list[int]:
        """Return the articles with this value in a field; an empty value names none."""
        return [at for _, at in self._engine.named(field, [key], "is")] if key else []

    def starting(self, field: Field, key: str) -> list[int]:
        """Return the articles whose field begins with a text."""
        return [at for _, at in self._engine.named(field, [key], "begins")] if key else []

    def at_path(self, key: str) -> list[int]:
        """Return the articles of a file; its path may be longer or shorter than theirs."""
        if not key:
            return []
        steps = key.split("/")
        below = [one for at in range(len(steps)) if (one := "/".join(steps[at:]))]
        found = self._engine.named(Field.PATH, below, "is")
        longest = max((name for name, _ in found), key=len, default="")
        same = [at for name, at in found if name == longest]
        return same or [at for _, at in self._engine.named(Field.PATH, [key], "ends")]

    def nearest(self, key: str, hidden: Iterable[int], count: int) -> list[int]:
        """Return nothing: a comparison with every name would read all of them."""
        return []
