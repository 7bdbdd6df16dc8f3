"""Define what ranking needs from an archive: a snapshot on this machine, or a search engine.

An archive is one published version, which never changes. Articles have positions and passages have
rows, both counted from 0. The passages of an article that have a vector are consecutive rows. Rows
from `row_count` on have no vector: they are kept for word search only. A method that takes several
articles or rows asks an engine once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask, Positions, Rows, Scores, Spans, Vectors
from recommender.errors import NotOnDisk
from recommender.index import NO_ROWS, SearchPurpose
from recommender.scoring.space import Space
from recommender.scoring.strength import Unrelated
from recommender.store.headlines import NO_WORDS, Hashes, Headlines
from recommender.store.manifest import Manifest
from recommender.store.names import Field
from recommender.store.publication import Publications
from recommender.store.snapshot import Snapshot
from recommender.types import Article, Passage, StoredArticle, Where


class Scope(Protocol):
    """The rows that a question may be answered with."""

    @property
    def rows(self) -> Rows:
        """The rows in order; an engine knows them only for a scope made by `only`."""

    @property
    def words_only(self) -> Rows:
        """Those of `rows` that have no vector."""

    @property
    def is_empty(self) -> bool:
        """Whether there is no row."""

    @property
    def count(self) -> int:
        """How many rows with a vector there are."""

    def holds(self, rows: Rows) -> Mask:
        """Return one flag for each of `rows`, (n,)."""

    def only(self, rows: Rows) -> Self:
        """Return the scope of those `rows` that are in this one."""

    def without(self, rows: Rows) -> Self:
        """Return the scope of the other rows."""

    def among(self, positions: Positions) -> Self:
        """Return the scope of the rows of some articles."""

    def without_articles(self, positions: Positions) -> Self:
        """Return the scope of the rows of all other articles."""


class WordScores(Protocol):
    """How well rows match the words of a text (BM25), from 0 to 1."""

    def of(self, rows: Rows) -> Scores:
        """Return the scores of rows, (n,)."""

    def best_of(self, spans: Spans) -> list[float]:
        """Return the best score in each run of rows; no run is empty."""

    def above(self, share: float, scope: Any, most: int | None = None) -> Rows:
        """Return the rows of a scope that score more than a share of its best score, in order.

        With `most`, rows that come after so many better ones may be left out.
        """


class Words(Protocol):
    """The postings of rows."""

    def weight(self, word: str, row: int) -> float:
        """Return the weight of a word by its rarity in a row's language, 0 for a common word."""

    def holds(self, terms: Hashes, spans: Spans) -> Mask:
        """Return whether each run of rows holds each word, by its hash, (terms, runs)."""

    def holding(self, text: str, most: int | None = None) -> Rows | None:
        """Return the rows that hold every word of a text; None if no word can be looked up.

        Return None too if more than `most` rows hold one of the words.
        """


class Names(Protocol):
    """The names of articles, in the form that `store.names.key_of` and the like give them."""

    def equal(self, field: Field, key: str) -> list[int]:
        """Return the articles with this value in a field; an empty value names none."""

    def starting(self, field: Field, key: str) -> list[int]:
        """Return the articles whose field begins with a text."""

    def at_path(self, key: str) -> list[int]:
        """Return the articles of a file; its path may be longer or shorter than theirs."""

    def nearest(self, key: str, hidden: Iterable[int], count: int) -> list[int]:
        """Return the articles with names most similar to a text, except hidden ones."""


class Columns(Protocol):
    """What is known of each article and of each row."""

    def dates_of(self, positions: Sequence[int] | Positions) -> Positions:
        """Return the date of each article as yyyymmdd, 00 for a part not known, 0 for no date."""

    def are_in(self, positions: Positions, language: str) -> Mask:
        """Return which articles are in a language, as the answering space calls it."""

    def weights(self, rows: Rows) -> Vectors:
        """Return the weight of each of `rows` in its article, (n,); the rows have a vector."""

    def texts_of(self, rows: range | Positions) -> tuple[npt.NDArray[np.void], Positions]:
        """Return the text hash and the length, at least 1, of each of `rows`.

        A range stands for the passages of one article.
        """

    def numbers_of(self, rows: range | Positions) -> tuple[Positions, Positions]:
        """Return the number and the part of each of `rows`, as in `texts_of`."""


class Summaries(Protocol):
    """What ranking needs about articles without reading them: headline words, lengths, means."""

    def headlines(self, positions: Sequence[int] | Positions) -> Headlines:
        """Return the words of the headlines of articles, and the lengths of their texts."""

    def headline_words(self, positions: Positions, likely: Positions) -> tuple[Hashes, Positions]:
        """Return the words of the headlines of articles, and how many words each has, (n,).

        `likely` articles will probably be read next; an engine returns their words at the same
        time.
        """

    def means(self, positions: Sequence[int] | Positions) -> Vectors:
        """Return the weighted means of articles in the answering space, at length 1, (n, dim)."""

    def cosines(self, positions: Positions, vector: Vectors) -> Vectors:
        """Return the cosine of the mean of each article to a vector at length 1, (n,)."""


