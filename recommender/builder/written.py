"""Finish a write: encode its articles, update the counts, derive, publish."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from recommender.articles.notices import unpublished_of
from recommender.builder.checkpoint import Checkpoint, clear_checkpoint
from recommender.builder.derive import Since, derive_as_due
from recommender.builder.doubts import doubts_after
from recommender.builder.edit import Edit, MemoryVectors
from recommender.builder.encode import Encoded, fill_vectors
from recommender.builder.given import LazyEncoder
from recommender.builder.merge import Known, Merged, merge_segments, open_parts
from recommender.builder.opened import OPENED
from recommender.builder.report import Counts, count_articles, pairs_of, report_of
from recommender.store.columns import live_flags
from recommender.store.files import synced_together
from recommender.store.layout import segment_folder
from recommender.store.manifest import Changes, Contents
from recommender.store.publish import SegmentRef, Write, adopt_segment, publish
from recommender.store.segment import Segment
from recommender.store.segment_writer import SegmentWriter
from recommender.types import BuildReport, Refusal
from recommender.version import __version__

# The vectors of a write of more passages are kept on disk as they are encoded, as in a build.
PASSAGES_IN_MEMORY = 2_000
# Writes merge in smaller tiers than builds: otherwise every third one copies up to 4,096 passages.
SMALLEST_TIER = 256


def finish(
    edit: Edit, building: Path, writer: SegmentWriter, lazy: LazyEncoder | None, started: float
) -> BuildReport:
    """Publish what an edit changed, or report that nothing did; `lazy` has the encoder.

    Raises `SourceError` if nothing was read, or no passage would be left.
    """
    edit.check_some_read()
    if not edit.touched:
        return _unchanged(edit, started)
    edit.check_some_left(writer.passage_count)
    with synced_together():
        return _finish(edit, building, writer, lazy, started)


def _finish(
    edit: Edit, building: Path, writer: SegmentWriter, lazy: LazyEncoder | None, started: float
) -> BuildReport:
    folder = edit.snapshot.folder
    parts, encoded, new = edit.refs(), Encoded(0, 0), Counts()
    known = {one.folder.name: one for one in edit.snapshot.segments}
    writer.close_articles()
    if writer.article_count and lazy is not None:
        encoded = _encode(edit, writer, lazy)
        adopt_segment(folder, writer.folder)
        parts.append(SegmentRef(writer.folder.name))
        segment = Segment(segment_folder(folder, writer.folder.name))
        known[writer.folder.name] = segment
        new = count_articles([segment], [np.ones(len(segment), np.bool_)])
    before = edit.snapshot.manifest.derived
    merged = merge_segments(folder, building, parts, Known(before, known), SMALLEST_TIER)
    parts, opened = merged.segments, open_parts(folder, merged.segments, known)
    contents = _contents(edit, merged, opened, encoded, new)
    by_name = {one.segment: segment for one, segment in zip(parts, opened, strict=True)}
    manifest, _ = publish(
        folder, building, parts, contents, write=Write(edit.snapshot.manifest, by_name)
    )
    OPENED.keep(opened, folder, manifest)
    clear_checkpoint(folder)
    return _report(edit, contents, manifest.name, started, new.wordless)


def _unchanged(edit: Edit, started: float) -> BuildReport:
    manifest = edit.snapshot.manifest
    none = Changes(same=manifest.articles, added=0, changed=0, removed=0, encoded=0, reused=0)
    contents = manifest.contents(build=none)
    return replace(_report(edit, contents, manifest.name, started, ()), published=False)


def _encode(edit: Edit, writer: SegmentWriter, lazy: LazyEncoder) -> Encoded:
    """Write the vectors of the new articles; texts of those that they replace keep theirs."""
    encoder, own = lazy.encoder, edit.own_vectors()
    if writer.passage_count <= PASSAGES_IN_MEMORY:
        encoded = fill_vectors(writer, encoder, own, MemoryVectors(), lambda done, total: None)
    else:
        with Checkpoint(edit.snapshot.folder, lazy.fingerprint, encoder.dim) as checkpoint:
            encoded = fill_vectors(writer, encoder, own, checkpoint, lambda done, total: None)
    writer.close(lazy.fingerprint)
    return encoded


def _contents(
    edit: Edit, merged: Merged, opened: Sequence[Segment], encoded: Encoded, new: Counts
) -> Contents:
    """Return the contents of the index after the edit, counted from those before it."""
    snapshot, before = edit.snapshot, edit.snapshot.manifest
    lost = Counts()
    if masks := edit.removed_masks():
        segments = [snapshot.segments[number] for number, _ in masks]
        lost = count_articles(segments, [mask for _, mask in masks])
    passages = before.passages + new.passages - lost.passages
    pairs = zip(opened, merged.segments, strict=True)
    live = [live_flags(len(segment), one.removed) for segment, one in pairs]
    since = Since(before, edit.touched, before.index.kind, by_write=True, made=merged.derived)
    derived, measured = derive_as_due(opened, live, before.encoder, since)
    # To measure the recall of `related` would take longer than the write.
    measured = replace(
        measured,
        related_recall=before.measured.related_recall,
        related_effort=before.measured.related_effort,
    )
    articles = before.articles + new.articles - lost.articles
    gone = {one.place for one in lost.wordless}
    kept = tuple(pair for pair in before.left_out if pair[0] not in gone)
    return before.contents(
        recommender=__version__,
        articles=articles,
        passages=passages,
        words_only=before.words_only + new.words_only - lost.words_only,
        languages=_sum(before.languages, new.languages, lost.languages),
        roles=_sum(before.roles, new.roles, lost.roles),
        left_out=(*kept, *pairs_of(new.wordless)),
        doubts=doubts_after(snapshot, edit.removed_places(), edit.doubts),
        build=Changes(
            same=articles - len(edit.added) - len(edit.changed),
            added=len(edit.added),
            changed=len(edit.changed),
            removed=len(edit.gone),
            encoded=encoded.texts,
            reused=passages - new.passages + encoded.reused,
        ),
        learned=replace(before.learned, changed_since=before.learned.changed_since + edit.touched),
        measured=measured,
        sources=edit.sources(),
        **derived.fields(),
    )


def _sum(before: Mapping[str, int], new: Counter[str], lost: Counter[str]) -> dict[str, int]:
    """Return counts after additions and removals, the most frequent first."""
    total = Counter(dict(before))
    total.update(new)
    total.subtract(lost)
    return dict((+total).most_common())


def _report(
    edit: Edit,
    contents: Contents,
    name: str,
    started: float,
    wordless: Sequence[Refusal],
) -> BuildReport:
    """Return the report of a write; only what it read itself counts as left out."""
    notices = edit.notices.counts()
    own = replace(
        contents,
        left_out=pairs_of((*edit.left_out, *wordless)),
        notices=notices,
        unpublished=unpublished_of(notices),
    )
    return report_of(own, name, started, doubts=edit.doubts)
