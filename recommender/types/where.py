"""Define the conditions that an article must meet to be an answer, for every store of articles."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.types.articles import Status

_STATUS = "status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The conditions that an article must meet; the defaults let every article pass.

    `tags` are the language tags that pass, None for all. Dates are numbers (yyyymmdd, 00 for an
    unknown month or day). An article whose date is a year or a month may be of any day in it: its
    period must end on `since` or later, begin on `until` or earlier, and end on `as_of` or earlier.
    Each is 0 if it is not asked for; an article without a date meets none of the three. `fields`
    are names and values of fields, of the article or its metadata. `published_only` leaves out
    articles that the public may not see now, also in an index that includes them.
    """

    tags: frozenset[str] | None = None
    since: int = 0
    until: int = 0
    as_of: int = 0
    fields: tuple[tuple[str, str], ...] = ()
    published_only: bool = False

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses that are asked for; `published` follows from the clock and is not stored."""
        asked = (value.casefold() for name, value in self.fields if name == _STATUS)
        return tuple(value for value in asked if value in set(Status))

    @property
    def stored_fields(self) -> tuple[tuple[str, str], ...]:
        """The `fields` that are compared with stored records."""
        known = self.statuses
        return tuple(
            (name, value)
            for name, value in self.fields
            if name != _STATUS or value.casefold() not in known
        )

    @property
    def is_of_dates(self) -> bool:
        """Whether articles without a date fail."""
        return bool(self.since or self.until or self.as_of)

    @property
    def is_open(self) -> bool:
        """Whether every article that the public may see passes."""
        return self.tags is None and not self.is_of_dates and not self.fields
