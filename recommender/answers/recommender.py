"""Answer questions from a snapshot: the class that programs and the command line use."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

from recommender.answers.answer import RelatedAnswer, SearchAnswer
from recommender.answers.archive import Archive
from recommender.answers.archive_questions import ArchiveQuestions
from recommender.answers.editorial import Rules
from recommender.answers.filters import check_filters
from recommender.answers.ids import check_paragraph, place_of, position_of, rows_of
from recommender.answers.options import (
    MAX_K,
    Named,
    RelatedKeywords,
    RelatedOptions,
    SearchKeywords,
    SearchOptions,
    SimilarKeywords,
    SimilarOptions,
    merged,
)
from recommender.answers.snapshot_encoder import SnapshotEncoder
from recommender.answers.vector_access import VectorAccess
from recommender.engines.address import is_address
from recommender.store.snapshot import open_live
from recommender.system.log import logger_of
from recommender.types import ArticleRef, Excluded, Hit, Recommendation, StoredArticle

# Methods import what only they need: to load it takes longer than many an answer does.
if TYPE_CHECKING:
    from recommender.answers.related_batch import RelatedBatches
    from recommender.answers.resolve import RelatedQuestion
    from recommender.encoders.base import Encoder

_LOG = logger_of(__name__)


class Recommender(ArchiveQuestions, VectorAccess):
    """Answers from one snapshot; safe to share between threads.

    Processes may also be forked from it while none of its threads is answering: a lock that a
    thread holds would stay locked in the child.

    Every method raises `SnapshotDamaged` if a file of the snapshot cannot be read.
    """

    def __init__(
        self,
        snapshot: Archive,
        encoder: Encoder | None = None,
        editorial: str | Path | None = None,
    ) -> None:
        """Take a snapshot, and the arguments of `open`."""
        self.snapshot = snapshot
        self._editorial_path = editorial
        self.rules = Rules.read(snapshot, editorial)
        self._encoder = SnapshotEncoder(encoder)

    @classmethod
    def open(
        cls,
        folder: str | Path = "vectors",
        *,
        encoder: Encoder | None = None,
        editorial: str | Path | None = None,
        exact: bool = False,
    ) -> Self:
        """Open the live snapshot below `folder`, or in an engine, which an address names.

        An address is `postgresql://HOST/DATABASE?archive=NAME` or `milvus://HOST:PORT/NAME`
        (docs/scale.md).

        `encoder` is the encoder it was built with, if that was an object and no model's name.
        `editorial` is the file of editors' rules, if that is not `editorial.txt` in the folder.
        With `exact` each search reads all stored vectors: slower, and no index file is needed.
        Raises a `SnapshotError` that says what to run, and `SettingsError` for a file of
        rules that cannot be read.
        """
        return cls(_opened(folder, exact), encoder, editorial)

    @property
    def name(self) -> str:
        """The name of the snapshot that answers."""
        return self.snapshot.name

    @property
    def encoder_name(self) -> str:
        """The name of the encoder that made the snapshot's vectors."""
        return self.snapshot.manifest.encoder.name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of a loaded encoder; a file is unmapped with the last answer that uses it."""
        self._encoder.forget()

    def reload(self) -> bool:
        """Move to the newest snapshot; return whether there was a newer one.

        The editors' rules are read again in any case. If an error is raised, nothing changes.
        """
        newest = self.snapshot.live_version()
        if newest is None:
            self.rules = Rules.read(self.snapshot, self._editorial_path)
            return False
        rules = Rules.read(newest, self._editorial_path)
        if newest.manifest.encoder != self.snapshot.manifest.encoder:
            self._encoder.forget()
        _LOG.info("moved from %s to %s", self.snapshot.name, newest.name)
        self.snapshot, self.rules = newest, rules
        return True

    def search(
        self,
        text: str,
        *,
        options: SearchOptions | None = None,
        **keywords: Unpack[SearchKeywords],
    ) -> list[Hit]:
        """Return the passages that match `text` best, or the best one of each article.

        `options` or keyword arguments of the same names say which (`SearchOptions`); a keyword
        overrides its option. Unless `plain`, the text is a query: its "quoted phrases" must occur
        and its `-words` must not (`query.py`). A text over the encoder's limit is searched in
        pieces, and each passage is scored by its best piece.

        Raises `QueryError` for a blank or oversized text or a value that cannot be used,
        `EncoderError` if the model is not there, `SnapshotForeign` if it is not the one that made
        the index.
        """
        return list(self.answer_search(text, options=options, **keywords).hits)

    def answer_search(
        self,
        text: str,
        *,
        options: SearchOptions | None = None,
        explained: int = MAX_K,
        **keywords: Unpack[SearchKeywords],
    ) -> SearchAnswer:
        """Return the answer of `search` with what was asked, the snapshot and the encoder.

        With `explain` only the first `explained` hits have an explanation: to explain five hits
        takes longer than to find a hundred.
        """
        from recommender.answers.search import answer_text

        options = merged(SearchOptions(), options, keywords)
        snapshot = self.snapshot
        load_encoder = partial(self._encoder.of, snapshot)
        return answer_text(snapshot, text, options, load_encoder, explained)

    def similar(
        self,
        passage_id: str,
        *,
        options: SimilarOptions | None = None,
        **keywords: Unpack[SimilarKeywords],
    ) -> list[Hit]:
        """Return the passages of other articles that are most similar to a passage.

        The id of a paragraph that was split, or of an article, stands for all its passages.
        `options` or keyword arguments of the same names say which (`SimilarOptions`). A half-life
        counts from the date of the passage's article. Only `explain` loads the model.

        Raises `NotFound` for an id that is not in the index or was not encoded, `QueryError` for a
        value that cannot be used.
        """
        return list(self.answer_similar(passage_id, options=options, **keywords).hits)

    def answer_similar(
        self,
        passage_id: str,
        *,
        options: SimilarOptions | None = None,
        **keywords: Unpack[SimilarKeywords],
    ) -> SearchAnswer:
        """Return the answer of `similar` with what was asked, the snapshot and the encoder."""
        from recommender.answers.search import answer_passage

        options = merged(SimilarOptions(), options, keywords)
        snapshot = self.snapshot
        return answer_passage(snapshot, passage_id, options, partial(self._encoder.of, snapshot))

    def related(
        self,
        article: Named,
        *,
        options: RelatedOptions | None = None,
        **keywords: Unpack[RelatedKeywords],
    ) -> list[Recommendation]:
        """Return the articles most related to an article, or to several taken together.

        `options` or keyword arguments of the same names say which (`RelatedOptions`). The id of a
        passage stands for its article. An `Article` (see `read_draft`) need not be in the index: it
        is cut and encoded as those are. None of the articles named is among the answers.

        Each answer is scored by aligning its passages with all of theirs (`alignment.align`), less
        half of its score with the most similar article in `unlike`, and carries the pairs of
        passages that tie it. Copies of one text are one answer. What editors ban or never pair is
        left out, and what they pin comes first (`editorial.py`). The language of the first article
        is the one that `filters` compare with.

        Only `explain` and an `Article` load the model. Raises `NotFound`, and `QueryError` for a
        value that cannot be used.
        """
        return _question(self, article, options, keywords).recommendations()

    def answer_related(
        self,
        article: Named,
        *,
        options: RelatedOptions | None = None,
        **keywords: Unpack[RelatedKeywords],
    ) -> RelatedAnswer:
        """Return the answer of `related` with what was asked and what editors' rules excluded.

        A draft is cut and encoded once for all of it.
        """
        return _question(self, article, options, keywords).answer()

    def excluded(
        self,
        article: Named,
        *,
        options: RelatedOptions | None = None,
        **keywords: Unpack[RelatedKeywords],
    ) -> list[Excluded]:
        """Return the articles that only editors' rules keep out of `related`, best first.

        The `k` of the options does not count.
        """
        return _question(self, article, options, keywords).excluded()

    def related_batches(
        self, *, options: RelatedOptions | None = None, **keywords: Unpack[RelatedKeywords]
    ) -> RelatedBatches:
        """Return an object that answers `related` for many articles, each several times cheaper.

        Raises `QueryError` for a value that cannot be used, and for `unlike` and `explain`.
        """
        from recommender.answers.related_batch import RelatedBatches

        options = merged(RelatedOptions(), options, keywords)
        check_filters(options.filters, self.snapshot)
        return RelatedBatches(self.snapshot, options, self.rules)

    def show(self, id: str) -> StoredArticle:
        """Return an article with its paragraphs; for the id of a passage, only its paragraphs.

        Raises `NotFound` for an id that names nothing.
        """
        snapshot = self.snapshot
        place = place_of(snapshot, id)
        stored = snapshot.stored(place.position)
        if place.number is None:
            return stored
        if place.part:
            rows_of(snapshot, id)  # raises if there is no such part
        check_paragraph(id, stored, place.number)
        named = tuple(one for one in stored.paragraphs if one.number == place.number)
        return StoredArticle(stored.article, named)

    def article(self, id: str) -> ArticleRef:
        """Return the fields that name an article in answers, by its id or a passage's.

        Raises `NotFound` for an id that names nothing.
        """
        snapshot = self.snapshot
        return ArticleRef(**ArticleRef.fields_of(snapshot.article(position_of(snapshot, id))))

    def status(self) -> dict[str, Any]:
        """Return what the live snapshot holds and how it was made."""
        from recommender.answers.status import status_of

        return status_of(self.snapshot)


def _opened(place: str | Path, exact: bool) -> Archive:
    """Return the live version of an archive in a folder or an engine."""
    if not is_address(place):
        return open_live(Path(place), exact=exact)
    from recommender.engines.open import open_engine  # needs the client of an engine

    return open_engine(place)


def _question(
    recommender: Recommender,
    article: Named,
    options: RelatedOptions | None,
    keywords: RelatedKeywords,
) -> RelatedQuestion:
    """Return the question that `related` and similar methods answer."""
    from recommender.answers.resolve import RelatedQuestion

    options = merged(RelatedOptions(), options, keywords)
    snapshot = recommender.snapshot
    load_encoder = partial(recommender._encoder.of, snapshot)
    return RelatedQuestion(snapshot, recommender.rules, article, options, load_encoder)
