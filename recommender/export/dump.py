"""Write a whole index as tables that other programs read: SQLite, or Parquet with pyarrow."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from recommender.arrays import Vectors
from recommender.errors import FolderForeign, SettingsError, StorageError
from recommender.safe_open import refuse_network
from recommender.store.snapshot import Snapshot
from recommender.system.disk import unwritable
from recommender.types import Article, Passage

ARTICLE_COLUMNS = (
    *("id", "title", "language", "date", "author", "source", "url", "section", "path"),
    *("status", "embargo", "expires", "metadata", "text"),
)
PASSAGE_COLUMNS = ("id", "article_id", "role", "language", "text", "vector")
# Passages of a row group of Parquet.
ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Dumped:
    """How many articles and passages a dump holds."""

    articles: int
    passages: int


def dump(snapshot: Snapshot, path: Path) -> Dumped:
    """Write all live articles of a snapshot with their passages and vectors to a new file.

    The suffix of `path` decides the format: `.db` or `.sqlite` for SQLite, `.parquet` for Parquet.
    Raises `SettingsError` for another suffix or machine, or without pyarrow, `FolderForeign` if the
    file exists, and `StorageError` if it cannot be written; then no file is left.
    """
    refuse_network(path)
    writers = {".db": _write_sqlite, ".sqlite": _write_sqlite, ".parquet": _write_parquet}
    write = writers.get(path.suffix.lower())
    if write is None:
        raise SettingsError(f"{path}: name a file that ends in {', '.join(writers)}")
    if path.exists() or path.is_symlink():
        raise FolderForeign(f"{path}: is there already; name a file that is not")
    unfinished = path.with_name(f".unfinished-{path.name}.{os.getpid()}")
    try:
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        found = write(snapshot, unfinished)
        os.replace(unfinished, path)
    except OSError as error:
        raise unwritable(path, error) from error
    except sqlite3.Error as error:
        raise StorageError(f"{path}: cannot be written: {error}; free some space") from error
    finally:
        with suppress(OSError):
            os.unlink(unfinished)
    return found


def _contents(snapshot: Snapshot) -> Iterator[tuple[Article, list[Passage], Vectors]]:
    for position, _ in snapshot.positions_and_ids():
        article, rows = snapshot.article(position), snapshot.rows(position)
        passages = [snapshot.passage(row, article) for row in rows]
        yield article, passages, snapshot.vectors(rows)


def _article_row(article: Article) -> dict[str, Any]:
    record = {name: getattr(article, name) for name in ARTICLE_COLUMNS}
    record["status"] = str(article.status_now)
    record["metadata"] = json.dumps(article.metadata, ensure_ascii=False, default=str)
    return {name: _utf8(one) for name, one in record.items()}


def _passage_row(article: Article, passage: Passage, vector: Any) -> dict[str, Any]:
    language = passage.language or article.language
    values = (passage.id, article.id, str(passage.role), language, _utf8(passage.text), vector)
    return dict(zip(PASSAGE_COLUMNS, values, strict=True))


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _write_sqlite(snapshot: Snapshot, path: Path) -> Dumped:
    articles = passages = 0
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"create table articles ({_columns(ARTICLE_COLUMNS)})")
        database.execute(f"create table passages ({_columns(PASSAGE_COLUMNS)})")
        encoder = snapshot.manifest.encoder
        database.execute("create table encoder (name text, fingerprint text, dim integer)")
        facts = (encoder.name, encoder.fingerprint, encoder.dim)
        database.execute("insert into encoder values (?, ?, ?)", facts)
        for article, found, vectors in _contents(snapshot):
            _insert(database, "articles", [_article_row(article)])
            data = np.ascontiguousarray(vectors, "<f4")
            rows = [
                _passage_row(article, passage, row.tobytes())
                for passage, row in zip(found, data, strict=True)
            ]
            _insert(database, "passages", rows)
            articles, passages = articles + 1, passages + len(rows)
        database.execute("create index passages_of on passages (article_id)")
    return Dumped(articles, passages)


def _columns(names: tuple[str, ...]) -> str:
    kinds = {"id": "text primary key", "vector": "blob"}
    return ", ".join(f'"{name}" {kinds.get(name, "text")}' for name in names)


def _insert(database: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        marks = ", ".join("?" * len(row))
        database.execute(f"insert into {table} values ({marks})", tuple(row.values()))


def _write_parquet(snapshot: Snapshot, path: Path) -> Dumped:
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"{path.name}: Parquet needs pyarrow; install it: pip install 'recommender[parquet]'"
        ) from error
    names = (*PASSAGE_COLUMNS[:-1], *(f"article_{one}" for one in ARTICLE_COLUMNS[1:]))
    dim = snapshot.manifest.encoder.dim
    columns = [(name, arrow.string()) for name in names]
    encoder = snapshot.manifest.encoder
    facts = {"name": encoder.name, "fingerprint": encoder.fingerprint, "dim": dim}
    schema = arrow.schema(
        [*columns, ("vector", arrow.list_(arrow.float32(), dim))],
        metadata={"recommender.encoder": json.dumps(facts)},
    )
    articles = passages = 0
    waiting: list[dict[str, Any]] = []
    with parquet.ParquetWriter(path, schema) as writer:
        for article, found, vectors in _contents(snapshot):
            about = {f"article_{name}": one for name, one in _article_row(article).items()}
            for passage, vector in zip(found, vectors, strict=True):
                waiting.append(about | _passage_row(article, passage, vector.tolist()))
            articles, passages = articles + 1, passages + len(found)
            if len(waiting) >= ROWS_AT_ONCE:
                writer.write_table(arrow.Table.from_pylist(waiting, schema))
                waiting = []
        writer.write_table(arrow.Table.from_pylist(waiting, schema))
    return Dumped(articles, passages)
