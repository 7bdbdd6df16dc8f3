"""Answers from a snapshot: passages that match, passages alike, articles related."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

import numpy as np

from recommender.answers.answer import RelatedAnswer, SearchAnswer
from recommender.answers.article_vectors import RelatedQuery
from recommender.answers.editorial import EDITORIAL_FILE, Rules, read_editorial
from recommender.answers.explain import ExplainedQuery, Explainer
from recommender.answers.filters import allowed_rows, check_filters, others
from recommender.answers.hit_query import HitQuery, Selection
from recommender.answers.hits import ExplainHits as ExplainHits
from recommender.answers.hits import find_hits
from recommender.answers.ids import passage_number, position_of, rows_of
from recommender.answers.options import (
    Named,
    RelatedKeywords,
    RelatedOptions,
    SearchKeywords,
    SearchOptions,
    SimilarKeywords,
    SimilarOptions,
)
from recommender.answers.phrases import rows_holding
from recommender.answers.query import query_of
from recommender.answers.recency import Recency, recency
from recommender.answers.related import find_excluded, find_related
from recommender.answers.related_batch import RelatedBatches
from recommender.answers.resolve import ask_for, references
from recommender.arrays import Mask
from recommender.errors import SnapshotForeign
from recommender.passages.split import split
from recommender.store.files import rebuild
from recommender.store.json_records import to_json
from recommender.store.layout import current_name
from recommender.store.snapshot import Snapshot, open_live
from recommender.types import (
    ArticleRef,
    Excluded,
    Hit,
    Recommendation,
    Status,
    StoredArticle,
)

if TYPE_CHECKING:
    from recommender.encoders.base import Encoder


class Recommender:
    """Answers from one snapshot; safe to share between threads.

    So it is with processes forked while none of its threads is asking: a lock that one of them
    holds would stay locked in the child.

    Every method raises `SnapshotDamaged` where a file of the snapshot cannot be read.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        encoder: Encoder | None = None,
        editorial: str | Path | None = None,
    ) -> None:
        self.snapshot = snapshot
        self._editorial_path = editorial
        self.rules = self._read_rules(snapshot)
        self._encoder = encoder
        self._encoder_lock = threading.Lock()

    @classmethod
    def open(
        cls,
        folder: str | Path = "vectors",
        *,
        encoder: Encoder | None = None,
        editorial: str | Path | None = None,
        exact: bool = False,
    ) -> Self:
        """Open the live snapshot below `folder`.

        `encoder` is the one it was built with, where that was not named by a model; `editorial` the
        file of editors' rules (`editorial.py`), where that is not `editorial.txt` in the folder.
        With `exact` each search reads all stored vectors: slower, and no index file is needed.
        Raises a `SnapshotError` that says what to run, and `SettingsError` for a line that is no
        rule.
        """
        return cls(open_live(Path(folder), exact=exact), encoder, editorial)

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
        """Let go of the encoder; the files are unmapped with the last answer that uses them."""
        self._encoder = None

    def reload(self) -> bool:
        """Move to the newest snapshot; tell whether there was a newer one.

        The editors' rules are read again either way. Where anything is raised, all stays as it was.
        """
        if current_name(self.snapshot.folder) == self.snapshot.name:
            self.rules = self._read_rules(self.snapshot)
            return False
        newest = open_live(self.snapshot.folder, exact=self.snapshot.exact)
        rules = self._read_rules(newest)
        if newest.manifest.encoder != self.snapshot.manifest.encoder:
            self._encoder = None
        self.snapshot, self.rules = newest, rules
        return True

    def _read_rules(self, snapshot: Snapshot) -> Rules:
        named = self._editorial_path
        path = snapshot.folder / EDITORIAL_FILE if named is None else Path(named)
        return Rules(read_editorial(path, is_named=named is not None), snapshot)

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
        **keywords: Unpack[SearchKeywords],
    ) -> SearchAnswer:
        """Answer `search` with the question, the options, the snapshot and the encoder."""
        options = replace(options or SearchOptions(), **keywords)
        snapshot, filters = self.snapshot, options.filters
        check_filters(filters, snapshot)
        recent = recency(snapshot, options.half_life, filters.as_of)
        query = query_of(text, options.plain)
        encoder = self._load_encoder(snapshot)
        [spans] = split([query.text], encoder.count_tokens, encoder.max_tokens)
        queries = encoder.encode([query.text[slice(*span)] for span in spans], role="query")
        vectors, language = snapshot.space.center_query(queries, query.text)
        wanted = HitQuery(
            _selection(options, recent),
            language,
            options.by,
            options.ranking,
            query.text,
            bool(query.phrases),
        )
        allowed = allowed_rows(snapshot, filters, language)
        allowed = rows_holding(snapshot, query, options.by == "article", allowed)
        explain = None
        if options.explain:
            explain = self._hit_explainer(snapshot, ExplainedQuery(vectors, wanted))
        hits = find_hits(snapshot, vectors, wanted, allowed, explain)
        return _search_answer(snapshot, {"text": text}, options, hits)

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
        """Answer `similar` with the question, the options, the snapshot and the encoder."""
        options = replace(options or SimilarOptions(), **keywords)
        snapshot, filters = self.snapshot, options.filters
        check_filters(filters, snapshot)
        position, rows = rows_of(snapshot, passage_id)
        date = snapshot.article(position).date if options.half_life else ""
        recent = recency(snapshot, options.half_life, date or filters.as_of)
        [language] = snapshot.languages_of(np.array(rows[:1], dtype=np.int64))
        wanted = HitQuery(
            _selection(options, recent), language, options.by, excluded=snapshot.rows(position)
        )
        allowed = allowed_rows(snapshot, filters, snapshot.language(position))
        vectors = snapshot.centered(rows)
        explain = None
        if options.explain:
            article = snapshot.article(position)
            passages = [snapshot.passage(row, article) for row in rows]
            question = ExplainedQuery(vectors, wanted, passages, article.language)
            explain = self._hit_explainer(snapshot, question)
        hits = find_hits(snapshot, vectors, wanted, allowed, explain)
        return _search_answer(snapshot, {"passage_id": passage_id}, options, hits)

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
        options = replace(options or RelatedOptions(), **keywords)
        snapshot = self.snapshot
        return self._recommendations(snapshot, *self._asked(snapshot, article, options), options)

    def answer_related(
        self,
        article: Named,
        *,
        options: RelatedOptions | None = None,
        **keywords: Unpack[RelatedKeywords],
    ) -> RelatedAnswer:
        """Answer `related` with the articles asked for and what editors' rules excluded."""
        options = replace(options or RelatedOptions(), **keywords)
        snapshot = self.snapshot
        asked, allowed = self._asked(snapshot, article, options)
        return RelatedAnswer(
            articles=references(asked.articles),
            unlike=references(asked.unlike),
            options=options,
            snapshot=snapshot.name,
            encoder=snapshot.manifest.encoder.name,
            recommendations=tuple(self._recommendations(snapshot, asked, allowed, options)),
            excluded=_excluded(snapshot, asked, allowed, options),
        )

    def excluded(
        self,
        article: Named,
        *,
        options: RelatedOptions | None = None,
        **keywords: Unpack[RelatedKeywords],
    ) -> list[Excluded]:
        """Return what only editors' rules keep out of `related`, whatever its `k`, best first."""
        options = replace(options or RelatedOptions(), **keywords)
        snapshot = self.snapshot
        return list(_excluded(snapshot, *self._asked(snapshot, article, options), options))

    def related_batches(
        self, *, options: RelatedOptions | None = None, **keywords: Unpack[RelatedKeywords]
    ) -> RelatedBatches:
        """Return what answers `related` for many articles, several times cheaper for each.

        Raises `QueryError` for a value that cannot be used.
        """
        options = replace(options or RelatedOptions(), **keywords)
        check_filters(options.filters, self.snapshot)
        return RelatedBatches(self.snapshot, options, self.rules)

    def show(self, id: str) -> StoredArticle:
        """Return an article with its paragraphs; of a passage's id, only those it names."""
        snapshot = self.snapshot
        stored = snapshot.stored(position_of(snapshot, id))
        if stored.article.id == id:
            return stored
        number, part = passage_number(id)
        if part:
            rows_of(snapshot, id)  # raises where there is no such part
        named = tuple(paragraph for paragraph in stored.paragraphs if paragraph.number == number)
        return StoredArticle(stored.article, named)

    def article(self, id: str) -> ArticleRef:
        """Return what names an article in answers, of its own id or a passage's."""
        snapshot = self.snapshot
        return ArticleRef(**ArticleRef.fields_of(snapshot.article(position_of(snapshot, id))))

    def status(self) -> dict[str, Any]:
        """Return what the live snapshot holds and how it was made."""
        manifest = self.snapshot.manifest
        files = [
            file
            for segment in self.snapshot.segments
            for file in (
                *segment.facts.files.values(),
                *manifest.derived[segment.folder.name].values(),
            )
        ]
        return {
            "index": str(self.snapshot.folder),
            "snapshot": self.snapshot.name,
            "encoder": to_json(manifest.encoder),
            "created": manifest.created,
            "recommender": manifest.recommender,
            "articles": manifest.articles,
            "passages": manifest.passages,
            "words_only": manifest.words_only,
            "languages": manifest.languages,
            "roles": manifest.roles,
            "recipe": to_json(manifest.recipe),
            "search": {
                "kind": manifest.index.kind,
                "made": list(manifest.index.made),
                "recall": manifest.index.recall,
            },
            "bytes": sum(file.bytes for file in files),
            "left_out": to_json(manifest.left_out),
            "unpublished": self._unpublished(),
            "notices": to_json(manifest.notices),
        }

    def _unpublished(self) -> dict[str, int]:
        """Return how much the public may not see now, by reason: not built, or withheld."""
        built = self.snapshot.columns.publications.counts()
        left_out: dict[str, int] = dict(self.snapshot.manifest.unpublished)
        left_out.pop(Status.SCHEDULED, None)  # those with a time are built
        return left_out | {name: left_out.get(name, 0) + count for name, count in built.items()}

    def _asked(
        self, snapshot: Snapshot, article: Named, options: RelatedOptions
    ) -> tuple[RelatedQuery, Mask]:
        """Return what is asked, and the rows that may be answered."""
        check_filters(options.filters, snapshot)
        load = partial(self._load_encoder, snapshot)
        asked = ask_for(snapshot, self.rules, article, options.unlike, load)
        language = asked.articles[0].language
        return asked, others(snapshot, language, asked.positions, options.filters)

    def _recommendations(
        self, snapshot: Snapshot, asked: RelatedQuery, allowed: Mask, options: RelatedOptions
    ) -> list[Recommendation]:
        date = asked.articles[0].article.date or options.filters.as_of
        choice = _selection(options, recency(snapshot, options.half_life, date))
        explain = None
        if options.explain:
            explain = Explainer(snapshot, self._load_encoder(snapshot)).recommendations
        return find_related(snapshot, asked, choice, allowed, options.include_copies, explain)

    def _hit_explainer(self, snapshot: Snapshot, question: ExplainedQuery) -> ExplainHits:
        return partial(Explainer(snapshot, self._load_encoder(snapshot)).hits, question)

    def _load_encoder(self, snapshot: Snapshot) -> Encoder:
        with self._encoder_lock:
            if self._encoder is None:
                from recommender.encoders.load import load_encoder

                self._encoder = load_encoder(snapshot.manifest.encoder.model)
            found, expected = self._encoder.fingerprint, snapshot.manifest.encoder.fingerprint
            if found != expected:
                name = self._encoder.name
                self._encoder = None
                raise SnapshotForeign(
                    f"{snapshot.folder}: found encoder {name} ({found}), the index was made with "
                    f"{snapshot.manifest.encoder.name} ({expected}); "
                    f"{rebuild(snapshot.folder)}"
                )
            return self._encoder


def _selection(
    options: SearchOptions | SimilarOptions | RelatedOptions, recent: Recency | None
) -> Selection:
    return Selection(options.k, options.min_strength, recent, options.diverse)


def _search_answer(
    snapshot: Snapshot,
    query: dict[str, str],
    options: SearchOptions | SimilarOptions,
    hits: list[Hit],
) -> SearchAnswer:
    return SearchAnswer(
        query=query,
        options=options,
        snapshot=snapshot.name,
        encoder=snapshot.manifest.encoder.name,
        hits=tuple(hits),
    )


def _excluded(
    snapshot: Snapshot, asked: RelatedQuery, allowed: Mask, options: RelatedOptions
) -> tuple[Excluded, ...]:
    """Return what only editors' rules keep from being an answer, best first."""
    return tuple(
        Excluded(side.article.id, side.article.title, str(rule))
        for side, rule in find_excluded(snapshot, asked, options.min_strength, allowed)
    )
