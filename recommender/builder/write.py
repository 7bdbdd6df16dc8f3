"""Add, update and remove articles of an index: durable on return, at the cost of what changed.

A write makes a small segment beside those that are there, and a snapshot that names them all. It
reads no source and measures nothing again before that is due (`derive.py`), so that its cost does
not grow with the archive. Small segments are merged by later writes.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TypedDict, Unpack

from recommender.articles.clean import whole
from recommender.articles.handed import take_sources
from recommender.articles.sources import Below, Source
from recommender.builder.edit import Edit, edited
from recommender.builder.job import LazyEncoder, Sources
from recommender.builder.opened import ENCODER, OPENED
from recommender.builder.sources import Remembered, read_remembered, sources_as_facts
from recommender.builder.written import finish
from recommender.encoders.base import Encoder
from recommender.errors import ArticleNotFound, IndexLocked, QueryError, SnapshotForeign
from recommender.passages.boilerplate import BOILERPLATE_FILE, Recurrence, read_list
from recommender.passages.cutter import RECIPE_VERSION, PassageMaker
from recommender.safe_open import Stamp, stamp_of
from recommender.settings import DEFAULTS, Settings
from recommender.store.article_ids import id_text
from recommender.store.files import rebuild
from recommender.store.manifest import Manifest, SourceFacts
from recommender.store.publish import new_segment_name, workplace
from recommender.store.segment_writer import SegmentWriter
from recommender.store.snapshot import Snapshot
from recommender.types import Article, BuildReport

# How often a writer looks whether another one has finished.
SECONDS_BETWEEN_TRIES = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """How a write reads articles, and how many seconds it waits for another writer to end.

    Of the `settings`, those of reading count; articles are cut as the index was made.
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
    """Add articles to the index in `into`; one whose id is there replaces that article.

    `source` is what `build` takes. An article that its source no longer publishes is removed. The
    index answers as if it had been built of the same articles, but that boilerplate, means and
    scales may be up to a bound older (docs/rebuilds.md). On return the articles are on disk, and
    `Recommender.reload` shows them. `model` is that of the index by default; give an encoder of
    your own again.

    Raises `SnapshotMissing` if there is no index, `SnapshotForeign` for another encoder or if the
    index must be built again first, `IndexLocked` if another writer does not end in time,
    `SourceError` if no article can be read or none would be left.
    """
    return _put(source, Path(into), model, replace(options or WriteOptions(), **keywords))


def update(
    source: Sources,
    *,
    into: str | Path = "vectors",
    model: str | Encoder | None = None,
    options: WriteOptions | None = None,
    **keywords: Unpack[WriteKeywords],
) -> BuildReport:
    """Replace articles of the index in `into` as `add` does; all of them have to be there.

    Raises `ArticleNotFound` for an article that is not there, and what `add` raises; then nothing
    is written.
    """
    options = replace(options or WriteOptions(), **keywords)
    return _put(source, Path(into), model, options, must_exist=True)


def remove(
    ids: str | int | Iterable[str | int],
    *,
    into: str | Path = "vectors",
    options: WriteOptions | None = None,
    **keywords: Unpack[WriteKeywords],
) -> BuildReport:
    """Remove the articles with these ids from the index in `into`; a number is an id as in a row.

    Raises `ArticleNotFound` for an id that is not there, `SourceError` if no article would be left,
    `QueryError` for what is no id, and `IndexLocked` as `add` does; then nothing is written.
    """
    started = time.monotonic()
    options = replace(options or WriteOptions(), **keywords)
    if isinstance(ids, Mapping | Article):
        raise QueryError("an article is removed by its id: give that alone, or several in a list")
    every = ids if isinstance(ids, Iterable) and not isinstance(ids, str | bytes) else [ids]
    named = list(dict.fromkeys(whole(id_text(one)) for one in every))
    with _writing(Path(into), options.wait) as building:
        snapshot = Snapshot(Path(into), opened=OPENED.of(Path(into)))
        lost = [id for id in named if snapshot.find(id) is None]
        if lost:
            raise _no_article(snapshot, lost)
        with SegmentWriter(building / new_segment_name()) as writer:
            edit = Edit(snapshot, snapshot.manifest.sources)
            for id in named:
                edit.remove(id)
            return finish(edit, building, writer, None, started)


