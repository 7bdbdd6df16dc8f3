"""Say how far an archive is large enough to know which words are rare."""

from __future__ import annotations

from typing import NamedTuple


class KnownFrom(NamedTuple):
    """The archive sizes that decide how much words, dates and lengths count.

    In up to `no_articles`, meaning alone decides. In `half_articles`, the other facts count half.
    """

    no_articles: int
    half_articles: int

    def share(self, articles: int) -> float:
        """Return how much facts beside meaning count in an archive of so many articles, 0 to 1."""
        over = float(max(articles - self.no_articles, 0) ** 2)
        return over / (over + (self.half_articles - self.no_articles) ** 2)
