"""One immutable run of articles on disk: their records, passages and raw vectors.

    segment.json    format, counts, dim and the size and SHA-256 of each file
    articles.jsonl  one article a line: its record, its paragraphs with role and offsets
    articles.npy    one record an article: where its line is, which passages are its own,
                    its language and date
    passages.npy    one record a passage: its article, number, part, role and offsets
    vectors.npy     float32 (passages, dim), unit rows as the encoder gave them: the truth

Row i of `passages.npy` and of `vectors.npy` are the same passage; an article's are contiguous.
"""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.errors import IndexDamaged
from recommender.storage import check_file, file_facts, read_json, write_json
from recommender.types import Article, Paragraph, Passage, Role, StoredArticle

Vectors = npt.NDArray[np.float32]

ARTICLE_RECORD = np.dtype(
    [
        ("offset", "<u8"),  # of the article's line in articles.jsonl, in bytes
        ("length", "<u4"),
        ("id_hash", "<u8"),
        ("content_hash", "V32"),
        ("first_row", "<u4"),
        ("rows", "<u4"),
        ("language", "<u2"),  # position in the segment's list of languages
        ("date", "<u4"),  # yyyymmdd, 00 for a month or day that is not known, 0 for no date
    ]
)
PASSAGE_RECORD = np.dtype(
    [
        ("article", "<u4"),  # position of the article in this segment
        ("number", "<u4"),
        ("part", "<u4"),
        ("role", "u1"),  # position in the segment's list of roles
        ("start", "<u4"),
        ("end", "<u4"),
        ("heading_start", "<u4"),
        ("heading_end", "<u4"),
        ("text_hash", "V16"),
    ]
)
ROLES = tuple(Role)


def id_hash(article_id: str) -> int:
    """Return 64 bits of the id's SHA-256, by which articles are looked up."""
    return int.from_bytes(hashlib.sha256(article_id.encode()).digest()[:8], "little")


