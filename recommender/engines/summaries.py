"""Tell what articles of an engine are about: it keeps no means, so they are computed again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np

from recommender.arrays import Positions, Rows, Spans, Vectors
from recommender.scoring.alignment import Passages, compared_rows
from recommender.store.headlines import Headlines, headlines_of
from recommender.store.means import MEANS_TYPE
from recommender.types import Article


class Readable(Protocol):
    """What is read of an archive: its articles, their rows and vectors."""

    @property
    def columns(self) -> Any:
        """What is known of each row."""

    def prepare(self, positions: Sequence[int]) -> None:
        """Read at once what comparing articles needs of them."""

    def articles(self, positions: Sequence[int]) -> Iterable[Article]:
        """Return articles."""

    def spans(self, positions: Sequence[int] | Positions) -> Spans:
        """Return the rows of the passages of several articles."""

    def centered(self, rows: Sequence[int] | Rows) -> Vectors:
        """Return the vectors of rows in the answering space, (n, dim)."""


class EngineSummaries:
    """What a snapshot has in files beside its segments (`store.summaries`)."""

    def __init__(self, archive: Readable) -> None:
        self._archive = archive

    def headlines(self, positions: Sequence[int] | Positions) -> Headlines:
        """Return the words of the headlines of articles, and the lengths of their texts."""
        asked = np.asarray(positions, np.int64).tolist()
        titles = (article.title for article in self._archive.articles(asked))
        spans = self._archive.spans(asked).ranges()
        lengths = [int(self._archive.columns.texts_of(span)[1].sum()) for span in spans]
        return headlines_of(titles, lengths)

    def means(self, positions: Sequence[int] | Positions) -> Vectors:
        """Return the weighted means of articles in the answering space, at length 1, (n, dim)."""
        asked = np.asarray(positions, np.int64).tolist()
        self._archive.prepare(asked)
        every = self._archive.spans(asked).ranges()
        rows, firsts = compared_rows([one for one in every if one])
        vectors = self._archive.centered(rows)
        found: Vectors = np.zeros((len(asked), vectors.shape[1]), np.float32)
        if len(rows):
            wholes = Passages(vectors, self._archive.columns.weights(rows), firsts).wholes
            # As a snapshot stores them, so that both give the same answers.
            found[[len(one) > 0 for one in every]] = wholes.astype(MEANS_TYPE)
        return found
