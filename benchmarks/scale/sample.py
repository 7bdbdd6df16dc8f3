"""Draw queries for an index, and find their exact answers: the scores of the ten best."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recommender.arrays import Rows, Vectors
from recommender.store.snapshot import Snapshot

SAMPLE_SEED = 7
QUERIES = 400
TOP_K = 10
ROWS_AT_ONCE = 32_768
# In another arithmetic, the cosine of two vectors may differ by this much.
SCORE_TOLERANCE = 1e-3
QUERY_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Sample:
    """Passages to compare, by row, and texts to search for with their vectors (n, dim)."""

    rows: Rows
    texts: list[str]
    vectors: Vectors

    @classmethod
    def draw(cls, snapshot: Snapshot, place: Path) -> Sample:
        """Draw passages of a snapshot; read the texts and vectors from `place`."""
        generator = np.random.default_rng(SAMPLE_SEED)
        count = min(QUERIES, snapshot.row_count)
        rows = np.sort(generator.choice(snapshot.row_count, count, replace=False))
        stored = np.load(place)
        return cls(rows, stored["texts"].tolist(), stored["vectors"])


@dataclass(frozen=True, slots=True)
class Exact:
    """The score of the tenth best for each query, which an approximate search should reach."""

    others: Vectors  # for each passage, among those of other articles
    every: Vectors  # for each passage, among all others
    texts: Vectors  # for each text

    def save(self, place: Path) -> None:
        """Write the scores to a file of NumPy."""
        np.savez(place, others=self.others, every=self.every, texts=self.texts)

    @classmethod
    def load(cls, place: Path) -> Exact:
        """Read the scores that `save` wrote."""
        found = np.load(place)
        return cls(found["others"], found["every"], found["texts"])


def store_queries(snapshot: Snapshot, place: Path) -> None:
    """Encode the beginnings of passages as queries, once for all sizes."""
    from recommender.encoders.load import load_encoder

    generator = np.random.default_rng(SAMPLE_SEED + 1)
    rows = generator.choice(snapshot.row_count, 2 * QUERIES, replace=False)
    texts: dict[str, None] = {}
    for row in rows.tolist():
        position = int(snapshot.articles_of(np.array([row]))[0])
        text = snapshot.passage(row, snapshot.article(position)).text
        texts.setdefault(" ".join(text[:QUERY_CHARACTERS].split()))
    chosen = [text for text in texts if sum(map(str.isalpha, text)) > QUERY_CHARACTERS // 3][
        :QUERIES
    ]
    encoder = load_encoder(snapshot.manifest.encoder.model)
    np.savez(place, texts=np.array(chosen), vectors=encoder.encode(chosen, role="query"))


def exact_answers(snapshot: Snapshot, sample: Sample, matrix: Any | None = None) -> Exact:
    """Compare every query with every passage; keep the centred vectors in `matrix` if given."""
    queries = np.concatenate(
        [
            snapshot.centered(sample.rows),
            *(
                snapshot.space.center_query(vector[None], text)[0]
                for vector, text in zip(sample.vectors, sample.texts, strict=True)
            ),
        ]
    )
    own = [snapshot.rows(int(at)) for at in snapshot.articles_of(sample.rows)]
    asked = len(sample.rows)
    best = {"every": np.full((len(queries), TOP_K), -2, np.float32)}
    best["others"] = best["every"][:asked].copy()
    for start in range(0, snapshot.row_count, ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, snapshot.row_count))
        vectors = snapshot.centered(rows)
        if matrix is not None:
            matrix[rows] = vectors
        scores = queries @ vectors.T
        _blank(scores, [range(row, row + 1) for row in sample.rows.tolist()], start)
        best["every"] = _best(best["every"], scores)
        _blank(scores, own, start)
        best["others"] = _best(best["others"], scores[:asked])
    tenth = {name: found.min(axis=1) for name, found in best.items()}
    return Exact(tenth["others"], tenth["every"][:asked], tenth["every"][asked:])


def share_found(scores: list[list[float]], tenth: Vectors) -> float:
    """Return the share of the ten best that were found; any row as good as the tenth counts."""
    shares = [
        sum(score >= bound - SCORE_TOLERANCE for score in found[:TOP_K]) / TOP_K
        for found, bound in zip(scores, tenth.tolist(), strict=True)
    ]
    return round(float(np.mean(shares)), 4)


def _blank(scores: Vectors, rows: list[range], start: int) -> None:
    for query, span in enumerate(rows):
        first, last = max(span.start - start, 0), max(span.stop - start, 0)
        scores[query, first:last] = -2


def _best(before: Vectors, scores: Vectors) -> Vectors:
    if scores.shape[1] > TOP_K:
        scores = -np.partition(-scores, TOP_K - 1, axis=1)[:, :TOP_K]
    both = np.concatenate([before, scores], axis=1)
    return -np.partition(-both, TOP_K - 1, axis=1)[:, :TOP_K]
