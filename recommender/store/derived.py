"""Open the files that answers need besides the segments: space, search index, words.

All of them are derived from the segments and can be made again (`builder/derive.py`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy.typing as npt

from recommender.arrays import Rows, Vectors
from recommender.errors import SnapshotDamaged, SnapshotForeign
from recommender.index import FLAT, PassageIndex, Source
from recommender.index.bm25 import LexicalIndex
from recommender.index.postings import Postings
from recommender.scoring.space import Space
from recommender.scoring.strength import Unrelated
from recommender.store.advice import repair
from recommender.store.checks import check_file
from recommender.store.columns import Columns
from recommender.store.headlines import HEADLINES_FILE, SegmentHeadlines
from recommender.store.json_records import to_json
from recommender.store.manifest import Manifest
from recommender.store.means import SegmentMeans, means_file
from recommender.store.names import NAMES_FILE, ArticleNames, SegmentNames
from recommender.store.recent_rows import remembering
from recommender.store.row_map import RowMap
from recommender.store.segment import Segment

# Count up when other terms or another layout are written.
LEXICAL_FILE, WORDS_ONLY_FILE = "lexical-6.bin", "words-only-6.bin"


def source_of(segment: Segment, space: Space) -> Source:
    """Return the vectors of a segment in an answering space, as its search index reads them."""
    means = space.means_of(segment.languages)

    def read(rows: Rows) -> Vectors:
        return space.center_by(segment.raw(rows), means[segment.language_numbers(rows)])

    return Source(len(segment.passages), segment.dim, read)


def space_of(manifest: Manifest) -> Space:
    """Return the answering space of a manifest, with how many articles each language has."""
    encoder, keys = manifest.encoder, manifest.space.keys
    space = Space.from_json(to_json(manifest.space), encoder.dim, encoder.name)
    articles: Counter[str] = Counter()
    for tag, count in manifest.languages.items():
        articles[keys.get(tag, tag)] += count
    return replace(space, articles=dict(articles))


def unrelated_of(manifest: Manifest) -> dict[str, Unrelated]:
    """Return how pairs of unrelated `passages` and `articles` score, from a manifest."""
    found = manifest.unrelated
    return {
        "passages": Unrelated.from_json(to_json(found.passages)),
        "articles": Unrelated.from_json(to_json(found.articles)),
    }


def index_file(space_id: str, kind: str) -> str:
    """Return the name of a segment's search index of a FAISS kind for one answering space."""
    return f"index-{space_id}-{re.sub(r'[^a-z0-9_]+', '-', kind.lower())}.faiss"


def open_words(place: Path, segment: Segment, records: npt.NDArray[Any], advice: str) -> Postings:
    """Open the words of some records; raise `SnapshotDamaged` if they belong to others."""
    postings = Postings.open(place)
    is_of_them = len(postings.rows) == len(records)
    if not is_of_them or len(postings.firsts) > len(segment.languages) + 1:
        raise SnapshotDamaged(f"{place}: is not of the passages beside it; {advice}")
    return postings


def expected_files(space_id: str) -> tuple[str, ...]:
    """Return the derived files of each segment, besides its search index."""
    return LEXICAL_FILE, WORDS_ONLY_FILE, NAMES_FILE, HEADLINES_FILE, means_file(space_id)


