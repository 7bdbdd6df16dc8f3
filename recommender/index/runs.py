"""Hold the postings of a text's terms in runs: a run has one term, one language and one weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask, Positions, Scores, Spans
from recommender.index.postings import Numbers, Postings, are_of, counts_of, keys_of

# Longer runs are copied as they are. Shorter ones are gathered by their places, which is faster.
LONG = 128


class Held(NamedTuple):
    """The places of the postings of terms in one part.

    `cuts` says where the postings of each language begin in `postings`, and where those of the term
    end, shape (terms, languages of the part + 1). `numbers` has the number of each of these
    languages in the index.
    """

    part: Postings
    postings: Numbers
    cuts: Positions
    numbers: npt.NDArray[np.intp]

    @property
    def counts(self) -> Positions:
        """How many postings each term has in each language, shape (terms, languages)."""
        return self.cuts[:, 1:] - self.cuts[:, :-1]

    def of_term(self, term: int) -> Numbers:
        """Return the postings of a term, by its place among the terms."""
        return self.postings[self.cuts[term, 0] : self.cuts[term, -1]]


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of one part's postings, by their places in `postings`.

    `spans` says where each run begins and how many postings it has. `languages` are numbers of the
    part. `weights` has the weight of each run's term in its language.
    """

    part: Postings
    postings: Numbers
    spans: Spans
    languages: Positions
    weights: Scores

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def lengths(self) -> Positions:
        """How many postings each run has."""
        return self.spans.counts

    def read(self) -> Numbers:
        """Return the postings of the runs, one run after the other."""
        firsts, counts = self.spans
        if not len(self) or int(counts.sum()) < LONG * len(self):
            return self.postings.take(self.spans.rows)
        bounds = zip(firsts.tolist(), (firsts + counts).tolist(), strict=True)
        return np.concatenate([self.postings[start:end] for start, end in bounds])

    def take(self, some: slice | Positions | Mask) -> Runs:
        """Return some of the runs."""
        spans = Spans(self.spans.firsts[some], self.spans.counts[some])
        return replace(
            self, spans=spans, languages=self.languages[some], weights=self.weights[some]
        )

    def by_language(self) -> Runs:
        """Return the runs language by language, otherwise in their order.

        The ranks of one language are next to each other, so a processor's cache holds their sums.
        """
        return self.take(np.argsort(self.languages, kind="stable"))

    def with_others(self, others: Runs) -> Runs:
        """Return these runs, followed by others of the same postings."""
        spans = Spans(*map(np.concatenate, zip(self.spans, others.spans, strict=True)))
        languages = np.concatenate([self.languages, others.languages])
        weights = np.concatenate([self.weights, others.weights])
        return replace(self, spans=spans, languages=languages, weights=weights)

    def times(self, factor: np.float32) -> Runs:
        """Return the runs with weights multiplied by a factor."""
        return replace(self, weights=self.weights * factor)


class Half(NamedTuple):
    """The terms of a text of one kind, words or parts of words.

    `held` has the postings of each part. `weights` has the weight of each term in each language of
    the index, shape (terms, languages).
    """

    held: Sequence[Held]
    weights: Scores

    def runs(self, number: int) -> Runs:
        """Return the runs of a part, term after term; those that are too common are left out."""
        held = self.held[number]
        own = self.weights[:, held.numbers]
        where = np.nonzero((own > 0) & (held.counts > 0))
        spans = Spans(held.cuts[:, :-1][where], held.counts[where])
        return Runs(held.part, held.postings, spans, where[1], own[where])


def sums_of(halves: Sequence[Half], number: int, ranks: Positions, norms: Scores) -> Scores:
    """Return the sums of the gains of each half for rows of a part, shape (halves, ranks).

    They equal those of the runs, bit for bit. `ranks` are ranks in the part; sorted ones are found
    fastest. `norms` are those of these rows.
    """
    held = [half.held[number] for half in halves]
    part, postings, _, numbers = held[0]
    languages, keys = part.languages_of(ranks), keys_of(ranks)
    weights = np.concatenate([half.weights for half in halves])[:, numbers]
    cuts = np.concatenate([one.cuts for one in held])
    spoken = np.flatnonzero(np.bincount(languages))
    [terms] = (weights[:, spoken].any(axis=1) & (cuts[:, -1] > cuts[:, 0])).nonzero()
    # The place of each row's posting, if there is one: term by term, then all at once.
    found = np.zeros((len(terms), len(ranks)), np.uint32)
    bounds = zip(cuts[terms, 0].tolist(), cuts[terms, -1].tolist(), strict=True)
    for line, (start, end) in zip(found, bounds, strict=True):
        each = postings[start:end]
        each.take(each.searchsorted(keys), mode="clip", out=line)
    gains = gains_of(found, norms, weights[terms[:, None], languages])
    gains[~are_of(found, keys)] = 0
    sums = np.zeros((len(halves), len(ranks)), np.float32)
    ends = np.cumsum([len(half.weights) for half in halves])
    for line, at in zip(gains, np.searchsorted(ends, terms, "right").tolist(), strict=True):
        sums[at] += line
    return sums


def gains_of(postings: Numbers, norms: Scores, weights: Scores | np.float32) -> Scores:
    """Return what terms with some weights add to the row of each posting, by its `norms`."""
    gains = counts_of(postings)
    gains /= norms + gains
    gains *= weights
    return gains
