"""Open one immutable build on disk for reading.

    vectors/
      CURRENT                       one line: the live snapshot's name
      20260101T120000Z-3f9c2a/      a snapshot: never changed once it has this name
        manifest.json               format, recipe, encoder, counts, segments, checksum
      segments/1f0e.../             immutable articles, shared between snapshots (segment.py)
        index-5c1e...-flat.faiss    derived from its vectors for one answering space (space.py)
        lexical-4.bin               derived from its texts (bm25.py)
        words-only-4.bin            the same of what is kept for word search only

Articles that a later build removed stay in their segment and are listed in the manifest as
`removed`. `row_map.py` says which row is which passage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from recommender.arrays import Positions, Vectors
from recommender.errors import SnapshotDamaged
from recommender.index import PassageIndex
from recommender.index.bm25 import LexicalIndex
from recommender.scoring.space import Space
from recommender.scoring.strength import Unrelated
from recommender.store.columns import Columns
from recommender.store.derived import Derived
from recommender.store.files import check_file, rebuild
from recommender.store.layout import MANIFEST, SEGMENT_FACTS, current_name, segment_folder
from recommender.store.manifest import read_manifest
from recommender.store.row_map import RowMap
from recommender.store.segment import Segment
from recommender.types import Article, Passage, StoredArticle


class Snapshot:
    """A published build. Holds its files open, takes no lock, reads what is asked for.

    Articles count by their positions, rows by their numbers, through all segments. `columns` has a
    value for each of them; `derived` is the answering space, the search index and the words.
    """

    def __init__(
        self,
        folder: Path,
        name: str | None = None,
        place: Path | None = None,
        *,
        exact: bool = False,
    ) -> None:
        """Open the live snapshot of `folder`, or the one called `name`, which may lie at `place`.

        With `exact`, searches read the stored vectors, and the index files need not be there.
        Raises a `SnapshotError` that says what to run.
        """
        self.folder = folder
        self.exact = exact
        self.name = name or current_name(folder)
        self.manifest = read_manifest(place or folder / self.name)
        self.segments: list[Segment] = []
        for entry in self.manifest.segments:
            segment = segment_folder(folder, entry.name)
            check_file(segment / SEGMENT_FACTS, entry.facts, rebuild(folder))
            self.segments.append(Segment(segment))
        self._check_counts()
        self._map = RowMap(self.segments)
        # How many rows have a vector, and how many there are with those that have none.
        self.row_count, self.all_row_count = self._map.row_count, self._map.all_row_count
        self.columns = Columns(self._map, self.manifest)
        self.derived = Derived(folder, self.manifest, self._map, self.columns, exact)

    def _check_counts(self) -> None:
        """Raise `SnapshotDamaged` unless the manifest counts the articles that there are."""
        left, wrong = 0, ""
        for segment, entry in zip(self.segments, self.manifest.segments, strict=True):
            count, last = len(segment), max(entry.removed, default=-1)
            if last >= count:
                wrong = f"removes article {last} of {count} in segment {entry.name}"
            left += count - len(set(entry.removed))
        if not wrong and left != self.manifest.articles:
            wrong = f"names {self.manifest.articles} articles, there are {left}"
        if wrong:
            place = self.folder / self.name / MANIFEST
            raise SnapshotDamaged(f"{place}: {wrong}; {rebuild(self.folder)}")

    def hold(self) -> None:
        """Open every file that answers may need, so that they stay if the snapshot is pruned."""
        _ = self.index, self.derived.lexical, self.words, self.columns.live_rows

    @property
    def space(self) -> Space:
        """The space that the index and all scores are in."""
        return self.derived.space

    @property
    def unrelated(self) -> dict[str, Unrelated]:
        """How pairs of unrelated `passages` and `articles` score."""
        return self.derived.unrelated

    @property
    def index(self) -> PassageIndex:
        """The search index over all rows that have a vector."""
        return self.derived.index

    @property
    def words(self) -> LexicalIndex:
        """The words of all rows, those without a vector too."""
        return self.derived.words

    def find(self, article_id: str) -> int | None:
        """Return the position of a live article, or None."""
        for first, segment in zip(self._map.first_articles, self.segments, strict=False):
            position = segment.lines.find(article_id)
            if position is not None and self.columns.live_articles[first + position]:
                return int(first) + position
        return None

    def ids(self) -> Iterator[str]:
        """Yield the ids of the live articles in order."""
        for _, article_id in self.positions_and_ids():
            yield article_id

    def positions_and_ids(self) -> Iterator[tuple[int, str]]:
        """Yield the position and the id of each live article in order."""
        for position in np.flatnonzero(self.columns.live_articles).tolist():
            segment, local = self._map.segment_of(position)
            yield position, segment.lines.id(local)

    def article(self, position: int) -> Article:
        """Return an article without its paragraphs."""
        segment, local = self._map.segment_of(position)
        return segment.article(local)

    def stored(self, position: int) -> StoredArticle:
        """Return an article with its paragraphs."""
        segment, local = self._map.segment_of(position)
        return segment.stored(local)

    def language(self, position: int) -> str:
        """Return the language of an article as its own tag, not as the answering space has it."""
        segment, local = self._map.segment_of(position)
        return segment.languages[int(segment.article_languages[local])]

    def rows(self, position: int) -> range:
        """Return the rows of an article's passages."""
        return self._map.rows(position)

    def articles_of(self, rows: Positions) -> Positions:
        """Return the article position of each row."""
        return self._map.articles_of(rows)

    def languages_of(self, rows: Positions) -> list[str]:
        """Return the language of each row, as the answering space calls it."""
        return self.columns.languages_of(rows)

    def passage(self, row: int, article: Article) -> Passage:
        """Return the passage at `row`, whose article the caller has read."""
        segment, record = self._map.record(row)
        return segment.passage_of(record, article)

    def vectors(self, rows: Sequence[int] | Positions) -> Vectors:
        """Return the raw vectors of `rows`, shape (len(rows), dim)."""
        return self._gather(rows, [segment.raw for segment in self.segments])

    def centered(self, rows: Sequence[int] | Positions) -> Vectors:
        """Return the vectors of `rows` in the answering space, shape (len(rows), dim).

        A row that is kept for word search only has zeros.
        """
        return self._gather(rows, [source.read for source in self.derived.sources])

    def _gather(
        self, rows: Sequence[int] | Positions, reads: Sequence[Callable[[Positions], Vectors]]
    ) -> Vectors:
        """Return what each segment's own of `reads` gives of its rows, in the order of `rows`."""
        wanted = np.asarray(rows, dtype=np.int64)
        found = np.zeros((len(wanted), self.manifest.encoder.dim), dtype=np.float32)
        for number, places, local in self._map.find(wanted):
            if number < len(self.segments):
                found[places] = reads[number](local)
        return found


def open_live(folder: Path, *, exact: bool = False) -> Snapshot:
    """Open the live snapshot with every file that answers may need; takes no lock.

    With `exact` it needs no index files (see `Snapshot`). If it is replaced and pruned meanwhile,
    the one that replaced it is opened.
    """
    while True:
        name = current_name(folder)
        try:
            snapshot = Snapshot(folder, name, exact=exact)
            snapshot.hold()
            return snapshot
        except SnapshotDamaged:
            if current_name(folder) == name:
                raise