class Derived:
    """All that a snapshot needs besides segments, each opened when it is first asked for.

    Raises `SnapshotDamaged` for a derived file that is missing or belongs to other passages.
    """

    def __init__(
        self, folder: Path, manifest: Manifest, row_map: RowMap, columns: Columns, exact: bool
    ) -> None:
        """Take the folder of the index. With `exact`, no file of the search index is opened."""
        self._folder = folder
        self._manifest = manifest
        self._map = row_map
        self._columns = columns
        self._exact = exact

    @cached_property
    def space(self) -> Space:
        """The space that the index and all scores are in."""
        return space_of(self._manifest)

    @cached_property
    def unrelated(self) -> dict[str, Unrelated]:
        """How pairs of unrelated `passages` and `articles` score."""
        return unrelated_of(self._manifest)

    @cached_property
    def sources(self) -> list[Source]:
        """Each segment's vectors in the answering space."""
        return [remembering(source_of(segment, self.space)) for segment in self._map.segments]

    @cached_property
    def index(self) -> PassageIndex:
        """The search index over all rows that have a vector."""
        if self._exact:
            return PassageIndex.without_files(self.sources)
        known = self._manifest.index.segments
        tunings = [known.get(segment.folder.name) for segment in self._map.segments]
        kinds = [tuning.kind if tuning else FLAT for tuning in tunings]
        names = [index_file(self.space.id, kind) for kind in kinds]
        places = self._places(names, f"{repair(self._folder)}, or ask with --exact")
        return PassageIndex.open(zip(places, self.sources, tunings, strict=True))

    @cached_property
    def lexical(self) -> LexicalIndex:
        """The words of the rows that have a vector."""
        if self._map.row_count == self._map.all_row_count:
            return self.words  # both then hold the same
        live = self._columns.live_rows
        languages = [self._columns.names(segment) for segment in self._map.segments]
        live = None if live is None else live[: self._map.row_count]
        return LexicalIndex(self.postings[0], live, languages, self.words)

    @cached_property
    def words(self) -> LexicalIndex:
        """The words of all rows, also without a vector."""
        passages, words_only = self.postings
        every = zip([*passages, *words_only], self._map.shelves, strict=True)
        # Most segments have no passages for word search only.
        filled = [(part, segment) for part, (segment, _) in every if len(part.rows)]
        languages = [self._columns.names(segment) for _, segment in filled]
        return LexicalIndex([part for part, _ in filled], self._columns.live_rows, languages)

    @cached_property
    def names(self) -> ArticleNames:
        """The ids, addresses, paths and titles of the live articles."""
        parts = [
            SegmentNames(place, len(segment), advice)
            for place, segment, advice in self._each(NAMES_FILE)
        ]
        firsts = self._map.first_articles[: len(parts)].tolist()
        return ArticleNames(parts, firsts, self._columns.live_articles)

    @cached_property
    def headlines(self) -> list[SegmentHeadlines]:
        """The words of the headlines of each segment, and the lengths of its articles."""
        return [
            SegmentHeadlines(place, len(segment), advice)
            for place, segment, advice in self._each(HEADLINES_FILE)
        ]

    @cached_property
    def means(self) -> list[SegmentMeans]:
        """The means of the articles of each segment."""
        return [
            SegmentMeans(place, len(segment), segment.dim, advice)
            for place, segment, advice in self._each(means_file(self.space.id))
        ]

    @cached_property
    def postings(self) -> tuple[list[Postings], list[Postings]]:
        """The words of each segment: of its passages, and of those for word search only."""
        advice, count = repair(self._folder), len(self._map.segments)
        names = (LEXICAL_FILE, WORDS_ONLY_FILE)
        places = [place for name in names for place in self._places([name] * count, advice)]
        opened = [
            open_words(place, segment, records, advice)
            for place, (segment, records) in zip(places, self._map.shelves, strict=True)
        ]
        return opened[:count], opened[count:]

    def _each(self, name: str) -> Iterator[tuple[Path, Segment, str]]:
        """Yield each segment's derived file with this name, the segment, advice on damage."""
        advice, segments = repair(self._folder), self._map.segments
        places = self._places([name] * len(segments), advice)
        for place, segment in zip(places, segments, strict=True):
            yield place, segment, advice

    def _places(self, names: Sequence[str], advice: str) -> list[Path]:
        """Return each segment's derived file with this name; its size is checked."""
        places = []
        for segment, name in zip(self._map.segments, names, strict=True):
            place = segment.folder / name
            known = self._manifest.derived.get(segment.folder.name, {})
            if name not in known:
                raise SnapshotForeign(f"{place}: another release made this index; {advice}")
            check_file(place, known[name], advice)
            places.append(place)
        return places
