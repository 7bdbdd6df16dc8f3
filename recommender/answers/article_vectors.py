"""An article as it is compared with others, whether the index holds it or it is a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recommender.answers.editorial import NO_RULING, Ruling
from recommender.arrays import Positions, Vectors
from recommender.scoring.alignment import Passages, align_each
from recommender.store.snapshot import Snapshot
from recommender.types import Article, Passage


class ArticleVectors(Protocol):
    """One of the two articles that are compared, by its passages."""

    @property
    def article(self) -> Article: ...

    @property
    def position(self) -> int | None:
        """Where the index holds it, None where it does not."""

    @property
    def language(self) -> str:
        """Its language as the answering space calls it."""

    @property
    def vectors(self) -> Vectors:
        """The passages' vectors in the answering space, shape (n, dim)."""

    @property
    def weights(self) -> Vectors:
        """What each passage counts for (`alignment.ROLE_WEIGHTS`), shape (n,)."""

    @property
    def raw(self) -> Vectors:
        """The passages' vectors as the encoder gave them, shape (n, dim)."""

    @property
    def texts(self) -> tuple[npt.NDArray[np.void], Positions]:
        """The text hash and the length, at least 1, of each passage."""

    @property
    def text_lengths(self) -> Mapping[bytes, int]:
        """The length, all passages of it together, of each text by its hash."""

    def passage(self, number: int) -> Passage:
        """Return the passage of a row of `vectors`."""


class StoredArticleVectors:
    """An article of the index; what is asked for is read when it is."""

    def __init__(self, snapshot: Snapshot, position: int) -> None:
        self._snapshot = snapshot
        self.position = position
        self.rows = snapshot.rows(position)

    @cached_property
    def article(self) -> Article:
        return self._snapshot.article(self.position)

    @cached_property
    def language(self) -> str:
        tag = self._snapshot.language(self.position)
        return self._snapshot.space.keys.get(tag, tag)

    @cached_property
    def vectors(self) -> Vectors:
        return self._snapshot.centered(self.rows)

    @cached_property
    def weights(self) -> Vectors:
        return self._snapshot.columns.weights(np.arange(self.rows.start, self.rows.stop))

    @cached_property
    def raw(self) -> Vectors:
        return self._snapshot.vectors(self.rows)

    @cached_property
    def texts(self) -> tuple[npt.NDArray[np.void], Positions]:
        return self._snapshot.columns.texts_of(self.rows)

    @cached_property
    def text_lengths(self) -> Mapping[bytes, int]:
        return lengths_by_text(*self.texts)

    def passage(self, number: int) -> Passage:
        return self._snapshot.passage(self.rows[number], self.article)


def language_in(side: ArticleVectors, passage_id: str) -> str:
    """Return the language, as it is given, of a passage of an article."""
    passages = (side.passage(number) for number in range(len(side.vectors)))
    own = next(passage.language for passage in passages if passage.id == passage_id)
    return own or side.article.language


def lengths_by_text(hashes: npt.NDArray[np.void], lengths: Positions) -> dict[bytes, int]:
    """Return the sum of the lengths of each text, by its hash."""
    found: dict[bytes, int] = {}
    for digest, length in zip(hashes.tolist(), lengths.tolist(), strict=True):
        found[digest] = found.get(digest, 0) + length
    return found


def stored_articles(snapshot: Snapshot, positions: Sequence[int]) -> list[StoredArticleVectors]:
    """Return several articles of the index with their vectors, which are read together."""
    sides = [StoredArticleVectors(snapshot, position) for position in positions]
    spans = [np.arange(side.rows.start, side.rows.stop) for side in sides]
    rows = np.concatenate([np.empty(0, np.int64), *spans])
    vectors, weights = snapshot.centered(rows), snapshot.columns.weights(rows)
    start = 0
    for side in sides:
        end = start + len(side.rows)
        side.vectors, side.weights = vectors[start:end], weights[start:end]
        start = end
    return sides


@dataclass(frozen=True)
class RelatedQuery:
    """The articles that others are looked for, all together, and those that they should be unlike.

    Each of `articles` has a passage at least. `ruling` is what editors say of the answers.
    """

    articles: Sequence[ArticleVectors]
    unlike: Sequence[ArticleVectors] = ()
    ruling: Ruling = NO_RULING

    @cached_property
    def vectors(self) -> Vectors:
        """The vectors of all passages, one article's after the other's."""
        return np.concatenate([side.vectors for side in self.articles])

    @property
    def language(self) -> str:
        """The language of the first article."""
        return self.articles[0].language

    @cached_property
    def weights(self) -> Vectors:
        """What each passage counts for, in the order of `vectors`."""
        return np.concatenate([side.weights for side in self.articles])

    @property
    def positions(self) -> list[int]:
        """Where the index holds any of them, those to be unlike included."""
        every = (*self.articles, *self.unlike)
        return [side.position for side in every if side.position is not None]

    def language_of(self, passage_id: str) -> str:
        """Return the language, as it is given, of a passage of the articles."""
        sides = {side.article.id: side for side in self.articles}
        return language_in(sides[passage_id.rpartition("#")[0]], passage_id)

    def passage(self, number: int) -> Passage:
        """Return the passage of a row of `vectors`."""
        for side in self.articles:
            if number < len(side.vectors):
                return side.passage(number)
            number -= len(side.vectors)
        raise IndexError(number)


def pairs_of(one: ArticleVectors | RelatedQuery, other: ArticleVectors) -> Vectors:
    """Return the cosine of each pair of passages, shape (n, m)."""
    pairs: Vectors = one.vectors @ other.vectors.T
    return pairs


def align_articles(
    one: ArticleVectors | RelatedQuery, others: Sequence[ArticleVectors]
) -> list[float]:
    """Return how well each of the others aligns."""
    if not others:
        return []
    ours = Passages.of([one.vectors], [one.weights])
    theirs = Passages.of([side.vectors for side in others], [side.weights for side in others])
    return align_each(ours, theirs)
