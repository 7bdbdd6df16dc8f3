"""Make an index of any number of passages from a real one.

Up to the size of the real index, its own articles are drawn evenly. Beyond it, further rounds
repeat the articles under other ids. All passages of a repeated article move by one offset: `SHIFT`
times the difference of two passages drawn from its language. Each passage also moves by an offset
of its own: `NOISE` times another such difference. Then it is scaled to unit length. So passages of
an article stay similar, languages keep their means, and vectors vary in the directions of real
ones. No vector is a copy. The texts are those of the real article, so each word recurs once a
round. Their hashes differ, because articles with equal hashes would count as copies. Passages for
word search only are left out.

The two factors were set by comparison (`likeness.py`). Of 448,000 passages made from 100,000 real
ones, the nearest neighbours are as far away, and in as many lists, as those of 448,000 real ones.

The files are those of a build. This module writes the files that `segment_writer.py` writes. The
product itself derives and publishes the rest, with one exception: for more than a million passages
the word index is made from the terms of the real passages, which are read once, not once a round.
The file is the same, and it saves an hour of reading every text again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.arrays import Rows, Vectors
from recommender.builder.derive import derive
from recommender.builder.report import count_articles
from recommender.builder.words import texts_of
from recommender.index.postings import write_postings
from recommender.index.terms import terms_of_each
from recommender.store.checks import FileFacts, file_facts
from recommender.store.columns import live_flags
from recommender.store.derived import LEXICAL_FILE
from recommender.store.files import create, make_folder, place, scratch, write_json
from recommender.store.json_records import to_json
from recommender.store.layout import (
    ARTICLES,
    LINES,
    PASSAGES,
    SEGMENT_FACTS,
    SEGMENT_FILES,
    VECTORS,
    current_name,
    segment_folder,
)
from recommender.store.manifest import Manifest, read_manifest
from recommender.store.publish import (
    SegmentRef,
    adopt_segment,
    new_segment_name,
    publish,
    workplace,
)
from recommender.store.records import STORED, id_hash
from recommender.store.segment import Segment

SHIFT = 0.3
NOISE = 0.2
ARTICLES_AT_ONCE = 1_024
# Above this number of passages, the terms of each text are read once.
TERMS_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class RealIndex:
    """The largest segment of a real index, and the manifest that names it."""

    segment: Segment
    manifest: Manifest

    @classmethod
    def open(cls, index: Path) -> RealIndex:
        """Open the live snapshot of an index, without its smaller segments."""
        manifest = read_manifest(index / current_name(index))
        segments = [Segment(segment_folder(index, entry.name)) for entry in manifest.segments]
        return cls(max(segments, key=lambda segment: len(segment.passages)), manifest)


@dataclass(frozen=True, slots=True)
class Round:
    """Articles of the source to repeat; the first round takes them unchanged."""

    number: int
    positions: Rows
    first_article: int
    first_row: int


def make_index(
    source: RealIndex, into: Path, passages: int, terms_once: int = TERMS_ONCE
) -> dict[str, float]:
    """Publish an index of about this many passages below `into`; return the seconds of each step.

    `words_seconds` is near 0 if the product derives the word index with the rest.
    """
    started = time.perf_counter()
    with workplace(into, may_be_new=True) as building:
        built = building / new_segment_name()
        rounds = list(rounds_of(source, passages))
        _write_segment(source.segment, built, rounds)
        segment = Segment(adopt_segment(into, built))
        written = time.perf_counter()
        live = [live_flags(len(segment), ())]
        words = {}
        if passages > terms_once:
            words = {LEXICAL_FILE: write_words(source.segment, rounds, segment.folder)}
        worded = time.perf_counter()
        known = {segment.folder.name: words}
        derived = derive([segment], live, source.manifest.encoder, known=known)
        counts = count_articles([segment], live)
        contents = source.manifest.contents(
            articles=counts.articles,
            passages=counts.passages,
            words_only=counts.words_only,
            languages=dict(counts.languages.most_common()),
            roles=dict(counts.roles.most_common()),
            **derived.fields(),
        )
        publish(into, building, [SegmentRef(segment.folder.name)], contents)
    return {
        "writing_seconds": round(written - started, 1),
        "words_seconds": round(worded - written, 1),
        "deriving_seconds": round(time.perf_counter() - worded, 1),
    }


def rounds_of(source: RealIndex, passages: int) -> Iterator[Round]:
    """Yield the rounds that give this many passages; the last round is cut short."""
    counts = source.segment.articles["rows"].astype(np.int64)
    number = articles = rows = 0
    while rows < passages:
        left = passages - rows
        share = min(1.0, left / int(counts.sum()))
        positions = np.unique(np.linspace(0, len(counts) - 1, max(1, round(share * len(counts)))))
        taken = Round(number, positions.astype(np.int64), articles, rows)
        yield taken
        number += 1
        articles += len(positions)
        rows += int(counts[taken.positions].sum())


def write_words(segment: Segment, rounds: Sequence[Round], folder: Path) -> FileFacts:
    """Write the word index of the rounds, whose texts are those of `segment`, into `folder`."""
    each = list(terms_of_each(texts_of(segment)))
    rows = np.concatenate([rows_of(segment, taken.positions) for taken in rounds])
    terms = (each[row] for row in rows.tolist())
    with place(folder / LEXICAL_FILE) as stream:
        languages = segment.language_numbers(rows)
        write_postings(terms, languages, lambda: scratch(folder), stream)
    return file_facts(folder / LEXICAL_FILE)


def _write_segment(segment: Segment, folder: Path, rounds: Sequence[Round]) -> None:
    make_folder(folder)
    articles = _write_lines(segment, folder / LINES, rounds)
    with create(folder / ARTICLES) as stream:
        np.save(stream, articles)
    count = int(articles["rows"].sum(dtype=np.int64))
    found = (_passages(segment, taken) for taken in rounds)
    _write_array(folder / PASSAGES, segment.passages.dtype, (count,), found)
    vectors = (
        vectors.astype(STORED[0]) for taken in rounds for vectors in vectors_of(segment, taken)
    )
    _write_array(folder / VECTORS, STORED[0], (count, segment.dim), vectors)
    files = {name: file_facts(folder / name) for name in SEGMENT_FILES}
    facts = replace(
        segment.facts, articles=len(articles), passages=count, words_only=0, files=files
    )
    write_json(folder / SEGMENT_FACTS, to_json(facts))


def _write_lines(segment: Segment, path: Path, rounds: Sequence[Round]) -> npt.NDArray[Any]:
    """Write the articles of all rounds, and return their records."""
    offset, records = 0, []
    with create(path) as lines:
        for taken in rounds:
            found = _articles(segment, taken)
            for position, record in zip(taken.positions.tolist(), found, strict=True):
                line, record["id_hash"] = _renamed(segment.lines.line(position), taken.number)
                record["offset"], record["length"] = offset, len(line)
                offset += len(line)
                lines.write(line)
            records.append(found)
    return np.concatenate(records)


def _write_array(
    path: Path, dtype: np.dtype[Any], shape: tuple[int, ...], parts: Iterable[npt.NDArray[Any]]
) -> None:
    """Write an array from its consecutive parts, with one part in memory at a time."""
    with create(path) as stream:
        header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False}
        np.lib.format.write_array_header_1_0(stream, header | {"shape": shape})
        for part in parts:
            stream.write(part.tobytes())


def _articles(segment: Segment, taken: Round) -> npt.NDArray[Any]:
    """Return the records of a round's articles, without the places of their lines."""
    found = np.array(segment.articles[taken.positions])
    counts = found["rows"].astype(np.int64)
    found["first_row"] = taken.first_row + np.cumsum(counts) - counts
    return found


