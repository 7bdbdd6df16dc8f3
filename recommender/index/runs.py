"""Hold the postings of a text's terms in runs: a run has one term, one language and one weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask, Positions, Scores
from recommender.index.postings import Numbers, Postings, are_of, counts_of, keys_of


class Held(NamedTuple):
    """The postings of each term in one part, and where each language's begin among them.

    `cuts` has shape (terms, languages of the part + 1), as `Postings.cuts` returns them. `numbers`
    has the number of each of those languages in the index.
    """

    part: Postings
    postings: Sequence[Numbers]
    cuts: Positions
    numbers: npt.NDArray[np.intp]


class Run(NamedTuple):
    """The postings of a term in one language of a part, and what the term counts for there."""

    part: Postings
    language: int
    weight: float
    postings: Numbers

    @property
    def ranks(self) -> npt.NDArray[np.intp]:
        """The rank of each posting's row in the part."""
        return self.part.ranks(self.postings)

    def gains(self, norms: Scores) -> Scores:
        """Return what the term adds to each posting's row; `norms` are those of these rows."""
        return gains_of(self.postings, norms, np.float32(self.weight))

    def of_rows(self, ranks: Positions) -> Run:
        """Return the run of those rows only, given in order, that have the term."""
        return self._replace(postings=self.part.find(self.postings, keys_of(ranks))[1])

    def where(self, flags: Mask) -> Run:
        """Return the run of those postings only that are flagged."""
        return self._replace(postings=self.postings[flags])


class Half(NamedTuple):
    """The terms of a text of one kind, words or parts of words.

    `held` has the postings of each part. `weights` has what each term counts for in each language
    of the index, shape (terms, languages).
    """

    held: Sequence[Held]
    weights: Scores

    def runs(self, number: int) -> list[Run]:
        """Return the runs of a part, term after term; those that are too common are left out."""
        part, postings, cuts, numbers = self.held[number]
        own = self.weights[:, numbers]
        where = np.nonzero((own > 0) & (cuts[:, 1:] > cuts[:, :-1]))
        starts, ends = cuts[:, :-1][where].tolist(), cuts[:, 1:][where].tolist()
        terms, languages = where[0].tolist(), numbers[where[1]].tolist()
        every = zip(languages, own[where].tolist(), terms, starts, ends, strict=True)
        return [
            Run(part, language, weight, postings[term][start:end])
            for language, weight, term, start, end in every
        ]

    def size_of(self, number: int) -> int:
        """Return how many postings the runs of a part have."""
        held = self.held[number]
        counts = held.cuts[:, 1:] - held.cuts[:, :-1]
        return int(counts[self.weights[:, held.numbers] > 0].sum())

    @property
    def size(self) -> int:
        """How many postings the runs of all parts have."""
        return sum(map(self.size_of, range(len(self.held))))

    def add_some(self, number: int, ranks: Positions, norms: Scores) -> Scores:
        """Return the sum of the gains of all terms for some rows of a part, by their ranks there.

        It is that of the runs, bit for bit. `norms` are those of these rows.
        """
        part, postings, _, numbers = self.held[number]
        weights, languages = self.weights[:, numbers], part.languages_of(ranks)
        spoken = np.flatnonzero(np.bincount(languages))
        terms = [
            term
            for term in np.flatnonzero(weights[:, spoken].any(axis=1)).tolist()
            if len(postings[term])
        ]
        keys = keys_of(ranks)
        scores = np.zeros(len(ranks), np.float32)
        if not terms:
            return scores
        # What stands where each row's posting would: term after term, then all at once.
        found = np.empty((len(terms), len(ranks)), np.uint32)
        for line, term in zip(found, terms, strict=True):
            each = postings[term]
            each.take(each.searchsorted(keys), mode="clip", out=line)
        gains = gains_of(found, norms, weights[np.array(terms)[:, None], languages])
        gains[~are_of(found, keys)] = 0
        for line in gains:
            scores += line
        return scores


def gains_of(postings: Numbers, norms: Scores, weights: Scores | np.float32) -> Scores:
    """Return what terms of some weights add to the row of each posting, by its `norms`."""
    gains = counts_of(postings)
    gains /= norms + gains
    gains *= weights
    return gains
