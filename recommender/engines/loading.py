"""Give the parts of a snapshot that an engine keeps: passages, articles, postings and facts."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recommender.arrays import Positions, Vectors, npy_bytes
from recommender.engines.engine import (
    ARTICLE,
    OF_ARTICLE,
    POSTING,
    ROW,
    WITH_VECTOR,
    WORDS_ONLY,
    Records,
    field_hash,
)
from recommender.engines.layout import (
    BESIDE,
    FORMAT,
    LAYOUT,
    LOADED,
    MANIFEST,
    NEWEST,
    SHARE,
    SHARES,
    Layout,
    WordCounts,
)
from recommender.index.postings import Postings, counts_of
from recommender.store.field_keys import field_keys
from recommender.store.json_records import to_json
from recommender.store.lines import read_article
from recommender.store.manifest import manifest_checksum
from recommender.store.means import MEANS_TYPE
from recommender.store.names import names_of
from recommender.store.records import PASSAGE_RECORD
from recommender.store.scope import last_days
from recommender.store.snapshot import Snapshot
from recommender.types import Article

ROWS_AT_ONCE = 4_096
# So many postings are sorted at a time.
POSTINGS_AT_ONCE = 8_000_000
# The newest articles that fill short lists.
NEWEST_ARTICLES = 2_000
_COPIED = [
    name for name in PASSAGE_RECORD.names or () if name not in ("article", "role", "language")
]


class PassageBatch(NamedTuple):
    """Passages: records (`ROW`), the last day of each one's date, and vectors, None without any.

    `raw` is float16 (n, dim) as the encoder gave them, `centered` float32 in the answering space.
    """

    records: Records
    ends: Positions
    raw: npt.NDArray[np.float16] | None
    centered: Vectors | None


class LoadedArticle(NamedTuple):
    """An article: its facts (`ARTICLE`, one element), names, hashes of fields and its line.

    `mean` is that of its passages (`store.means`), as bytes of float16.
    """

    facts: Records
    mean: bytes
    last_day: int
    id: bytes
    names: list[bytes]
    fields: list[str]
    line: bytes


class LoadedTerm(NamedTuple):
    """The postings of a term in one language, in row order."""

    term: int
    shelf: int
    language: int
    postings: Records


class Loading:
    """The parts of a snapshot that an engine keeps; removed articles are left out."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        segments = snapshot.segments
        self.tags = tuple(sorted({tag for one in segments for tag in one.languages}))
        self.roles = tuple(sorted({str(role) for one in segments for role in one.roles}))
        names = (snapshot.manifest.space.keys.get(tag, tag) for tag in self.tags)
        self.languages = tuple(dict.fromkeys(names))
        self._live = np.flatnonzero(snapshot.columns.live_articles)
        self._facts = self._article_facts()

    def _article_facts(self) -> Records:
        """Return the facts of every position, also of removed articles."""
        snapshot = self._snapshot
        every = np.arange(snapshot.article_count)
        facts = np.zeros(len(every), ARTICLE)
        spans = snapshot.spans(every)
        facts["position"], facts["date"] = every, snapshot.columns.dates
        facts["first_row"], facts["rows"] = spans.firsts, spans.counts
        tags = [self._numbers(one.languages)[one.article_languages] for one in snapshot.segments]
        facts["tag"] = np.concatenate([np.empty(0, np.uint16), *tags])
        return facts

    def _numbers(self, tags: tuple[str, ...]) -> npt.NDArray[np.uint16]:
        """Return the number of each tag of a segment."""
        return np.array([self.tags.index(tag) for tag in tags], np.uint16)

    def passages(self) -> Iterator[PassageBatch]:
        """Yield all passages in row order, `ROWS_AT_ONCE` at a time."""
        snapshot = self._snapshot
        live = snapshot.columns.live_rows
        for start in range(0, snapshot.all_row_count, ROWS_AT_ONCE):
            end = min(start + ROWS_AT_ONCE, snapshot.all_row_count)
            rows = np.arange(start, end)
            if live is not None:
                rows = rows[live[start:end]]
            with_vector = rows[rows < snapshot.row_count]
            if len(with_vector):
                raw = snapshot.vectors(with_vector).astype(np.float16)
                centered = snapshot.centered(with_vector)
                yield self._batch(with_vector)._replace(raw=raw, centered=centered)
            if len(with_vector) < len(rows):
                yield self._batch(rows[rows >= snapshot.row_count])

    def _batch(self, rows: Positions) -> PassageBatch:
        found = np.zeros(len(rows), ROW)
        row_map = self._snapshot.row_map
        for number, places, local in row_map.find(rows):
            segment, records = row_map.shelves[number]
            own = records[local]
            for name in _COPIED:
                found[name][places] = own[name]
            roles = np.array([self.roles.index(str(one)) for one in segment.roles], np.uint8)
            found["role"][places] = roles[segment.role_numbers(records, local)]
            numbers = self._numbers(segment.languages)
            found["language"][places] = numbers[segment.spoken(records, local)]
        found["row"] = rows
        found["article"] = row_map.articles_of(rows)
        facts = self._facts[found["article"]]
        for name in OF_ARTICLE:
            found[name] = facts[name]
        return PassageBatch(found, last_days(facts["date"].astype(np.int64)), None, None)

    def articles(self) -> Iterator[LoadedArticle]:
        """Yield the live articles in order."""
        for start in range(0, len(self._live), ROWS_AT_ONCE):
            some = self._live[start : start + ROWS_AT_ONCE]
            means = self._snapshot.summaries.means(some).astype(MEANS_TYPE)
            for position, mean in zip(some.tolist(), means, strict=True):
                yield self._article(position, mean.tobytes())

    def _article(self, position: int, mean: bytes) -> LoadedArticle:
        segment, local = self._snapshot.row_map.segment_of(position)
        line = segment.lines.line(local)
        article = read_article(line)
        facts = self._facts[position : position + 1]
        return LoadedArticle(
            facts=facts,
            mean=mean,
            last_day=int(last_days(facts["date"].astype(np.int64))[0]),
            id=article.id.encode("utf-8", "surrogatepass"),
            names=names_of(article),
            fields=_fields_of(article),
            line=zlib.compress(line, 6),
        )

    def terms(self) -> Iterator[LoadedTerm]:
        """Yield the postings of each term and language; only a few terms are held at a time."""
        passages, words_only = self._snapshot.derived.postings
        count = sum(len(one.postings) for one in (*passages, *words_only))
        bounds = np.linspace(0, 1 << 32, count // POSTINGS_AT_ONCE + 2).astype(np.int64)
        firsts = [self._first_rows(passages, 0)]
        firsts.append(self._first_rows(words_only, self._snapshot.row_count))
        for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            for shelf, parts in ((WITH_VECTOR, passages), (WORDS_ONLY, words_only)):
                yield from self._terms_between(shelf, parts, firsts[shelf], low, high)

    def _first_rows(self, parts: list[Postings], first: int) -> list[int]:
        found: list[int] = (first + np.cumsum([0, *(len(one.rows) for one in parts)])).tolist()
        return found

    def _terms_between(
        self, shelf: int, parts: list[Postings], firsts: list[int], low: int, high: int
    ) -> Iterator[LoadedTerm]:
        every = [
            self._postings_of(part, number, first, low, high)
            for number, (part, first) in enumerate(zip(parts, firsts, strict=False))
        ]
        terms = np.concatenate([np.empty(0, np.int64), *(one[0] for one in every)])
        spoken = np.concatenate([np.empty(0, np.int64), *(one[1] for one in every)])
        postings = np.concatenate([np.empty(0, POSTING), *(one[2] for one in every)])
        order = np.lexsort((postings["row"], spoken, terms))
        terms, spoken, postings = terms[order], spoken[order], postings[order]
        is_first = np.ones(len(terms), np.bool_)
        is_first[1:] = (terms[1:] != terms[:-1]) | (spoken[1:] != spoken[:-1])
        starts = np.flatnonzero(is_first).tolist()
        for start, end in zip(starts, [*starts, len(terms)][1:], strict=True):
            own = postings[start:end]
            yield LoadedTerm(int(terms[start]), shelf, int(spoken[start]), own)

    def _postings_of(
        self, part: Postings, number: int, first: int, low: int, high: int
    ) -> tuple[Positions, Positions, Records]:
        """Return the terms, languages and postings of live rows of one part, between two hashes."""
        start, end = np.searchsorted(part.terms, [low, min(high, (1 << 32) - 1)])
        if high >> 32:
            end = len(part.terms)
        own = part.starts[start : end + 1].astype(np.int64)
        found = part.postings[own[0] : own[-1]]
        terms = np.repeat(part.terms[start:end].astype(np.int64), np.diff(own))
        ranks = part.ranks(found)
        rows = part.row_of_rank[ranks] + first
        live = self._snapshot.columns.live_rows
        kept = np.arange(len(rows)) if live is None else np.flatnonzero(live[rows])
        postings = np.empty(len(kept), POSTING)
        postings["row"] = rows[kept]
        postings["article"] = self._snapshot.articles_of(rows[kept])
        postings["count"] = counts_of(found)[kept]
        postings["length"] = part.lengths[ranks][kept]
        spoken = np.searchsorted(part.firsts, ranks[kept], "right") - 1
        return terms[kept], self._language_numbers(number)[spoken], postings

    def _language_numbers(self, segment: int) -> Positions:
        """Return the number of each language of a segment, as the answering space calls it."""
        names = self._snapshot.columns.names(self._snapshot.segments[segment])
        return np.array([self.languages.index(name) for name in names], np.int64)

    def _counts(self, every: bool) -> WordCounts:
        """Count the live rows of each language, and their mean length in words."""
        sizes = np.zeros(len(self.languages), np.int64)
        total = 0.0
        passages, words_only = self._snapshot.derived.postings
        shelves = [(passages, 0), (words_only, self._snapshot.row_count)][: 2 if every else 1]
        live = self._snapshot.columns.live_rows
        for parts, start in shelves:
            starts = self._first_rows(parts, start)
            for number, (part, first) in enumerate(zip(parts, starts, strict=False)):
                rows = part.row_of_rank + first
                kept = np.arange(len(rows)) if live is None else np.flatnonzero(live[rows])
                spoken = np.searchsorted(part.firsts, kept, "right") - 1
                np.add.at(sizes, self._language_numbers(number)[spoken], 1)
                total += float(part.lengths[kept].astype(np.float64).sum())
        count = int(sizes.sum())
        return WordCounts(sizes=tuple(sizes.tolist()), mean_length=total / count if count else 1.0)

    def layout(self, size: int) -> Layout:
        """Return the counts; `size` is how many bytes the engine holds."""
        snapshot = self._snapshot
        listed = snapshot.publications.listed
        return Layout(
            format=FORMAT,
            row_count=snapshot.row_count,
            all_row_count=snapshot.all_row_count,
            article_count=snapshot.article_count,
            bytes=size,
            tags=self.tags,
            languages=self.languages,
            roles=self.roles,
            limited=tuple((one.position, one.status, one.embargo, one.expires) for one in listed),
            words=self._counts(every=False),
            every_word=self._counts(every=True),
        )

    def facts(self, size: int, beside: Mapping[str, str]) -> dict[str, bytes]:
        """Return the named facts; `beside` has the texts beside the index, by their names."""
        manifest: Any = to_json(self._snapshot.manifest)
        # An earlier release may have written fewer fields than are written here.
        manifest["checksum"] = manifest_checksum(manifest)
        layout = asdict(self.layout(size))
        newest = self._facts[self._snapshot.newest(NEWEST_ARTICLES)]
        return {
            MANIFEST: json.dumps(manifest).encode(),
            LAYOUT: json.dumps(layout).encode(),
            SHARES: npy_bytes(self._shares()),
            NEWEST: npy_bytes(newest),
            LOADED: datetime.now(UTC).isoformat(timespec="seconds").encode(),
            **{BESIDE + name: text.encode("utf-8", "replace") for name, text in beside.items()},
        }

    def _shares(self) -> Records:
        live = self._facts[self._live]
        keys = live["tag"].astype(np.int64) << 32 | live["date"]
        found, places = np.unique(keys, return_inverse=True)
        shares = np.zeros(len(found), SHARE)
        shares["tag"], shares["date"] = found >> 32, found & 0xFFFFFFFF
        np.add.at(shares["articles"], places, 1)
        np.add.at(shares["passages"], places, live["rows"].astype(np.uint64))
        return shares


def _fields_of(article: Article) -> list[str]:
    """Return the hashes of the values of an article's fields, its metadata included."""
    record = article.record()
    fields = {**record["metadata"], **record}
    return sorted(
        {field_hash(name, key) for name, value in fields.items() for key in field_keys(name, value)}
    )
