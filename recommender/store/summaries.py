"""Describe articles without reading them: by their means and the words of their headlines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommender.arrays import Positions, Vectors
from recommender.store.derived import Derived
from recommender.store.headlines import Hashes, Headlines, in_order
from recommender.store.row_map import RowMap


class Summaries:
    """The derived facts of a snapshot's articles, by their positions."""

    def __init__(self, row_map: RowMap, derived: Derived, dim: int) -> None:
        self._map, self._derived, self._dim = row_map, derived, dim

    def headlines(self, positions: Sequence[int] | Positions) -> Headlines:
        """Return the words of the headlines of articles, and the lengths of their texts."""
        wanted = np.asarray(positions, np.int64)
        parts = self._derived.headlines
        found = [
            (places, parts[number].of(local))
            for number, places, local in self._map.find_articles(wanted)
        ]
        return in_order(found, len(wanted))

    def headline_words(self, positions: Positions, likely: Positions) -> tuple[Hashes, Positions]:
        """Return the words of the headlines of articles, and how many words each has, (n,).

        The `likely` articles are not read ahead: to read them later takes no longer.
        """
        found = self.headlines(positions)
        return found.words, found.counts

    def means(self, positions: Sequence[int] | Positions) -> Vectors:
        """Return the means of articles in the answering space, float32 (len(positions), dim).

        They are at length 1; an article without passages has zeros.
        """
        wanted = np.asarray(positions, np.int64)
        found: Vectors = np.zeros((len(wanted), self._dim), np.float32)
        parts = self._derived.means
        for number, places, local in self._map.find_articles(wanted):
            found[places] = parts[number].read(local)
        return found

    def cosines(self, positions: Positions, vector: Vectors) -> Vectors:
        """Return the cosine of the mean of each article to a vector at length 1, (n,).

        It is 0 for an article without passages.
        """
        found: Vectors = np.empty(len(positions), np.float32)
        parts = self._derived.means
        for number, places, local in self._map.find_articles(positions):
            found[places] = parts[number].cosines(local, vector)
        return found