def _put(
    source: Sources,
    into: Path,
    model: str | Encoder | None,
    options: WriteOptions,
    must_exist: bool = False,
) -> BuildReport:
    started = time.monotonic()
    with _writing(into, options.wait) as building:
        snapshot = Snapshot(into, opened=OPENED.of(into))
        lazy = _encoder_of(snapshot, model)
        cutter = _cutter_of(snapshot, options.settings)
        remembered = read_remembered(into, snapshot.manifest)
        sources = [_named_as_before(one, remembered) for one in take_sources(source, building)]
        with SegmentWriter(building / new_segment_name()) as writer:
            edit = Edit(snapshot, _sources_with(remembered, sources, into))
            edited(edit, writer, cutter, sources, lambda: lazy.encoder)
            if must_exist and edit.added_ids:
                raise _no_article(snapshot, edit.added_ids)
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


def _encoder_of(snapshot: Snapshot, model: str | Encoder | None) -> LazyEncoder:
    """Return the encoder that made the index; raise `SnapshotForeign` for another one."""
    made_with = snapshot.manifest.encoder
    lazy = LazyEncoder(made_with.model if model is None else model, ENCODER.load)
    if lazy.fingerprint != made_with.fingerprint:
        raise SnapshotForeign(
            f"{snapshot.folder}: the index was made with {made_with.name} "
            f"({made_with.fingerprint}), not with {lazy.fingerprint}; give that model, or "
            f"{rebuild(snapshot.folder)}"
        )
    return lazy


def _cutter_of(snapshot: Snapshot, settings: Settings) -> PassageMaker:
    """Return what cuts articles as those of the index were cut."""
    manifest: Manifest = snapshot.manifest
    recipe = manifest.recipe
    if recipe.passages != RECIPE_VERSION:
        raise SnapshotForeign(
            f"{snapshot.folder}: its articles were cut by another release; "
            f"run: recommender build SOURCE --into {snapshot.folder}"
        )
    settings = replace(
        settings,
        roles=recipe.policies,
        join_under=recipe.join_under,
        include_unpublished=manifest.include_unpublished,
    )
    path = snapshot.folder / BOILERPLATE_FILE
    return PassageMaker(settings, _reviewed(path, _stamp(path)))


@lru_cache(maxsize=1)
def _reviewed(path: Path, stamp: Stamp | None) -> tuple[Recurrence, ...]:
    """Return the list of boilerplate in a file, which its `stamp` tells from what it was before."""
    return tuple(read_list(path))


def _stamp(path: Path) -> Stamp | None:
    try:
        return stamp_of(path)
    except OSError:  # there is no list
        return None


def _named_as_before(source: Source, remembered: Remembered | None) -> Source:
    """Return a file below a remembered folder under the name that a build of that gives it."""
    if not isinstance(source, Path) or remembered is None:
        return source
    for one in remembered.sources:
        root = Path(one.absolute)
        if one.absolute and source.absolute().is_relative_to(root) and root.is_dir():
            return Below(source, root) if source.absolute() != root else source
    return source


def _sources_with(
    remembered: Remembered | None, sources: Sequence[Source], into: Path
) -> tuple[SourceFacts, ...]:
    """Return what the index remembers: its sources, and those that are not of them."""
    before = remembered.sources if remembered else ()
    others = [one for one in sources if not isinstance(one, Below)]
    every = {one.absolute or one.typed: one for one in (*sources_as_facts(others, into), *before)}
    known = {one.absolute or one.typed for one in before}
    return (*before, *(one for key, one in every.items() if before and key not in known))


def _no_article(snapshot: Snapshot, ids: Sequence[str]) -> ArticleNotFound:
    more = f" and {len(ids) - 1:,} more" if len(ids) > 1 else ""
    return ArticleNotFound(
        f"{ids[0]}{more}: no article in {snapshot.folder} has this id; nothing was written; "
        "see: recommender list WORDS"
    )
