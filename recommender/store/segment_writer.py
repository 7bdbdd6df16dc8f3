"""Write a segment: articles one by one or copied from other segments, then their vectors."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.arrays import Vectors
from recommender.safe_open import Depth, open_stream
from recommender.store.files import create, file_facts, make_folder, write_json
from recommender.store.json_records import to_json
from recommender.store.layout import (
    ARTICLES,
    LINES,
    PASSAGES,
    SEGMENT_FACTS,
    SEGMENT_FILES,
    VECTORS,
)
from recommender.store.lines import line_of
from recommender.store.publication import Listed, listed
from recommender.store.records import (
    ARTICLE_RECORD,
    MAX_ROLES,
    PASSAGE_RECORD,
    ROLES,
    SegmentFacts,
    date_number,
    id_hash,
    passage_text,
    text_hash,
)
from recommender.store.segment import Segment
from recommender.types import CutArticle, Passage

Records = npt.NDArray[Any]

# Records are kept as tuples until there are this many, then packed.
PACKED = 16_384


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


class SegmentWriter:
    """Writes a segment's files into a new folder; `close` makes it whole.

    First come the articles, with `add` or `copy`; then `close_articles`; then `write_vectors`.
    After an error the files are closed, and the caller removes the folder.
    """

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        self.folder = folder
        self._dim = 0
        self._open = ExitStack()
        self._lines = self._open.enter_context(create(folder / LINES))
        self._bytes = 0
        self._articles = _Records(ARTICLE_RECORD)
        self._passages = _Records(PASSAGE_RECORD)
        self._words_only = _Records(PASSAGE_RECORD)
        self._languages: dict[str, int] = {}
        self._limited: list[Listed] = []

    def __enter__(self) -> SegmentWriter:
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    @property
    def article_count(self) -> int:
        """The articles written so far."""
        return self._articles.count

    @property
    def passage_count(self) -> int:
        """The passages written so far that get a vector."""
        return self._passages.count

    @property
    def text_bytes(self) -> int:
        """The bytes of `articles.jsonl` so far."""
        return self._bytes

    def add(self, cut: CutArticle, content_hash: str) -> None:
        """Write an article; `content_hash` is of the article as its source gave it."""
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

    def copy(self, segment: Segment, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Copy articles of another segment; return their rows there."""
        codes = np.array([*map(self._language, segment.languages)], dtype=np.uint16)
        roles = np.array([ROLES.index(role) for role in segment.roles], dtype=np.uint8)
        copied: list[npt.NDArray[np.int64]] = []
        limited = {one[0]: one[1:] for one in segment.limited}
        for position in positions.tolist():
            if position in limited:
                self._limited.append((self._articles.count, *limited[position]))
            record = segment.articles[position].copy()
            rows = segment.rows(position)
            data = segment.lines.line(position)
            kept = segment.words_only_rows(position)
            for into, found in (
                (self._passages, segment.passages[rows.start : rows.stop]),
                (self._words_only, segment.words_only[kept.start : kept.stop]),
            ):
                records = np.array(found)
                records["article"] = self._articles.count
                records["role"] = roles[records["role"]]
                records["language"] = codes[records["language"]]
                for one in records.tolist():
                    into.add(one)
            record["offset"] = self._bytes
            record["first_row"] = self._passages.count - len(rows)
            record["language"] = codes[int(record["language"])]
            counts = record["roles"].copy()
            record["roles"] = 0
            record["roles"][roles] = counts[: len(roles)]
            self._articles.add(record.item())
            self._write_line(data)
            copied.append(np.arange(rows.start, rows.stop))
        return np.concatenate([np.empty(0, np.int64), *copied])

    def close_articles(self) -> None:
        """Write the records of all articles, whose texts can then be read back."""
        self._open.close()
        passages = np.concatenate([self._passages.array(), self._words_only.array()])
        for name, records in ((ARTICLES, self._articles.array()), (PASSAGES, passages)):
            with create(self.folder / name) as stream:
                np.save(stream, records)

    def texts(self) -> Iterator[tuple[bytes, str]]:
        """Yield (text hash, text) of each passage in row order, read back from the lines."""
        passages = self._passages.array()
        with open_stream(self.folder / LINES, Depth.SEGMENT) as lines:
            for line, article in zip(lines, self._articles.array(), strict=True):
                record = json.loads(line)
                first = int(article["first_row"])
                for row in passages[first : first + int(article["rows"])]:
                    place = (int(row[name]) for name in ("number", "start", "end"))
                    text = passage_text(record["text"], record["title"], *place)
                    yield row["text_hash"].tobytes(), text

    def text_hashes(self) -> list[bytes]:
        """Return the text hash of each passage in row order."""
        return [digest.tobytes() for digest in self._passages.array()["text_hash"]]

    def write_vectors(self, batches: Iterable[Vectors], dim: int) -> None:
        """Write `vectors.npy` from batches that follow each other in row order.

        They are written through the file, not a memory map: a full disk must raise, not kill.
        """
        self._dim = dim
        written = 0
        with create(self.folder / VECTORS) as stream:
            header = {
                "descr": "<f2",
                "fortran_order": False,
                "shape": (self._passages.count, dim),
            }
            np.lib.format.write_array_header_1_0(stream, header)
            for batch in batches:
                stream.write(np.ascontiguousarray(batch, dtype="<f2").tobytes())
                written += len(batch)
        if written != self._passages.count:
            raise ValueError(f"{written} vectors for {self._passages.count} passages")

    def close(self, encoder: str) -> None:
        """Write `segment.json`, last: the facts of every file and the encoder's fingerprint."""
        facts = SegmentFacts(
            articles=self._articles.count,
            passages=self._passages.count,
            words_only=self._words_only.count,
            dim=self._dim,
            encoder=encoder,
            roles=ROLES,
            languages=tuple(self._languages),
            limited=tuple(self._limited),
            files={name: file_facts(self.folder / name) for name in SEGMENT_FILES},
        )
        write_json(self.folder / SEGMENT_FACTS, to_json(facts))

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
        self._lines.write(data)
        self._bytes += len(data)
