"""Define what an engine does for an archive, and the records that it keeps.

An engine holds published versions. For each it keeps the passages with their vectors, the articles
as lines of JSON, the postings of words, and a few named facts. Records are bytes of numpy arrays
(`ROW`, `POSTING`), so they are the same in every engine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from recommender.arrays import Rows, Vectors
from recommender.errors import SnapshotDamaged
from recommender.store.names import Field
from recommender.store.records import PASSAGE_RECORD
from recommender.types import Where

# How a name matches a key.
How = Literal["is", "begins", "ends"]
Records = npt.NDArray[np.void]

# The engine's names of the fields of `store.names`, in the order of `loading.LoadedArticle.names`.
NAMES = {Field.ID: "id_key", Field.ADDRESS: "address", Field.PATH: "path", Field.TITLE: "title"}
# The facts of an article beside its line.
_OF_ARTICLE = [
    ("first_row", "<u8"),
    ("rows", "<u4"),
    ("tag", "<u2"),  # the article's language tag, by its number
    ("date", "<u4"),
]
OF_ARTICLE = tuple(name for name, _ in _OF_ARTICLE)
# A passage: its row, its record with numbers of the whole archive, and the facts of its article.
ROW = np.dtype([("row", "<u8"), *PASSAGE_RECORD.descr, *_OF_ARTICLE])
# An article without passages still has facts.
ARTICLE = np.dtype([("position", "<u4"), *_OF_ARTICLE])
# A posting: the row and its article, how often it has the term, and its length in words.
POSTING = np.dtype([("row", "<u4"), ("article", "<u4"), ("count", "u1"), ("length", "<u4")])


# The postings of rows with a vector, and of those that are kept for word search only.
WITH_VECTOR, WORDS_ONLY = 0, 1


@dataclass(frozen=True, slots=True)
class Filter:
    """The passages to search: those of articles that pass, with or without some rows.

    `tags` are numbers of language tags, None for all. `fields` are hashes (`field_hash`) that an
    article must all have. `only` and `among` are the rows and the articles that may be found, None
    for all; `without` and `without_articles` those that may not.
    """

    where: Where
    tags: tuple[int, ...] | None = None
    fields: tuple[str, ...] = ()
    only: Rows | None = None
    without: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    among: Rows | None = None
    without_articles: Rows = field(default_factory=lambda: np.empty(0, np.int64))


class Neighbours(NamedTuple):
    """The rows found for one vector: their scores, best first, and their records."""

    scores: Vectors
    records: Records


class FoundTerm(NamedTuple):
    """The postings of a term in one language: all of them or the first, in row order."""

    term: int
    shelf: int
    language: int
    passages: int
    postings: Records


class FoundArticle(NamedTuple):
    """An article: its facts (`ARTICLE`, of one element), and its line, compressed by zlib."""

    id: str
    facts: Records
    line: bytes


@dataclass
class Traffic:
    """How often an engine was asked, and how many bytes of records it answered."""

    trips: int = 0
    bytes: int = 0


class Held(NamedTuple):
    """How many passages with a vector, and articles, an engine holds; and whether any words.

    `is_indexed` says whether the index of vectors exists, if there was one.
    """

    passages: int
    articles: int
    has_words: bool
    is_indexed: bool = True


class Engine(Protocol):
    """One version of an archive in an engine; safe to share between threads.

    Each method is one trip. It raises `EngineAway` if the engine does not answer in time.
    """

    @property
    def place(self) -> str:
        """The address, without a password."""

    @property
    def version(self) -> str:
        """The name of the version."""

    @property
    def traffic(self) -> Traffic:
        """How often the engine was asked, and how much it answered."""

    @property
    def efforts(self) -> Sequence[int]:
        """The efforts of searching vectors, the least first, in the engine's own numbers."""

    def live_version(self) -> str:
        """Return the name of the version that is live now."""

    def facts(self, names: Sequence[str]) -> Mapping[str, bytes]:
        """Return named facts."""

    def nearest(
        self, vectors: Vectors, k: int, filter: Filter, effort: int, *, raw: bool
    ) -> tuple[list[Neighbours], Mapping[int, bytes]]:
        """Return the nearest passages to each vector, and with `raw` the vectors of the rows.

        `effort` is one of `efforts`.
        """

    def passages(
        self, rows: Sequence[int], articles: Sequence[int], *, raw: bool
    ) -> tuple[Records, Mapping[int, bytes]]:
        """Return the records (`ROW`) of rows, and of all passages with a vector of articles."""

    def articles(self, positions: Sequence[int], ids: Sequence[str] = ()) -> list[FoundArticle]:
        """Return articles by their positions and ids; missing ones are left out."""

    def titles(
        self, positions: Sequence[int], articles: Sequence[int]
    ) -> tuple[Mapping[int, bytes], list[FoundArticle]]:
        """Return the titles of articles as names are compared (`store.names`), in UTF-8.

        The other `articles` are returned whole.
        """

    def find(self, ids: Sequence[str]) -> tuple[list[FoundArticle], Records, Mapping[int, bytes]]:
        """Return articles by their ids, with those of their passages that come in the same trip."""

    def compared(
        self, articles: Sequence[int], terms: Sequence[int]
    ) -> tuple[Records, Mapping[int, bytes], list[FoundArticle], list[FoundTerm]]:
        """Return the passages of articles with vectors, the articles, and all postings of terms."""

    def means(self, articles: Sequence[int]) -> Mapping[int, bytes]:
        """Return the means of articles by their positions (`store.means`), float16 each."""

    def terms(self, terms: Sequence[int], most: int | None) -> list[FoundTerm]:
        """Return the postings of terms, the first `most` of each language, or all."""

    def named(self, field: Field, keys: Sequence[str], how: How) -> list[tuple[str, int]]:
        """Return the names that equal, begin with or end with a key, each with its article."""

    def passing(self, filter: Filter, words: Sequence[str] = ()) -> Records:
        """Return the facts (`ARTICLE`) of articles that pass and whose names match, in order."""

    def subset(self, filter: Filter, rows: Rows) -> Rows:
        """Return those of `rows`, also without a vector, that pass."""

    def count(self, filter: Filter) -> int:
        """Return how many passages with a vector pass."""

    def held(self) -> Held:
        """Return how much of the version the engine holds now."""

    def release_problems(self) -> list[str]:
        """Return what is wrong with the release of the server, each with its remedy."""


def field_hash(name: str, key: str) -> str:
    """Return the hash of a value of a field, by its key (`field_key`): 64 bits of SHA-256."""
    text = f"{name}\x1f{key}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:16]


def records_of(parts: Sequence[bytes], dtype: np.dtype[Any], place: str) -> Records:
    """Return the records in bytes of an engine.

    A part is one record; a part with postings has any number. Raises `SnapshotDamaged`, which names
    the place, for another part.
    """
    size = dtype.itemsize
    if any(len(one) % size if dtype == POSTING else len(one) != size for one in parts):
        raise SnapshotDamaged(f"{place}: holds a record that is damaged; publish the index again")
    return np.frombuffer(b"".join(parts), dtype)
