"""Read one immutable run of articles on disk: their records, passages and raw vectors.

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

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from recommender.arrays import Positions, Rows, Spans, Vectors, finite_floats
from recommender.scoring.alignment import weights_of
from recommender.store.field_values import FieldValues
from recommender.store.layout import ARTICLES, PASSAGES, VECTORS
from recommender.store.lines import Lines
from recommender.store.mapped_files import StoredRows
from recommender.store.records import passage_text
from recommender.store.segment_files import SegmentFiles
from recommender.types import Article, Passage, Role, StoredArticle

EVERY = slice(None)
Places = Rows | slice
Number = TypeVar("Number", np.uint8, np.uint16, np.uint32)


class Segment:
    """An open segment. Each method raises `SnapshotDamaged` for a record that refers to nothing.

    `files` are its files, `lines` those of its articles and `fields` their values. `roles` and
    `languages` are the names that numbers in records stand for. `limited` lists the articles that
    are not simply published.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = files = SegmentFiles(folder)
        self.facts = facts = files.facts
        self.encoder, self.dim = facts.encoder, facts.dim
        self.roles = tuple(Role(name) for name in facts.roles)
        self.languages, self.limited = facts.languages, facts.limited
        self.articles, self.vectors = files.articles, files.vectors
        self.passages, self.words_only = files.passages, files.words_only
        self.lines = Lines(files)
        self.fields = FieldValues(self.lines.article, len(self.articles))
        self._stored = StoredRows(folder / VECTORS, self.vectors, files.advice)
        # Numpy takes longer to find a field by its name than to read it.
        self._owners: npt.NDArray[np.uint32] = self.passages["article"]
        self._spoken: npt.NDArray[np.uint16] = self.passages["language"]
        self._starts, self._counts = self.articles["first_row"], self.articles["rows"]

    def __len__(self) -> int:
        return len(self.articles)

    def article(self, position: int) -> Article:
        """Return an article without its paragraphs, which take longer to make."""
        return self.lines.article(position)

    def stored(self, position: int) -> StoredArticle:
        """Return an article with its paragraphs."""
        return self.lines.stored(position)

    @cached_property
    def row_counts(self) -> Positions:
        """How many rows each article has."""
        counts = self.articles["rows"].astype(np.int64)
        # Before a wrong number asks for too much memory.
        if int(counts.sum()) != len(self.passages):
            what = f"its articles have {counts.sum()} rows of {len(self.passages)}"
            raise self.files.damage(ARTICLES, what)
        return counts

    @cached_property
    def article_languages(self) -> npt.NDArray[np.uint16]:
        """The position in `languages` of each article's language."""
        return self._named(ARTICLES, self.articles["language"], len(self.languages), "language")

    def rows(self, position: int) -> range:
        """Return the rows of an article's passages."""
        first = int(self._starts[position])
        end = first + int(self._counts[position])
        if end > len(self.passages):
            raise self.files.damage(ARTICLES, f"names row {end - 1} of {len(self.passages)}")
        owners = self._owners
        if (
            (first < end and not owners[first] == position == owners[end - 1])
            or (first > 0 and owners[first - 1] >= position)
            or (end < len(owners) and owners[end] <= position)
        ):
            what = f"its rows {first} to {end} are not exactly those of article {position}"
            raise self.files.damage(PASSAGES, what)
        return range(first, end)

    def spans(self, positions: Positions) -> Spans:
        """Return the rows of the passages of several articles."""
        firsts = self._starts[positions].astype(np.int64)
        counts = self._counts[positions].astype(np.int64)
        count = len(self._owners)
        ends = firsts + counts
        is_wrong = ends > count
        if count and not is_wrong.any():
            owners, some = self._owners, counts > 0
            # Articles without rows, and articles without neighbours, are compared with any row.
            is_wrong = some & (owners[np.minimum(firsts, count - 1)] != positions)
            is_wrong |= some & (owners[ends - 1] != positions)
            is_wrong |= (firsts > 0) & (owners[firsts - 1] >= positions)
            is_wrong |= (ends < count) & (owners[np.minimum(ends, count - 1)] <= positions)
        for position in positions[is_wrong].tolist():
            self.rows(position)  # this names the fault
        return Spans(firsts, counts)

    def passage_counts(self, positions: Positions) -> Positions:
        """Return how many rows several articles have by their records; `spans` checks them."""
        return self._counts[positions].astype(np.int64)

    def words_only_rows(self, position: int) -> range:
        """Return the rows among `words_only` of an article's passages."""
        first, end = np.searchsorted(self._words_only_articles, [position, position + 1])
        return range(int(first), int(end))

    @cached_property
    def _words_only_articles(self) -> Positions:
        # Taken out of the records once, since a search in them would copy them each time.
        return self.words_only["article"].astype(np.int64)

    def raw(self, rows: Rows) -> Vectors:
        """Return the vectors of rows as the encoder gave them, float32 (len(rows), dim)."""
        stored = self._stored.read(rows)
        found = finite_floats(stored)
        if found is None:
            row = rows[int(np.argmin(np.isfinite(stored).all(axis=1)))]
            raise self.files.damage(VECTORS, f"row {row} is not a vector of finite numbers")
        return found

    def language_numbers(self, rows: Rows) -> npt.NDArray[np.uint16]:
        """Return for each row the position of its language in `languages`."""
        return self._named(PASSAGES, self._spoken[rows], len(self.languages), "language")

    def weights(self, rows: Rows) -> Vectors:
        """Return the weight of each row in its article (`alignment.ROLE_WEIGHTS`)."""
        found: Vectors = weights_of(self.roles)[self.role_numbers(self.passages, rows)]
        return found

    # The next three take records, `passages` or `words_only`: all, or those at some places.

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
        """Return numbers from records; raise `SnapshotDamaged` for one that is too high."""
        if len(numbers) and numbers.max() >= count:
            raise self.files.damage(file, f"names {what} {numbers.max()} of {count}")
        return numbers

    def passage(self, row: int, article: Article) -> Passage:
        """Return the passage at `row`; the caller has read its article."""
        return self.passage_of(self.passages[row], article)

    def passage_of(self, found: Any, article: Article) -> Passage:
        """Return the passage of a record; the caller has read its article."""
        try:
            # All fields at once: numpy takes as long to find one by its name.
            return passage_of(found.item(), article, self.roles, self.languages)
        except ValueError as error:
            raise self.files.damage(PASSAGES, str(error)) from error


def passage_of(
    record: Sequence[Any], article: Article, roles: Sequence[Role], tags: Sequence[str]
) -> Passage:
    """Return the passage of a record (`PASSAGE_RECORD`), with the names that its numbers mean.

    Raises `ValueError` for a number that means nothing.
    """
    _, number, part, role, language, start, end, heading_start, heading_end, _ = record
    length = len(article.text if number else article.title)
    if (
        not start <= end <= length
        or not heading_start <= heading_end <= len(article.text)
        or role >= len(roles)
        or language >= len(tags)
    ):
        what = f"a passage of article {article.id} names a role, a language or an offset"
        raise ValueError(f"{what} that does not exist")
    tag = tags[language]
    return Passage(
        article_id=article.id,
        number=number,
        part=part,
        role=roles[role],
        text=passage_text(article.text, article.title, number, start, end),
        start=start,
        end=end,
        heading=article.text[heading_start:heading_end],
        language=tag if tag != article.language else "",
    )
