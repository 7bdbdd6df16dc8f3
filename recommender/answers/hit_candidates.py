"""Find the candidates of a question among the passages of a snapshot, by meaning and by words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.answers.archive import Archive, Scope, WordScores
from recommender.answers.confidence import likely_hit
from recommender.answers.hit_query import Candidate, HitQuery
from recommender.arrays import Positions, Scores, Vectors
from recommender.index import SearchPurpose

# An article counts by its best passage and, by this share, by the mean of its best few: an article
# on a subject comes before one that mentions it.
BEST_PASSAGES = 3
BEST_PASSAGES_SHARE = 0.35
# So many passages that share most words with the text are compared too, each with at least this
# share of the best one's words: by meaning alone, passages in other languages may take all places.
COMPARED_BY_WORDS = 20
LEAST_WORDS = 0.3
# The vectors of articles are read so many at once: one at a time takes longer, all at once memory.
ROWS_AT_ONCE = 4_096

RowScore = tuple[int, float]


@dataclass(frozen=True)
class CandidateFinder:
    """Finds candidates for a query in one snapshot.

    `vectors` is (pieces of the query, dim) in the answering space. `allowed` are the rows that may
    answer.
    """

    snapshot: Archive
    vectors: Vectors
    query: HitQuery
    allowed: Scope

    @property
    def is_by_article(self) -> bool:
        """Whether each article is answered once, by its best passage."""
        return self.query.by == "article"

    def nearest(self, vectors: Vectors) -> list[Candidate]:
        """Return the nearest passages to any of the vectors, best first."""
        least = depth = self.query.depth
        purpose: SearchPurpose = "texts" if self.query.text else "passages"
        while True:
            scores, rows = self.snapshot.nearest(
                vectors, depth, self.allowed, purpose, self.query.excluded
            )
            best = _best_of_each(scores.ravel(), rows.ravel())
            if self.is_by_article:
                best = self._first_of_each_article(best)
            if len(best) >= least or rows.shape[1] < depth or (rows < 0).any():
                break  # no more rows exist, or none that are allowed (row -1)
            depth *= 4  # an article with many matching passages filled the list: look further
        return self._in_full(vectors, best[:least])

    def sharing_words(self, words: WordScores) -> list[Candidate]:
        """Return the passages that share most words with the text, ranked as by `nearest`."""
        rows = self._most_words(words.above(LEAST_WORDS, self.allowed), words, COMPARED_BY_WORDS)
        if self.is_by_article:
            rows = self._allowed_rows_of_articles(rows)
        return self.ranked(self.vectors, rows)

    def ranked(self, vectors: Vectors, rows: Positions) -> list[Candidate]:
        """Return rows, or the best one of each article, ranked as by `nearest`."""
        best = _best_of_each(np.array(self._cosines(vectors, rows)), rows)
        if self.is_by_article:
            best = self._first_of_each_article(best)
        return self._in_full(vectors, best)

    def by_words(self) -> list[Candidate]:
        """Return the passages that share words with the text; their scores are those of BM25."""
        words = self.snapshot.word_scores(self.query.text, every=True)
        # A quoted phrase may consist of words that are too common to count.
        rows = self.allowed.rows if self.query.is_quoted else words.above(0, self.allowed)
        rows = self._most_words(rows, words, self.query.depth)
        cosines, languages = self._cosines(self.vectors, rows), self.snapshot.languages_of(rows)
        each = zip(rows.tolist(), cosines, words.of(rows).tolist(), languages, strict=True)
        return [
            Candidate(row, cosine, cosine, score, words=score, language=language)
            for row, cosine, score, language in each
        ]

    def words_only(self, found: Sequence[Candidate]) -> list[Candidate]:
        """Return the rows without a vector that hold the quoted phrases; they follow all others.

        If articles are asked for, those of `found` are left out.
        """
        rows = self.allowed.words_only
        if not len(rows):
            return []
        words = self.snapshot.word_scores(self.query.text, every=True)
        if self.is_by_article:
            known = self.snapshot.articles_of(rows_of(found))
            rows = rows[~np.isin(self.snapshot.articles_of(rows), known)]
        score = min([0.0, *(hit.score for hit in found)])
        rows = self._most_words(rows, words, self.query.depth)
        return [
            Candidate(row, 0.0, 0.0, score, words=share, **likely_hit()._asdict())
            for row, share in zip(rows.tolist(), words.of(rows).tolist(), strict=True)
        ]

    def together(self, hits: Sequence[Candidate], others: Sequence[Candidate]) -> list[Candidate]:
        """Return the hits and, after them, the others that are not among them."""
        keys = self.snapshot.articles_of if self.is_by_article else np.asarray
        known = set(keys(rows_of(hits)).tolist())
        more = zip(others, keys(rows_of(others)).tolist(), strict=True)
        return [*hits, *(hit for hit, key in more if key not in known)]

    def with_cosines(
        self, hits: Sequence[Candidate], known: Mapping[int, float]
    ) -> list[Candidate]:
        """Return hits that moved vectors found with their own cosines; `known` has some by row."""
        rows = rows_of([hit for hit in hits if hit.row not in known])
        cosines = {
            **known,
            **dict(zip(rows.tolist(), self._cosines(self.vectors, rows), strict=True)),
        }
        return [hit._replace(cosine=cosines[hit.row]) for hit in hits]

    def words_of_each(self, hits: Sequence[Candidate], words: WordScores) -> list[float]:
        """Return the words that each hit, or any passage of its article, shares with the text."""
        rows = rows_of(hits)
        if not self.is_by_article:
            shares: list[float] = words.of(rows).tolist()
            return shares
        return words.best_of(self.snapshot.spans(self.snapshot.articles_of(rows)))

    def _cosines(self, vectors: Vectors, rows: Positions) -> list[float]:
        """Return the best cosine of each row to any of the vectors."""
        cosines = self.snapshot.centered(rows) @ vectors.T
        best: list[float] = cosines.max(axis=1, initial=-1.0).tolist()
        return best

    def _in_full(self, vectors: Vectors, best: Sequence[RowScore]) -> list[Candidate]:
        """Return the best rows with their languages, articles by their best few passages."""
        languages = self.snapshot.languages_of(np.array([row for row, _ in best], dtype=np.int64))
        found = [
            Candidate(row, score, score, score, language=language)
            for (row, score), language in zip(best, languages, strict=True)
        ]
        return self._by_best_few(vectors, found) if self.is_by_article else found

    def _by_best_few(self, vectors: Vectors, hits: Sequence[Candidate]) -> list[Candidate]:
        """Rank articles, each given by its best row, by their best few passages."""
        spans = self.snapshot.spans(self.snapshot.articles_of(rows_of(hits))).ranges()
        found = []
        for hit, cosines in zip(hits, self._cosines_of_each(vectors, spans), strict=True):
            few = sorted(cosines)[-BEST_PASSAGES:]
            mean = sum(few) / len(few)
            score = (1 - BEST_PASSAGES_SHARE) * hit.score + BEST_PASSAGES_SHARE * mean
            found.append(hit._replace(meaning=score, score=score))
        return best_first(found)

    def _cosines_of_each(self, vectors: Vectors, spans: Sequence[range]) -> Iterator[list[float]]:
        """Yield the best cosine of each row of each article; `spans` are the articles' rows."""
        for batch in _batches(spans):
            rows = np.concatenate([np.arange(span.start, span.stop) for span in batch])
            cosines, first = self._cosines(vectors, rows), 0
            for span in batch:
                yield cosines[first : first + len(span)]
                first += len(span)

    def _most_words(self, rows: Positions, words: WordScores, count: int) -> Positions:
        """Return `count` rows, those with most words first, or the best of so many articles."""
        looked_at, scores = count, words.of(rows)
        while True:
            best = highest(rows, scores, looked_at)
            if not self.is_by_article:
                return best
            firsts = best[_first_places(self.snapshot.articles_of(best))]
            if len(firsts) >= count or len(best) == len(rows):
                return firsts[:count]
            looked_at *= 4

    def _allowed_rows_of_articles(self, rows: Positions) -> Positions:
        """Return all rows of the articles of `rows` that are allowed."""
        every = self.snapshot.spans(sorted(set(self.snapshot.articles_of(rows).tolist()))).rows
        return every[self.allowed.holds(every)]

    def _first_of_each_article(self, best: Sequence[RowScore]) -> list[RowScore]:
        rows = np.array([row for row, _ in best], dtype=np.int64)
        return [best[at] for at in _first_places(self.snapshot.articles_of(rows))]


