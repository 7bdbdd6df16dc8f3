"""Give articles in the form in which they are compared, from the index or from a draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recommender.answers.archive import Archive
from recommender.answers.editorial import NO_RULING, Ruling
from recommender.arrays import Positions, Rows, Vectors, in_blocks, spread
from recommender.scoring.alignment import MAX_COMPARED, Passages, align_each, most_compared
from recommender.scoring.shingles import Hashes as Runs
from recommender.scoring.shingles import letters_of, runs_of
from recommender.store.headlines import NO_WORDS, Hashes
from recommender.text.numbers import numbers_of
from recommender.types import Article, Passage, Role


class ArticleVectors(Protocol):
    """An article that is compared with others, passage by passage.

    n is the number of passages that are compared, at most `MAX_COMPARED` of those of the index.
    """

    @property
    def article(self) -> Article:
        """The article itself."""

    @property
    def position(self) -> int | None:
        """The position in the index; None for a draft."""

    @property
    def language(self) -> str:
        """The language as the answering space calls it, such as `nl-Latn`."""

    @property
    def date(self) -> int:
        """The date as yyyymmdd, 00 for a part not known, 0 for no date."""

    @property
    def vectors(self) -> Vectors:
        """The passages' vectors in the answering space, shape (n, dim)."""

    @property
    def weights(self) -> Vectors:
        """The weight of each passage (`alignment.ROLE_WEIGHTS`), shape (n,)."""

    @property
    def whole(self) -> Vectors:
        """The weighted mean of the vectors at length 1, shape (dim,)."""

    @property
    def raw(self) -> Vectors:
        """The vectors of all passages as the encoder gave them, shape (passages, dim)."""

    @property
    def texts(self) -> tuple[npt.NDArray[np.void], Positions]:
        """The text hash of every passage, and its length in characters, at least 1."""

    @property
    def text_lengths(self) -> Mapping[bytes, int]:
        """The length of each distinct text by its hash, summed over its passages."""

    @property
    def body(self) -> str:
        """The texts of the passages without titles, one a line."""

    @property
    def runs(self) -> Runs:
        """The runs of letters in the body (`shingles.runs_of`)."""

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers in the title and the body (`numbers.numbers_of`)."""

    def passage(self, number: int) -> Passage:
        """Return the passage of a row of `vectors`."""


class DerivedOfPassages:
    """The properties of `ArticleVectors` that are computed from its other properties."""

    @cached_property
    def whole(self: ArticleVectors) -> Vectors:
        """The weighted mean of the vectors at length 1, shape (dim,)."""
        return whole_of(self.vectors, self.weights)

    @cached_property
    def text_lengths(self: ArticleVectors) -> Mapping[bytes, int]:
        """The length of each distinct text by its hash, summed over its passages."""
        return lengths_by_text(*self.texts)

    @cached_property
    def runs(self: ArticleVectors) -> Runs:
        """The runs of letters in the body."""
        return runs_of(letters_of(self.body))

    @cached_property
    def numbers(self: ArticleVectors) -> frozenset[str]:
        """The numbers in the title and the body."""
        return numbers_of(f"{self.article.title}\n{self.body}")


class StoredArticleVectors(DerivedOfPassages):
    """An article of the index; each property is read when it is first used."""

    def __init__(self, snapshot: Archive, position: int, rows: range | None = None) -> None:
        """Take an article by its position; `rows` are those of its passages, if they are known."""
        self._snapshot = snapshot
        self.position = position
        self.rows = snapshot.rows(position) if rows is None else rows

    @cached_property
    def compared(self) -> Rows:
        """The rows of the passages that are compared."""
        return spread(self.rows, MAX_COMPARED)

    @cached_property
    def article(self) -> Article:
        """The article itself."""
        return self._snapshot.article(self.position)

    @cached_property
    def language(self) -> str:
        """The language as the answering space calls it."""
        tag = self._snapshot.language(self.position)
        return self._snapshot.space.keys.get(tag, tag)

    @cached_property
    def date(self) -> int:
        """The date as yyyymmdd, from a column: the article need not be read."""
        return int(self._snapshot.columns.dates_of([self.position])[0])

    @cached_property
    def vectors(self) -> Vectors:
        """The passages' vectors in the answering space, shape (n, dim)."""
        return self._snapshot.centered(self.compared)

    @cached_property
    def weights(self) -> Vectors:
        """The weight of each passage, shape (n,)."""
        return self._snapshot.columns.weights(self.compared)

    @cached_property
    def raw(self) -> Vectors:
        """The vectors of all passages as the encoder gave them, shape (passages, dim)."""
        return self._snapshot.vectors(self.rows)

    @cached_property
    def texts(self) -> tuple[npt.NDArray[np.void], Positions]:
        """The text hash of every passage, and its length in characters."""
        return self._snapshot.columns.texts_of(self.rows)

    @cached_property
    def body(self) -> str:
        """The texts of the passages without titles, one a line."""
        rows = self.compared.tolist()
        return body_of(self._snapshot.passage(row, self.article) for row in rows)

    def passage(self, number: int) -> Passage:
        """Return the passage of a row of `vectors`."""
        return self._snapshot.passage(int(self.compared[number]), self.article)