def _renamed(line: bytes, number: int) -> tuple[bytes, int]:
    """Return an article's line with its id for a round, and the hash of that id."""
    start = b'{"id":"'
    rest = line.removeprefix(start)
    if number:
        rest = f"round{number}/".encode() + rest
    article_id = json.loads(b'"' + rest[: rest.index(b'","title":')] + b'"')
    return start + rest, id_hash(article_id)


def _passages(segment: Segment, taken: Round) -> npt.NDArray[Any]:
    """Return the records of a round's passages; each round gives a text another hash."""
    rows = rows_of(segment, taken.positions)
    found = np.array(segment.passages[rows])
    counts = segment.articles["rows"][taken.positions].astype(np.int64)
    found["article"] = taken.first_article + np.repeat(np.arange(len(counts)), counts)
    digests = np.ascontiguousarray(found["text_hash"]).view(np.uint8).reshape(-1, 16)
    digests[:, 0] ^= np.uint8(taken.number % 256)
    found["text_hash"] = digests.view(found["text_hash"].dtype).ravel()
    return found


def vectors_of(segment: Segment, taken: Round) -> Iterator[Vectors]:
    """Yield the vectors of a round's passages, those of `ARTICLES_AT_ONCE` articles at a time."""
    peers = _Peers(segment, taken.number)
    for start in range(0, len(taken.positions), ARTICLES_AT_ONCE):
        positions = taken.positions[start : start + ARTICLES_AT_ONCE]
        rows = rows_of(segment, positions)
        vectors = np.asarray(segment.vectors[rows], dtype=np.float32)
        if taken.number:
            counts = segment.articles["rows"][positions].astype(np.int64)
            offsets = peers.differences(segment.articles["language"][positions].astype(np.int64))
            vectors += np.repeat(SHIFT * offsets, counts, axis=0)
            vectors += NOISE * peers.differences(segment.language_numbers(rows).astype(np.int64))
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        yield vectors


class _Peers:
    """Draws passages of each language of a segment."""

    def __init__(self, segment: Segment, seed: int) -> None:
        self._generator = np.random.default_rng(seed)
        self._vectors = segment.vectors
        languages = segment.language_numbers(np.arange(len(segment.passages)))
        self._order = np.argsort(languages, kind="stable")
        bounds = np.arange(len(segment.languages) + 1)
        self._bounds = np.searchsorted(languages[self._order], bounds)

    def differences(self, languages: Rows) -> Vectors:
        """Return the difference of two passages drawn from each language, by its number."""
        first = self._bounds[languages]
        count = np.maximum(self._bounds[languages + 1] - first, 1)
        drawn = first + (self._generator.random((2, len(languages))) * count).astype(np.int64)
        rows = self._order[np.minimum(drawn, len(self._order) - 1)]
        one, other = (np.asarray(self._vectors[some], dtype=np.float32) for some in rows)
        found: Vectors = one - other
        return found


def rows_of(segment: Segment, positions: Rows) -> Rows:
    """Return the rows of articles, article by article."""
    counts = segment.articles["rows"][positions].astype(np.int64)
    firsts = segment.articles["first_row"][positions].astype(np.int64)
    before = np.cumsum(counts) - counts
    return np.repeat(firsts - before, counts) + np.arange(int(counts.sum()))
