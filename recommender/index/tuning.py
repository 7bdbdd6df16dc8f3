"""Sets how hard an approximate index is searched, by what exact search finds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np

from recommender.arrays import Vectors, unit
from recommender.index.lists import EVERYTHING
from recommender.index.parts import (
    AllowedRows,
    ApproximatePart,
    SearchPurpose,
    Source,
    Tuning,
    open_part,
    scan,
)

# Queries of each sort, and how many of the best are looked at.
SAMPLE = 400
FOUND = 10
# A text is told apart from its nearest passage by what it leaves out and adds: passages with this
# much of four others added lie at cosine 0.7 to the one they were made of.
OTHERS, OTHERS_SHARE = 4, 0.5
# Queries of people lie further off the lists than any text made of passages: 80 characters, encoded
# as queries, found 98.3% of their ten best among a million passages where 99.3 were measured, and
# 99.6% when lists this much further were looked into.
QUERIES_FURTHER = 0.08
# What the scores of equal vectors may differ by.
SAME_SCORE = 1e-5
SEED = 20_260_101


# The efforts that are tried: how far lists are probed, and the search of graphs, each time by so
# many times more.
LEAST_REACH, MOST_REACH, REACH_STEP = 0.0, 0.8, 0.02
LEAST, STEP = 8, 1.4
HARDEST_GRAPH = 4_096


def tune(path: Path, source: Source, kind: str, target: float) -> Tuning | None:
    """Return the least effort with which an index file finds the share `target` of the ten best.

    The share is that of the mean over a sample less its standard error, so that another sample
    would hardly fall below. Where no effort reaches it, the largest is returned with what it
    finds. A row that scores as the tenth does counts as found: which of many equal ones is
    shown does not matter. None for an index that holds every vector.
    """
    part = open_part(path, source, Tuning(kind, target, 0, {}, {}))
    if not isinstance(part, ApproximatePart):
        return None
    effort: dict[str, float] = {}
    recall: dict[str, float] = {}
    sampled = list(samples(source))
    everything = np.concatenate([queries for _, queries, _ in sampled])
    exact, _ = scan(source, everything, FOUND + 1, np.arange(source.rows))
    for (asked, queries, own), scored in zip(sampled, np.split(exact, len(sampled)), strict=True):
        bound = scored[:, FOUND + own - 1, None]
        for tried in _efforts(part):
            effort[asked] = tried
            tuned = replace(part, tuning=Tuning(kind, target, len(queries), effort, {}))
            scores, _ = tuned.search(queries, FOUND + own, AllowedRows(source.rows), asked)
            shares = ((scores >= bound - SAME_SCORE).sum(axis=1) - own) / FOUND
            recall[asked] = round(float(shares.mean()), 4)
            if recall[asked] - shares.std() / np.sqrt(len(shares)) >= target:
                break
    if part.lists is not None:
        effort["texts"] = round(effort["texts"] + QUERIES_FURTHER, 3)
    return Tuning(kind, target, min(SAMPLE, source.rows), effort, recall)


def samples(source: Source) -> Iterator[tuple[SearchPurpose, Vectors, int]]:
    """Yield what is asked with, of each sort, and how many of the best are the query itself."""
    generator = np.random.default_rng(SEED)
    rows = np.linspace(0, source.rows - 1, min(SAMPLE, source.rows), dtype=np.int64)
    passages = source.read(rows)
    yield "passages", passages, 1
    others = np.sort(generator.integers(source.rows, size=OTHERS * len(rows)))
    added = generator.permutation(source.read(others)).reshape(OTHERS, len(rows), source.dim)
    texts = passages + OTHERS_SHARE * added.sum(axis=0)
    yield "texts", unit(texts), 0


def _efforts(part: ApproximatePart) -> Iterator[float]:
    """Yield how hard an index can be searched, the least first."""
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
