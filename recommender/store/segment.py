"""One immutable run of articles on disk: their records, passages and raw vectors.

    segment.json    counts, dim, the encoder's fingerprint, the size and digests of each file
    articles.jsonl  one article a line: its record, its paragraphs with role and offsets
    articles.npy    one record an article: where its line is, which passages are its own,
                    its language and date
    passages.npy    one record a passage: its article, number, part, role, language and offsets
    vectors.npy     float16 (passages, dim), unit rows as the encoder gave them: the truth

Row i of `passages.npy` and of `vectors.npy` are the same passage; an article's are contiguous.
After them `passages.npy` holds what is kept for word search only, and has no vector, in the order
of the articles too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from recommender.arrays import Positions, Rows, Vectors, load_arrays
from recommender.errors import SnapshotDamaged
from recommender.scoring.alignment import weights_of
from recommender.store.files import check_content, check_file, look_over, read_json, rebuild
from recommender.store.json_records import WrongField, read_record
from recommender.store.layout import (
    ARTICLES,
    LINES,
    PASSAGES,
    SEGMENT_FACTS,
    SEGMENT_FILES,
    VECTORS,
)
from recommender.store.lines import read_article, read_id, read_stored
from recommender.store.mapped_files import StoredFile, StoredRows
from recommender.store.records import (
    ARTICLE_RECORD,
    PASSAGE_RECORD,
    STORED,
    SegmentFacts,
    id_hash,
    passage_text,
)
from recommender.types import Article, Passage, Role, StoredArticle

EVERY = slice(None)
Places = Rows | slice
Read = TypeVar("Read")
Number = TypeVar("Number", np.uint8, np.uint16, np.uint32)


class Segment:
    """An open segment: its files are open or mapped, so that they stay when they are deleted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        facts = self._read_facts()
        for name in SEGMENT_FILES:
            check_file(folder / name, facts.files.get(name), self.advice)
        self.facts = facts
        self.encoder, self.dim = facts.encoder, facts.dim
        self.roles = tuple(Role(name) for name in facts.roles)
        self.languages = facts.languages
        # The articles that are not simply published (publication.py).
        self.limited = facts.limited
        self.articles = self._records(ARTICLES, ARTICLE_RECORD, facts.articles)
        count = facts.passages
        records = self._records(PASSAGES, PASSAGE_RECORD, count + facts.words_only)
        self.passages, self.words_only = records[:count], records[count:]
        self.vectors: npt.NDArray[np.floating[Any]] = self._load(VECTORS)
        if self.vectors.shape != (count, self.dim) or self.vectors.dtype not in STORED:
            raise SnapshotDamaged(
                f"{folder / VECTORS}: {self.vectors.dtype} {self.vectors.shape} is not what "
                f"it should hold; {self.advice}"
            )
        self._stored = StoredRows(folder / VECTORS, self.vectors, self.advice)
        self._lines = StoredFile(folder / LINES, self.advice)

    def _read_facts(self) -> SegmentFacts:
        path = self.folder / SEGMENT_FACTS
        try:
            return read_record(SegmentFacts, read_json(path, self.advice))
        except WrongField as error:
            raise SnapshotDamaged(f"{path}: {error}; {self.advice}") from error

    def __len__(self) -> int:
        return len(self.articles)

    @property
    def advice(self) -> str:
        """What to run if a file is damaged."""
        return rebuild(self._index)

    @property
    def _index(self) -> Path:
        return self.folder.parent.parent  # INDEX/segments/NAME

    def check(self, name: str) -> None:
        """Raise `SnapshotDamaged` unless a file holds what was written; reads all of it."""
        check_content(self.folder / name, self.facts.files[name], self.advice)

    @cached_property
    def _id_hashes(self) -> npt.NDArray[np.uint64]:
        return np.ascontiguousarray(self.articles["id_hash"])

    def damage(self, name: str, what: str) -> SnapshotDamaged:
        """Return the error for one of the files, of which a reader has found `what` is wrong."""
        return SnapshotDamaged(f"{self.folder / name}: {what}; {look_over(self._index)}")

    def find(self, article_id: str) -> int | None:
        """Return the article's position in the segment, or None."""
        # To look at each takes a fraction of a millisecond; to sort them at opening takes more.
        for position in np.flatnonzero(self._id_hashes == np.uint64(id_hash(article_id))).tolist():
            if self.id_of(position) == article_id:
                return int(position)
        return None

    def line(self, position: int) -> bytes:
        """Return the stored line of an article, its line end included."""
        where = self.articles[position]
        return self._lines.read(int(where["offset"]), int(where["length"]))

    def id_of(self, position: int) -> str:
        """Return the id of an article."""
        return self._read(read_id, position)

    def article(self, position: int) -> Article:
        """Return an article without its paragraphs, which take longer to make."""
        return self._read(read_article, position)

    def stored(self, position: int) -> StoredArticle:
        """Return an article with its paragraphs."""
        return self._read(read_stored, position)

    def _read(self, read: Callable[[bytes], Read], position: int) -> Read:
        """Return what one of the functions of `lines.py` reads from the line of an article."""
        try:
            return read(self.line(position))
        except ValueError as error:
            raise self.damage(LINES, f"the line of article {position} {error}") from error

    @cached_property
    def row_counts(self) -> Positions:
        """How many rows each article has."""
        counts = self.articles["rows"].astype(np.int64)
        # Before memory is asked for by a wild number.
        if int(counts.sum()) != len(self.passages):
            what = f"its articles have {counts.sum()} rows of {len(self.passages)}"
            raise self.damage(ARTICLES, what)
        return counts

    @cached_property
    def article_languages(self) -> npt.NDArray[np.uint16]:
        """The position in `languages` of each article's language."""
        return self._named(ARTICLES, self.articles["language"], len(self.languages), "language")

    def rows(self, position: int) -> range:
        """Return the rows of an article's passages."""
        record = self.articles[position]
        first = int(record["first_row"])
        end = first + int(record["rows"])
        if end > len(self.passages):
            raise self.damage(ARTICLES, f"names row {end - 1} of {len(self.passages)}")
        owners = self._owners
        if (
            (first < end and not owners[first] == position == owners[end - 1])
            or (first > 0 and owners[first - 1] >= position)
            or (end < len(owners) and owners[end] <= position)
        ):
            what = f"its rows {first} to {end} are not exactly those of article {position}"
            raise self.damage(PASSAGES, what)
        return range(first, end)

    @cached_property
    def _owners(self) -> npt.NDArray[np.uint32]:
        # A field that is asked of numpy by its name each time takes longer than what it holds.
        owners: npt.NDArray[np.uint32] = self.passages["article"]
        return owners

    def words_only_rows(self, position: int) -> range:
        """Return the rows among `words_only` of an article's passages."""
        first, end = np.searchsorted(self._words_only_articles, [position, position + 1])
        return range(int(first), int(end))

    @cached_property
    def _words_only_articles(self) -> Positions:
        # Out of the records, which a search among them would copy each time.
        return self.words_only["article"].astype(np.int64)

    def raw(self, rows: Rows) -> Vectors:
        """Return the vectors of rows as the encoder gave them, float32 (len(rows), dim)."""
        found = self._stored.read(rows).astype(np.float32, copy=False)
        with np.errstate(invalid="ignore", over="ignore"):
            total = found.sum()  # cheaper than to look at each number, and as wrong as any of them
        if not np.isfinite(total):
            row = rows[int(np.argmin(np.isfinite(found).all(axis=1)))]
            raise self.damage(VECTORS, f"row {row} is not a vector of finite numbers")
        return found

    def language_numbers(self, rows: Rows) -> npt.NDArray[np.uint16]:
        """Return for each row the position of its language in `languages`."""
        return self.spoken(self.passages, rows)

    def weights(self, rows: Rows) -> Vectors:
        """Return what each row counts for in its article (`alignment.ROLE_WEIGHTS`)."""
        found: Vectors = weights_of(self.roles)[self.role_numbers(self.passages, rows)]
        return found

    # The next three are of records, `passages` or `words_only`: of all, or at some places.

    def owners(self, records: npt.NDArray[Any], places: Places = EVERY) -> npt.NDArray[np.uint32]:
        """Return the position of the article that each record belongs to."""
        return self._named(PASSAGES, records["article"][places], len(self), "article")

    def spoken(self, records: npt.NDArray[Any], places: Places = EVERY) -> npt.NDArray[np.uint16]:
        """Return the position in `languages` of each record's language."""
        found = records["language"][places]
        return self._named(PASSAGES, found, len(self.languages), "language")

    def role_numbers(
        self, records: npt.NDArray[Any], places: Places = EVERY
    ) -> npt.NDArray[np.uint8]:
        """Return the position in `roles` of each record's role."""
        return self._named(PASSAGES, records["role"][places], len(self.roles), "role")

    def _named(
        self, file: str, numbers: npt.NDArray[Number], count: int, what: str
    ) -> npt.NDArray[Number]:
        """Return the numbers that records name; raise `SnapshotDamaged` for one of `count` on."""
        if len(numbers) and numbers.max() >= count:
            raise self.damage(file, f"names {what} {numbers.max()} of {count}")
        return numbers

    def passage(self, row: int, article: Article) -> Passage:
        """Return the passage at `row`, whose article the caller has read."""
        return self.passage_of(self.passages[row], article)

    def passage_of(self, found: Any, article: Article) -> Passage:
        """Return the passage of a record, whose article the caller has read."""
        # All at once: each field that is asked of numpy by name takes as long.
        _, number, part, role, language, start, end, heading_start, heading_end, _ = found.item()
        length = len(article.text if number else article.title)
        if (
            not start <= end <= length
            or not heading_start <= heading_end <= len(article.text)
            or role >= len(self.roles)
            or language >= len(self.languages)
        ):
            what = f"a passage of article {article.id} names a role, a language or an offset"
            raise self.damage(PASSAGES, f"{what} that there is not")
        tag = self.languages[language]
        return Passage(
            article_id=article.id,
            number=number,
            part=part,
            role=self.roles[role],
            text=passage_text(article.text, article.title, number, start, end),
            start=start,
            end=end,
            heading=article.text[heading_start:heading_end],
            language=tag if tag != article.language else "",
        )

    def _load(self, name: str) -> Any:
        try:
            # As a plain array: each slice of numpy's own kind of a mapped one costs twice as much.
            return np.asarray(load_arrays(self.folder / name, mmap_mode="r"))
        except (ValueError, OSError) as error:
            raise SnapshotDamaged(
                f"{self.folder / name}: cannot be read: {error}; {self.advice}"
            ) from error

    def _records(self, name: str, dtype: np.dtype[Any], count: int) -> npt.NDArray[Any]:
        records: npt.NDArray[Any] = self._load(name)
        if records.dtype != dtype or records.shape != (count,):
            raise SnapshotDamaged(
                f"{self.folder / name}: does not hold {count} records of this format; {self.advice}"
            )
        return records
