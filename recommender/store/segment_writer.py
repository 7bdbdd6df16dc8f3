"""Write a segment: articles one by one or copied from other segments, then their vectors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.arrays import Vectors
from recommender.safe_open import Depth, open_stream
from recommender.store.checks import file_facts
from recommender.store.files import create, make_folder, write_json
from recommender.store.json_records import to_json
from recommender.store.layout import (
    ARTICLES,
    LINES,
    PASSAGES,
    SEGMENT_FACTS,
    SEGMENT_FILES,
    VECTORS,
)
from recommender.store.records import (
    ROLES,
    SegmentFacts,
)
from recommender.store.segment import Segment
from recommender.store.segment_tables import SegmentTables, texts_of


class SegmentWriter(SegmentTables):
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
        super().__init__(self._lines.write)

    def __enter__(self) -> SegmentWriter:
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

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
        with open_stream(self.folder / LINES, Depth.SEGMENT) as lines:
            yield from texts_of(lines, self._articles.array(), self._passages.array())

    def text_hashes(self) -> list[bytes]:
        """Return the text hash of each passage in row order."""
        return [digest.tobytes() for digest in self._passages.array()["text_hash"]]

    def language_numbers(self) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]:
        """Return the numbers of the languages of the passages in row order.

        Those with a vector come first, then those for word search only.
        """
        return self._passages.array()["language"], self._words_only.array()["language"]

    def write_vectors(self, batches: Iterable[Vectors], dim: int) -> None:
        """Write `vectors.npy` from batches that follow each other in row order.

        They are written to the file, not to a memory map: a full disk must raise an error, not kill
        the process.
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
