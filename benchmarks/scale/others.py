"""Measure another search library: python -m benchmarks.scale.others NAME MATRIX SAMPLE FILE.

MATRIX holds the centred vectors that the product compares. SAMPLE holds the rows of the queries and
the scores of their tenth best. FILE is the product's FAISS index, which raw FAISS uses too. Each
library is timed at the least effort that finds 0.99 of the ten best. Prints JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from benchmarks.scale import measures
from benchmarks.scale.sample import TOP_K, share_found
from recommender.arrays import Vectors

TARGET_RECALL = 0.99
VECTORS_AT_ONCE = 65_536
# The effort is set with every second query.
TUNING_STEP = 2
EFFORTS = (8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256, 512, 1_024)


class System(Protocol):
    """A library with an index of the matrix."""

    def search(self, vector: Vectors, effort: int) -> Sequence[int]:
        """Return the rows of the eleven best passages; `effort` is the library's own measure."""


class RawFaiss:
    """The product's own index file; its answers are refined on half-precision vectors in memory."""

    def __init__(self, matrix: Vectors, file: str) -> None:
        import faiss

        self._faiss = faiss
        base = faiss.read_index(file, faiss.IO_FLAG_MMAP_IFC)
        self._is_exact = isinstance(base, faiss.IndexFlat)
        self._index = base
        if not self._is_exact:
            refine = faiss.IndexScalarQuantizer(
                matrix.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
            )
            refine.train(np.array(matrix[:VECTORS_AT_ONCE]))
            for start in range(0, len(matrix), VECTORS_AT_ONCE):
                refine.add(np.array(matrix[start : start + VECTORS_AT_ONCE]))
            self._index = faiss.IndexRefine(base, refine)
            self._kept = (base, refine)

    def search(self, vector: Vectors, effort: int) -> Sequence[int]:
        """Search `effort` inverted lists."""
        parameters = None
        if not self._is_exact:
            parameters = self._faiss.IndexRefineSearchParameters(
                k_factor=10, base_index_params=self._faiss.SearchParametersIVF(nprobe=effort)
            )
        _, rows = self._index.search(vector[None], TOP_K + 1, params=parameters)
        found: list[int] = rows[0].tolist()
        return found


class Usearch:
    """A graph of neighbours (HNSW) in half precision."""

    def __init__(self, matrix: Vectors, file: str) -> None:
        from usearch.index import Index

        self._index = Index(ndim=matrix.shape[1], metric="ip", dtype="f16")
        for start in range(0, len(matrix), VECTORS_AT_ONCE):
            rows = np.arange(start, min(start + VECTORS_AT_ONCE, len(matrix)))
            self._index.add(rows, np.array(matrix[rows]), threads=2)

    def search(self, vector: Vectors, effort: int) -> Sequence[int]:
        """Search with `effort` candidates."""
        self._index.expansion_search = max(effort, TOP_K + 1)
        found: list[int] = self._index.search(vector, TOP_K + 1, threads=1).keys.tolist()
        return found


class LanceDb:
    """A vector store on disk: inverted lists of short codes; answers are refined on the vectors."""

    def __init__(self, matrix: Vectors, file: str) -> None:
        import lancedb
        import pyarrow

        self._folder = tempfile.TemporaryDirectory(dir=Path(file).parent)
        dim = matrix.shape[1]

        def batches() -> Iterator[pyarrow.RecordBatch]:
            for start in range(0, len(matrix), VECTORS_AT_ONCE):
                values = np.array(matrix[start : start + VECTORS_AT_ONCE])
                column = pyarrow.FixedSizeListArray.from_arrays(values.ravel(), dim)
                rows = pyarrow.array(np.arange(start, start + len(values)))
                yield pyarrow.record_batch([rows, column], names=["row", "vector"])

        vector = pyarrow.list_(pyarrow.float32(), dim)
        schema = pyarrow.schema([("row", pyarrow.int64()), ("vector", vector)])
        store = lancedb.connect(self._folder.name)
        self._table = store.create_table("passages", batches(), schema=schema)
        lists = 2 ** round(np.log2(np.sqrt(len(matrix))))
        self._table.create_index(metric="dot", index_type="IVF_RQ", num_partitions=lists)

    def search(self, vector: Vectors, effort: int) -> Sequence[int]:
        """Search `effort` inverted lists."""
        asked = self._table.search(vector).nprobes(effort).refine_factor(10).limit(TOP_K + 1)
        found: list[int] = asked.select(["row", "_distance"]).to_arrow()["row"].to_pylist()
        return found


SYSTEMS: dict[str, Callable[[Vectors, str], System]] = {
    "FAISS": RawFaiss,
    "usearch": Usearch,
    "LanceDB": LanceDb,
}


def measure(name: str, matrix_file: str, sample_file: str, file: str) -> dict[str, Any]:
    """Build a library's index, set its effort, and return its figures."""
    matrix = np.load(matrix_file, mmap_mode="r")
    sample = np.load(sample_file)
    started = time.perf_counter()
    system = SYSTEMS[name](matrix, file)
    built = time.perf_counter() - started
    vectors = np.array(matrix[sample["rows"]])
    queries = list(zip(sample["rows"].tolist(), vectors, strict=True))
    found, effort = 0.0, 0
    for effort in EFFORTS:
        scores = [
            _scores(matrix, vector, system.search(vector, effort), row)
            for row, vector in queries[::TUNING_STEP]
        ]
        found = share_found(scores, sample["tenth"][::TUNING_STEP])
        if found >= TARGET_RECALL:
            break
    tried = effort
    return {
        "name": name,
        "build_seconds": round(built, 1),
        "effort": tried,
        "recall": found,
        **measures.latencies(lambda vector: system.search(vector, tried), list(vectors)),
        **measures.memory(),
    }


def _scores(matrix: Vectors, vector: Vectors, rows: Sequence[int], own: int) -> list[float]:
    """Return the cosines of the rows that were found, without the query's own."""
    others = [row for row in rows if row not in (own, -1)][:TOP_K]
    scores: list[float] = (np.array(matrix[others]) @ vector).tolist()
    return scores


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:5])))
