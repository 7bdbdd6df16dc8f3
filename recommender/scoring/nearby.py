"""Choose the articles that are worth aligning with an article: cheaply, and with few mistakes."""

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

# Neighbours that are fetched for each passage of the query: so many in all, and for each passage at
# least and at most so many. Among a million passages, 100 neighbours brought 93% of the ten
# articles that align best with an article of two or three passages, and 200 all; for longer
# articles 100 are enough.
NEIGHBOURS, LEAST_EACH, MOST_EACH = 600, 100, 200
# If a build finds that the usual number loses too much, so many times as many are fetched: in an
# archive of notices, the neighbours of a passage are passages of the same words. In 45,936 articles
# of Debian the usual number found 96% of the ten best, three times as many 99%.
EFFORTS = (1, 2, 3, 4)
# How many articles are aligned: at least so many, and so many for each answer that is asked for;
# more if answers must differ. The first 40 held all of the ten that align best.
ALIGNED, ALIGNED_EACH, ALIGNED_DIVERSE = 80, 2, 150
# The means are read of so many articles, for each effort; with half as many, 1% of the ten that
# align best are lost. Their cosine to the query's mean has this share in the estimate of how well
# they align. The rest comes from their passages that were found.
BY_MEANS, MEANS_SHARE = 400, 0.8
# A pair of passages that was not found is assumed to score so much below the lowest that was. With
# half or twice as much, fewer of the best articles are aligned.
UNSEEN = 0.2
# At most so many passages of an article are searched with, spread evenly over it; all are aligned.
# Among 448,000 passages this found 99.3% of the ten best of 300 articles; a search with all
# passages found 99.5%.
PASSAGES = 16


class _Columns(Protocol):
    def are_in(self, positions: Positions, language: str) -> Mask: ...


class _Summaries(Protocol):
    def cosines(self, positions: Positions, vector: Vectors) -> Vectors: ...


class Known(Protocol):
    """What is known about the articles of an archive without reading their passages."""

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
    """The subject of the query: the mean of its passages at length 1, (dim,), and its language.

    The language is a key of the answering space.
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
    """The result of a search for an article: `scores` and `rows`, (passages, neighbours).

    Row -1 means that none was found. `effort` is that of the search, one of `EFFORTS`.
    """

    subject: Subject
    scores: Scores
    rows: Rows
    effort: int = 1


def likeliest(known: Known, asked: Neighbours) -> list[int]:
    """Return the articles of the found rows, those first that are likely to align best.

    The likeliest by their found passages are also compared by their means.
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
    # Those whose means were not read follow in their order.
    found: list[int] = positions[np.concatenate([near, others])].tolist()
    return found


def _by_passages(known: Known, asked: Neighbours) -> tuple[Positions, Numbers]:
    """Return the articles of the found rows, and an estimate of how well each aligns.

    A pair of passages that was not found is assumed to score `UNSEEN` less than the lowest found
    one.
    """
    is_found = asked.rows >= 0
    least = np.min(asked.scores, axis=1, initial=1.0, where=is_found)
    unseen = least.astype(np.float64) - UNSEEN
    # Consecutive rows; those of an article follow each other.
    order = np.argsort(asked.rows[is_found])
    # In the type that they are compared with, since a conversion of each takes much longer.
    rows, scores = asked.rows[is_found][order], asked.scores[is_found][order].astype(np.float64)
    passages = np.nonzero(is_found)[0][order]
    distinct = np.flatnonzero(are_first(rows))
    owners = known.articles_of(rows[distinct])
    is_first = are_first(owners)
    starts = np.flatnonzero(is_first)
    positions = owners[starts]
    # One line for each article: the best score of each passage of the query in it.
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
