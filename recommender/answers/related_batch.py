"""Related articles of many articles at once: one search for all their passages.

Answers are those of `related`, article by article; what several of them need is read once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from recommender.answers.answer import RelatedAnswer
from recommender.answers.article_vectors import RelatedQuery, StoredArticleVectors, stored_articles
from recommender.answers.editorial import Rules
from recommender.answers.filters import OTHER, SAME, allowed_rows
from recommender.answers.hit_query import Selection
from recommender.answers.options import RelatedOptions, check_batch
from recommender.answers.recency import recency
from recommender.answers.related import RelatedPipeline
from recommender.answers.related_candidates import (
    NEIGHBOURS,
    aligned_count,
    apply_rules,
    candidates_among,
    sampled_vectors,
)
from recommender.arrays import Mask
from recommender.store.snapshot import Snapshot
from recommender.types import ArticleRef, Recommendation

# Rows searched together; more would only take memory.
SEARCHED_ROWS = 2_048
# An article of more passages is searched alone: all would fetch as many rows as it has.
LONG_ARTICLE = 256
# Passages of articles that are kept in memory for the next that need them: 1.5 KB each.
KEPT_ROWS = 100_000


class RelatedBatches:
    """Answers `related` for many articles of a snapshot under the same options."""

    def __init__(self, snapshot: Snapshot, options: RelatedOptions, rules: Rules) -> None:
        """Raise `QueryError` for an option that a batch does not have."""
        check_batch(options)
        self.snapshot = snapshot
        self._rules = rules
        self._options = options
        self._filters = options.filters
        self._choice = Selection(options.k, options.min_strength, diverse=options.diverse)
        self._sides = _Sides(snapshot)
        self._language: str | None = None
        self._mask: Mask | None = None

    def related(self, positions: Sequence[int]) -> dict[int, list[Recommendation]]:
        """Return the related articles of each position; none for one that has no passages.

        Raises `SnapshotDamaged` where a file of the snapshot cannot be read.
        """
        found: dict[int, list[Recommendation]] = {position: [] for position in positions}
        for language, same in groupby(sorted(positions, key=self._order), self._asked_language):
            mask = self._allowed(language)
            for batch in self._searched_together(same):
                found.update(self._ranked(batch, mask))
        return found

    def answers(self, positions: Sequence[int]) -> dict[int, RelatedAnswer]:
        """Return the answer of each position, without the articles that editors' rules excluded."""
        return {
            position: RelatedAnswer(
                articles=(self.article(position),),
                options=self._options,
                snapshot=self.snapshot.name,
                encoder=self.snapshot.manifest.encoder.name,
                recommendations=tuple(found),
            )
            for position, found in self.related(positions).items()
        }

    def article(self, position: int) -> ArticleRef:
        """Return what names an article in answers."""
        return ArticleRef(**ArticleRef.fields_of(self._sides.get(position).article))

    def _order(self, position: int) -> tuple[str, int]:
        return self._asked_language(position), position

    def _asked_language(self, position: int) -> str:
        """Return the language that the filters look at, nothing where they look at none."""
        if self._filters.languages not in (SAME, OTHER):
            return ""
        return self.snapshot.language(position)

    def _searched_together(self, positions: Iterable[int]) -> Iterator[list[int]]:
        """Yield articles that have passages in batches of some `SEARCHED_ROWS` rows."""
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

    def _ranked(
        self, batch: Sequence[int], mask: Mask | None
    ) -> Iterator[tuple[int, list[Recommendation]]]:
        asked = self._sides.get_all(batch)
        neighbours = self.snapshot.index.search_each(
            [sampled_vectors(side) for side in asked],
            [side.rows for side in asked],
            min(NEIGHBOURS, self.snapshot.row_count),
            mask,
            "articles",
        )
        for position, side, (scores, rows) in zip(batch, asked, neighbours, strict=True):
            asked_for = RelatedQuery([side], ruling=self._rules.on([position]))
            near = candidates_among(self.snapshot, side.language, scores, rows)
            candidates = near[: aligned_count(self._choice.k)]
            candidates = apply_rules(self.snapshot, asked_for.ruling, candidates, mask)
            others = self._sides.get_all(candidates)
            pipeline = RelatedPipeline(
                self.snapshot, asked_for, self._choice_for(side), self._options.include_copies
            )
            yield position, pipeline.run(others)

    def _choice_for(self, side: StoredArticleVectors) -> Selection:
        if not self._options.half_life:
            return self._choice
        date = side.article.date or self._filters.as_of
        recent = recency(self.snapshot, self._options.half_life, date)
        return replace(self._choice, recency=recent)

    def _allowed(self, language: str) -> Mask | None:
        """Return the rows that pass the filters for articles of a language; kept for the next."""
        if language != self._language:
            self._language = language
            self._mask = allowed_rows(self.snapshot, self._filters, language)
        return self._mask


class _Sides:
    """Articles that were looked at, the last ones kept: neighbours are asked for again soon."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._kept: OrderedDict[int, StoredArticleVectors] = OrderedDict()
        self._rows = 0

    def get(self, position: int) -> StoredArticleVectors:
        return self.get_all([position])[0]

    def get_all(self, positions: Sequence[int]) -> list[StoredArticleVectors]:
        """Return several articles; the vectors of those that are not kept are read together."""
        missing = [position for position in positions if position not in self._kept]
        for position, side in zip(missing, stored_articles(self._snapshot, missing), strict=True):
            self._kept[position] = side
            self._rows += len(side.rows)
        found = []
        for position in positions:
            self._kept.move_to_end(position)
            found.append(self._kept[position])
        while self._rows > KEPT_ROWS and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._rows -= len(oldest.rows)
        return found
