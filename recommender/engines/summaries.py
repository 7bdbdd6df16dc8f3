"""Describe the articles of an engine without reading their passages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from recommender.arrays import Positions, Spans, Vectors
from recommender.engines.records import EngineRecords
from recommender.store.headlines import (
    NO_WORDS,
    Hashes,
    Headlines,
    headlines_of,
    words_of_headline,
    words_of_title_key,
)
from recommender.store.names import may_be_cut
from recommender.types import Article


class Readable(Protocol):
    """What is read of an archive: its articles and their facts."""

    records: EngineRecords

    @property
    def columns(self) -> Any:
        """The facts of each row."""

    def articles(self, positions: Sequence[int]) -> Iterable[Article]:
        """Return articles."""

    def spans(self, positions: Sequence[int] | Positions) -> Spans:
        """Return the rows of the passages of several articles."""


class EngineSummaries:
    """The same facts that a snapshot has in files beside its segments (`store.summaries`)."""

    def __init__(self, archive: Readable) -> None:
        self._archive = archive

    def headlines(self, positions: Sequence[int] | Positions) -> Headlines:
        """Return the words of the headlines of articles, and the lengths of their texts."""
        asked = np.asarray(positions, np.int64)
        spans = self._archive.spans(asked).ranges()
        lengths = [int(self._archive.columns.texts_of(span)[1].sum()) for span in spans]
        return headlines_of(self._titles(asked), lengths)

    def headline_words(self, positions: Positions, likely: Positions) -> tuple[Hashes, Positions]:
        """Return the words of the headlines of articles, and how many words each has, (n,).

        The same trip brings the `likely` articles, which are read next. Of the others only titles
        are read, unless a title may be longer than the engine's copy.
        """
        asked = positions.tolist()
        keys = self._archive.records.titles(asked, likely.tolist())
        long = [at for at, key in zip(asked, keys, strict=True) if may_be_cut(key)]
        titles = dict(zip(long, self._titles(np.array(long, np.int64)), strict=True))
        each = [
            words_of_headline(titles[at]) if at in titles else words_of_title_key(key)
            for at, key in zip(asked, keys, strict=True)
        ]
        return np.concatenate([NO_WORDS, *each]), np.array([*map(len, each)], np.int64)

    def _titles(self, positions: Positions) -> Iterator[str]:
        return (article.title for article in self._archive.articles(positions.tolist()))

    def means(self, positions: Sequence[int] | Positions) -> Vectors:
        """Return the weighted means of articles in the answering space, at length 1, (n, dim)."""
        return self._archive.records.means(np.asarray(positions, np.int64))

    def cosines(self, positions: Positions, vector: Vectors) -> Vectors:
        """Return the cosine of the mean of each article to a vector at length 1, (n,)."""
        found: Vectors = self.means(positions) @ vector
        return found
