"""Write a FAISS index over a segment's vectors."""

from __future__ import annotations

from struct import Struct
from typing import Any, BinaryIO

import faiss
import numpy as np

from recommender.errors import SettingsError
from recommender.index.faiss_file import SCALAR_KINDS
from recommender.index.kinds import AUTO, EXACT, FAST
from recommender.index.part import VECTORS_AT_ONCE, Source

# Inverted lists are learned from this many vectors for each list, in this many rounds of k-means.
# More of either takes minutes and finds no more.
TRAINED_PER_LIST = 64
ROUNDS = 8
# Indexes without lists are trained on this many vectors.
TRAINED = 16_384
SEED = 20_260_101
# How FAISS writes the length of a list.
COUNT = Struct("<Q")
# The kinds whose files can be checked before they are mapped (`faiss_file.py`).
SUPPORTED = (
    faiss.IndexFlat,
    faiss.IndexIVFFlat,
    faiss.IndexIVFScalarQuantizer,
    faiss.IndexIVFRaBitQ,
    faiss.IndexHNSWFlat,
    faiss.IndexHNSWSQ,
    faiss.IndexScalarQuantizer,
)


def write_index(source: Source, kind: str, stream: BinaryIO) -> None:
    """Write an inner-product index to `stream`; `kind` is a FAISS factory string.

    Raises `OSError` if the stream does, for example on a full disk. Raises `SettingsError` for a
    kind that needs more rows.
    """
    index = make(kind, source.dim)
    if isinstance(index, faiss.IndexFlat):
        _write_flat(index, source, stream)
        return
    if not index.is_trained:
        _train(index, source, kind)
    for _, vectors in source.chunks():
        index.add(vectors)
    faiss.write_index(index, faiss.PyCallbackIOWriter(stream.write))


def _write_flat(index: Any, source: Source, stream: BinaryIO) -> None:
    """Write the file that an index of all vectors has, without holding them in memory.

    The file ends with the count of all numbers, in 8 bytes, and the vectors.
    """
    index.ntotal = source.rows
    head = faiss.serialize_index(index).tobytes()
    stream.write(head[: -COUNT.size] + COUNT.pack(source.rows * source.dim))
    for _, vectors in source.chunks():
        stream.write(vectors.astype("<f4", copy=False).tobytes())


def check_kind(setting: str, dim: int = 64) -> None:
    """Raise `SettingsError` unless a setting is `exact`, `auto`, `fast` or a factory that works."""
    if setting not in (EXACT, AUTO, FAST):
        make(setting, dim)


def make(kind: str, dim: int) -> Any:
    """Return an empty index of a factory string; raise `SettingsError` if it cannot be used."""
    try:
        index = faiss.index_factory(dim, kind, faiss.METRIC_INNER_PRODUCT)
    except RuntimeError as error:
        why = "FAISS does not know it"
        if "/" in kind or "\\" in kind:
            why = "it is a path; --into takes the folder of the index"
        raise SettingsError(_refusal(kind, why)) from error
    if not _is_supported(index):
        raise SettingsError(
            _refusal(kind, "only IVF, HNSW and SQ with Flat, SQ or RaBitQ codes are used")
        )
    return index


def _is_supported(index: Any) -> bool:
    """Return whether the file of an index can be checked before it is mapped."""
    if type(index) not in SUPPORTED:
        return False
    if isinstance(index, faiss.IndexIVF):
        centres = faiss.downcast_index(index.quantizer)
        if not isinstance(centres, faiss.IndexFlat | faiss.IndexHNSWFlat):
            return False
    coded = faiss.downcast_index(index.storage) if isinstance(index, faiss.IndexHNSW) else index
    return getattr(coded, "sq", None) is None or coded.sq.qtype in SCALAR_KINDS


def _refusal(kind: str, why: str) -> str:
    return (
        f"index kind {kind!r}: {why}; write {EXACT}, {AUTO}, {FAST} or a factory string such as "
        "IVF1024,SQ8"
    )


def _train(index: Any, source: Source, kind: str) -> None:
    """Train an index on vectors taken evenly over the segment, the same ones every time."""
    count = TRAINED
    if isinstance(index, faiss.IndexIVF):
        index.cp.seed, index.cp.niter = SEED, ROUNDS
        count = TRAINED_PER_LIST * int(index.nlist)
    rows = np.linspace(0, source.rows - 1, min(count, source.rows), dtype=np.int64)
    sample = np.empty((len(rows), source.dim), dtype=np.float32)
    for start in range(0, len(rows), VECTORS_AT_ONCE):
        sample[start : start + VECTORS_AT_ONCE] = source.read(rows[start : start + VECTORS_AT_ONCE])
    try:
        index.train(sample)
    except RuntimeError as error:
        raise SettingsError(_refusal(kind, f"{source.rows:,} passages are too few")) from error
