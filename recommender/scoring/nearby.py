"""Choose the articles that are worth aligning with an article: cheap, and seldom wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from recommender.arrays import Mask, Numbers, Positions, Rows, Scores, Spans, Vectors, spread
from recommender.scoring.strength import Unrelated

# Neighbours fetched for each passage of the query: so many in all, and so many each at least and at
# most. Among a million passages, 100 brought 93% of the ten articles that align best with one of
# two or three passages, and 200 all; 100 are enough for longer ones.
NEIGHBOURS, LEAST_EACH, MOST_EACH = 600, 100, 200
# Articles that are aligned: at least so many, and so many for each answer that is asked for; more
# if answers are to differ. Of the ten that align best, 40 of those that come first hold all.
ALIGNED, ALIGNED_EACH, ALIGNED_DIVERSE = 80, 2, 150
# The means are read of so many articles: with half as many, 1% of the ten that align best are lost.
# Their cosine to the query's mean has this share in how well they are likely to align; the rest is
# what their found passages tell.
BY_MEANS, MEANS_SHARE = 400, 0.8
# A pair of passages that was not found is taken to score so much below the least that was. With
# half or twice as much, fewer of the best articles are among the aligned ones.
UNSEEN = 0.2
# So many passages of an article are searched with, evenly over it; all are aligned. Of the ten best
# of 300 articles among 448,000 passages this found 99.3%; searching with all found 99.5%.
PASSAGES = 16


class _Columns(Protocol):
    def are_in(self, positions: Positions, language: str) -> Mask: ...


class _Summaries(Protocol):
    def means(self, positions: Sequence[int] | Positions) -> Vectors: ...


class Known(Protocol):
    """What is known of the articles of an archive without reading their passages."""

    @property
    def columns(self) -> _Columns:
        """Their languages."""

    @property
    def summaries(self) -> _Summaries:
        """Their means."""

    @property
    def unrelated(self) -> Mapping[str, Unrelated]:
        """How pairs of unrelated `articles` score."""

    def articles_of(self, rows: Rows) -> Positions:
        """Return the article of each row, (n,)."""

    def spans(self, positions: Sequence[int] | Positions) -> Spans:
        """Return the rows of the passages of several articles."""


class Subject(NamedTuple):
    """What is asked about as a whole: the mean of its passages at length 1, (dim,); its language.

    The language is called as the answering space calls it.
    """

    whole: Vectors
    language: str


def neighbour_count(passages: int) -> int:
    """Return how many neighbours are fetched for each of so many passages."""
    return min(max(NEIGHBOURS // max(passages, 1), LEAST_EACH), MOST_EACH)


def sampled(vectors: Vectors) -> Vectors:
    """Return the vectors of the passages to search with, spread evenly over an article's."""
    return vectors[spread(range(len(vectors)), PASSAGES)]


def aligned_count(k: int, *, diverse: bool = False) -> int:
    """Return how many articles are aligned to find the best `k`."""
    return max(ALIGNED_DIVERSE if diverse else ALIGNED, ALIGNED_EACH * k)


def likeliest(known: Known, subject: Subject, scores: Scores, rows: Rows) -> list[int]:
    """Return the articles of the found rows, those first that are likely to align best.

    `scores` and `rows` are (passages of the query, neighbours). The likeliest by their found
    passages are compared with the query by their means too.
    """
    if not (rows >= 0).any():
        return []
    positions, likely = _by_passages(known, scores, rows)
    order = np.lexsort((positions, -_fair(known, subject, positions, likely)))
    near, far = order[:BY_MEANS], order[BY_MEANS:]
    wholes = known.summaries.means(positions[near]) @ subject.whole
    likely = (1 - MEANS_SHARE) * likely[near] + MEANS_SHARE * wholes
    near = near[np.lexsort((positions[near], -_fair(known, subject, positions[near], likely)))]
    found: list[int] = positions[np.concatenate([near, far])].tolist()
    return found


def _by_passages(known: Known, scores: Scores, rows: Rows) -> tuple[Positions, Numbers]:
    """Return the articles of the found rows, and how well each is likely to align.

    A pair of passages that was not found is taken to score `UNSEEN` less than the least found one.
    """
    found = rows >= 0
    unseen = np.min(scores, axis=1, initial=1.0, where=found) - UNSEEN
    positions, articles = np.unique(known.articles_of(rows[found]), return_inverse=True)
    best = np.repeat(unseen[:, None], len(positions), axis=1)
    np.maximum.at(best, (np.nonzero(found)[0], articles), scores[found])
    theirs, firsts, places = np.unique(rows[found], return_index=True, return_inverse=True)
    best_of_theirs = np.full(len(theirs), -1.0, np.float32)
    np.maximum.at(best_of_theirs, places, scores[found])
    above = np.bincount(articles[firsts], best_of_theirs - unseen.mean(), len(positions))
    back = unseen.mean() + above / known.spans(positions).counts
    return positions, (best.mean(axis=0) + back) / 2


def _fair(known: Known, subject: Subject, positions: Positions, likely: Numbers) -> Numbers:
    """Return scores, made comparable between languages."""
    same = known.columns.are_in(positions, subject.language)
    return known.unrelated["articles"].comparable(likely, same)
