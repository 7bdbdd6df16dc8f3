"""Measure how many of the articles that align best with an article are among its candidates.

If they are fewer than `PROMISED`, more neighbours are fetched for each question (`EFFORTS`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from recommender.arrays import Numbers, Positions
from recommender.builder.means import blocks_of
from recommender.scoring.alignment import MAX_COMPARED, Passages, align_each, compared_rows
from recommender.scoring.nearby import (
    ALIGNED,
    EFFORTS,
    LEAST_EACH,
    Neighbours,
    Subject,
    aligned_count,
    likeliest,
    neighbour_count,
    sampled,
)
from recommender.store.manifest import Contents
from recommender.store.publish import SegmentRef, unpublished
from recommender.store.snapshot import Snapshot

# So many articles are asked about, and so many of the best must be found. More would be more exact,
# but they are compared with all passages of the archive.
SAMPLE, FOUND = 48, 10
# The share that is promised.
PROMISED = 0.98
# Scores of equal articles may differ by this much.
SAME_SCORE = 1e-5
SEED = 20_261_130


def with_related_recall(
    folder: Path, building: Path, parts: Sequence[SegmentRef], contents: Contents
) -> Contents:
    """Return the contents of a snapshot with the recall of `related`.

    It is measured when means and scales are. The snapshot is opened for it before it is published.
    """
    measured = contents.measured
    if measured.changed_since or measured.related_recall is not None:
        return contents
    with unpublished(folder, building, parts, contents) as snapshot:
        effort, found = related_recall(snapshot)
    measured = replace(measured, related_recall=found, related_effort=effort)
    return replace(contents, measured=measured)


def related_recall(snapshot: Snapshot) -> tuple[int, float]:
    """Return the least effort that is enough, and the recall of `related` with it.

    Recall is the share of the ten articles that align best that `related` aligns, on average. An
    article with the score of the tenth best counts as found. In an archive in which each search
    finds every passage, all are found.
    """
    live = np.flatnonzero(snapshot.columns.live_articles & (snapshot.columns.row_counts > 0))
    if len(live) < 2 or (len(live) <= ALIGNED and snapshot.row_count <= LEAST_EACH):
        return EFFORTS[0], 1.0
    generator = np.random.default_rng(SEED)
    asked = np.sort(generator.choice(live, min(SAMPLE, len(live)), replace=False))
    count = min(FOUND, len(live) - 1)
    every = _scores(snapshot, asked, live)
    bounds = np.partition(every, -count, axis=1)[:, -count] - SAME_SCORE
    found = 0.0
    for effort in EFFORTS:
        shares = []
        for position, scores, bound in zip(asked.tolist(), every, bounds, strict=True):
            aligned = scores[np.searchsorted(live, _aligned(snapshot, position, effort))]
            shares.append(min(int((aligned >= bound).sum()), count) / count)
        found = round(float(np.mean(shares)), 4)
        if found >= PROMISED:
            break
    return effort, found


def _scores(snapshot: Snapshot, asked: Positions, live: Positions) -> Numbers:
    """Return how well each of the `asked` articles aligns with each live one.

    The shape is (asked, live). An article itself has -inf.
    """
    ours = [_passages(snapshot, [position]) for position in asked.tolist()]
    found = np.empty((len(asked), len(live)))
    for some in blocks_of(np.minimum(snapshot.columns.row_counts[live], MAX_COMPARED)):
        theirs = _passages(snapshot, live[some].tolist())
        for number, one in enumerate(ours):
            found[number, some] = align_each(one, theirs)
    for scores, position in zip(found, asked.tolist(), strict=True):
        same = snapshot.columns.are_in(live, _language(snapshot, position))
        scores[:] = snapshot.unrelated["articles"].comparable(scores, same)
        scores[np.searchsorted(live, position)] = -np.inf
    return found


def _aligned(snapshot: Snapshot, position: int, effort: int) -> list[int]:
    """Return the articles that `related` aligns with one, with an effort, for the ten best."""
    own = _passages(snapshot, [position])
    vectors = sampled(own.vectors)
    count = min(neighbour_count(len(vectors), effort), snapshot.row_count)
    scores, rows = snapshot.nearest(
        vectors, count, snapshot.every_row(), "articles", snapshot.rows(position)
    )
    subject = Subject(own.wholes[0], _language(snapshot, position))
    found = likeliest(snapshot, Neighbours(subject, scores, rows, effort))
    return found[: aligned_count(FOUND)]


def _passages(snapshot: Snapshot, positions: Sequence[int]) -> Passages:
    """Return the passages of articles that are compared with other articles."""
    rows, firsts = compared_rows([snapshot.rows(position) for position in positions])
    return Passages(snapshot.centered(rows), snapshot.columns.weights(rows), firsts)


def _language(snapshot: Snapshot, position: int) -> str:
    """Return the language of an article as the answering space calls it."""
    tag = snapshot.language(position)
    return snapshot.space.keys.get(tag, tag)
