"""Measure how many of the exactly nearest passages an archive finds: its recall@10.

The same questions go to an index and to an engine. Two approximate searches seldom agree, since
each misses different passages. Only exact search can say which of the two is better.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from recommender.answers.archive import Archive
from recommender.arrays import Positions, Rows, Scores, Vectors, spread, unit
from recommender.index import SearchPurpose
from recommender.index.tuning import OTHERS, OTHERS_SHARE, SAME_SCORE
from recommender.store.snapshot import Snapshot
from recommender.types import Where

# The recall of so many best passages is measured.
FOUND = 10
# So many questions are asked together: an engine has seconds to answer them.
AT_ONCE = 16
# A third of the questions is asked within so many languages, from the commonest to the rarest.
LANGUAGES = 4


class Batch(NamedTuple):
    """Questions that are asked together: vectors (n, dim) in the answering space.

    `own` has the row of each that does not count, -1 for none. For each, `counts` rows must be
    found, 10 at most, which score `bounds` or more.
    """

    vectors: Vectors
    own: Rows
    where: Where
    purpose: SearchPurpose
    bounds: Scores
    counts: Positions


def questions_of(exact: Snapshot, positions: Sequence[int]) -> list[Batch]:
    """Return a question for each article: its middle passage, or a text similar to it.

    `exact` reads every stored vector for a search. A third of the questions are passages, a third
    imitate texts of users (`index.tuning`), a third are passages within their language; passages in
    other languages than the chosen ones are left out.
    """
    every = [exact.rows(position) for position in positions]
    rows = np.array([one[len(one) // 2] for one in every if one], np.int64)
    passages, others, within = rows[::3], rows[1::3], rows[2::3]
    batches = [
        _batch(exact, exact.centered(passages), passages, Where(), "passages"),
        _batch(exact, _texts(exact, others), np.full(len(others), -1), Where(), "texts"),
    ]
    tags = np.array([exact.language(int(one)) for one in exact.articles_of(within)], np.str_)
    for tag in _some_of(tags):
        own = within[tags == tag]
        where = Where(tags=frozenset({tag}))
        batches.append(_batch(exact, exact.centered(own), own, where, "passages"))
    return [one for one in batches if len(one.vectors)]


def recall_of(archive: Archive, exact: Snapshot, batches: Iterable[Batch]) -> float:
    """Return the share of the ten exactly nearest passages that an archive finds, on average.

    A passage with the score of the tenth counts as found. Scores and filters of the archive itself
    do not count: both are computed from `exact`. The share is 1 if nothing is asked.
    """
    shares = [share for batch in batches for share in shares_of(archive, exact, batch)]
    return float(np.mean(shares)) if shares else 1.0


def _batch(
    exact: Snapshot, vectors: Vectors, own: Rows, where: Where, purpose: SearchPurpose
) -> Batch:
    """Return questions with the results of exact search for them."""
    scores, rows = exact.nearest(vectors, FOUND + 1, exact.scope(where), purpose)
    counted = np.where((rows >= 0) & (rows != own[:, None]), scores, -np.inf)
    best = -np.sort(-counted, axis=1)[:, :FOUND]
    bounds = np.min(best, axis=1, initial=1.0, where=np.isfinite(best))
    return Batch(vectors, own, where, purpose, bounds, np.isfinite(best).sum(axis=1))


def _texts(exact: Snapshot, rows: Rows) -> Vectors:
    """Return vectors that lie between passages, as those of users' texts do."""
    passages = exact.centered(rows)
    added = [np.roll(passages, at + 1, axis=0) for at in range(OTHERS)]
    return unit(passages + OTHERS_SHARE * np.sum(added, axis=0))


def _some_of(tags: Sequence[str] | np.ndarray[tuple[int], np.dtype[np.str_]]) -> list[str]:
    """Return some of the languages, from the commonest to the rarest."""
    names, counts = np.unique(np.asarray(tags), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return [str(names[at]) for at in spread(order.tolist(), LANGUAGES)]


def shares_of(archive: Archive, exact: Snapshot, batch: Batch) -> list[float]:
    """Return for each question the share of its ten best rows that an archive finds."""
    allowed = exact.scope(batch.where)
    among, shares = archive.scope(batch.where), []
    asked = np.split(batch.vectors, range(AT_ONCE, len(batch.vectors), AT_ONCE))
    found = [archive.nearest(some, FOUND + 1, among, batch.purpose)[1] for some in asked]
    rows = np.concatenate(found)
    for number, count in enumerate(batch.counts.tolist()):
        best = np.unique(rows[number][rows[number] != batch.own[number]][:FOUND])
        best = best[(best >= 0) & (best < exact.row_count)]
        best = best[allowed.holds(best)]
        scores = exact.centered(best) @ batch.vectors[number]
        right = int((scores >= batch.bounds[number] - SAME_SCORE).sum())
        shares.append(min(right / count, 1.0) if count else 1.0)
    return shares
