"""Set the effort of a search in an approximate index, by comparison with exact search."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import faiss
import numpy as np

from recommender.arrays import Scores, Vectors, unit
from recommender.index.allowed_rows import AllowedRows
from recommender.index.lists import EVERYTHING
from recommender.index.part import SearchPurpose, Source, Tuning
from recommender.index.parts import ApproximatePart, open_part, scan

# The number of queries for each purpose, and the number of best rows that must be found.
SAMPLE = 400
FOUND = 10
# A text differs from its nearest passage by what it leaves out and adds. To imitate one, this much
# of four other passages is added to a passage, which leaves it at cosine 0.7 to itself.
OTHERS, OTHERS_SHARE = 4, 0.5
# Queries of people lie further from the lists than any text made of passages. Queries of 80
# characters found 98.3% of their ten best among a million passages, although 99.3% were measured on
# imitated texts. They found 99.6% when the reach was this much larger.
QUERIES_FURTHER = 0.08
# Scores of equal vectors may differ by this much.
SAME_SCORE = 1e-5
SEED = 20_260_101


# The efforts that are tried: the reach of inverted lists, and the `efSearch` of graphs, which grows
# by a factor each time.
LEAST_REACH, MOST_REACH, REACH_STEP = 0.0, 0.8, 0.02
LEAST, STEP = 8, 1.4
HARDEST_GRAPH = 4_096
# Efforts are tried in order until they have compared each query with so many times all rows of
# inverted lists. They compare 165,764 real passages 0.06 times until one is enough. Vectors without
# neighbours, such as those of a broken model, would be compared with all rows again and again. So
# after that only the largest effort is tried.
MOST_COMPARED = 4.0


def tune(path: Path, source: Source, kind: str, target: float) -> Tuning | None:
    """Return the least effort with which an index file reaches the recall@10 `target`.

    The recall that must reach it is the mean over a sample less its standard error, so that another
    sample would hardly fall below. If no effort reaches it, the largest is returned with the recall
    that it has. A row that scores as the tenth best does counts as found: it does not matter which
    of many equal rows is shown. None is returned for an index that holds every vector.

    The work is bounded by `MOST_COMPARED`, whatever the vectors are. Beyond that the largest effort
    is returned, though a smaller one may be enough.
    """
    part = open_part(path, source, Tuning(kind, target, 0, {}, {}))
    if not isinstance(part, ApproximatePart):
        return None
    effort: dict[str, float] = {}
    recall: dict[str, float] = {}
    sampled = list(samples(source))
    everything = np.concatenate([queries for _, queries, _ in sampled])
    exact, _ = scan(source, everything, FOUND + 1, np.arange(source.rows))
    for (purpose, queries, own), scored in zip(sampled, np.split(exact, len(sampled)), strict=True):
        asked = _Asked(purpose, queries, own, scored[:, FOUND + own - 1, None])
        effort[purpose], recall[purpose] = _least(part, asked)
    if part.lists is not None:
        effort["texts"] = round(effort["texts"] + QUERIES_FURTHER, 3)
    return Tuning(kind, target, min(SAMPLE, source.rows), effort, recall)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Queries of a purpose, how many of their best rows are themselves, and the score to reach."""

    purpose: SearchPurpose
    queries: Vectors
    own: int
    bound: Scores


def _least(part: ApproximatePart, asked: _Asked) -> tuple[float, float]:
    """Return the least effort that reaches the target of a part, and the recall that it has."""
    *smaller, largest = _efforts(part)
    compared = 0.0
    for effort in smaller:
        recall, error, share = _measured(part, asked, effort)
        if recall - error >= part.tuning.target:
            return effort, recall
        compared += share
        if compared > MOST_COMPARED or share >= 1:
            break
    recall, _, _ = _measured(part, asked, largest)
    return largest, recall


def _measured(part: ApproximatePart, asked: _Asked, effort: float) -> tuple[float, float, float]:
    """Return the recall with an effort, its standard error, and the share of rows compared."""
    tuning, rows = replace(part.tuning, effort={asked.purpose: effort}), part.source.rows
    count = faiss.cvar.indexIVF_stats
    count.reset()
    scores, _ = replace(part, tuning=tuning).search(
        asked.queries, FOUND + asked.own, AllowedRows(rows), asked.purpose
    )
    compared = count.ndis / (len(asked.queries) * rows)
    found = ((scores >= asked.bound - SAME_SCORE).sum(axis=1) - asked.own) / FOUND
    return round(float(found.mean()), 4), found.std() / np.sqrt(len(found)), compared


def samples(source: Source) -> Iterator[tuple[SearchPurpose, Vectors, int]]:
    """Yield the queries of each purpose, and how many of their best rows are the query itself."""
    generator = np.random.default_rng(SEED)
    rows = np.linspace(0, source.rows - 1, min(SAMPLE, source.rows), dtype=np.int64)
    passages = source.read(rows)
    yield "passages", passages, 1
    others = np.sort(generator.integers(source.rows, size=OTHERS * len(rows)))
    added = generator.permutation(source.read(others)).reshape(OTHERS, len(rows), source.dim)
    texts = passages + OTHERS_SHARE * added.sum(axis=0)
    yield "texts", unit(texts), 0


def _efforts(part: ApproximatePart) -> Iterator[float]:
    """Yield the efforts with which an index can be searched, the least first."""
    if part.lists is not None:
        yield from np.arange(LEAST_REACH, MOST_REACH, REACH_STEP).round(3).tolist()
        yield EVERYTHING
        return
    most = HARDEST_GRAPH if isinstance(part.index, faiss.IndexHNSW) else 1
    effort = min(LEAST, most)
    while effort < most:
        yield effort
        effort = math.ceil(effort * STEP)
    yield most