def _batches(spans: Iterable[range]) -> Iterator[list[range]]:
    """Yield the rows of articles in batches of `ROWS_AT_ONCE`, or of one article with more."""
    batch: list[range] = []
    for span in spans:
        if batch and sum(map(len, batch)) + len(span) > ROWS_AT_ONCE:
            yield batch
            batch = []
        batch.append(span)
    if batch:
        yield batch


def rows_of(hits: Sequence[Candidate]) -> Positions:
    """Return the rows of the hits, int64 (n,)."""
    return np.array([hit.row for hit in hits], dtype=np.int64)


def best_first(hits: Iterable[Candidate]) -> list[Candidate]:
    """Return the hits by score, equal scores in row order."""
    return sorted(hits, key=lambda hit: (-hit.score, hit.row))


def highest(rows: Positions, scores: Scores, count: int) -> Positions:
    """Return the `count` rows with the highest scores, best first, equal scores in row order.

    `scores` has one value for each of `rows`.
    """
    if len(rows) > count:  # sorting many takes longer than leaving most out first
        kept = scores >= np.partition(scores, -count)[-count]
        rows, scores = rows[kept], scores[kept]
    return rows[np.lexsort((rows, -scores))][:count]


def _best_of_each(scores: Scores, rows: Positions) -> list[RowScore]:
    """Return each row (not -1) with its best score, best first; both arrays are flat."""
    is_row = (rows >= 0) & (scores > -np.inf)
    found, places = np.unique(rows[is_row], return_inverse=True)
    best = np.full(len(found), -np.inf, scores.dtype)
    np.maximum.at(best, places, scores[is_row])
    order = np.lexsort((found, -best))
    return list(zip(found[order].tolist(), best[order].tolist(), strict=True))


def _first_places(articles: Positions) -> list[int]:
    """Return the place at which each article comes first, in order."""
    first: dict[int, int] = {}
    for place, article in enumerate(articles.tolist()):
        first.setdefault(article, place)
    return list(first.values())
