"""Give programs the articles, vectors and encoder of an archive, and compare two articles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Unpack

import numpy.typing as npt

from recommender.answers.archive import Archive, on_disk
from recommender.answers.ids import rows_of
from recommender.answers.naming import hidden_articles
from recommender.answers.options import SimilarKeywords, SimilarOptions, merged
from recommender.answers.snapshot_encoder import SnapshotEncoder
from recommender.arrays import Vectors
from recommender.encoders.base import Encoder
from recommender.store.snapshot import Snapshot
from recommender.types import Article, Hit

if TYPE_CHECKING:
    from recommender.answers.comparison import Comparison


class VectorAccess:
    """The methods of `Recommender` for programs that compute with its articles and vectors."""

    snapshot: Archive
    _encoder: SnapshotEncoder

    @property
    def local(self) -> Snapshot:
        """The snapshot that answers; raises `NotOnDisk` if the archive is in an engine."""
        return on_disk(self.snapshot, "this")

    def load_encoder(self) -> Encoder:
        """Return the encoder that made the snapshot; it is loaded once.

        Raises `EncoderError` if the model is not there, `SnapshotForeign` if it is another one.
        """
        return self._encoder.of(self.snapshot)

    def articles(self) -> Iterator[Article]:
        """Yield each article that the public may see now, with its text, in the index's order."""
        snapshot = self.snapshot
        hidden = hidden_articles(snapshot)
        for position, _ in snapshot.positions_and_ids():
            if position not in hidden:
                yield snapshot.article(position)

    def vectors(self, id: str) -> Vectors:
        """Return the vectors of an article's passages, or of those that a passage's id names.

        They are unit rows as the encoder gave them, float32 (passages, dim), in the order of the
        text. Raises `NotFound` for an id that names nothing.
        """
        return self.snapshot.vectors(rows_of(self.snapshot, id)[1])

    def compare(self, one: str, other: str, *, explain: bool = False) -> Comparison:
        """Return how two articles of the index relate, and which of their passages correspond.

        With `explain` the matching sentences are named, which loads the model. Raises `NotFound` or
        `AmbiguousName` for a name that does not mean exactly one article.
        """
        from recommender.answers.comparison import compare, with_matches

        snapshot = self.snapshot
        found = compare(snapshot, one, other)
        if not explain:
            return found
        return with_matches(found, self._encoder.of(snapshot), snapshot.space)

    def similar_to(
        self,
        vector: npt.ArrayLike,
        *,
        options: SimilarOptions | None = None,
        **keywords: Unpack[SimilarKeywords],
    ) -> list[Hit]:
        """Return the passages that are most similar to a vector, or to the best of several.

        `vector` is (dim,) or (n, dim), made by the encoder of the index; its length does not count
        but must not be 0. `options` or keyword arguments of the same names choose among the
        passages (`SimilarOptions`), as for `similar`; a vector has no language and no explanation.
        Raises `QueryError` for a vector that cannot be used.
        """
        from recommender.answers.search import hits_near

        options = merged(SimilarOptions(), options, keywords)
        return hits_near(self.snapshot, vector, options)
