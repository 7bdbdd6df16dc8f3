"""Collect the records of a segment's articles and passages, and the lines of its articles."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.store.lines import line_of
from recommender.store.publication import Listed, listed
from recommender.store.records import (
    ARTICLE_RECORD,
    MAX_ROLES,
    PASSAGE_RECORD,
    ROLES,
    date_number,
    id_hash,
    passage_text,
    text_hash,
)
from recommender.types import CutArticle, Passage

Records = npt.NDArray[Any]

# Records are kept as tuples up to this number, then packed into an array.
PACKED = 16_384


@dataclass(frozen=True, slots=True)
class Piece:
    """Articles that another process cut: their lines, and their records as of their own segment.

    `languages` are in the order of their numbers in the records. `limited` lists the articles that
    are not simply published.
    """

    lines: bytes
    articles: Records
    passages: Records
    words_only: Records
    languages: Sequence[str]
    limited: Sequence[Listed]

    def texts(self) -> Iterator[tuple[bytes, str]]:
        """Yield (text hash, text) of each passage in row order."""
        return texts_of(self.lines.splitlines(), self.articles, self.passages)


def texts_of(
    lines: Iterable[bytes], articles: Records, passages: Records
) -> Iterator[tuple[bytes, str]]:
    """Yield (text hash, text) of each passage in row order, from the lines of all articles."""
    for line, article in zip(lines, articles, strict=True):
        record = json.loads(line)
        first = int(article["first_row"])
        for row in passages[first : first + int(article["rows"])]:
            place = (int(row[name]) for name in ("number", "start", "end"))
            text = passage_text(record["text"], record["title"], *place)
            yield row["text_hash"].tobytes(), text


class _Records:
    """Records that are added one by one and become one array."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype
        self._packed: list[Records] = []
        self._loose: list[tuple[Any, ...]] = []
        self.count = 0

    def add(self, record: tuple[Any, ...]) -> None:
        self._loose.append(record)
        self.count += 1
        if len(self._loose) == PACKED:
            self._pack()

    def array(self) -> Records:
        self._pack()
        self._packed = [np.concatenate([np.empty(0, self._dtype), *self._packed])]
        return self._packed[0]

    def _pack(self) -> None:
        if self._loose:
            self._packed.append(np.array(self._loose, dtype=self._dtype))
            self._loose = []

    def extend(self, records: Records) -> None:
        """Add records that are packed already."""
        self._pack()
        self._packed.append(records)
        self.count += len(records)


class SegmentTables:
    """The records of a segment that is being written; the lines of its articles go to `sink`."""

    def __init__(self, sink: Callable[[bytes], object]) -> None:
        self._sink = sink
        self._bytes = 0
        self._articles = _Records(ARTICLE_RECORD)
        self._passages = _Records(PASSAGE_RECORD)
        self._words_only = _Records(PASSAGE_RECORD)
        self._languages: dict[str, int] = {}
        self._limited: list[Listed] = []

    @property
    def article_count(self) -> int:
        """The number of articles written so far."""
        return self._articles.count

    @property
    def passage_count(self) -> int:
        """The number of passages written so far that get a vector."""
        return self._passages.count

    def add(self, cut: CutArticle, content_hash: str) -> None:
        """Write an article; `content_hash` is that of the article as its source gave it."""
        article = cut.article
        data = line_of(cut)
        roles = Counter(paragraph.role for paragraph in cut.paragraphs)
        self._articles.add(
            (
                self._bytes,
                len(data),
                id_hash(article.id),
                bytes.fromhex(content_hash),
                self._passages.count,
                len(cut.passages),
                self._language(article.language),
                date_number(article.date),
                tuple(min(roles[role], 65_535) for role in ROLES) + (0,) * (MAX_ROLES - len(ROLES)),
            )
        )
        self._write_line(data)
        if limits := listed(self._articles.count - 1, article):
            self._limited.append(limits)
        for records, passages in (
            (self._passages, cut.passages),
            (self._words_only, cut.words_only),
        ):
            for passage in passages:
                records.add(self._record(passage, passage.language or article.language))

    def append(self, piece: Piece) -> None:
        """Write the articles of a piece after those already written."""
        codes = np.array([*map(self._language, piece.languages)], dtype=np.uint16)
        self._limited += [(self._articles.count + one[0], *one[1:]) for one in piece.limited]
        for into, found in (
            (self._passages, piece.passages),
            (self._words_only, piece.words_only),
        ):
            records = np.array(found)
            records["article"] += self._articles.count
            records["language"] = codes[records["language"]]
            into.extend(records)
        articles = np.array(piece.articles)
        articles["offset"] += self._bytes
        articles["first_row"] += self._passages.count - len(piece.passages)
        articles["language"] = codes[articles["language"]]
        self._articles.extend(articles)
        self._write_line(piece.lines)

    def _record(self, passage: Passage, language: str) -> tuple[Any, ...]:
        return (
            self._articles.count - 1,
            passage.number,
            passage.part,
            ROLES.index(passage.role),
            self._language(language),
            passage.start,
            passage.end,
            passage.heading_start,
            passage.heading_end,
            text_hash(passage.text),
        )

    def _language(self, tag: str) -> int:
        """Return the number of a language; a new language gets the next one."""
        return self._languages.setdefault(tag, len(self._languages))

    def _write_line(self, data: bytes) -> None:
        self._sink(data)
        self._bytes += len(data)


class PieceWriter(SegmentTables):
    """Collects articles in memory as a `Piece`."""

    def __init__(self) -> None:
        self._lines = bytearray()
        super().__init__(self._lines.extend)

    def piece(self) -> Piece:
        """Return the articles that were added."""
        return Piece(
            lines=bytes(self._lines),
            articles=self._articles.array(),
            passages=self._passages.array(),
            words_only=self._words_only.array(),
            languages=tuple(self._languages),
            limited=tuple(self._limited),
        )
