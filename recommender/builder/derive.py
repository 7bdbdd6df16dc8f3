"""Derive the files that answers need from the vectors and texts of segments.

They can always be made again. They are in the folder of their segment, with names that say what
they were derived for, and are never rewritten. So a new snapshot reuses the derived files of the
segments that it shares with an old one, as long as both answer in one space.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from recommender.arrays import Mask
from recommender.builder.calibrate import measured_scales
from recommender.builder.means import write_means
from recommender.builder.words import write_words
from recommender.index import AUTO, FLAT, Tuning, is_promised, kind_for, recall_for
from recommender.index.tuning import tune
from recommender.index.write import write_index
from recommender.safe_open import is_file
from recommender.scoring.space import (
    MAX_DRIFT,
    Language,
    Space,
    drift,
    estimate_space,
    load_priors,
)
from recommender.store.checks import FileFacts, file_facts
from recommender.store.derived import LEXICAL_FILE, WORDS_ONLY_FILE, index_file, source_of
from recommender.store.files import place
from recommender.store.headlines import HEADLINES_FILE, characters_of, write_headlines
from recommender.store.json_records import read_record, to_json
from recommender.store.manifest import (
    DerivedFiles,
    EncoderFacts,
    IndexFacts,
    Manifest,
    Measured,
    SpaceFacts,
    UnrelatedKinds,
)
from recommender.store.means import means_file
from recommender.store.names import NAMES_FILE, write_names
from recommender.store.segment import Segment
from recommender.text.language_tags import language_key
from recommender.types import Article

# Writes the content of a derived file.
Write = Callable[[BinaryIO], None]

# A build measures means and scales again when more than this share of the articles has changed. A
# single write does so only when more than the other share has, since that takes longer than the
# write.
MEASURE_SHARE = 0.01
MEASURE_SHARE_OF_WRITES = 0.05
# How many vectors are held in memory at a time.
ROWS_AT_ONCE = 8_192
# The size of a language number in the records of a segment.
LANGUAGE_BITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """The derived fields of a manifest."""

    space: SpaceFacts
    index: IndexFacts
    derived: DerivedFiles
    unrelated: UnrelatedKinds

    def fields(self) -> dict[str, Any]:
        """Return the fields by their names, as arguments of `Contents`."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def derive(
    segments: Sequence[Segment],
    live: Sequence[Mask],
    encoder: EncoderFacts,
    before: Manifest | None = None,
    setting: str = AUTO,
    known: DerivedFiles | None = None,
) -> Derivation:
    """Write the derived files that the segments lack, and return the derived fields.

    In order: the answering space (the means of the languages); for each segment the search index,
    the words of its texts and the names of its articles; and how unrelated pairs score in that
    space.

    `live` holds for each segment a flag for each article: False if it is removed. `before` is the
    manifest of the snapshot that was live: its space is kept until a language's mean has moved by
    more than `MAX_DRIFT`. `setting` is the kind of index, as `index.kind_for` takes it. `known` are
    the derived files that exist already, by default those of `before`.
    """
    space = _space(segments, live, encoder, before)
    if known is None:
        known = before.derived if before else {}
    derived, index = _files(segments, space, setting, before.index if before else None, known)
    return Derivation(
        space=read_record(SpaceFacts, space.to_json()),
        index=index,
        derived=derived,
        unrelated=measured_scales(segments, live, space),
    )


def derive_beside(
    segments: Sequence[Segment], before: Manifest, setting: str, known: DerivedFiles
) -> Derivation:
    """Write the missing derived files, in the space and with the scales of `before`.

    This costs nothing for segments whose files are `known`. `is_due` says when it is no longer
    enough.
    """
    encoder = before.encoder
    space = Space.from_json(to_json(before.space), encoder.dim, encoder.name)
    derived, index = _files(segments, space, setting, before.index, known)
    return Derivation(space=before.space, index=index, derived=derived, unrelated=before.unrelated)


