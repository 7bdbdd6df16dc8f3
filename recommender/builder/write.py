"""Add, update and remove articles of an index: durable on return, at the cost of what changed.

A write makes a small segment beside the existing ones, and a snapshot that names them all. It reads
no source and measures nothing again before that is due (`derive.py`). So its cost does not grow
with the archive. Small segments are merged by later writes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict, Unpack

from recommender.builder.given import Sources
from recommender.builder.opened import OPENED
from recommender.builder.put import Ids, Put, removal_of
from recommender.builder.written import finish
from recommender.encoders.base import Encoder
from recommender.errors import IndexLocked
from recommender.settings import DEFAULTS, Settings
from recommender.store.publish import new_segment_name, workplace
from recommender.store.segment_writer import SegmentWriter
from recommender.types import BuildReport

# A writer looks so often whether another one has finished.
SECONDS_BETWEEN_TRIES = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """How a write reads articles, and how many seconds it waits for another writer to end.

    Of the `settings`, only those of reading count; articles are cut as the index was made.
    """

    settings: Settings = DEFAULTS
    wait: float = 60.0


class WriteKeywords(TypedDict, total=False):
    """The options of a write as keyword arguments."""

    settings: Settings
    wait: float


def add(
    source: Sources,
    *,
    into: str | Path = "vectors",
    model: str | Encoder | None = None,
    options: WriteOptions | None = None,
    **keywords: Unpack[WriteKeywords],
) -> BuildReport:
    """Add articles to the index in `into`; an article with a known id replaces the old one.

    `source` is what `build` takes. An article that its source no longer publishes is removed. The
    index then answers as if it had been built from the same articles, except that boilerplate,
    means and scales may be older, up to a bound (docs/rebuilds.md). On return the articles are on
    disk, and `Recommender.reload` shows them. `model` is that of the index by default; pass an
    encoder of your own again.

    Raises `SnapshotMissing` if there is no index, `SnapshotForeign` for another encoder or if the
    index must be built again first, `IndexLocked` if another writer does not end in time,
    `SourceError` if no article can be read or none would be left.
    """
    options = replace(options or WriteOptions(), **keywords)
    return _put(Put(source, Path(into), model, options.settings), options.wait)


def update(
    source: Sources,
    *,
    into: str | Path = "vectors",
    model: str | Encoder | None = None,
    options: WriteOptions | None = None,
    **keywords: Unpack[WriteKeywords],
) -> BuildReport:
    """Replace articles of the index in `into` as `add` does; all of them must be in it.

    Raises `ArticleNotFound` for a missing article, and what `add` raises; then nothing is written.
    """
    options = replace(options or WriteOptions(), **keywords)
    put = Put(source, Path(into), model, options.settings, must_exist=True)
    return _put(put, options.wait)


def remove(
    ids: Ids,
    *,
    into: str | Path = "vectors",
    options: WriteOptions | None = None,
    **keywords: Unpack[WriteKeywords],
) -> BuildReport:
    """Remove the articles with these ids from the index in `into`; a number may be an id.

    Raises `ArticleNotFound` for a missing id, `SourceError` if no article would be left,
    `QueryError` for a value that is not an id, and `IndexLocked` as `add` does; then nothing is
    written.
    """
    started = time.monotonic()
    options = replace(options or WriteOptions(), **keywords)
    with _writing(Path(into), options.wait) as building:
        edit = removal_of(ids, OPENED.snapshot(Path(into)))
        with SegmentWriter(building / new_segment_name()) as writer:
            return finish(edit, building, writer, None, started)


def _put(put: Put, wait: float) -> BuildReport:
    started = time.monotonic()
    with _writing(put.into, wait) as building:
        snapshot = OPENED.snapshot(put.into)
        with SegmentWriter(building / new_segment_name()) as writer:
            edit, lazy = put.read(snapshot, building, writer)
            return finish(edit, building, writer, lazy, started)


@contextmanager
def _writing(folder: Path, wait: float) -> Iterator[Path]:
    """Yield an empty folder to write in, as `workplace`; wait for another writer to end."""
    with ExitStack() as stack:
        yield _entered(stack, folder, wait)


def _entered(stack: ExitStack, folder: Path, wait: float) -> Path:
    until = time.monotonic() + wait
    while True:
        try:
            return stack.enter_context(workplace(folder, is_small=True))
        except IndexLocked:
            if time.monotonic() > until:
                raise
        time.sleep(SECONDS_BETWEEN_TRIES)
