"""Open one immutable build on disk for reading; `layout.py` shows its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from recommender.arrays import Positions, Spans, Vectors
from recommender.errors import SnapshotDamaged
from recommender.index import PassageIndex
from recommender.index.bm25 import LexicalIndex
from recommender.scoring.space import Space
from recommender.scoring.strength import Unrelated
from recommender.store.article_ids import ArticleIds
from recommender.store.columns import Columns
from recommender.store.derived import Derived
from recommender.store.layout import current_name
from recommender.store.manifest import read_manifest
from recommender.store.row_map import RowMap
from recommender.store.segment import Segment
from recommender.store.segments import open_segments
from recommender.types import Article, Passage, StoredArticle

NOTHING_OPENED: Mapping[str, Segment] = MappingProxyType({})


class Snapshot:
    """A published build. Holds its files open, takes no lock, reads what is asked for.

    Articles count by their positions, rows by their numbers, through all segments. `columns` has a
    value for each of them; `derived` is the answering space, the search index and the words. A
    position or a row that there is not raises `NotFound`.
    """

    def __init__(
        self,
        folder: Path,
        name: str | None = None,
        place: Path | None = None,
        *,
        exact: bool = False,
        opened: Mapping[str, Segment] = NOTHING_OPENED,
    ) -> None:
        """Open the live snapshot of `folder`, or the one called `name`, which may lie at `place`.

        With `exact`, searches read the stored vectors, and the index files need not be there. A
        writer gives the segments that it has `opened` already, by name.
        Raises a `SnapshotError` that says what to run.
        """
        self.folder = folder
        self.exact = exact
        self.name = name or current_name(folder)
        self.manifest = read_manifest(place or folder / self.name)
        self.segments = open_segments(folder, self.name, self.manifest, opened)
        self._map = RowMap(self.segments)
        # How many rows have a vector, and how many there are with those that have none.
        self.row_count, self.all_row_count = self._map.row_count, self._map.all_row_count
        self.columns = Columns(self._map, self.manifest)
        self.derived = Derived(folder, self.manifest, self._map, self.columns, exact)
        self._ids = ArticleIds(self._map, self.columns)

    def hold(self) -> None:
        """Open every file that answers may need, so that they stay if the snapshot is pruned."""
        _ = self.index, self.derived.lexical, self.words, self.derived.names, self.columns.live_rows

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
        return self._ids.find(article_id)

    def ids(self) -> Iterator[str]:
        """Return the ids of the live articles in order."""
        return (article_id for _, article_id in self._ids)

    def positions_and_ids(self) -> Iterator[tuple[int, str]]:
        """Return the position and the id of each live article in order."""
        return iter(self._ids)

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

    def spans(self, positions: Sequence[int] | Positions) -> Spans:
        """Return the rows of the passages of several articles."""
        return self._map.spans(np.asarray(positions, np.int64))

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
        reads = [segment.raw for segment in self.segments]
        return self._map.gather(rows, self.manifest.encoder.dim, reads)

    def centered(self, rows: Sequence[int] | Positions) -> Vectors:
        """Return the vectors of `rows` in the answering space, shape (len(rows), dim).

        A row that is kept for word search only has zeros.
        """
        reads = [source.read for source in self.derived.sources]
        return self._map.gather(rows, self.manifest.encoder.dim, reads)


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
