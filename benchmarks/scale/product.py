"""Measure the product: python -m benchmarks.scale.product INDEX QUERIES EXACT; prints JSON.

It runs as a process of its own, so that its memory is that of a reader. A search for a text uses
the vector that the bundled model gave it before, so that a search is timed without the model.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from benchmarks.scale import measures
from benchmarks.scale.sample import TOP_K, Exact, Sample, share_found
from recommender.arrays import Vectors

if TYPE_CHECKING:
    from recommender import Recommender
    from recommender.answers.options import SimilarKeywords
    from recommender.store.manifest import EncoderFacts

RELATED_QUERIES = 200


class StoredQueries:
    """An encoder of texts with known vectors; it takes the fingerprint of the index's encoder."""

    max_tokens = 510

    def __init__(self, sample: Sample, encoder: EncoderFacts) -> None:
        self.name, self.fingerprint = encoder.name, encoder.fingerprint
        self.dim = encoder.dim
        self._vectors = dict(zip(sample.texts, sample.vectors, strict=True))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return 1 for each text, so that none is too long."""
        return [1] * len(texts)

    def encode(
        self,
        texts: Sequence[str],
        *,
        role: Literal["passage", "query"],
        on_progress: Callable[[int], None] | None = None,
    ) -> npt.NDArray[np.float32]:
        """Return the known vectors, float32 (len(texts), dim)."""
        return np.array([self._vector_of(text) for text in texts])

    def _vector_of(self, text: str) -> Vectors:
        """Return the vector of a text, or of the one that it is without a date."""
        if text not in self._vectors:
            words = set(text.split())
            text = max(self._vectors, key=lambda one: len(words & set(one.split())))
        found: Vectors = self._vectors[text]
        return found


def measure(index: Path, queries: Path, exact: Path) -> dict[str, Any]:
    """Open an index, and return the counts, seconds, rates, recall and memory."""
    started = time.perf_counter()
    from recommender import Recommender

    imported = time.perf_counter()
    opened = Recommender.open(index)
    ready = time.perf_counter()
    from recommender.store.json_records import to_json

    snapshot = opened.local
    sample, tenth = Sample.draw(snapshot, queries), Exact.load(exact)
    recommender = Recommender(snapshot, StoredQueries(sample, snapshot.manifest.encoder))
    return {
        "articles": snapshot.manifest.articles,
        "passages": snapshot.manifest.passages,
        "index": to_json(snapshot.manifest.index),
        "import_seconds": round(imported - started, 3),
        "open_seconds": round(ready - imported, 3),
        **_answers(recommender, sample, tenth),
        **measures.memory(),
    }


def _answers(recommender: Recommender, sample: Sample, tenth: Exact) -> dict[str, Any]:
    """Return the milliseconds, the rates and the recall of each kind of answer."""
    snapshot = recommender.local
    passages, articles = _ids(recommender, sample)
    # Made passages repeat the texts of others: they are no copies here.
    asked: SimilarKeywords = {"k": TOP_K, "confidence": "loose", "include_copies": True}

    def similar(id: str) -> list[float]:
        return [hit.score for hit in recommender.similar(id, **asked)]

    def search(text: str) -> list[float]:
        return [hit.score for hit in recommender.search(text, plain=True, **asked)]

    def by_meaning(text: str) -> list[float]:
        hits = recommender.search(text, plain=True, ranking="meaning", **asked)
        return [hit.score for hit in hits]

    def nearest(vector: Vectors) -> object:
        # As the other libraries: the vector is given, and its own row is among those found.
        return snapshot.index.search(vector, TOP_K + 1, None, "passages")

    return {
        "similar": measures.latencies(similar, passages),
        "search": measures.latencies(search, sample.texts),
        "related": measures.latencies(recommender.related, articles),
        # The parts of a search: in the FAISS index, and in the word index.
        "index_search": measures.latencies(
            nearest, [snapshot.centered([row]) for row in sample.rows.tolist()]
        ),
        "words": measures.latencies(snapshot.derived.lexical.score, sample.texts),
        "recall_similar": share_found([similar(id) for id in passages], tenth.others),
        "recall_search": share_found([by_meaning(text) for text in sample.texts], tenth.texts),
        "similar_per_second": measures.rates(similar, passages),
        "related_per_second": measures.rates(recommender.related, articles),
    }


def _ids(recommender: Recommender, sample: Sample) -> tuple[list[str], list[str]]:
    """Return the ids of the sample's passages, and of some of their articles."""
    snapshot = recommender.local
    articles = [snapshot.article(at) for at in snapshot.articles_of(sample.rows).tolist()]
    passages = [
        snapshot.passage(row, article).id
        for row, article in zip(sample.rows.tolist(), articles, strict=True)
    ]
    ids = list(dict.fromkeys(article.id for article in articles))
    return passages, ids[:RELATED_QUERIES]


if __name__ == "__main__":
    print(json.dumps(measure(*map(Path, sys.argv[1:4]))))