def body_of(passages: Iterable[Passage]) -> str:
    """Return the texts of passages, one a line, without titles."""
    return "\n".join(one.text for one in passages if one.number and one.role != Role.TITLE)


def whole_of(vectors: Vectors, weights: Vectors) -> Vectors:
    """Return the weighted mean of vectors at length 1, shape (dim,)."""
    whole: Vectors = Passages.of([vectors], [weights]).wholes[0]
    return whole


def language_in(article: ArticleVectors, passage_id: str) -> str:
    """Return the language tag of a passage of an article."""
    passages = (article.passage(number) for number in range(len(article.vectors)))
    own = next(passage.language for passage in passages if passage.id == passage_id)
    return own or article.article.language


def lengths_by_text(hashes: npt.NDArray[np.void], lengths: Positions) -> dict[bytes, int]:
    """Return the sum of the lengths of each text, by its hash."""
    found: dict[bytes, int] = {}
    for digest, length in zip(hashes.tolist(), lengths.tolist(), strict=True):
        found[digest] = found.get(digest, 0) + length
    return found


def stored_articles(
    snapshot: Archive, positions: Sequence[int], words: Hashes = NO_WORDS
) -> list[StoredArticleVectors]:
    """Return several articles of the index; their vectors are read together.

    Callers will ask which rows hold `words`: an engine reads that with the articles.
    """
    snapshot.prepare(positions, words)
    spans = snapshot.spans(positions)
    articles = [
        StoredArticleVectors(snapshot, *each)
        for each in zip(positions, spans.ranges(), strict=True)
    ]
    if spans.counts.max(initial=0) > MAX_COMPARED:
        rows = np.concatenate([article.compared for article in articles])
    else:
        rows = spans.rows
    vectors, weights = snapshot.centered(rows), snapshot.columns.weights(rows)
    dates = snapshot.columns.dates_of(positions).tolist()
    counts = np.minimum(spans.counts, MAX_COMPARED)
    ends = np.cumsum(counts)
    firsts = ends - counts
    each_own = zip(articles, dates, firsts.tolist(), ends.tolist(), strict=True)
    for article, date, start, end in each_own:
        article.date = date
        article.vectors, article.weights = vectors[start:end], weights[start:end]
    is_filled = counts > 0
    if is_filled.any():
        wholes = Passages(vectors, weights, firsts[is_filled]).wholes
        for at, whole in zip(np.flatnonzero(is_filled).tolist(), wholes, strict=True):
            articles[at].whole = whole
    return articles


@dataclass(frozen=True)
class RelatedQuery:
    """The articles to find related ones for, taken together, and `unlike`, those to differ from.

    Each of `articles` has at least one passage. `ruling` holds the editors' rules for the answers.
    """

    articles: Sequence[ArticleVectors]
    unlike: Sequence[ArticleVectors] = ()
    ruling: Ruling = NO_RULING

    @cached_property
    def vectors(self) -> Vectors:
        """The vectors of all passages, article after article, shape (n, dim)."""
        return np.concatenate([article.vectors for article in self.articles])

    @property
    def language(self) -> str:
        """The language of the first article."""
        return self.articles[0].language

    @cached_property
    def weights(self) -> Vectors:
        """The weight of each passage, in the order of `vectors`, shape (n,)."""
        return np.concatenate([article.weights for article in self.articles])

    @cached_property
    def whole(self) -> Vectors:
        """The weighted mean of the vectors of all passages at length 1, shape (dim,)."""
        return whole_of(self.vectors, self.weights)

    @property
    def positions(self) -> list[int]:
        """The positions of the articles that are in the index, those of `unlike` included."""
        every = (*self.articles, *self.unlike)
        return [article.position for article in every if article.position is not None]

    def language_of(self, passage_id: str) -> str:
        """Return the language tag of a passage of the articles."""
        articles = {article.article.id: article for article in self.articles}
        return language_in(articles[passage_id.rpartition("#")[0]], passage_id)

    def passage(self, number: int) -> Passage:
        """Return the passage of a row of `vectors`."""
        ends = np.cumsum([len(article.vectors) for article in self.articles])
        at = int(np.searchsorted(ends, number, "right"))
        article = self.articles[at]
        return article.passage(number - int(ends[at]) + len(article.vectors))


def pairs_of(one: ArticleVectors | RelatedQuery, other: ArticleVectors) -> Vectors:
    """Return the cosine of each pair of passages, shape (passages of one, passages of other)."""
    pairs: Vectors = one.vectors @ other.vectors.T
    return pairs


def align_articles(
    one: ArticleVectors | RelatedQuery, others: Sequence[StoredArticleVectors]
) -> list[float]:
    """Return the score of an article, or of several together, with each of the others."""
    ours = Passages.of([one.vectors], [one.weights])
    scores: list[float] = []
    for some in in_blocks(others, lambda each: len(each.vectors), most_compared(ours)):
        theirs = Passages.of(
            [each.vectors for each in some],
            [each.weights for each in some],
            [each.whole for each in some],
        )
        scores += align_each(ours, theirs)
    return scores
