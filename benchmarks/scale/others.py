"""Measure another search library: python -m benchmarks.scale.others NAME MATRIX SAMPLE FILE.

MATRIX holds the vectors as the product compares them, SAMPLE the rows to ask with and the scores of
their tenth best; FILE is the product's FAISS index, whose kind and effort raw FAISS takes. Each is
searched the least hard that finds 0.99 of the ten best, and timed so. Prints JSON.
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
import numpy.typing as npt

from benchmarks.scale import measures
from benchmarks.scale.sample import FOUND, share_found

Floats = npt.NDArray[np.float32]

TARGET = 0.99
CHUNK = 65_536
# Every so many queries, the effort is set by.
TUNED = 2
EFFORTS = (8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256, 512, 1_024)


class System(Protocol):
    """A library with an index of the matrix."""

    def search(self, vector: Floats, effort: int) -> Sequence[int]:
        """Return the rows of the eleven best."""


class RawFaiss:
    """The product's own index file, its answers refined on half-precision vectors in memory."""

    def __init__(self, matrix: Floats, file: str) -> None:
        import faiss

        self._faiss = faiss
        base = faiss.read_index(file, faiss.IO_FLAG_MMAP_IFC)
        self._is_exact = isinstance(base, faiss.IndexFlat)
        self._index = base
        if not self._is_exact:
            refine = faiss.IndexScalarQuantizer(
                matrix.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
            )
            refine.train(np.array(matrix[:CHUNK]))
            for start in range(0, len(matrix), CHUNK):
                refine.add(np.array(matrix[start : start + CHUNK]))
            self._index = faiss.IndexRefine(base, refine)
            self._kept = (base, refine)

    def search(self, vector: Floats, effort: int) -> Sequence[int]:
        parameters = None
        if not self._is_exact:
            parameters = self._faiss.IndexRefineSearchParameters(
                k_factor=10, base_index_params=self._faiss.SearchParametersIVF(nprobe=effort)
            )
        _, rows = self._index.search(vector[None], FOUND + 1, params=parameters)
        found: list[int] = rows[0].tolist()
        return found


class Usearch:
    """A graph (HNSW) in half precision."""

    def __init__(self, matrix: Floats, file: str) -> None:
        from usearch.index import Index

        self._index = Index(ndim=matrix.shape[1], metric="ip", dtype="f16")
        for start in range(0, len(matrix), CHUNK):
            rows = np.arange(start, min(start + CHUNK, len(matrix)))
            self._index.add(rows, np.array(matrix[rows]), threads=2)

    def search(self, vector: Floats, effort: int) -> Sequence[int]:
        self._index.expansion_search = max(effort, FOUND + 1)
        found: list[int] = self._index.search(vector, FOUND + 1, threads=1).keys.tolist()
        return found


class LanceDb:
    """A vector store on disk: inverted lists of short codes, refined on the vectors."""

    def __init__(self, matrix: Floats, file: str) -> None:
        import lancedb
        import pyarrow

        self._folder = tempfile.TemporaryDirectory(dir=Path(file).parent)
        dim = matrix.shape[1]

        def batches() -> Iterator[pyarrow.RecordBatch]:
            for start in range(0, len(matrix), CHUNK):
                values = np.array(matrix[start : start + CHUNK])
                column = pyarrow.FixedSizeListArray.from_arrays(values.ravel(), dim)
                rows = pyarrow.array(np.arange(start, start + len(values)))
                yield pyarrow.record_batch([rows, column], names=["row", "vector"])

        vector = pyarrow.list_(pyarrow.float32(), dim)
        schema = pyarrow.schema([("row", pyarrow.int64()), ("vector", vector)])
        store = lancedb.connect(self._folder.name)
        self._table = store.create_table("passages", batches(), schema=schema)
        lists = 2 ** round(np.log2(np.sqrt(len(matrix))))
        self._table.create_index(metric="dot", index_type="IVF_RQ", num_partitions=lists)

    def search(self, vector: Floats, effort: int) -> Sequence[int]:
        asked = self._table.search(vector).nprobes(effort).refine_factor(10).limit(FOUND + 1)
        found: list[int] = asked.select(["row", "_distance"]).to_arrow()["row"].to_pylist()
        return found


SYSTEMS: dict[str, Callable[[Floats, str], System]] = {
    "FAISS": RawFaiss,
    "usearch": Usearch,
    "LanceDB": LanceDb,
}


def measure(name: str, matrix_file: str, sample_file: str, file: str) -> dict[str, Any]:
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
            for row, vector in queries[::TUNED]
        ]
        found = share_found(scores, sample["tenth"][::TUNED])
        if found >= TARGET:
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


def _scores(matrix: Floats, vector: Floats, rows: Sequence[int], own: int) -> list[float]:
    """Return the cosines of the rows that were found, but for the query's own."""
    others = [row for row in rows if row not in (own, -1)][:FOUND]
    scores: list[float] = (np.array(matrix[others]) @ vector).tolist()
    return scores


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:5])))
