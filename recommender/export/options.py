"""Hold the options of an export, checked once for every edge."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.answers.options import RelatedOptions, check_batch


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions(RelatedOptions):
    """Say which articles are exported with each article, and how they are linked to.

    `link` is the address of an article that has none of its own, with its id for `{id}`. The rest
    is as in `RelatedOptions`, but for `unlike` and `explain`, which hold for one question only.

    Raises `QueryError` for a value that cannot be used.
    """

    link: str = ""

    def __post_init__(self) -> None:
        RelatedOptions.__post_init__(self)  # a slotted class has no bare super()
        check_batch(self)
