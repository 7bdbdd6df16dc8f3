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

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.arrays import Positions, Vectors, load_arrays
from recommender.errors import SnapshotDamaged
from recommender.scoring.alignment import weights_of
from recommender.store.files import check_content, check_file, read_json, rebuild
from recommender.store.json_records import WrongField, read_record
from recommender.store.layout import (
    ARTICLES,
    LINES,
    PASSAGES,
    SEGMENT_FACTS,
    SEGMENT_FILES,
    VECTORS,
)
from recommender.store.mapped_files import StoredFile, StoredRows
from recommender.store.records import (
    ARTICLE_RECORD,
    PASSAGE_RECORD,
    STORED,
    SegmentFacts,
    id_hash,
    passage_text,
)
from recommender.types import Article, Paragraph, Passage, Role, StoredArticle

_ROLES = {role.value: role for role in Role}  # Role(value) is ten times slower
# Where the paragraphs of an article's line begin: in a string, the quotes would be escaped.
_PARAGRAPHS = b',"paragraphs":'


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
        """What to run where a file is damaged."""
        return rebuild(self.folder.parent.parent)  # INDEX/segments/NAME

    def check(self, name: str) -> None:
        """Raise `SnapshotDamaged` unless a file holds what was written; reads all of it."""
        check_content(self.folder / name, self.facts.files[name], self.advice)

    @cached_property
    def _id_hashes(self) -> npt.NDArray[np.uint64]:
        return np.ascontiguousarray(self.articles["id_hash"])

    def find(self, article_id: str) -> int | None:
        """Return the article's position in the segment, or None."""
        # To look at each takes a fraction of a millisecond; to sort them at opening takes more.
        for position in np.flatnonzero(self._id_hashes == np.uint64(id_hash(article_id))).tolist():
            if self.record(position)["id"] == article_id:
                return int(position)
        return None

    def line(self, position: int) -> bytes:
        """Return the stored line of an article, its line end included."""
        where = self.articles[position]
        return self._lines.read(int(where["offset"]), int(where["length"]))

    def record(self, position: int) -> dict[str, Any]:
        """Return an article's fields as they are stored, without its paragraphs.

        Those end the line, and take a third of the time to parse.
        """
        line = self.line(position)
        end = line.rfind(_PARAGRAPHS)
        return self._parsed(position, line if end < 0 else line[:end] + b"}")

    def article(self, position: int) -> Article:
        """Return an article without its paragraphs, which take longer to make."""
        return Article(**self.record(position))

    def stored(self, position: int) -> StoredArticle:
        record = self._parsed(position, self.line(position))
        paragraphs = record.pop("paragraphs")
        article = Article(**record)
        return StoredArticle(
            article,
            tuple(
                Paragraph(
                    number,
                    _ROLES[role],
                    article.text[start:end] if number else article.title,
                    start,
                    end,
                    reason,
                    *language,
                )
                for number, role, start, end, reason, *language in paragraphs
            ),
        )

    def _parsed(self, position: int, line: bytes) -> dict[str, Any]:
        try:
            # As text: of bytes, the parser would first find out the encoding.
            record: dict[str, Any] = json.loads(line.decode())
        except ValueError as error:
            raise SnapshotDamaged(
                f"{self.folder / LINES}: the line of article {position} is not JSON; {self.advice}"
            ) from error
        return record

    def rows(self, position: int) -> range:
        """Return the rows of an article's passages; raise `IndexError` for one there is not."""
        record = self.articles[position]
        first = int(record["first_row"])
        end = first + int(record["rows"])
        if end > len(self.passages):
            raise IndexError(f"{self.folder / ARTICLES}: names row {end - 1}")
        return range(first, end)

    def words_only_rows(self, position: int) -> range:
        """Return the rows among `words_only` of an article's passages."""
        first, end = np.searchsorted(self._words_only_articles, [position, position + 1])
        return range(int(first), int(end))

    @cached_property
    def _words_only_articles(self) -> Positions:
        # Out of the records, which a search among them would copy each time.
        return self.words_only["article"].astype(np.int64)

    def raw(self, rows: npt.NDArray[np.int64]) -> Vectors:
        """Return the vectors of rows as the encoder gave them, float32 (len(rows), dim)."""
        return self._stored.read(rows).astype(np.float32, copy=False)

    def language_numbers(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint16]:
        """Return for each row the position of its language in `languages`."""
        numbers: npt.NDArray[np.uint16] = self.passages["language"][rows]
        return numbers

    def weights(self, rows: npt.NDArray[np.int64]) -> Vectors:
        """Return what each row counts for in its article (`alignment.ROLE_WEIGHTS`)."""
        found: Vectors = weights_of(self.roles)[self.passages["role"][rows]]
        return found

    def passage(self, row: int, article: Article) -> Passage:
        """Return the passage at `row`, whose article the caller has read."""
        return self.passage_of(self.passages[row], article)

    def passage_of(self, found: Any, article: Article) -> Passage:
        """Return the passage of a record, whose article the caller has read."""
        # All at once: each field that is asked of numpy by name takes as long.
        _, number, part, role, language, start, end, *heading, _ = found.item()
        tag = self.languages[language]
        return Passage(
            article_id=article.id,
            number=number,
            part=part,
            role=self.roles[role],
            text=passage_text(article.text, article.title, number, start, end),
            start=start,
            end=end,
            heading=article.text[slice(*heading)],
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