def text_hash(text: str) -> bytes:
    """Return 128 bits of the text's SHA-256: equal texts have equal vectors."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


def date_number(date: str) -> int:
    """Return `YYYY[-MM[-DD]]` as the number yyyymmdd, 00 where a part is missing."""
    return int(date.replace("-", "").ljust(8, "0")) if date else 0


class SegmentWriter:
    """Writes a segment's files article by article, then its vectors; `close` makes it whole."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._lines = (folder / "articles.jsonl").open("wb")
        self._articles: list[tuple[Any, ...]] = []
        self._passages: list[tuple[Any, ...]] = []
        self._languages: dict[str, int] = {}

    def add(
        self, article: Article, paragraphs: Sequence[Paragraph], passages: Sequence[Passage]
    ) -> None:
        record = article.record() | {
            "paragraphs": [[p.number, p.role, p.start, p.end, p.reason] for p in paragraphs]
        }
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        data = line.encode("utf-8", "replace") + b"\n"
        self._articles.append(
            (
                self._lines.tell(),
                len(data),
                id_hash(article.id),
                bytes.fromhex(article.content_hash),
                len(self._passages),
                len(passages),
                self._languages.setdefault(article.language, len(self._languages)),
                date_number(article.date),
            )
        )
        self._lines.write(data)
        headings = {p.text: (p.start, p.end) for p in paragraphs if p.role is Role.SUBHEAD}
        for passage in passages:
            self._passages.append(
                (
                    len(self._articles) - 1,
                    passage.number,
                    passage.part,
                    ROLES.index(passage.role),
                    passage.start,
                    passage.end,
                    *headings.get(passage.heading, (0, 0)),
                    text_hash(passage.text),
                )
            )

    def close_articles(self) -> None:
        """Write the records: all articles are added, their texts can be read back."""
        self._lines.close()
        np.save(self.folder / "articles.npy", np.array(self._articles, dtype=ARTICLE_RECORD))
        np.save(self.folder / "passages.npy", np.array(self._passages, dtype=PASSAGE_RECORD))

    def texts(self) -> Iterator[str]:
        """Yield the text of each passage in row order, read back from the written lines."""
        passages = iter(self._passages)
        with (self.folder / "articles.jsonl").open("rb") as lines:
            for line, article in zip(lines, self._articles, strict=True):
                record = json.loads(line)
                for _, number, _, _, start, end, *_ in islice(passages, article[5]):
                    yield record["text"][start:end] if number else record["title"]

    def write_vectors(self, batches: Iterable[Vectors], dim: int) -> None:
        """Write `vectors.npy` from batches that follow each other in row order.

        Written through the file, not a memory map: a full disk must raise, not kill.
        """
        shape = (len(self._passages), dim)
        with (self.folder / "vectors.npy").open("wb") as stream:
            header = {"descr": "<f4", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(stream, header)
            stream.flush()
            for batch in batches:
                stream.write(np.ascontiguousarray(batch, dtype="<f4").data)
                stream.flush()

    def read_vectors(self, rows: Sequence[int], dim: int) -> Vectors:
        """Return vectors that an earlier batch has written, shape (len(rows), dim)."""
        size = dim * 4
        found = np.empty((len(rows), dim), dtype=np.float32)
        with (self.folder / "vectors.npy").open("rb") as stream:
            np.lib.format.read_magic(stream)
            np.lib.format.read_array_header_1_0(stream)
            start = stream.tell()
            for position, row in enumerate(rows):
                stream.seek(start + row * size)
                found[position] = np.frombuffer(stream.read(size), dtype="<f4")
        return found

    def close(self, dim: int) -> None:
        """Write `segment.json`, last, with the facts of every file."""
        write_json(
            self.folder / "segment.json",
            {
                "articles": len(self._articles),
                "passages": len(self._passages),
                "dim": dim,
                "roles": list(ROLES),
                "languages": list(self._languages),
                "files": {
                    path.name: file_facts(path)
                    for path in sorted(self.folder.iterdir())
                    if path.name != "segment.json"
                },
            },
        )


class Segment:
    """An open segment: everything memory-mapped, nothing read before it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        facts = read_json(folder / "segment.json")
        for name, expected in facts["files"].items():
            check_file(folder / name, expected)
        self.facts: Mapping[str, Any] = facts
        self.roles = tuple(Role(name) for name in facts["roles"])
        self.articles = self._records("articles.npy", ARTICLE_RECORD, facts["articles"])
        self.passages = self._records("passages.npy", PASSAGE_RECORD, facts["passages"])
        self.vectors: Vectors = self._load("vectors.npy")
        if self.vectors.shape != (facts["passages"], facts["dim"]):
            raise IndexDamaged(f"{folder / 'vectors.npy'}: {self.vectors.shape} is not its shape")

    def __len__(self) -> int:
        return len(self.articles)

    @cached_property
    def _lines(self) -> mmap.mmap | bytes:
        with (self.folder / "articles.jsonl").open("rb") as stream:
            if not len(self.articles):
                return b""
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)

    @cached_property
    def _by_hash(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.intp]]:
        hashes = np.asarray(self.articles["id_hash"])
        order = np.argsort(hashes)
        return hashes[order], order

    def find(self, article_id: str) -> int | None:
        """Return the article's position in the segment, or None."""
        hashes, order = self._by_hash
        wanted = np.uint64(id_hash(article_id))
        first, last = np.searchsorted(hashes, wanted), np.searchsorted(hashes, wanted, "right")
        for position in order[first:last]:
            if self.record(int(position))["id"] == article_id:
                return int(position)
        return None

    def record(self, position: int) -> dict[str, Any]:
        """Return the stored line of an article as a dictionary."""
        where = self.articles[position]
        offset = int(where["offset"])
        line = self._lines[offset : offset + int(where["length"])]
        try:
            record: dict[str, Any] = json.loads(line)
        except ValueError as error:
            raise IndexDamaged(
                f"{self.folder / 'articles.jsonl'}: the line at byte {offset} is no article; "
                "run: recommender build --full"
            ) from error
        return record

    def stored(self, position: int) -> StoredArticle:
        record = self.record(position)
        paragraphs = record.pop("paragraphs")
        article = Article(**record)
        return StoredArticle(
            article,
            tuple(
                Paragraph(
                    number,
                    Role(role),
                    article.text[start:end] if number else article.title,
                    start,
                    end,
                    reason,
                )
                for number, role, start, end, reason in paragraphs
            ),
        )

    def rows(self, position: int) -> range:
        """Return the rows of an article's passages."""
        first = int(self.articles[position]["first_row"])
        return range(first, first + int(self.articles[position]["rows"]))

    def passage(self, row: int, article: Article) -> Passage:
        """Return the passage at `row`, whose article the caller has read."""
        found = self.passages[row]
        start, end, number = int(found["start"]), int(found["end"]), int(found["number"])
        return Passage(
            article_id=article.id,
            number=number,
            part=int(found["part"]),
            role=self.roles[int(found["role"])],
            text=article.text[start:end] if number else article.title,
            start=start,
            end=end,
            heading=article.text[int(found["heading_start"]) : int(found["heading_end"])],
        )

    def _load(self, name: str) -> Any:
        try:
            return np.load(self.folder / name, mmap_mode="r", allow_pickle=False)
        except (ValueError, OSError) as error:
            raise IndexDamaged(
                f"{self.folder / name}: cannot be read: {error}; run: recommender build --full"
            ) from error

    def _records(self, name: str, dtype: np.dtype[Any], count: int) -> npt.NDArray[Any]:
        records: npt.NDArray[Any] = self._load(name)
        if records.dtype != dtype or records.shape != (count,):
            raise IndexDamaged(
                f"{self.folder / name}: does not hold {count} records of this format; "
                "run: recommender build --full"
            )
        return records
