"""Builds a snapshot: files -> articles -> passages -> vectors -> index, then publishes it.

Only what changed since the live snapshot is cut and encoded; see `plan.py` for what that is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from recommender import boilerplate
from recommender.assemble import Encoded, fill_vectors, merge_segments
from recommender.base import Base, find_base
from recommender.boilerplate import read_list
from recommender.census import Census, take_census
from recommender.cutting import LANGUAGE_NOTE, Cutter
from recommender.derive import derive
from recommender.encoded import Checkpoint, clear_checkpoint
from recommender.encoders import Encoder, encoder_fingerprint, load_encoder
from recommender.errors import IndexDamaged
from recommender.index import check_kind
from recommender.plan import Plan
from recommender.publish import Gate, Part, adopt_segment, new_segment_name, publish, workplace
from recommender.reading import Work, find_work, learned_from, no_article
from recommender.seen import Seen
from recommender.segment import Segment
from recommender.segment_writer import SegmentWriter
from recommender.settings import DEFAULTS, Settings
from recommender.snapshot import SEGMENTS, Snapshot, live_flags
from recommender.storage import place_text
from recommender.types import BuildReport, LanguageDoubt, OnProgress, Refusal
from recommender.version import __version__

GateMaker = Callable[[Snapshot | None], Gate]
Sources = str | Path | Sequence[str | Path]


class LazyEncoder:
    """An encoder that is loaded when it is first needed; its fingerprint is known before."""

    def __init__(self, model: str | Encoder | None) -> None:
        self._encoder = None if model is None or isinstance(model, str) else model
        self.model = model if isinstance(model, str) else None
        self.fingerprint = (
            self._encoder.fingerprint if self._encoder else encoder_fingerprint(self.model)
        )

    @property
    def encoder(self) -> Encoder:
        if self._encoder is None:
            self._encoder = load_encoder(self.model, many=True)
        return self._encoder


@dataclass
class Job:
    """What a build was asked for."""

    sources: Sequence[Path]
    into: Path
    lazy: LazyEncoder
    cutter: Cutter
    index_kind: str
    gate: GateMaker | None
    report: OnProgress
    started: float = field(default_factory=time.monotonic)


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
        cutter=Cutter(settings, read_list(Path(into) / boilerplate.FILE)),
        index_kind=settings.index_kind,
        gate=gate,
        report=on_progress or (lambda stage, done, total: None),
    )
    with workplace(job.into) as building:
        base = find_base(job.into, job.lazy.fingerprint, job.cutter.recipe, full)
        seen = Seen(job.into, job.sources, settings)
        if if_changed and not base.reasons and base.snapshot and seen.by(base.snapshot.name):
            return _unchanged(base, (), job.started)
        try:
            report = _build_from(base, job, building)
        except IndexDamaged as error:  # found when something was to be taken over from it
            if base.is_checked:
                raise
            report = _build_from(base.without_snapshot(error), job, building)
        if not report.refused:
            seen.remember(report.snapshot)
    return report


def _build_from(base: Base, job: Job, building: Path) -> BuildReport:
    work = find_work(base, job.cutter, job.sources, job.report)
    with SegmentWriter(building / new_segment_name()) as writer:
        doubts = tuple(_cut(work, job, writer))
        plan = work.reading.plan(job.sources)
        if plan.is_empty and base.manifest["index"]["kind"] == job.index_kind:
            return _unchanged(base, work.reading.left_out, job.started)
        parts, encoded = _new_parts(job, writer, base, plan)
    parts = merge_segments(job.into, building, parts)
    segments = [Segment(job.into / SEGMENTS / part.segment) for part in parts]
    live = [live_flags(len(s), part.removed) for s, part in zip(segments, parts, strict=True)]
    census = take_census(segments, live)
    left_out = (*work.reading.left_out, *census.wordless)
    if not census.passages:
        raise no_article(job.sources, left_out)
    kept = census.passages - writer.passage_count
    encoder = _encoder_facts(base, job.lazy)
    result = _report(encoder["name"], plan, census, encoded, left_out, kept)
    facts = _facts(encoder, job, result)
    facts |= derive(segments, live, encoder, base.manifest, job.index_kind)
    gate = job.gate(base.snapshot) if job.gate else None
    facts["learned"] = _learned(base, plan, census.articles if work.learned else None)
    place_text(job.into / boilerplate.FILE, boilerplate.list_text(job.cutter.boilerplate))
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


def as_paths(source: Sources) -> list[Path]:
    return [Path(source)] if isinstance(source, str | Path) else [Path(one) for one in source]


def _cut(work: Work, job: Job, writer: SegmentWriter) -> Iterator[LanguageDoubt]:
    """Cut and write what has to be cut; yield whose declared language was not believed."""
    for prepared, content in work.to_cut:
        cut = job.cutter.cut(prepared, job.lazy.encoder)
        writer.add(cut, content)
        article = cut.article
        if article.metadata is not prepared.metadata:  # a row may have a field of that name
            yield LanguageDoubt(article.id, article.metadata[LANGUAGE_NOTE])


def _new_parts(
    job: Job, writer: SegmentWriter, base: Base, plan: Plan
) -> tuple[list[Part], Encoded]:
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
    return [*parts, Part(writer.folder.name)], encoded


def _report(
    encoder: str,
    plan: Plan,
    census: Census,
    encoded: Encoded,
    left_out: Sequence[Refusal],
    kept: int,
) -> BuildReport:
    return BuildReport(
        snapshot="",
        published=True,
        encoder=encoder,
        articles=census.articles,
        passages=census.passages,
        words_only=census.words_only,
        same=census.articles - plan.added - plan.changed,
        added=plan.added,
        changed=plan.changed,
        removed=plan.gone,
        encoded=encoded.texts,
        reused=kept + encoded.reused,
        seconds=0.0,
        languages=dict(census.languages.most_common()),
        roles=dict(census.roles.most_common()),
        left_out=tuple(left_out),
        reasons=plan.reasons,
    )


def _unchanged(base: Base, left_out: Sequence[Refusal], started: float) -> BuildReport:
    assert base.snapshot is not None
    manifest = base.snapshot.manifest
    wordless = take_census(base.snapshot.segments, base.snapshot.live_by_segment).wordless
    return BuildReport(
        snapshot=base.snapshot.name,
        published=False,
        encoder=manifest["encoder"]["name"],
        articles=manifest["articles"],
        passages=manifest["passages"],
        words_only=manifest["words_only"],
        same=manifest["articles"],
        added=0,
        changed=0,
        removed=0,
        encoded=0,
        reused=manifest["passages"],
        seconds=round(time.monotonic() - started, 3),
        languages=manifest["languages"],
        roles=manifest["roles"],
        left_out=(*left_out, *wordless),
    )


def _learned(base: Base, plan: Plan, articles: int | None) -> dict[str, int]:
    """Return of how many articles boilerplate was learned, and how many changed since."""
    if articles is not None:
        return {"articles": articles, "changed_since": 0}
    before = learned_from(base)
    return {**before, "changed_since": before["changed_since"] + plan.touched_articles}


def _encoder_facts(base: Base, lazy: LazyEncoder) -> dict[str, Any]:
    """Return the manifest's field on the encoder, which is not loaded where nothing is encoded."""
    facts = {"model": lazy.model, "fingerprint": lazy.fingerprint}
    before = base.snapshot.manifest["encoder"] if base.snapshot else {}
    if before.get("fingerprint") == lazy.fingerprint:
        return {**before, **facts}
    arithmetic = getattr(lazy.encoder, "arithmetic", None)
    return {"name": lazy.encoder.name, "dim": lazy.encoder.dim, "arithmetic": arithmetic, **facts}


def _facts(encoder: dict[str, Any], job: Job, report: BuildReport) -> dict[str, Any]:
    """Return the manifest's fields that say how and from what the snapshot was made."""
    return {
        "recommender": __version__,
        "encoder": encoder,
        "recipe": job.cutter.recipe,
        "articles": report.articles,
        "passages": report.passages,
        "words_only": report.words_only,
        "languages": dict(report.languages),
        "roles": dict(report.roles),
        "left_out": [[refusal.place, refusal.reason] for refusal in report.left_out],
        "build": {
            "same": report.same,
            "added": report.added,
            "changed": report.changed,
            "removed": report.removed,
            "encoded": report.encoded,
            "reused": report.reused,
            "reasons": list(report.reasons),
        },
    }
