"""Find the related articles of many articles at once, with one search for all their passages.

Each answer is that of `related`. Vectors that several answers need are read once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple, TypeVar

import numpy as np

from recommender.answers.answer import RelatedAnswer
from recommender.answers.archive import Archive, Scope
from recommender.answers.article_vectors import RelatedQuery, StoredArticleVectors, stored_articles
from recommender.answers.editorial import Rules
from recommender.answers.filters import OTHER, SAME, allowed_rows
from recommender.answers.hit_query import Selection
from recommender.answers.ids import position_of
from recommender.answers.options import RelatedOptions, check_batch
from recommender.answers.recency import recency
from recommender.answers.related import FoundRelated, Related, RelatedPipeline
from recommender.answers.related_candidates import apply_rules, candidates_among, effort_of
from recommender.arrays import Rows, Scores, in_blocks
from recommender.errors import QueryError
from recommender.scoring.alignment import MAX_COMPARED
from recommender.scoring.nearby import PASSAGES, aligned_count, neighbour_count, sampled
from recommender.types import ArticleRef, Recommendation

# How many rows are searched together. More rows would take memory and save no time.
SEARCHED_ROWS = 2_048
# An article with more passages than this is searched alone. For each row that it searches with, a
# search fetches as many additional rows as the longest article has, to replace its own rows.
LONG_ARTICLE = 256
# How many passages are kept in memory for the next articles, at 1.5 KB each.
KEPT_ROWS = 100_000
# The passages of the candidates of several articles are read together, at most so many.
READ_ROWS = 8_192

# An article as a query, and the positions of its candidates.
_Candidates = tuple[StoredArticleVectors, RelatedQuery, list[int]]
# An article by its position or its id.
Asked = TypeVar("Asked", int, str)


class _Question(NamedTuple):
    """An article that is asked about, and the articles that are aligned with it."""

    position: int
    pipeline: RelatedPipeline
    candidates: Sequence[StoredArticleVectors]


class RelatedBatches:
    """Answer `related` for many articles of a snapshot under the same options.

    Articles are sorted by language if filters depend on it, and searched in batches. Each article
    then runs through the stages of `RelatedPipeline`.
    """

    def __init__(self, snapshot: Archive, options: RelatedOptions, rules: Rules) -> None:
        """Raise `QueryError` for an option that a batch may not have."""
        check_batch(options)
        self.snapshot = snapshot
        self._rules = rules
        self._options = options
        self._filters = options.filters
        self._selection = Selection.of(options, None)
        self._articles = _ArticleCache(snapshot)
        self._language: str | None = None
        self._scope: Scope | None = None

    def related(self, articles: Sequence[Asked]) -> dict[Asked, list[Recommendation]]:
        """Return the related articles of each article, which is named by id or by position.

        An article without passages has none. Raises `NotFound` for an id that names nothing,
        `QueryError` for a value that is neither, and `SnapshotDamaged` if a file of the snapshot
        cannot be read.
        """
        return {one: found.recommendations for one, found in self._each(articles).items()}

    def relations(self, positions: Sequence[int]) -> dict[int, list[Related]]:
        """Return the relation of the related articles to each article; raises as `related` does."""
        found: dict[int, list[Related]] = {position: [] for position in positions}
        for position, pipeline, candidates in self._asked(positions):
            found[position] = pipeline.relations(candidates)
        return found

    def _each(self, articles: Sequence[Asked]) -> dict[Asked, FoundRelated]:
        known: object = articles  # a caller without type checks may pass anything
        if isinstance(known, str | bytes | Mapping) or not isinstance(known, Iterable):
            raise QueryError(f"{known!r:.80}: give ids or positions in a list, as ['id']")
        places = {one: self._position(one) for one in articles}
        found = {position: FoundRelated([]) for position in places.values()}
        for position, pipeline, candidates in self._asked(list(found)):
            answers = pipeline.run(candidates)
            found[position] = FoundRelated(answers, None, pipeline.translations)
        return {one: found[position] for one, position in places.items()}

    def answers(self, articles: Sequence[Asked]) -> dict[Asked, RelatedAnswer]:
        """Return the answer of each article, without the articles that editors' rules excluded."""
        return {
            one: RelatedAnswer(
                articles=(self.article(one),),
                options=self._options,
                snapshot=self.snapshot.name,
                encoder=self.snapshot.manifest.encoder.name,
                recommendations=tuple(found.recommendations),
                also_in=found.translations,
            )
            for one, found in self._each(articles).items()
        }

    def article(self, article: int | str) -> ArticleRef:
        """Return the fields that name an article in answers."""
        position = self._position(article)
        return ArticleRef(**ArticleRef.fields_of(self._articles.get(position).article))

    def _position(self, article: int | str) -> int:
        """Return the position of an article, given that or its id."""
        if isinstance(article, str):
            return position_of(self.snapshot, article)
        count = self.snapshot.article_count
        known: object = article  # a caller without type checks may pass anything
        if not isinstance(known, int | np.integer) or not 0 <= known < count:
            raise QueryError(
                f"{article!r:.80}: names no article; give ids, or positions from 0 to {count - 1:,}"
            )
        return int(known)

    def _asked(self, positions: Sequence[int]) -> Iterator[_Question]:
        """Yield each article that has passages with its candidates."""
        for language, same in groupby(sorted(positions, key=self._order), self._language_of):
            scope = self._allowed(language)
            for batch in self._batches(same):
                yield from self._ranked(batch, scope)

    def _order(self, position: int) -> tuple[str, int]:
        return self._language_of(position), position

    def _language_of(self, position: int) -> str:
        """Return an article's language if the filters depend on it, else an empty text."""
        if self._filters.languages not in (SAME, OTHER):
            return ""
        return self.snapshot.language(position)

    def _batches(self, positions: Iterable[int]) -> Iterator[list[int]]:
        """Yield the articles that have passages in batches of about `SEARCHED_ROWS` rows."""
        batch: list[int] = []
        rows = 0
        for position in positions:
            count = len(self.snapshot.rows(position))
            if batch and (count > LONG_ARTICLE or rows + count > SEARCHED_ROWS):
                yield batch
                batch, rows = [], 0
            if count:
                batch.append(position)
                rows += LONG_ARTICLE * SEARCHED_ROWS if count > LONG_ARTICLE else count
        if batch:
            yield batch

    def _ranked(self, batch: Sequence[int], scope: Scope) -> Iterator[_Question]:
        """Yield each article of a batch with its candidates; their vectors are read together."""
        asked = self._candidates(self._articles.get_all(batch), scope)
        for some in in_blocks(asked, self._rows_of_candidates, READ_ROWS):
            positions = list(dict.fromkeys(at for _, _, near in some for at in near))
            read = dict(zip(positions, self._articles.get_all(positions), strict=True))
            for article, query, near in some:
                selection = self._selection_for(article)
                pipeline = RelatedPipeline(self.snapshot, query, selection, scope)
                yield _Question(article.position, pipeline, [read[at] for at in near])

    def _candidates(
        self, articles: Sequence[StoredArticleVectors], scope: Scope
    ) -> Iterator[_Candidates]:
        """Yield each article as a query, and the positions of the articles to align with it."""
        most = aligned_count(self._selection.k, diverse=self._selection.diverse)
        for article, scores, rows in self._neighbours(articles, scope):
            query = RelatedQuery([article], ruling=self._rules.on([article.position]))
            near = candidates_among(self.snapshot, query, scores, rows)[:most]
            yield article, query, apply_rules(self.snapshot, query.ruling, near, scope)

    def _rows_of_candidates(self, asked: _Candidates) -> int:
        counts = self.snapshot.passage_counts(np.array(asked[2], np.int64))
        return int(np.minimum(counts, MAX_COMPARED).sum())

    def _neighbours(
        self, articles: Sequence[StoredArticleVectors], scope: Scope
    ) -> Iterator[tuple[StoredArticleVectors, Scores, Rows]]:
        """Yield each article with its neighbours, the same that `related` finds."""
        groups: dict[int, list[StoredArticleVectors]] = {}
        for article in articles:
            passages = min(len(article.vectors), PASSAGES)
            count = neighbour_count(passages, effort_of(self.snapshot))
            groups.setdefault(count, []).append(article)
        for count, some in groups.items():
            found = self.snapshot.nearest_articles(
                [sampled(article.vectors) for article in some],
                [article.rows for article in some],
                min(count, self.snapshot.row_count),
                scope,
            )
            for article, (scores, rows) in zip(some, found, strict=True):
                yield article, scores, rows

    def _selection_for(self, article: StoredArticleVectors) -> Selection:
        """Return the selection with the recency that counts from an article's date."""
        if not self._options.half_life:
            return self._selection
        date = article.article.date or self._filters.as_of
        recent = recency(self.snapshot, self._options.half_life, date)
        return self._selection._replace(recency=recent)

    def _allowed(self, language: str) -> Scope:
        """Return the rows that pass the filters for articles in a language; they are kept."""
        if self._scope is None or language != self._language:
            self._language = language
            self._scope = allowed_rows(self.snapshot, self._filters, language)
        return self._scope


class _ArticleCache:
    """Keeps the articles that were used last, since the next queries have the same neighbours."""

    def __init__(self, snapshot: Archive) -> None:
        self._snapshot = snapshot
        self._kept: OrderedDict[int, StoredArticleVectors] = OrderedDict()
        self._rows = 0

    def get(self, position: int) -> StoredArticleVectors:
        """Return one article."""
        return self.get_all([position])[0]

    def get_all(self, positions: Sequence[int]) -> list[StoredArticleVectors]:
        """Return several articles; the vectors of those that are not kept are read together."""
        missing = [position for position in positions if position not in self._kept]
        for article in stored_articles(self._snapshot, missing):
            self._kept[article.position] = article
            self._rows += len(article.rows)
        found = []
        for position in positions:
            self._kept.move_to_end(position)
            found.append(self._kept[position])
        while self._rows > KEPT_ROWS and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._rows -= len(oldest.rows)
        return found
