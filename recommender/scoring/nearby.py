"""Choose the articles that are worth aligning with an article: cheap, and seldom wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np

from recommender.arrays import (
    Mask,
    Numbers,
    Positions,
    Rows,
    Scores,
    Vectors,
    are_first,
    spread,
)
from recommender.scoring.strength import Unrelated

# Neighbours fetched for each passage of the query: so many in all, and so many each at least and at
# most. Among a million passages, 100 brought 93% of the ten articles that align best with one of
# two or three passages, and 200 all; 100 are enough for longer ones.
NEIGHBOURS, LEAST_EACH, MOST_EACH = 600, 100, 200
# So many times as many are fetched if a build finds that fewer lose too much: in an archive of
# notices, the neighbours of a passage are passages of the same words. Of 45,936 articles of Debian
# the usual number found 96% of the ten best, and three times as many 99%.
EFFORTS = (1, 2, 3, 4)
# Articles that are aligned: at least so many, and so many for each answer that is asked for; more
# if answers are to differ. Of the ten that align best, 40 of those that come first hold all.
ALIGNED, ALIGNED_EACH, ALIGNED_DIVERSE = 80, 2, 150
# The means are read of so many articles, for each effort: with half as many, 1% of the ten that
# align best are lost. Their cosine to the query's mean has this share in how well they are likely
# to align; the rest is what their found passages tell.
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
    def cosines(self, positions: Positions, vector: Vectors) -> Vectors: ...


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

    def passage_counts(self, positions: Positions) -> Positions:
        """Return how many passages several articles have, (n,)."""


class Subject(NamedTuple):
    """What is asked about as a whole: the mean of its passages at length 1, (dim,); its language.

    The language is called as the answering space calls it.
    """

    whole: Vectors
    language: str


def neighbour_count(passages: int, effort: int = 1) -> int:
    """Return how many neighbours are fetched for each of so many passages, with an effort."""
    return effort * min(max(NEIGHBOURS // max(passages, 1), LEAST_EACH), MOST_EACH)


def sampled(vectors: Vectors) -> Vectors:
    """Return the vectors of the passages to search with, spread evenly over an article's."""
    return vectors[spread(range(len(vectors)), PASSAGES)]


def aligned_count(k: int, *, diverse: bool = False) -> int:
    """Return how many articles are aligned to find the best `k`."""
    return max(ALIGNED_DIVERSE if diverse else ALIGNED, ALIGNED_EACH * k)


class Neighbours(NamedTuple):
    """What a search found for an article: `scores` and `rows`, (passages, neighbours).

    A row of -1 was not found. `effort` is that of the search, one of `EFFORTS`.
    """

    subject: Subject
    scores: Scores
    rows: Rows
    effort: int = 1


def likeliest(known: Known, asked: Neighbours) -> list[int]:
    """Return the articles of the found rows, those first that are likely to align best.

    The likeliest by their found passages are compared by their means too.
    """
    if not (asked.rows >= 0).any():
        return []
    positions, likely = _by_passages(known, asked)
    same = known.columns.are_in(positions, asked.subject.language)
    comparable = known.unrelated["articles"].comparable
    order = np.argsort(-comparable(likely, same), kind="stable")
    most = BY_MEANS * asked.effort
    near, others = np.sort(order[:most]), order[most:]
    wholes = known.summaries.cosines(positions[near], asked.subject.whole)
    fair = comparable((1 - MEANS_SHARE) * likely[near] + MEANS_SHARE * wholes, same[near])
    near = near[np.argsort(-fair, kind="stable")]
    # Those whose means were not read stay behind, in their order.
    found: list[int] = positions[np.concatenate([near, others])].tolist()
    return found


def _by_passages(known: Known, asked: Neighbours) -> tuple[Positions, Numbers]:
    """Return the articles of the found rows by position, and how well each is likely to align.

    A pair of passages that was not found is taken to score `UNSEEN` less than the least found one.
    """
    is_found = asked.rows >= 0
    least = np.min(asked.scores, axis=1, initial=1.0, where=is_found)
    unseen = least.astype(np.float64) - UNSEEN
    # Rows one after the other; those of an article follow each other.
    order = np.argsort(asked.rows[is_found])
    # As the kind of number that they are compared with: to turn each into it takes much longer.
    rows, scores = asked.rows[is_found][order], asked.scores[is_found][order].astype(np.float64)
    passages = np.nonzero(is_found)[0][order]
    distinct = np.flatnonzero(are_first(rows))
    owners = known.articles_of(rows[distinct])
    is_first = are_first(owners)
    starts = np.flatnonzero(is_first)
    positions = owners[starts]
    # One line for each article, and in it the best score of each passage of ours.
    best = np.tile(unseen, len(positions))
    lines = np.repeat(np.cumsum(is_first) - 1, np.diff(distinct, append=len(rows)))
    np.maximum.at(best, lines * len(unseen) + passages, scores)
    forth = best.reshape(len(positions), -1).mean(axis=1)
    # The best score of each row of theirs.
    theirs = np.maximum.reduceat(scores, distinct)
    usual = unseen.mean()
    counts = np.maximum(known.passage_counts(positions), 1)  # a damaged record may say 0
    back = usual + np.add.reduceat(theirs - usual, starts) / counts
    return positions, (forth + back) / 2
