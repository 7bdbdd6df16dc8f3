"""Measure the product: python -m benchmarks.scale.product INDEX QUERIES EXACT; prints JSON.

A process of its own, so that its memory is that of a reader. A text is searched for with the vector
that the bundled model gave it before, so that a search is timed without the model.
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
from benchmarks.scale.sample import FOUND, Exact, Sample, share_found

if TYPE_CHECKING:
    from recommender.store.manifest import EncoderFacts

RELATED = 200


class StoredQueries:
    """An encoder of texts whose vectors are known; it says that it is the index's own."""

    max_tokens = 510

    def __init__(self, sample: Sample, encoder: EncoderFacts) -> None:
        self.name, self.fingerprint = encoder.name, encoder.fingerprint
        self.dim = encoder.dim
        self._vectors = dict(zip(sample.texts, sample.vectors, strict=True))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [1] * len(texts)

    def encode(
        self,
        texts: Sequence[str],
        *,
        role: Literal["passage", "query"],
        on_progress: Callable[[int], None] | None = None,
    ) -> npt.NDArray[np.float32]:
        return np.array([self._vectors[text] for text in texts])


def measure(index: Path, queries: Path, exact: Path) -> dict[str, Any]:
    started = time.perf_counter()
    from recommender import Recommender

    imported = time.perf_counter()
    opened = Recommender.open(index)
    ready = time.perf_counter()
    snapshot = opened.snapshot
    sample, tenth = Sample.draw(snapshot, queries), Exact.load(exact)
    recommender = Recommender(snapshot, StoredQueries(sample, snapshot.manifest.encoder))
    passages, articles = _ids(recommender, sample)

    from recommender.store.json_records import to_json

    def similar(id: str) -> list[float]:
        return [hit.score for hit in recommender.similar(id, k=FOUND)]

    def search(text: str) -> list[float]:
        return [hit.score for hit in recommender.search(text, k=FOUND, plain=True)]

    def by_meaning(text: str) -> list[float]:
        hits = recommender.search(text, k=FOUND, plain=True, ranking="meaning")
        return [hit.score for hit in hits]

    def nearest(row: int) -> object:
        return snapshot.index.search(snapshot.centered([row]), FOUND, None, "passages")

    return {
        "articles": snapshot.manifest.articles,
        "passages": snapshot.manifest.passages,
        "index": to_json(snapshot.manifest.index),
        "import_seconds": round(imported - started, 3),
        "open_seconds": round(ready - imported, 3),
        "similar": measures.latencies(similar, passages),
        "search": measures.latencies(search, sample.texts),
        "related": measures.latencies(recommender.related, articles),
        # What of them is the search of the index, and what the words.
        "index_search": measures.latencies(nearest, sample.rows.tolist()),
        "words": measures.latencies(snapshot.lexical.score, sample.texts),
        "recall_similar": share_found([similar(id) for id in passages], tenth.others),
        "recall_search": share_found([by_meaning(text) for text in sample.texts], tenth.texts),
        "similar_per_second": measures.rates(similar, passages),
        "related_per_second": measures.rates(recommender.related, articles),
        **measures.memory(),
    }


def _ids(recommender: Any, sample: Sample) -> tuple[list[str], list[str]]:
    """Return the ids of the passages that are asked with, and of some of their articles."""
    snapshot = recommender.snapshot
    articles = [snapshot.article(at) for at in snapshot.articles_of(sample.rows).tolist()]
    passages = [
        snapshot.passage(row, article).id
        for row, article in zip(sample.rows.tolist(), articles, strict=True)
    ]
    ids = list(dict.fromkeys(article.id for article in articles))
    return passages, ids[:RELATED]


if __name__ == "__main__":
    print(json.dumps(measure(*map(Path, sys.argv[1:4]))))