class _Catalog(Protocol):
    """The articles by their positions, ids, names and dates."""

    @property
    def article_count(self) -> int:
        """The number of positions; removed articles keep theirs."""

    @property
    def publications(self) -> Publications:
        """The articles that are not simply published."""

    @property
    def tags(self) -> list[str]:
        """The language tags of the articles, in order."""

    @property
    def names(self) -> Names:
        """The names of the articles."""

    def withheld(self, published_only: bool = False) -> Positions:
        """Return the articles that may not answer now, or all that are not public now."""

    def positions(self, where: Where, words: Sequence[str] = ()) -> Positions:
        """Return the articles that pass and whose names hold all the words, in order."""

    def newest(self, count: int) -> Positions:
        """Return the newest articles that have a date, newest first."""

    def date_counts(self) -> Mapping[int, int]:
        """Return how many articles have each date (yyyymmdd), 0 for those without."""

    def find(self, article_id: str) -> int | None:
        """Return the position of an article, or None."""

    def find_each(self, article_ids: Iterable[str]) -> Mapping[str, int]:
        """Return the position of each id that an article has."""

    def positions_and_ids(self) -> Iterator[tuple[int, str]]:
        """Return the position and the id of each article in order."""


class _Search(Protocol):
    """What is searched, and the space that scores are in."""

    @property
    def space(self) -> Space:
        """The space that all scores are in."""

    @property
    def unrelated(self) -> Mapping[str, Unrelated]:
        """How pairs of unrelated `passages` and `articles` score."""

    @property
    def row_count(self) -> int:
        """How many rows have a vector."""

    @property
    def lexical(self) -> Words:
        """The words of the rows that have a vector."""

    @property
    def words(self) -> Words:
        """The words of all rows."""

    def scope(self, where: Where) -> Any:
        """Return the `Scope` of the rows of the articles that pass."""

    def every_row(self) -> Any:
        """Return the `Scope` of all rows, also of what the public may not see."""

    def nearest(
        self,
        vectors: Vectors,
        k: int,
        scope: Any,
        purpose: SearchPurpose = "texts",
        excluded: range = NO_ROWS,
    ) -> tuple[Scores, Rows]:
        """Return the `k` best scores and rows of a scope for each vector, both (n, <= k).

        Vectors are float32 (n, dim) in the answering space. The best come first, equal scores in
        row order. Rows in `excluded` are left out. If there are fewer than `k`, the rest have score
        -inf and row -1.
        """

    def nearest_articles(
        self, groups: Sequence[Vectors], own: Sequence[range], k: int, scope: Any
    ) -> list[tuple[Scores, Rows]]:
        """Return what `nearest` does, for groups of vectors, each without its own rows."""

    def word_scores(self, text: str, *, every: bool = False) -> WordScores:
        """Return how well rows match the words of a text; with `every` all rows.

        Otherwise only rows with a vector count, also for the rarity of words.
        """

    def first_holders(self, terms: Hashes, language: str, most: int) -> list[tuple[int, Positions]]:
        """Return how many rows of a language hold each term, and the articles of the first rows.

        Of these there are `most` at most, one for each row; those of one article follow each other.
        The script and the region of the language do not count.
        """


class _Passages(Protocol):
    """The articles and passages themselves."""

    @property
    def summaries(self) -> Summaries:
        """What ranking needs about articles without reading them."""

    @property
    def columns(self) -> Columns:
        """The facts of each article and each row."""

    def article(self, position: int) -> Article:
        """Return an article without its paragraphs."""

    def articles(self, positions: Sequence[int]) -> Iterator[Article]:
        """Return articles without their paragraphs."""

    def stored(self, position: int) -> StoredArticle:
        """Return an article with its paragraphs."""

    def prepare(self, positions: Sequence[int], words: Hashes = NO_WORDS) -> None:
        """Read at once what a comparison of articles needs, and which rows hold some words.

        An engine then remembers it.
        """

    def language(self, position: int) -> str:
        """Return the language of an article as its own tag."""

    def rows(self, position: int) -> range:
        """Return the rows of an article's passages that have a vector."""

    def spans(self, positions: Sequence[int] | Positions) -> Spans:
        """Return the rows of the passages of several articles."""

    def passage_counts(self, positions: Positions) -> Positions:
        """Return how many passages with a vector each of several articles has, (n,)."""

    def articles_of(self, rows: Rows) -> Positions:
        """Return the article of each row, (n,)."""

    def languages_of(self, rows: Rows) -> list[str]:
        """Return the language of each row, as the answering space calls it."""

    def passage(self, row: int, article: Article) -> Passage:
        """Return the passage at `row`; the caller has read its article."""

    def vectors(self, rows: Sequence[int] | Rows) -> Vectors:
        """Return the vectors of rows as the encoder gave them, float32 (n, dim)."""

    def centered(self, rows: Sequence[int] | Rows) -> Vectors:
        """Return the vectors of rows in the answering space, (n, dim); zeros for a row without."""


class Archive(_Catalog, _Search, _Passages, Protocol):
    """One version of an archive; safe to share between threads.

    A position or a row that does not exist raises `NotFound`.
    """

    @property
    def name(self) -> str:
        """The name of the version."""

    @property
    def place(self) -> str:
        """The folder or the address, as messages name it."""

    @property
    def folder(self) -> Path | None:
        """The folder with files of the user, such as editors' rules; None for an engine."""

    @property
    def manifest(self) -> Manifest:
        """How it was made, and what it holds."""

    @property
    def bytes(self) -> int:
        """The bytes of its files, or of what the engine holds of it."""

    def text_beside(self, name: str) -> str:
        """Return a text file that a build keeps beside the index, empty if there is none."""

    def warnings(self) -> list[str]:
        """Return what is wrong with the server that answers, each with its remedy."""

    def live_name(self) -> str:
        """Return the name of the version that is live now."""

    def live_version(self) -> Archive | None:
        """Return the version that is live now, None if it is this one."""


def on_disk(archive: Archive, what: str) -> Snapshot:
    """Return an archive that is a folder; raise `NotOnDisk` if it is in an engine.

    The message says that `what` needs the folder.
    """
    if isinstance(archive, Snapshot):
        return archive
    raise NotOnDisk(
        f"{archive.place}: {what} needs the index itself; "
        "give --index the folder that was published"
    )
