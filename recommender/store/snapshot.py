"""Open one immutable build on disk for reading; `layout.py` shows its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from recommender.arrays import Positions, Spans, Vectors
from recommender.errors import SnapshotDamaged
from recommender.safe_open import Depth, read_bytes
from recommender.store.article_ids import ArticleIds
from recommender.store.catalog import SnapshotCatalog
from recommender.store.columns import Columns
from recommender.store.derived import Derived
from recommender.store.headlines import NO_WORDS, Hashes
from recommender.store.layout import current_name
from recommender.store.manifest import Manifest, read_manifest
from recommender.store.row_map import RowMap
from recommender.store.searching import SnapshotSearch
from recommender.store.segment import Segment
from recommender.store.segments import open_segments
from recommender.store.summaries import Summaries
from recommender.types import Article, Passage, StoredArticle

NOTHING_OPENED: Mapping[str, Segment] = MappingProxyType({})


class Snapshot(SnapshotCatalog, SnapshotSearch):
    """A published build. Holds its files open, takes no lock, reads what is asked for.

    Articles have positions and passages have rows, numbered through all segments. `columns` has a
    value for each of them. `derived` is the answering space, the search index and the words.
    `summaries` describes articles without reading them. A position or a row that does not exist
    raises `NotFound`.
    """

    def __init__(
        self,
        folder: Path,
        name: str | None = None,
        place: Path | None = None,
        *,
        exact: bool = False,
        opened: Mapping[str, Segment] = NOTHING_OPENED,
        manifest: Manifest | None = None,
    ) -> None:
        """Open the live snapshot of `folder`, or the one called `name`, which may lie at `place`.

        With `exact`, searches read the stored vectors, and index files may be missing. A writer
        passes the segments that it has `opened` already, by name, and the `manifest`. Raises a
        `SnapshotError` that names the command to run.
        """
        self.folder = folder
        self.exact = exact
        self.name = name or current_name(folder)
        self.manifest = manifest or read_manifest(place or folder / self.name)
        self.segments = open_segments(folder, self.name, self.manifest, opened)
        self.row_map = RowMap(self.segments)
        # How many rows have a vector, and how many there are with those that have none.
        self.row_count, self.all_row_count = self.row_map.row_count, self.row_map.all_row_count
        self.columns = Columns(self.row_map, self.manifest)
        self.derived = Derived(folder, self.manifest, self.row_map, self.columns, exact)
        self.summaries = Summaries(self.row_map, self.derived, self.manifest.encoder.dim)
        self._ids = ArticleIds(self.row_map, self.columns)

    def hold(self) -> None:
        """Open every file that answers may need, so that they stay if the snapshot is pruned."""
        derived = self.derived
        _ = self.index, derived.lexical, self.words, derived.names, self.columns.live_rows
        _ = derived.headlines, derived.means

    @property
    def place(self) -> str:
        """The folder of the index, as messages name it."""
        return str(self.folder)

    @property
    def bytes(self) -> int:
        """How many bytes the files of the snapshot take."""
        written = (file for segment in self.segments for file in segment.facts.files.values())
        derived = (file for files in self.manifest.derived.values() for file in files.values())
        return sum(file.bytes for file in (*written, *derived))

    def text_beside(self, name: str) -> str:
        """Return a text file that a build keeps beside the index, empty if there is none.

        Raises `OSError` if it cannot be read, `ValueError` if it is not UTF-8.
        """
        try:
            return read_bytes(self.folder / name, Depth.INDEX).decode("utf-8-sig")
        except FileNotFoundError:
            return ""

    def warnings(self) -> list[str]:
        """Return nothing: no server answers for an index on disk."""
        return []

    def live_name(self) -> str:
        """Return the name of the snapshot that is live now."""
        return current_name(self.folder)

    def live_version(self) -> Snapshot | None:
        """Return the live snapshot, None if it is this one."""
        if self.live_name() == self.name:
            return None
        return open_live(self.folder, exact=self.exact)

    def article(self, position: int) -> Article:
        """Return an article without its paragraphs."""
        segment, local = self.row_map.segment_of(position)
        return segment.article(local)

    def articles(self, positions: Sequence[int]) -> Iterator[Article]:
        """Return articles without their paragraphs, each read when it is taken."""
        return map(self.article, positions)

    def stored(self, position: int) -> StoredArticle:
        """Return an article with its paragraphs."""
        segment, local = self.row_map.segment_of(position)
        return segment.stored(local)

    def prepare(self, positions: Sequence[int], words: Hashes = NO_WORDS) -> None:
        """Do nothing: the files of articles are mapped."""

    def language(self, position: int) -> str:
        """Return the language of an article as its own tag, not as the answering space has it."""
        segment, local = self.row_map.segment_of(position)
        return segment.languages[int(segment.article_languages[local])]

    def rows(self, position: int) -> range:
        """Return the rows of an article's passages."""
        return self.row_map.rows(position)

    def spans(self, positions: Sequence[int] | Positions) -> Spans:
        """Return the rows of the passages of several articles."""
        return self.row_map.spans(np.asarray(positions, np.int64))

    def passage_counts(self, positions: Positions) -> Positions:
        """Return how many passages with a vector each of several articles has, (n,)."""
        return self.row_map.passage_counts(positions)

    def languages_of(self, rows: Positions) -> list[str]:
        """Return the language of each row, as the answering space calls it."""
        return self.columns.languages_of(rows)

    def passage(self, row: int, article: Article) -> Passage:
        """Return the passage at `row`; the caller has read its article."""
        segment, record = self.row_map.record(row)
        return segment.passage_of(record, article)

    def vectors(self, rows: Sequence[int] | Positions) -> Vectors:
        """Return the raw vectors of `rows`, shape (len(rows), dim)."""
        reads = [segment.raw for segment in self.segments]
        return self.row_map.gather(rows, self.manifest.encoder.dim, reads)

    def centered(self, rows: Sequence[int] | Positions) -> Vectors:
        """Return the vectors of `rows` in the answering space, shape (len(rows), dim).

        A row for word search only has zeros.
        """
        reads = [source.read for source in self.index.sources]
        return self.row_map.gather(rows, self.manifest.encoder.dim, reads)


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