@dataclass(frozen=True, slots=True)
class Since:
    """How much has changed since the snapshot `before`; and the kind of index.

    `by_write` says that a single write changed it, not a build. `made` are derived files of new
    segments.
    """

    before: Manifest | None
    touched: int
    setting: str = AUTO
    by_write: bool = False
    made: DerivedFiles = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The share of the articles that may have changed before means are measured again."""
        return MEASURE_SHARE_OF_WRITES if self.by_write else MEASURE_SHARE

    @property
    def known(self) -> DerivedFiles:
        """The derived files that exist."""
        return {**(self.before.derived if self.before else {}), **self.made}


def derive_as_due(
    segments: Sequence[Segment], live: Sequence[Mask], encoder: EncoderFacts, change: Since
) -> tuple[Derivation, Measured]:
    """Call `derive` if that is due, else `derive_beside`; return when means were measured."""
    before = change.before
    is_same = before is not None and before.encoder.fingerprint == encoder.fingerprint
    if before and is_same and not is_due(segments, before, change.touched, change.share):
        since = before.measured.changed_since + change.touched
        measured = replace(before.measured, changed_since=since)
        return derive_beside(segments, before, change.setting, change.known), measured
    articles = sum(int(flags.sum()) for flags in live)
    derived = derive(segments, live, encoder, before, change.setting, change.known)
    return derived, Measured(articles=articles)


def is_due(
    segments: Sequence[Segment], before: Manifest, touched: int, share: float = MEASURE_SHARE
) -> bool:
    """Return whether means and scales must be measured again after `touched` more articles.

    They must if over `share` of the articles that they were measured on were added, changed or
    removed since, or if a language is new.
    """
    changed = before.measured.changed_since + touched
    known = before.space.keys.keys()
    is_new = any(tag not in known for segment in segments for tag in segment.languages)
    return is_new or changed > share * before.measured.articles


def _files(
    segments: Sequence[Segment],
    space: Space,
    setting: str,
    index: IndexFacts | None,
    known: DerivedFiles,
) -> tuple[DerivedFiles, IndexFacts]:
    """Write the files that the segments lack; return the facts of all, and of the index."""
    derived: dict[str, dict[str, FileFacts]] = {}
    tunings: dict[str, Tuning] = {}
    for segment in segments:
        name = segment.folder.name
        there = known.get(name, {})
        file, tuning = _index_file(segment, space, setting, index, there)
        writers = _writers(segment, space)
        derived[name] = file | {
            one: _made(segment.folder / one, there, write) for one, write in writers.items()
        }
        if tuning:
            tunings[name] = tuning
    return derived, _index_facts(setting, segments, tunings)


def _space(
    segments: Sequence[Segment],
    live: Sequence[Mask],
    encoder: EncoderFacts,
    before: Manifest | None,
) -> Space:
    """Return the space of `before` if it still fits, else one estimated from the vectors."""
    keys = {tag: language_key(tag) for segment in segments for tag in segment.languages}
    found = {key: Language(np.zeros(encoder.dim)) for key in keys.values()}
    for segment, flags in zip(segments, live, strict=True):
        _count(segment, flags, [found[keys[tag]] for tag in segment.languages])
    found = {key: language for key, language in found.items() if language.passages}
    estimated = estimate_space(found, keys, encoder.dim, load_priors(encoder.name))
    if before and before.encoder.fingerprint == encoder.fingerprint:
        kept = Space.from_json(to_json(before.space), encoder.dim, encoder.name)
        if drift(kept, estimated) <= MAX_DRIFT:
            return kept
    return estimated


def _count(segment: Segment, flags: Mask, languages: Sequence[Language]) -> None:
    """Add the articles and vectors of a segment's live articles to its `languages`."""
    articles = segment.owners(segment.passages)
    wanted = flags[articles]
    pairs = articles[wanted].astype(np.int64) << LANGUAGE_BITS
    pairs = np.unique(pairs + segment.spoken(segment.passages)[wanted])
    spoken = np.bincount(pairs & ((1 << LANGUAGE_BITS) - 1))
    for number in np.flatnonzero(spoken).tolist():
        languages[number].articles += int(spoken[number])
    for start in range(0, len(wanted), ROWS_AT_ONCE):
        rows = start + np.flatnonzero(wanted[start : start + ROWS_AT_ONCE])
        numbers = segment.language_numbers(rows)
        vectors = segment.raw(rows)
        for number in np.unique(numbers):
            mine = vectors[numbers == number]
            languages[number].total += mine.sum(axis=0, dtype=np.float64)
            languages[number].passages += len(mine)


