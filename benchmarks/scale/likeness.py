"""Compare made-up vectors with real ones: python -m benchmarks.scale.likeness --index INDEX.

As many vectors as INDEX has are made from 100,000 of its passages, by the recipe of `corpus.py`.
Both are put into inverted lists. Two things decide the effort of a search, and both should be
similar: the similarity of the nearest and the tenth nearest passage, and the rank of their lists,
counted from the query's own list. Results are printed, and go to benchmarks/results/likeness.json.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import faiss
import numpy as np

from benchmarks.circumstances import RESULTS, circumstances, store
from benchmarks.scale import corpus
from benchmarks.scale.corpus import RealIndex, rounds_of
from benchmarks.scale.sample import TOP_K
from recommender.arrays import Vectors, scaled
from recommender.index import Source
from recommender.index.tuning import samples
from recommender.index.write import ROUNDS, SEED, TRAINED_PER_LIST
from recommender.scoring.space import Space
from recommender.store.json_records import to_json

RESULTS_FILE = RESULTS / "likeness.json"
REAL_PASSAGES = 100_000
COMPARED_LISTS = 2_048
SHARES = (50, 75, 90, 99)


def main() -> None:
    """Compare the real and the made vectors of an index, and store the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.scale.likeness", description=__doc__)
    parser.add_argument("--index", type=Path, required=True)
    source = RealIndex.open(parser.parse_args().index)
    real = _centered(source)
    with TemporaryDirectory() as folder:
        part = Path(folder, "part")
        corpus.make_index(source, part, REAL_PASSAGES)
        made = _made(RealIndex.open(part), len(real))
    facts = {
        "passages": len(real),
        "made_of": REAL_PASSAGES,
        "shift": corpus.SHIFT,
        "noise": corpus.NOISE,
    }
    found = circumstances() | facts | {"real": _facts(real), "made": _facts(made)}
    store(RESULTS_FILE, found)
    print(json.dumps(found, indent=1))


def _space(source: RealIndex) -> Space:
    encoder = source.manifest.encoder
    return Space.from_json(to_json(source.manifest.space), encoder.dim, encoder.name)


def _centered(source: RealIndex) -> Vectors:
    """Return the centred vectors of the source, as a search compares them."""
    segment, space = source.segment, _space(source)
    rows = np.arange(len(segment.passages))
    means = space.means_of(segment.languages)
    return space.center_by(segment.raw(rows), means[segment.language_numbers(rows)])


def _made(source: RealIndex, passages: int) -> Vectors:
    """Return this many centred vectors made from the source."""
    segment, space = source.segment, _space(source)
    means = space.means_of(segment.languages)
    found = []
    for taken in rounds_of(source, passages):
        rows = corpus.rows_of(segment, taken.positions)
        vectors = np.concatenate(list(corpus.vectors_of(segment, taken)))
        found.append(space.center_by(vectors, means[segment.language_numbers(rows)]))
    return np.concatenate(found)[:passages]


def _facts(vectors: Vectors) -> dict[str, Any]:
    """Return the cosines and list ranks of the nearest neighbours of passages and of texts."""
    centres, lists = _lists(vectors)
    found: dict[str, Any] = {}
    source = Source(len(vectors), vectors.shape[1], lambda rows: vectors[rows])
    for asked, queries, own in samples(source):
        scores, rows = faiss.knn(queries, vectors, TOP_K + own, metric=faiss.METRIC_INNER_PRODUCT)
        nearness = queries @ centres.T
        holding = np.take_along_axis(nearness, lists[rows[:, own:]], axis=1)
        ranks = (nearness[:, None, :] > holding[:, :, None]).sum(axis=2)
        found[asked] = {
            "nearest": _percentiles(scores[:, own], 3),
            "tenth": _percentiles(scores[:, own + TOP_K - 1], 3),
            "list": _percentiles(ranks, 0),
        }
    return found


def _lists(vectors: Vectors) -> tuple[Vectors, Any]:
    """Return the centres of the lists, and the list of each vector."""
    options = {"seed": SEED, "niter": ROUNDS, "spherical": True}
    means = faiss.Kmeans(
        vectors.shape[1], COMPARED_LISTS, max_points_per_centroid=TRAINED_PER_LIST, **options
    )
    rows = np.linspace(0, len(vectors) - 1, min(len(vectors), COMPARED_LISTS * TRAINED_PER_LIST))
    means.train(vectors[rows.astype(np.int64)])
    centres = scaled(means.centroids)
    return centres, faiss.knn(vectors, centres, 1, metric=faiss.METRIC_INNER_PRODUCT)[1][:, 0]


def _percentiles(values: Any, digits: int) -> dict[str, float]:
    found = np.percentile(values, SHARES)
    return {f"p{at}": round(float(one), digits) for at, one in zip(SHARES, found, strict=True)}


if __name__ == "__main__":
    main()
