"""Builds a snapshot: files -> articles -> passages -> vectors -> index, then publishes it.

Only what changed since the live snapshot is cut and encoded; see `plan.py` for what that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

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
    changes_of,
    count_articles,
    pairs_of,
    report_of,
    unchanged_report,
)
from recommender.encoders.base import Encoder
from recommender.errors import SnapshotDamaged
from recommender.index import check_kind
from recommender.passages import boilerplate
from recommender.passages.boilerplate import read_list
from recommender.passages.cutter import LANGUAGE_NOTE, PassageMaker
from recommender.settings import DEFAULTS, Settings
from recommender.store.columns import live_flags
from recommender.store.files import place_text
from recommender.store.json_records import read_record
from recommender.store.layout import segment_folder
from recommender.store.manifest import Contents, EncoderFacts, Learned, Manifest, Recipe
from recommender.store.publish import (
    SegmentRef,
    adopt_segment,
    new_segment_name,
    publish,
    workplace,
)
from recommender.store.segment import Segment
from recommender.store.segment_writer import SegmentWriter
from recommender.types import BuildReport, LanguageDoubt, OnProgress
from recommender.version import __version__


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
            return unchanged_report(base.snapshot, (), (), job.started)
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
    """Make the snapshot of the sources from what `base` already has, and publish it.

    What is new is cut into one new segment, its texts are encoded, small segments are merged, and
    what answers need besides is derived. If nothing is new, nothing is written.
    """
    work = find_work(base, job.cutter, job.sources, job.report)
    with SegmentWriter(building / new_segment_name()) as writer:
        doubts = tuple(_cut(work, job, writer))
        plan = work.reading.plan(job.sources)
        left_out, notices = work.reading.left_out, work.reading.notices.counts()
        if plan.is_empty and base.snapshot and _is_same_index(base.snapshot.manifest, job):
            return unchanged_report(base.snapshot, left_out, notices, job.started)
        parts, encoded = _new_parts(job, writer, base, plan)
    parts = merge_segments(job.into, building, parts)
    contents = _contents(base, job, work, parts, (plan, encoded, writer.passage_count))
    gate = job.gate(base.snapshot) if job.gate else None
    place_text(
        job.into / boilerplate.BOILERPLATE_FILE, boilerplate.list_text(job.cutter.boilerplate)
    )
    name, findings = publish(job.into, building, parts, contents, gate)
    clear_checkpoint(job.into)
    refused = tuple(findings.get("refused", ()))
    return report_of(
        contents, name, job.started, published=not refused, refused=refused, doubts=doubts
    )


def _contents(
    base: Previous,
    job: Job,
    work: Work,
    parts: Sequence[SegmentRef],
    done: tuple[Plan, Encoded, int],
) -> Contents:
    """Return what the snapshot of `parts` holds, after writing what is derived from them.

    `done` is the plan, what was encoded for it and how many passages are new. Raises `SourceError`
    if no article has a passage.
    """
    plan, encoded, new_passages = done
    segments = [Segment(segment_folder(job.into, part.segment)) for part in parts]
    live = [live_flags(len(s), part.removed) for s, part in zip(segments, parts, strict=True)]
    counts = count_articles(segments, live)
    notices = work.reading.notices.counts()
    left_out = (*work.reading.left_out, *counts.wordless)
    if not counts.passages:
        raise no_article(job.sources, left_out, unpublished_of(notices))
    encoder = _encoder_facts(base, job.lazy)
    derived = derive(segments, live, encoder, base.manifest, job.index_kind)
    return Contents(
        recommender=__version__,
        encoder=encoder,
        recipe=read_record(Recipe, job.cutter.recipe),
        articles=counts.articles,
        passages=counts.passages,
        words_only=counts.words_only,
        languages=dict(counts.languages.most_common()),
        roles=dict(counts.roles.most_common()),
        left_out=pairs_of(left_out),
        unpublished=unpublished_of(notices),
        notices=notices,
        include_unpublished=job.cutter.settings.include_unpublished,
        build=changes_of(plan, counts, encoded, counts.passages - new_passages),
        learned=_learned(base, plan, counts.articles if work.learned else None),
        **derived.fields(),
    )


def _is_same_index(live: Manifest, job: Job) -> bool:
    """Return whether the live snapshot was made with the same settings for the whole index."""
    includes = job.cutter.settings.include_unpublished
    return live.index.kind == job.index_kind and live.include_unpublished == includes


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
    """Return the segments of the snapshot to be, and what was encoded for them.

    They are the live ones without what `plan` removes, and the one that `writer` has written, with
    a vector for each of its passages: an earlier one of the same text, else from the encoder.
    """
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


def _learned(base: Previous, plan: Plan, articles: int | None) -> Learned:
    """Return how many articles boilerplate was learned from, and how many changed since.

    `articles` is their number if it was learned in this build.
    """
    if articles is not None:
        return Learned(articles=articles)
    before = learned_from(base)
    return replace(before, changed_since=before.changed_since + plan.touched_articles)


def _encoder_facts(base: Previous, lazy: LazyEncoder) -> EncoderFacts:
    """Return the manifest's field on the encoder, which is only loaded if it is another one."""
    before = base.manifest.encoder if base.manifest else None
    if before and before.fingerprint == lazy.fingerprint:
        return replace(before, model=lazy.model)
    return EncoderFacts(
        name=lazy.encoder.name,
        dim=lazy.encoder.dim,
        arithmetic=getattr(lazy.encoder, "arithmetic", None),
        model=lazy.model,
        fingerprint=lazy.fingerprint,
    )
