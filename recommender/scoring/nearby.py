"""Choose the articles that are worth aligning with an article: cheap, and seldom wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np

from recommender.arrays import (
    Mask,
    Numbers,
    Positions,
    Rows,
    Scores,
    Spans,
    Vectors,
    in_blocks,
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
# So many found rows are looked at together: more take memory and save no time.
FOUND_AT_ONCE = 16_384


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


class _Pairs(NamedTuple):
    """Questions and articles that were found for them, in columns, question after question.

    `question` is the place of a question, `likely` how well the article is likely to align.
    """

    question: Positions
    position: Positions
    likely: Numbers


def likeliest_each(known: Known, asked: Sequence[Neighbours]) -> list[list[int]]:
    """Return for each article the articles of its found rows, those first that align best.

    That is likely, not sure. The likeliest by their found passages are compared by their means too.
    """
    return [
        found
        for some in in_blocks(asked, lambda one: one.rows.size, FOUND_AT_ONCE)
        for found in _likeliest_block(known, some)
    ]


def _likeliest_block(known: Known, asked: Sequence[Neighbours]) -> list[list[int]]:
    answers: list[list[int]] = [[] for _ in asked]
    filled = [at for at, one in enumerate(asked) if (one.rows >= 0).any()]
    if not filled:
        return answers
    asked = [asked[at] for at in filled]
    pairs = _pairs_by_passages(known, asked)
    subjects = [one.subject for one in asked]
    fair = _fair(known, subjects, pairs)
    pairs = _taken(pairs, np.lexsort((pairs.position, -fair, pairs.question)))
    ends = np.searchsorted(pairs.question, np.arange(len(asked)), "right")
    starts = np.concatenate([[0], ends[:-1]])
    most = BY_MEANS * np.array([one.effort for one in asked])
    is_near = np.arange(len(pairs.question)) < (starts + most)[pairs.question]
    likely = pairs.likely.copy()
    likely[is_near] *= 1 - MEANS_SHARE
    likely[is_near] += MEANS_SHARE * _wholes(known, subjects, _taken(pairs, is_near))
    # Those whose means were not read stay behind, in their order.
    keys = np.where(is_near, -_fair(known, subjects, pairs._replace(likely=likely)), np.inf)
    places = np.where(is_near, pairs.position, np.arange(len(keys)))
    order = np.lexsort((places, keys, pairs.question))
    each = np.split(pairs.position[order], ends[:-1])
    for at, found in zip(filled, each, strict=True):
        answers[at] = found.tolist()
    return answers


def _taken(pairs: _Pairs, places: Positions | Mask) -> _Pairs:
    return _Pairs(pairs.question[places], pairs.position[places], pairs.likely[places])


def _wholes(known: Known, subjects: Sequence[Subject], pairs: _Pairs) -> Numbers:
    """Return the cosine of the means of both of each pair."""
    found = np.empty(len(pairs.position))
    # Question by question: the means for more of them do not fit in a processor's cache.
    for number, mine in _each_question(pairs, len(subjects)):
        found[mine] = known.summaries.means(pairs.position[mine]) @ subjects[number].whole
    return found


def _each_question(pairs: _Pairs, count: int) -> Iterator[tuple[int, slice]]:
    """Yield where the pairs of each question lie."""
    bounds = np.searchsorted(pairs.question, np.arange(count + 1)).tolist()
    for number, (start, end) in enumerate(pairwise(bounds)):
        yield number, slice(start, end)


def _pairs_by_passages(known: Known, asked: Sequence[Neighbours]) -> _Pairs:
    """Return the articles of the found rows, and how well each is likely to align.

    A pair of passages that was not found is taken to score `UNSEEN` less than the least found one.
    """
    counts = np.array([len(one.rows) for one in asked])
    widths = np.repeat([one.rows.shape[1] for one in asked], counts)
    every = np.concatenate([one.rows.ravel() for one in asked])
    found = every >= 0
    rows, scores = every[found], np.concatenate([one.scores.ravel() for one in asked])[found]
    passages = np.repeat(np.arange(len(widths)), widths)[found]
    questions = np.repeat(np.arange(len(asked)), counts)[passages]
    firsts = np.cumsum(counts) - counts
    unseen = _unseen(asked)
    articles = known.articles_of(rows)
    keys, pair_of = np.unique(questions * (articles.max() + 1) + articles, return_inverse=True)
    question, position = np.divmod(keys, articles.max() + 1)
    # One cell for each passage of the question of a pair, pair after pair.
    cells = Spans(firsts[question], counts[question])
    best = unseen[cells.rows]
    np.maximum.at(best, cells.places[pair_of] + passages - firsts[questions], scores)
    forth = np.add.reduceat(best, cells.places) / cells.counts
    # The best score of each row of theirs.
    _, at, row_of = np.unique(
        questions * (rows.max() + 1) + rows, return_index=True, return_inverse=True
    )
    best_of_theirs = np.full(len(at), -1.0, np.float32)
    np.maximum.at(best_of_theirs, row_of, scores)
    usual = np.add.reduceat(unseen, firsts) / counts
    above = np.bincount(pair_of[at], best_of_theirs - usual[questions[at]], len(keys))
    back = usual[question] + above / known.spans(position).counts
    return _Pairs(question, position, (forth + back) / 2)


def _unseen(asked: Sequence[Neighbours]) -> Numbers:
    """Return for each passage of all questions what a pair scores that was not found."""
    least = [np.min(one.scores, axis=1, initial=1.0, where=one.rows >= 0) for one in asked]
    found: Numbers = np.concatenate(least).astype(np.float64) - UNSEEN
    return found


def _fair(known: Known, subjects: Sequence[Subject], pairs: _Pairs) -> Numbers:
    """Return how likely pairs are, made comparable between languages."""
    same = np.zeros(len(pairs.position), np.bool_)
    for number, mine in _each_question(pairs, len(subjects)):
        same[mine] = known.columns.are_in(pairs.position[mine], subjects[number].language)
    return known.unrelated["articles"].comparable(pairs.likely, same)
