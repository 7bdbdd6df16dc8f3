"""Builds a snapshot: files -> articles -> passages -> vectors -> index, then publishes it.

Only what changed since the live snapshot is cut and encoded; see `plan.py` for what that is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from recommender.articles.notices import unpublished_of
from recommender.builder.changes import FileStamps, Work, find_work, learned_from, no_article
from recommender.builder.checkpoint import Checkpoint, clear_checkpoint
from recommender.builder.derive import derive
from recommender.builder.encode import Encoded, fill_vectors
from recommender.builder.job import GateMaker, Job, LazyEncoder, Sources, as_paths
from recommender.builder.merge import merge_segments
from recommender.builder.plan import Plan
from recommender.builder.previous import Previous, find_previous
from recommender.builder.report import (
    count_articles,
    manifest_facts,
    new_report,
    unchanged_report,
    with_notices,
)
from recommender.encoders.base import Encoder
from recommender.errors import SnapshotDamaged
from recommender.index import check_kind
from recommender.passages import boilerplate
from recommender.passages.boilerplate import read_list
from recommender.passages.cutter import LANGUAGE_NOTE, PassageMaker
from recommender.settings import DEFAULTS, Settings
from recommender.store.files import place_text
from recommender.store.manifest import SEGMENTS
from recommender.store.publish import (
    SegmentRef,
    adopt_segment,
    new_segment_name,
    publish,
    workplace,
)
from recommender.store.segment import Segment
from recommender.store.segment_writer import SegmentWriter
from recommender.store.snapshot import live_flags
from recommender.types import BuildReport, LanguageDoubt, OnProgress


def build(
    source: Sources,
    *,
    into: str | Path = "vectors",
    model: str | Encoder | None = None,
    settings: Settings = DEFAULTS,
    full: bool = False,
    if_changed: bool = False,
    gate: GateMaker | None = None,
    on_progress: OnProgress | None = None,
) -> BuildReport:
    """Make the articles below `source` the live snapshot of `into`, doing only what changed.

    `model` is the name or folder of a sentence-transformers model, or an encoder of your own, to
    be given again to `Recommender.open`; None is the bundled model. `settings` says how articles
    are read and cut and which index is made; its source, index and model are not looked at.
    `full` encodes everything anew; `if_changed` reads no file where all have the names, sizes and
    times of the last build.
    `gate` makes, of the live snapshot, a gate that may refuse the new one (see `gate.py`); it is
    kept then, but does not become live. Where nothing changed, nothing is published and the
    report says so.
    Raises `SourceError` where nothing can be built, `EncoderError` for the model, `IndexLocked`
    while another build runs, `StorageError` where `into` cannot be written. Whatever is raised,
    the snapshot that was live stays live.
    """
    check_kind(settings.index_kind)
    job = Job(
        sources=as_paths(source),
        into=Path(into),
        lazy=LazyEncoder(model),
        cutter=PassageMaker(settings, read_list(Path(into) / boilerplate.BOILERPLATE_FILE)),
        index_kind=settings.index_kind,
        gate=gate,
        report=on_progress or (lambda stage, done, total: None),
    )
    with workplace(job.into) as building:
        base = find_previous(job.into, job.lazy.fingerprint, job.cutter.recipe, full)
        seen = FileStamps(job.into, job.sources, settings)
        if if_changed and not base.reasons and base.snapshot and seen.by(base.snapshot.name):
            return unchanged_report(base, (), job.started)
        try:
            report = _build_from(base, job, building)
        except SnapshotDamaged as error:  # found when something was to be taken over from it
            if base.is_checked:
                raise
            report = _build_from(base.without_snapshot(error), job, building)
        if not report.refused:
            seen.remember(report.snapshot)
    return report


def _build_from(base: Previous, job: Job, building: Path) -> BuildReport:
    work = find_work(base, job.cutter, job.sources, job.report)
    with SegmentWriter(building / new_segment_name()) as writer:
        doubts = tuple(_cut(work, job, writer))
        plan = work.reading.plan(job.sources)
        notices = work.reading.notices.counts()
        if plan.is_empty and _is_same_index(base, job):
            unchanged = unchanged_report(base, work.reading.left_out, job.started)
            return with_notices(unchanged, notices)
        parts, encoded = _new_parts(job, writer, base, plan)
    parts = merge_segments(job.into, building, parts)
    segments = [Segment(job.into / SEGMENTS / part.segment) for part in parts]
    live = [live_flags(len(s), part.removed) for s, part in zip(segments, parts, strict=True)]
    census = count_articles(segments, live)
    left_out = (*work.reading.left_out, *census.wordless)
    if not census.passages:
        raise no_article(job.sources, left_out, unpublished_of(notices))
    kept = census.passages - writer.passage_count
    encoder = _encoder_facts(base, job.lazy)
    result = new_report(encoder["name"], plan, census, encoded, left_out, kept)
    result = with_notices(result, notices)
    facts = manifest_facts(encoder, job, result)
    facts |= derive(segments, live, encoder, base.manifest, job.index_kind)
    gate = job.gate(base.snapshot) if job.gate else None
    facts["learned"] = _learned(base, plan, census.articles if work.learned else None)
    place_text(
        job.into / boilerplate.BOILERPLATE_FILE, boilerplate.list_text(job.cutter.boilerplate)
    )
    name, findings = publish(job.into, building, parts, facts, gate)
    clear_checkpoint(job.into)
    return replace(
        result,
        snapshot=name,
        published=not findings.get("refused"),
        refused=tuple(findings.get("refused", ())),
        language_doubts=doubts,
        seconds=round(time.monotonic() - job.started, 3),
    )


def _is_same_index(base: Previous, job: Job) -> bool:
    """Tell whether the live snapshot was made with the same settings for the whole index."""
    includes = base.manifest.get("include_unpublished", False)
    is_same_kind: bool = base.manifest["index"]["kind"] == job.index_kind
    return is_same_kind and includes == job.cutter.settings.include_unpublished


def _cut(work: Work, job: Job, writer: SegmentWriter) -> Iterator[LanguageDoubt]:
    """Cut and write what has to be cut; yield whose declared language was not believed."""
    for prepared, content in work.to_cut:
        cut = job.cutter.cut(prepared, job.lazy.encoder)
        writer.add(cut, content)
        article = cut.article
        if article.metadata is not prepared.metadata:  # a row may have a field of that name
            yield LanguageDoubt(article.id, article.metadata[LANGUAGE_NOTE])


def _new_parts(
    job: Job, writer: SegmentWriter, base: Previous, plan: Plan
) -> tuple[list[SegmentRef], Encoded]:
    """Return the segments of the snapshot to be: the live ones' and one of what was cut."""
    parts = base.parts(plan.removed)
    writer.close_articles()
    if not writer.article_count:
        return parts, Encoded(0, 0)
    encoder, fingerprint = job.lazy.encoder, job.lazy.fingerprint
    with Checkpoint(job.into, fingerprint, encoder.dim) as checkpoint:
        encoded = fill_vectors(
            writer,
            encoder,
            base.stored,
            checkpoint,
            lambda done, total: job.report("encode", done, total),
        )
    writer.close(fingerprint)
    adopt_segment(job.into, writer.folder)
    return [*parts, SegmentRef(writer.folder.name)], encoded


def _learned(base: Previous, plan: Plan, articles: int | None) -> dict[str, int]:
    """Return of how many articles boilerplate was learned, and how many changed since."""
    if articles is not None:
        return {"articles": articles, "changed_since": 0}
    before = learned_from(base)
    return {**before, "changed_since": before["changed_since"] + plan.touched_articles}


def _encoder_facts(base: Previous, lazy: LazyEncoder) -> dict[str, Any]:
    """Return the manifest's field on the encoder, which is not loaded where nothing is encoded."""
    facts = {"model": lazy.model, "fingerprint": lazy.fingerprint}
    before = base.snapshot.manifest["encoder"] if base.snapshot else {}
    if before.get("fingerprint") == lazy.fingerprint:
        return {**before, **facts}
    arithmetic = getattr(lazy.encoder, "arithmetic", None)
    return {"name": lazy.encoder.name, "dim": lazy.encoder.dim, "arithmetic": arithmetic, **facts}