def _index_file(
    segment: Segment,
    space: Space,
    setting: str,
    before: IndexFacts | None,
    known: Mapping[str, FileFacts],
) -> tuple[dict[str, FileFacts], Tuning | None]:
    """Make or find a segment's index; if an approximate one misses too much, it becomes exact."""
    kind, target = kind_for(setting, len(segment.passages)), recall_for(setting)
    is_as_before = before is None or before.kind == setting
    if is_as_before and index_file(space.id, FLAT) in known:
        kind = FLAT  # an earlier build decided this
    tuning = before.segments.get(segment.folder.name) if before else None
    file, facts = _written_index(segment, space, kind, known)
    if kind == FLAT:
        return {file.name: facts}, None
    if tuning is None or (tuning.kind, tuning.target) != (kind, target) or file.name not in known:
        tuning = tune(file, source_of(segment, space), kind, target)
    if tuning and is_promised(setting) and min(tuning.recall.values()) < target:
        file, facts = _written_index(segment, space, FLAT, known)
        tuning = None
    return {file.name: facts}, tuning


def _written_index(
    segment: Segment, space: Space, kind: str, known: Mapping[str, FileFacts]
) -> tuple[Path, FileFacts]:
    path = segment.folder / index_file(space.id, kind)
    source = source_of(segment, space)
    return path, _made(path, known, lambda stream: write_index(source, kind, stream))


def _index_facts(
    setting: str, segments: Sequence[Segment], tunings: Mapping[str, Tuning]
) -> IndexFacts:
    """Return the manifest's field on the index: `recall` is the lowest of any segment.

    An exact segment finds all, so the promise for each segment holds for the snapshot.
    """
    kinds = [tunings[s.folder.name].kind if s.folder.name in tunings else FLAT for s in segments]
    found = [min(tuning.recall.values()) for tuning in tunings.values()]
    return IndexFacts(
        kind=setting,
        made=tuple(sorted(set(kinds))),
        recall=min(found, default=1.0),
        segments=dict(tunings),
    )


def _writers(segment: Segment, space: Space) -> dict[str, Write]:
    """Return the functions that write each segment's files, besides its index."""

    def articles() -> Iterator[Article]:
        return (segment.article(position) for position in range(len(segment)))

    def write_titles(stream: BinaryIO) -> None:
        owners = segment.owners(segment.passages)
        characters = characters_of(segment.passages, owners, len(segment))
        write_headlines((article.title for article in articles()), characters, stream)

    return {
        LEXICAL_FILE: lambda stream: write_words(segment, LEXICAL_FILE, stream),
        WORDS_ONLY_FILE: lambda stream: write_words(segment, WORDS_ONLY_FILE, stream),
        NAMES_FILE: lambda stream: write_names(articles(), stream),
        HEADLINES_FILE: write_titles,
        means_file(space.id): lambda stream: write_means(segment, space, stream),
    }


def _made(path: Path, known: Mapping[str, FileFacts], write: Write) -> FileFacts:
    """Return the facts of a derived file, which is written unless it exists."""
    facts = known.get(path.name)
    if facts is None or not is_file(path):
        with place(path) as stream:
            write(stream)
        facts = file_facts(path)
    return facts
