"""Forecast what `add`, `update` and `remove` would do, without writing anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from recommender.articles.notices import passed_over_of, unpublished_of
from recommender.builder.edit import Edit
from recommender.builder.given import Sources
from recommender.builder.put import Ids, Put, removal_of
from recommender.builder.report import count_articles
from recommender.encoders.base import Encoder
from recommender.settings import DEFAULTS, Settings
from recommender.store.segment import Segment
from recommender.store.segment_writer import SegmentWriter
from recommender.store.snapshot import Snapshot
from recommender.types import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteForecast:
    """The work that a write would do: how many articles it would change, and their ids.

    `same` counts the given articles that the index already holds. `passages` are those of the
    articles that would be added or changed; `to_encode` of their texts have no vector yet.
    """

    same: int
    added: int
    changed: int
    removed: int
    added_ids: tuple[str, ...]
    changed_ids: tuple[str, ...]
    removed_ids: tuple[str, ...]
    passages: int
    to_encode: int
    left_out: tuple[Refusal, ...] = ()
    unpublished: Mapping[str, int] = field(default_factory=dict)
    passed_over: Mapping[str, int] = field(default_factory=dict)


def forecast_add(
    source: Sources,
    *,
    into: str | Path = "vectors",
    model: str | Encoder | None = None,
    settings: Settings = DEFAULTS,
) -> WriteForecast:
    """Return what `add` with the same arguments would do; takes no lock, changes no index.

    New and changed articles are read and cut, and nothing is encoded. Raises what `add` raises.
    """
    return _forecast(Put(source, Path(into), model, settings))


def forecast_update(
    source: Sources,
    *,
    into: str | Path = "vectors",
    model: str | Encoder | None = None,
    settings: Settings = DEFAULTS,
) -> WriteForecast:
    """Return what `update` with the same arguments would do, as `forecast_add` does."""
    return _forecast(Put(source, Path(into), model, settings, must_exist=True))


def forecast_remove(ids: Ids, *, into: str | Path = "vectors") -> WriteForecast:
    """Return what `remove` with the same arguments would do; raise what that raises."""
    return _forecast_of(removal_of(ids, Snapshot(Path(into))), [])


def _forecast(put: Put) -> WriteForecast:
    with (
        TemporaryDirectory(prefix="recommender-") as scratch,
        SegmentWriter(Path(scratch, "segment")) as writer,
    ):
        edit, _ = put.read(Snapshot(put.into), Path(scratch), writer)
        found = _forecast_of(edit, writer.text_hashes())
        return replace(found, left_out=(*found.left_out, *_wordless(writer)))


def _wordless(writer: SegmentWriter) -> list[Refusal]:
    """Name the new articles that have no passage but a title, as the write does."""
    if not writer.article_count:
        return []
    writer.close_articles()
    # A segment is opened with its vectors, of which none is read here.
    writer.write_vectors([np.zeros((writer.passage_count, 1), np.float32)], dim=1)
    writer.close(encoder="")
    segment = Segment(writer.folder)
    return count_articles([segment], [np.ones(len(segment), np.bool_)]).wordless


def _forecast_of(edit: Edit, texts: list[bytes]) -> WriteForecast:
    """Return the forecast of an edit whose new passages have these text hashes."""
    edit.check_some_read()
    edit.check_some_left(len(texts))
    notices = edit.notices.counts()
    distinct = [*dict.fromkeys(texts)]
    return WriteForecast(
        same=edit.same,
        added=len(edit.added),
        changed=len(edit.changed),
        removed=len(edit.gone),
        added_ids=tuple(edit.added),
        changed_ids=tuple(edit.changed),
        removed_ids=tuple(edit.gone),
        passages=len(texts),
        to_encode=int((edit.own_vectors().find(distinct) < 0).sum()),
        left_out=tuple(edit.left_out),
        unpublished=unpublished_of(notices),
        passed_over=passed_over_of(notices),
    )
