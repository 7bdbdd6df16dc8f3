"""Build a snapshot, from files to articles, passages, vectors and index, and publish it.

Only what changed since the live snapshot is cut and encoded (`plan.py` decides what that is).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Unpack

from recommender.articles.handed import take_sources
from recommender.articles.notices import unpublished_of
from recommender.builder.changes import FileStamps, Work, find_work, learned_from, no_article
from recommender.builder.checkpoint import Checkpoint, clear_checkpoint
from recommender.builder.cutting import pieces_of
from recommender.builder.derive import Since, derive_as_due
from recommender.builder.doubts import doubts_after
from recommender.builder.encode import Encoded, fill_vectors
from recommender.builder.farm.farm import Farm
from recommender.builder.farm.keep import clear_parts
from recommender.builder.given import LazyEncoder, Sources
from recommender.builder.job import Job
from recommender.builder.merge import Known, merge_segments
from recommender.builder.options import BuildKeywords, BuildOptions
from recommender.builder.plan import Plan
from recommender.builder.previous import Previous, find_previous
from recommender.builder.related_recall import with_related_recall
from recommender.builder.report import (
    changes_of,
    count_articles,
    pairs_of,
    report_of,
    unchanged_report,
)
from recommender.builder.row_notes import keep_rows, known_rows
from recommender.builder.sources import check_losses, sources_as_facts
from recommender.builder.vectors_file import take_vectors
from recommender.encoders.base import Encoder
from recommender.errors import SettingsError, SnapshotDamaged
from recommender.index.write import check_kind
from recommender.passages import boilerplate
from recommender.passages.boilerplate import read_list
from recommender.passages.cutter import PassageMaker
from recommender.store.columns import live_flags
from recommender.store.files import place_text
from recommender.store.json_records import read_record
from recommender.store.layout import segment_folder
from recommender.store.manifest import (
    Contents,
    DerivedFiles,
    EncoderFacts,
    Learned,
    Manifest,
    Recipe,
)
from recommender.store.publish import (
    SegmentRef,
    adopt_segment,
    new_segment_name,
    publish,
    workplace,
)
from recommender.store.segment import Segment
from recommender.store.segment_writer import SegmentWriter
from recommender.system.storage import check_address
from recommender.types import BuildReport, LanguageDoubt, OnProgress
from recommender.version import __version__


@dataclass(frozen=True, slots=True)
class Made:
    """The segments that a build made for its plan, and how many texts were encoded for them.

    `new_passages` counts the passages of the new segment. `derived` are its files that were already
    written.
    """

    plan: Plan
    segments: list[SegmentRef]
    encoded: Encoded
    new_passages: int
    derived: DerivedFiles = field(default_factory=dict)


def build(
    source: Sources,
    *,
    into: str | Path = "vectors",
    model: str | Encoder | None = None,
    on_progress: OnProgress | None = None,
    options: BuildOptions | None = None,
    **keywords: Unpack[BuildKeywords],
) -> BuildReport:
    """Make the articles of `source` the live snapshot of `into`, doing only what changed.

    `source` is a file or folder, an `Article`, a mapping with the fields of a row, any iterable of
    these (also one that is too large for memory, or async), a data frame or an Arrow table. `model`
    is the name or folder of a sentence-transformers model, or an encoder of your own that you also
    give to `Recommender.open`; None is the bundled model. `options` or keyword arguments of the
    same names set the options (`BuildOptions`); a keyword overrides its option. If nothing changed,
    nothing is published and the report says so.

    Raises `FolderForeign` if `into` holds other files than an index, `SourceError` if nothing can
    be built, `ReplaceRefused` if too many articles would be removed, `EncoderError` for the model,
    `IndexLocked` while another build runs, `StorageError` if `into` cannot be written. After any
    error the live snapshot stays live.
    """
    options = replace(options or BuildOptions(), **keywords)
    check_kind(options.settings.index_kind)
    if options.on and options.vectors:
        raise SettingsError("--on and --vectors do not go together: leave one of them out")
    if options.parts:
        check_address(options.parts)
        if not options.on:
            raise SettingsError("--parts needs --on: say where the tasks run")
    reviewed = read_list(Path(into) / boilerplate.BOILERPLATE_FILE)
    lazy = LazyEncoder(model)
    shared = options.settings.shared
    with workplace(Path(into), may_be_new=True, shared=shared) as building:
        job = Job(
            sources=take_sources(source, building),
            into=Path(into),
            options=options,
            lazy=lazy,
            cutter=PassageMaker(options.settings, reviewed),
            report=on_progress or (lambda stage, done, total: None),
        )
        return _build(job, building)


def _build(job: Job, building: Path) -> BuildReport:
    """Build in an empty folder, reusing as much of the live snapshot as possible."""
    options = job.options
    base = find_previous(job.into, job.lazy.fingerprint, job.cutter.recipe, options.full)
    seen = FileStamps(job.into, job.sources, options.settings)
    live = base.snapshot
    if options.if_changed and live and not base.reasons and seen.by(live.name):
        return unchanged_report(live, seen.left_out(), (), job.started)
    try:
        report = _build_from(base, job, building)
    except SnapshotDamaged as error:  # found when something was to be reused from it
        if base.is_checked:
            raise
        report = _build_from(base.without_snapshot(error), job, building)
    if not report.refused:
        seen.remember(report.snapshot, report.left_out)
    return report


def _build_from(base: Previous, job: Job, building: Path) -> BuildReport:
    """Make the snapshot of the sources from what `base` already has, and publish it.

    New and changed articles are cut into one new segment, and its texts are encoded. Small segments
    are merged, and derived files are written. If nothing changed, nothing is written.
    """
    known = known_rows(job.into, job.options.settings)
    with job.farm(building) as farm, SegmentWriter(building / new_segment_name()) as writer:
        work = find_work(base, job.cutter, job.sources, job.report, farm, known)
        doubts = tuple(_cut(work, job, farm, writer))
        keep_rows(job.into, work.reading, known)
        plan = work.reading.plan(job.sources)
        left_out, notices = work.reading.left_out, work.reading.notices.counts()
        if plan.is_empty and base.snapshot and _is_same_index(base.snapshot.manifest, job):
            clear_parts(job.into)
            farm.clear()
            return unchanged_report(base.snapshot, left_out, notices, job.started)
        if not job.options.replace:
            check_losses(base.remembered, job.sources, plan, is_gated=bool(job.options.gate))
        made = _make_segments(job, farm, writer, base, plan)
    made = _merged(made, job, building, base)
    contents = _contents(base, job, work, made, doubts)
    contents = with_related_recall(job.into, building, made.segments, contents)
    gate = job.options.gate(base.snapshot) if job.options.gate else None
    place_text(
        job.into / boilerplate.BOILERPLATE_FILE, boilerplate.list_text(job.cutter.boilerplate)
    )
    manifest, findings = publish(job.into, building, made.segments, contents, gate)
    clear_checkpoint(job.into)
    clear_parts(job.into)
    farm.clear()
    refused = tuple(findings.get("refused", ()))
    return report_of(
        contents, manifest.name, job.started, published=not refused, refused=refused, doubts=doubts
    )


def _merged(made: Made, job: Job, building: Path, base: Previous) -> Made:
    """Return what a build has made, with small segments merged."""
    before = base.manifest.derived if base.manifest else {}
    known = Known({**before, **made.derived})
    merged = merge_segments(job.into, building, made.segments, known)
    return replace(made, segments=merged.segments, derived={**made.derived, **merged.derived})


def _contents(
    base: Previous, job: Job, work: Work, made: Made, doubts: Sequence[LanguageDoubt]
) -> Contents:
    """Return the contents of the snapshot, after writing the files derived from its segments.

    Raises `SourceError` if no article has a passage.
    """
    segments = [Segment(segment_folder(job.into, one.segment)) for one in made.segments]
    live = [live_flags(len(s), one.removed) for s, one in zip(segments, made.segments, strict=True)]
    counts = count_articles(segments, live)
    notices = work.reading.notices.counts()
    left_out = (*work.reading.left_out, *counts.wordless)
    if not counts.passages:
        raise no_article(job.sources, left_out, notices)
    encoder = _encoder_facts(base, job.lazy)
    touched = counts.articles if made.plan.reasons or work.learned else made.plan.touched_articles
    setting = job.options.settings.index_kind
    since = Since(base.manifest, touched, setting, made=made.derived)
    derived, measured = derive_as_due(segments, live, encoder, since)
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
        doubts=doubts_after(base.snapshot, {base.places[at] for at in made.plan.removed}, doubts),
        include_unpublished=job.options.settings.include_unpublished,
        build=changes_of(made.plan, counts, made.encoded, counts.passages - made.new_passages),
        learned=_learned(base, made.plan, counts.articles if work.learned else None),
        measured=measured,
        sources=sources_as_facts(job.sources, job.into),
        **derived.fields(),
    )


def _is_same_index(live: Manifest, job: Job) -> bool:
    """Return whether the live snapshot was made with the same settings for the whole index."""
    includes = job.options.settings.include_unpublished
    is_same_kind = live.index.kind == job.options.settings.index_kind
    return is_same_kind and live.include_unpublished == includes


def _cut(work: Work, job: Job, farm: Farm, writer: SegmentWriter) -> Iterator[LanguageDoubt]:
    """Cut and write the articles to cut; yield those whose declared language was rejected."""
    for piece, doubts in pieces_of(work, job.cutter, farm, job.lazy):
        writer.append(piece)
        yield from (LanguageDoubt(*one) for one in doubts)


def _make_segments(job: Job, farm: Farm, writer: SegmentWriter, base: Previous, plan: Plan) -> Made:
    """Finish the new segment; return it with the live segments that stay in use.

    The live ones lose the articles that `plan` removes. Each passage of the new one gets a vector:
    an earlier one of the same text, else one from the encoder.
    """
    kept = base.segments_without(plan.removed)
    writer.close_articles()
    if not writer.article_count:
        return Made(plan, kept, Encoded(0, 0), 0)
    encoder, fingerprint = job.lazy.encoder, job.lazy.fingerprint
    with Checkpoint(job.into, fingerprint, encoder.dim) as checkpoint:
        if made_elsewhere := job.options.vectors:
            wanted = set(writer.text_hashes())
            take_vectors(Path(made_elsewhere), encoder, fingerprint, wanted, checkpoint)
        encoded = fill_vectors(
            writer,
            encoder,
            base.stored,
            checkpoint,
            lambda done, total: job.report("encode", done, total),
            farm.encode,
        )
    name, derived = writer.folder.name, farm.derive(writer)
    writer.close(fingerprint)
    adopt_segment(job.into, writer.folder)
    return Made(plan, [*kept, SegmentRef(name)], encoded, writer.passage_count, {name: derived})


def _learned(base: Previous, plan: Plan, articles: int | None) -> Learned:
    """Return from how many articles boilerplate was learned, and how many changed since.

    `articles` is their number if it was learned in this build.
    """
    if articles is not None:
        return Learned(articles=articles)
    before = learned_from(base)
    return replace(before, changed_since=before.changed_since + plan.touched_articles)


def _encoder_facts(base: Previous, lazy: LazyEncoder) -> EncoderFacts:
    """Return the manifest's field on the encoder, which is loaded only if it is another one."""
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
