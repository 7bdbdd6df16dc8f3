"""Hold the candidates for an article as columns, and make objects of the few that are used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from recommender.answers.article_vectors import StoredArticleVectors
from recommender.answers.editorial import EditorialRule
from recommender.answers.recency import reduced
from recommender.answers.version_folding import RelatedCandidate
from recommender.arrays import Numbers, Positions
from recommender.scoring.relevance import PairTerms
from recommender.scoring.sureness import CONFIDENCES, Surenesses, level_of
from recommender.types import Confidence


class CandidateScores(NamedTuple):
    """The facts of each candidate, (candidates,): the fields of `RelatedCandidate`."""

    aligned: Numbers
    fair: Numbers
    score: Numbers
    terms: PairTerms
    sureness: Surenesses
    unlike: Numbers
    coverage: Numbers


class ScoredCandidates:
    """Candidates as columns; few become answers, and only for these an object is made.

    `pinned` are the rules that put articles first, by position, in the editors' order.
    """

    def __init__(
        self,
        articles: Sequence[StoredArticleVectors],
        scores: CandidateScores,
        pinned: Mapping[int, EditorialRule],
    ) -> None:
        self.positions: Positions = np.array([one.position for one in articles], np.int64)
        self._articles = articles
        self._scores = scores
        self._pinned = pinned
        self._shares: Numbers | None = None
        self._order: Sequence[int] = range(len(articles))

    def __len__(self) -> int:
        return len(self._articles)

    def __iter__(self) -> Iterator[RelatedCandidate]:
        return map(self._at, self._order)

    def reduce(self, shares: Numbers) -> None:
        """Multiply each score by the share that its article's date leaves, (candidates,)."""
        self._shares = shares
        self._scores = self._scores._replace(score=reduced(self._scores.score, shares))

    def sort(self) -> None:
        """Put pinned articles first, in the editors' order, then the others by score."""
        ranks = np.zeros(len(self), np.int64)
        for rank, position in enumerate(self._pinned, -len(self._pinned)):
            ranks[self.positions == position] = rank
        self._order = np.lexsort((self.positions, -self._scores.score, ranks)).tolist()

    def sure(self, least: Confidence) -> Iterator[RelatedCandidate]:
        """Yield those that are pinned, or at least as sure as `least`."""
        is_wanted = self._scores.sureness.level >= level_of(least)
        if self._pinned:
            is_wanted |= np.isin(self.positions, [*self._pinned])
        flags = is_wanted.tolist()
        return (self._at(place) for place in self._order if flags[place])

    def _at(self, place: int) -> RelatedCandidate:
        scores = self._scores
        level, probability = scores.sureness
        return RelatedCandidate(
            self._articles[place],
            float(scores.aligned[place]),
            float(scores.fair[place]),
            float(scores.score[place]),
            terms=tuple(float(added[place]) for added in scores.terms),
            confidence=CONFIDENCES[level[place]],
            probability=float(probability[place]),
            unlike=float(scores.unlike[place]),
            coverage=float(scores.coverage[place]),
            pin=self._pinned.get(int(self.positions[place])),
            share=1.0 if self._shares is None else float(self._shares[place]),
        )
