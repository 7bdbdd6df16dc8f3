"""Compare the input of a write with the live snapshot: what it adds, replaces and removes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

from recommender.articles.clean import whole
from recommender.articles.handed import take_sources
from recommender.articles.sources import Below, Source
from recommender.builder.edit import Edit, edited
from recommender.builder.given import LazyEncoder, Sources
from recommender.builder.opened import ENCODER
from recommender.builder.sources import Remembered, read_remembered, sources_as_facts
from recommender.encoders.base import Encoder
from recommender.errors import ArticleNotFound, QueryError, SnapshotForeign
from recommender.passages.boilerplate import BOILERPLATE_FILE, Recurrence, read_list
from recommender.passages.cutter import RECIPE_VERSION, PassageMaker
from recommender.safe_open import Stamp, stamp_or_none
from recommender.settings import Settings
from recommender.store.advice import rebuild
from recommender.store.article_ids import id_text
from recommender.store.manifest import Manifest, SourceFacts
from recommender.store.segment_writer import SegmentWriter
from recommender.store.snapshot import Snapshot
from recommender.types import Article

# An id, or several.
Ids = str | int | Iterable[str | int]


@dataclass(frozen=True, slots=True)
class Put:
    """Articles to put into the index in `into`; if they `must_exist`, all of them must be there.

    `model` is that of the index if it is None.
    """

    source: Sources
    into: Path
    model: str | Encoder | None
    settings: Settings
    must_exist: bool = False

    def read(
        self, snapshot: Snapshot, scratch: Path, writer: SegmentWriter
    ) -> tuple[Edit, LazyEncoder]:
        """Cut and write new articles; return the changes and the encoder of the index.

        Articles that a program passes are kept in the folder `scratch`. Raises what `add` and
        `update` raise before they publish.
        """
        lazy = _encoder_of(snapshot, self.model)
        cutter = _cutter_of(snapshot, self.settings)
        remembered = read_remembered(self.into, snapshot.manifest)
        taken = take_sources(self.source, scratch)
        sources = [_named_as_before(one, remembered) for one in taken]
        edit = Edit(snapshot, partial(_sources_with, remembered, sources, self.into))
        edited(edit, writer, cutter, sources, lambda: lazy.encoder)
        if self.must_exist and edit.added:
            raise _no_article(snapshot, edit.added)
        return edit, lazy


def removal_of(ids: Ids, snapshot: Snapshot) -> Edit:
    """Return the changes if articles are removed; raise what `remove` raises before publishing."""
    if isinstance(ids, Mapping | Article):
        raise QueryError("an article is removed by its id: give that alone, or several in a list")
    every = ids if isinstance(ids, Iterable) and not isinstance(ids, str | bytes) else [ids]
    named = list(dict.fromkeys(whole(id_text(one)) for one in every))
    lost = [id for id in named if snapshot.find(id) is None]
    if lost:
        raise _no_article(snapshot, lost)
    edit = Edit(snapshot, lambda: snapshot.manifest.sources)
    for id in named:
        edit.remove(id)
    return edit


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
    """Return a maker that cuts articles as those of the index were cut."""
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
    return PassageMaker(settings, _reviewed(path, stamp_or_none(path)))


@lru_cache(maxsize=1)
def _reviewed(path: Path, stamp: Stamp | None) -> tuple[Recurrence, ...]:
    """Return the list of boilerplate in a file; its `stamp` shows whether the file has changed."""
    return tuple(read_list(path))


def _named_as_before(source: Source, remembered: Remembered | None) -> Source:
    """Return a file below a remembered folder with the name that a build would give it."""
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
    """Return the sources that the index remembers, and the new ones that are not below them."""
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
