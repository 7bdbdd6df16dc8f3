"""Take vectors that the same encoder made elsewhere from a dump, instead of encoding again.

The file is Parquet or SQLite, as `recommender dump` writes them. It names the fingerprint of the
encoder that made it. A vector is used for a passage of exactly the same text. One text of each
batch is also encoded here and compared, so that vectors of another encoder are not used.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from recommender.arrays import Vectors
from recommender.builder.encode import NewVectors, chunks
from recommender.encoders.base import Encoder
from recommender.errors import SourceError
from recommender.safe_open import is_network_path
from recommender.store.records import text_hash
from recommender.system.log import logger_of

# So many rows are read at a time.
ROWS_AT_ONCE = 1_000
# The least cosine of two vectors of one text from two machines, in two precisions.
SAME_VECTOR = 0.97
# The length of a unit vector in float16 differs from 1 by less.
UNIT_WITHIN = 0.01

_LOG = logger_of(__name__)

Row = tuple[str, Any]


def take_vectors(
    path: Path, encoder: Encoder, fingerprint: str, wanted: Collection[bytes], into: NewVectors
) -> int:
    """Take the vectors of texts with `wanted` hashes from a dump; return how many were taken.

    Raises `SourceError` for a file that is not such a dump, is of another encoder, or has vectors
    that the encoder does not give; then nothing of that batch is taken.
    """
    taken: set[bytes] = set()
    for rows in chunks(_rows(path, fingerprint, encoder.dim), ROWS_AT_ONCE):
        fresh = {text_hash(text): (text, vector) for text, vector in rows}
        mine = {
            digest: row
            for digest, row in fresh.items()
            if digest in wanted and digest not in taken and digest not in into
        }
        if not mine:
            continue
        vectors = _checked([*mine.values()], encoder.dim, path)
        _compare(next(iter(mine.values()))[0], vectors[0], encoder, path)
        into.add(list(mine), vectors)
        taken |= mine.keys()
    _LOG.info("took %d vectors from %s", len(taken), path)
    return len(taken)


def _rows(path: Path, fingerprint: str, dim: int) -> Iterator[Row]:
    """Yield the text and the vector of each passage of a dump."""
    if not is_network_path(str(path)) and path.is_dir():
        raise SourceError(
            f"{path}: is a folder, not a file of vectors that recommender dump wrote; "
            f"for a folder of the index, write --into {path}"
        )
    if is_network_path(str(path)) or not path.is_file():
        raise SourceError(f"{path}: there is no such file of vectors on this machine")
    readers = {".parquet": _parquet, ".db": _sqlite, ".sqlite": _sqlite}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise SourceError(f"{path}: name a dump that ends in {', '.join(readers)}")
    found = reader(path)
    _check_encoder(next(found), fingerprint, dim, path)
    for text, vector in found:
        if not isinstance(text, str):
            raise SourceError(f"{path}: holds a passage whose text is not text, but {text!r:.60}")
        yield text, vector


def _check_encoder(facts: Any, fingerprint: str, dim: int, path: Path) -> None:
    if not isinstance(facts, dict) or not isinstance(facts.get("fingerprint"), str):
        raise SourceError(
            f"{path}: does not say which encoder made it; write it with: recommender dump"
        )
    if (facts["fingerprint"], facts.get("dim")) != (fingerprint, dim):
        raise SourceError(
            f"{path}: found vectors of encoder {facts['fingerprint'][:80]!r}, expected "
            f"{fingerprint!r}; dump an index of that encoder, or build without these vectors"
        )


def _parquet(path: Path) -> Iterator[Any]:
    """Yield the facts of the encoder, then the rows."""
    try:
        parquet = import_module("pyarrow.parquet")
    except ModuleNotFoundError as error:
        raise SourceError(
            f"{path}: Parquet needs pyarrow; install it: pip install 'recommender[parquet]'"
        ) from error
    arrow_error = import_module("pyarrow").ArrowException
    try:
        with parquet.ParquetFile(path) as file:
            metadata = file.schema_arrow.metadata or {}
            yield json.loads(metadata.get(b"recommender.encoder", b"null"))
            for batch in file.iter_batches(ROWS_AT_ONCE, columns=["text", "vector"]):
                yield from zip(
                    batch.column("text").to_pylist(),
                    batch.column("vector").to_pylist(),
                    strict=True,
                )
    except (arrow_error, OSError, ValueError, KeyError, RecursionError) as error:
        raise SourceError(f"{path}: is not a dump in Parquet: {_first_line(error)}") from error


def _sqlite(path: Path) -> Iterator[Any]:
    """Yield the facts of the encoder, then the rows; only tables are read, no view."""
    address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    try:
        # If an error leaves rows half read, they may be dropped, and so closed, in another thread.
        connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        with closing(connection) as database:
            database.execute("pragma trusted_schema = off")
            kinds = dict(database.execute("select name, type from sqlite_master"))
            if (kinds.get("passages"), kinds.get("encoder")) != ("table", "table"):
                yield None
                return
            facts = database.execute("select fingerprint, dim from encoder limit 1").fetchone()
            yield dict(zip(("fingerprint", "dim"), facts or (), strict=False))
            for text, data in database.execute("select text, vector from passages"):
                yield text, np.frombuffer(data, "<f4") if isinstance(data, bytes) else data
    except (sqlite3.Error, ValueError) as error:
        raise SourceError(f"{path}: is not a dump in SQLite: {_first_line(error)}") from error


def _checked(rows: Sequence[Row], dim: int, path: Path) -> Vectors:
    """Return the vectors of rows as unit rows; raise `SourceError` for the first bad one."""
    vectors = np.empty((len(rows), dim), dtype=np.float32)
    for into, (text, vector) in zip(vectors, rows, strict=True):
        if (numbers := _numbers(vector)) is None or numbers.shape != (dim,):
            raise _unusable(path, text, f"is not a list of {dim} numbers")
        into[:] = numbers
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(vectors, axis=1)
    if len(bad := np.flatnonzero(~(np.abs(lengths - 1) < UNIT_WITHIN))):
        length = float(lengths[bad[0]])
        raise _unusable(path, rows[int(bad[0])][0], f"has length {length:.3g}: its length is not 1")
    units: Vectors = vectors / lengths[:, None]
    return units


def _numbers(vector: Any) -> Vectors | None:
    """Return a vector as an array, None if it holds anything but numbers."""
    try:
        return np.asarray(vector, dtype=np.float32)
    except (TypeError, ValueError):
        return None


def _unusable(path: Path, text: str, why: str) -> SourceError:
    return SourceError(
        f"{path}: the vector of {text[:60]!r} {why}; dump the index again, or build without it"
    )


def _compare(text: str, vector: Any, encoder: Encoder, path: Path) -> None:
    """Raise `SourceError` unless the encoder gives about this vector for a text."""
    [own] = encoder.encode([text], role="passage")
    if float(own @ vector) < SAME_VECTOR:
        raise SourceError(
            f"{path}: the vector of {text[:60]!r} is not what encoder {encoder.name} gives; "
            "build without these vectors"
        )


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
