"""The editors' rules as they bear on the articles of one snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from recommender.editorial import Editorial, Rule
from recommender.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Ruling:
    """What rules say of the answers to one question, by article positions; pins in order."""

    pinned: dict[int, Rule] = field(default_factory=dict)
    barred: dict[int, Rule] = field(default_factory=dict)


NO_RULING = Ruling()


class Rules:
    """The rules of a file, each id looked up once; safe to share between threads."""

    def __init__(self, editorial: Editorial, snapshot: Snapshot) -> None:
        self.editorial = editorial
        self._snapshot = snapshot

    def of(self, snapshot: Snapshot) -> Rules:
        """Return the rules as they bear on a snapshot, which another thread may have left."""
        return self if snapshot is self._snapshot else Rules(self.editorial, snapshot)

    def on(self, positions: Iterable[int]) -> Ruling:
        """Return what the rules say of the answers for articles; a bar is stronger than a pin."""
        if not self.editorial.rules:
            return NO_RULING
        asked = set(positions)
        pinned: dict[int, Rule] = {}
        barred: dict[int, Rule] = {}
        for rule, found in self._known:
            match rule.kind:
                case "ban":
                    barred.setdefault(found[0], rule)
                case "pin" if found[0] in asked:
                    pinned.setdefault(found[1], rule)
                case "never":
                    for one, other in (found, found[::-1]):
                        if one in asked:
                            barred.setdefault(other, rule)
        return Ruling({at: rule for at, rule in pinned.items() if at not in barred}, barred)

    def unknown(self) -> list[str]:
        """Return a line for each id that names no article of the snapshot."""
        return [
            f"{rule.place}:{rule.line}: no article has the id {id[:200]!r}; this rule says nothing"
            for rule in self.editorial.rules
            for id in rule.ids
            if id not in self._positions
        ]

    @cached_property
    def _positions(self) -> dict[str, int]:
        """The position of each id that names an article."""
        ids = {id for rule in self.editorial.rules for id in rule.ids}
        return dict(self._found(ids))

    @cached_property
    def _known(self) -> Sequence[tuple[Rule, list[int]]]:
        """The rules whose ids all name articles, with the positions of these."""
        places = self._positions
        return [
            (rule, [places[id] for id in rule.ids])
            for rule in self.editorial.rules
            if all(id in places for id in rule.ids)
        ]

    def _found(self, ids: Iterable[str]) -> Iterator[tuple[str, int]]:
        for id in ids:
            position = self._snapshot.find(id)
            if position is None and "#" in id:
                position = self._snapshot.find(id.rpartition("#")[0])
            if position is not None:
                yield id, position
