"""Render the facts of snapshots: their history, and how two of them differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from recommender.evaluate.diff import Difference, ListChange
from recommender.render.facts import Facts
from recommender.render.tables import Table, in_columns
from recommender.render.text_layout import Page, hanging, one_line

# The columns of the text. The name of a snapshot holds the time of its build; engines also state
# when it was loaded.
COLUMNS = ("snapshot", "state", "loaded", "articles", "passages", "added", "changed", "removed")


@dataclass(frozen=True, slots=True)
class History(Table):
    """Render the answer of `history`."""

    def text(self, page: Page) -> str:
        """Return a table of numbers and, below it, remarks on single snapshots."""
        shown = [{name: one[name] for name in COLUMNS if name in one} for one in self.records]
        remarks = "".join(f"{line}\n" for line in self._remarks(page))
        return in_columns(shown, page) + (f"\n{remarks}" if remarks else "")

    def _remarks(self, page: Page) -> Iterator[str]:
        several = len({one["encoder"] for one in self.records if "encoder" in one}) > 1
        for one in self.records:
            encoder = f"encoded by {one['encoder']}" if several and "encoder" in one else ""
            said = one.get("held_as", ""), encoder, one.get("why", "")
            if remark := "; ".join(filter(None, said)):
                yield from hanging(f"{one['snapshot']}: ", remark, page)


@dataclass(frozen=True, slots=True)
class Compared:
    """Render the answer of `diff`."""

    found: Difference

    def json(self) -> dict[str, Any]:
        """Return every field of the difference."""
        return asdict(self.found)

    def rows(self) -> list[dict[str, Any]]:
        """Return the difference as one record."""
        return [self.json()]

    def text(self, page: Page) -> str:
        """Return the facts, then each list of related articles that changed, with the reason."""
        facts = Facts(self.json()).text(page)
        if not self.found.related:
            return facts
        lists = "\n".join(_list_change(change, page) for change in self.found.related)
        return f"{facts}\nrelated lists that changed:\n{lists}"

    def markdown(self) -> str:
        """Return the facts as a table."""
        return Facts(self.json()).markdown()


def _list_change(change: ListChange, page: Page) -> str:
    lines = [one_line(change.article_id)]
    for name, words in (
        ("came", ", ".join(change.came)),
        ("went", ", ".join(change.went)),
        ("why", change.why),
    ):
        if words:
            lines += hanging(f"    {name:<5}", words, page)
    return "".join(f"{line}\n" for line in lines)
