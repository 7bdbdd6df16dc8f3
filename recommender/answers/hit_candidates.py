"""Find the candidates of a question among the passages of a snapshot, by meaning and by words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.answers.archive import Archive, Scope, WordScores
from recommender.answers.candidates import Candidates
from recommender.answers.confidence import least_hit
from recommender.answers.hit_query import HitQuery
from recommender.arrays import Numbers, Positions, Scores, Vectors, are_among, in_blocks
from recommender.index import SearchPurpose
from recommender.scoring.sureness import level_of

# An article scores by its best passage and, with this share, by the mean of its best few. So an
# article on a subject comes before one that only mentions it.
BEST_PASSAGES = 3
BEST_PASSAGES_SHARE = 0.35
# So many of the passages that share most words with the text are compared too. Each must have at
# least this share of the best one's words. By meaning alone, passages in other languages may take
# all places.
COMPARED_BY_WORDS = 20
LEAST_WORDS = 0.3
# The vectors of so many articles are read together: one by one takes longer, all together memory.
ROWS_AT_ONCE = 4_096

RowScores = tuple[Positions, Scores]


@dataclass(frozen=True)
class CandidateFinder:
    """Finds candidates for a query in one snapshot.

    `vectors` is (pieces of the query, dim) in the answering space. `allowed` are the rows that may
    be answers.
    """

    snapshot: Archive
    vectors: Vectors
    query: HitQuery
    allowed: Scope

    @property
    def is_by_article(self) -> bool:
        """Whether each article is one answer, by its best passage."""
        return self.query.by == "article"

    def nearest(self, vectors: Vectors) -> Candidates:
        """Return the nearest passages to any of the vectors, best first."""
        least = depth = self.query.depth
        purpose: SearchPurpose = "texts" if self.query.text else "passages"
        while True:
            scores, rows = self.snapshot.nearest(
                vectors, depth, self.allowed, purpose, self.query.excluded
            )
            best, theirs = self._first_of_each(*_best_of_all(scores, rows))
            if len(best) >= least or rows.shape[1] < depth or (rows < 0).any():
                break  # no more rows exist or are allowed (row -1)
            depth *= 4  # an article with many matching passages filled the list: search further
        return self._in_full(vectors, best[:least], theirs[:least])

    def sharing_words(self, words: WordScores) -> Candidates:
        """Return the passages that share most words with the text, ranked as in `nearest`."""
        # The best rows may all be of a few articles.
        most = None if self.is_by_article else COMPARED_BY_WORDS
        rows = words.above(LEAST_WORDS, self.allowed, most)
        rows = self._most_words(rows, words, COMPARED_BY_WORDS)
        if self.is_by_article:
            rows = self._allowed_rows_of_articles(rows)
        return self.ranked(self.vectors, rows)

    def ranked(self, vectors: Vectors, rows: Positions) -> Candidates:
        """Return rows, or the best one of each article, ranked as in `nearest`."""
        return self._in_full(vectors, *self._best(self._cosines(vectors, rows), rows))

    def by_words(self) -> Candidates:
        """Return the passages that share words with the text; their scores are those of BM25."""
        words = self.snapshot.word_scores(self.query.text, every=True)
        # A quoted phrase may consist of words that are too common to count.
        rows = self.allowed.rows if self.query.is_quoted else words.above(0, self.allowed)
        rows = self._most_words(rows, words, self.query.depth)
        found = self._with_languages(rows, self._cosines(self.vectors, rows))
        scores = words.of(rows).astype(np.float64)
        return replace(found, score=scores, words=scores)

    def words_only(self, found: Candidates) -> Candidates:
        """Return the rows without a vector that hold the quoted phrases; they come last.

        If articles are asked for, the articles of `found` are left out.
        """
        rows = self.allowed.words_only
        if not len(rows):
            return found.take(slice(0))
        words = self.snapshot.word_scores(self.query.text, every=True)
        if self.is_by_article:
            rows = rows[~np.isin(self.snapshot.articles_of(rows), found.article)]
        rows = self._most_words(rows, words, self.query.depth)
        articles, none = self.snapshot.articles_of(rows), np.zeros(len(rows), np.float32)
        sureness = least_hit("likely")
        return replace(
            Candidates.of(rows, articles, none, [""] * len(rows)),
            score=np.full(len(rows), found.score.min(initial=0.0)),
            words=words.of(rows).astype(np.float64),
            level=np.full(len(rows), level_of(sureness.confidence)),
            probability=np.full(len(rows), sureness.probability),
        )

    def together(self, hits: Candidates, others: Candidates) -> Candidates:
        """Return the hits, followed by those of the others that are not among them."""
        known, found = hits.row, others.row
        if self.is_by_article:
            known, found = hits.article, others.article
        return hits.followed_by(others.take(~are_among(found, known)))

    def with_cosines(self, hits: Candidates, known: Candidates) -> Candidates:
        """Return hits of moved vectors with their own cosines; the `known` ones have them."""
        cosines = dict(zip(known.row.tolist(), known.cosine.tolist(), strict=True))
        rows = hits.row[~are_among(hits.row, known.row)]
        cosines.update(zip(rows.tolist(), self._cosines(self.vectors, rows).tolist(), strict=True))
        return replace(hits, cosine=np.array([cosines[row] for row in hits.row.tolist()], float))

    def words_of_each(self, hits: Candidates, words: WordScores) -> Numbers:
        """Return how many words each hit, or any passage of its article, shares with the text."""
        if not self.is_by_article:
            return words.of(hits.row).astype(np.float64)
        spans = self.snapshot.spans(hits.article)
        return np.array(words.best_of(spans), np.float64)

    def _cosines(self, vectors: Vectors, rows: Positions) -> Scores:
        """Return the best cosine of each row to any of the vectors."""
        cosines: Scores = (self.snapshot.centered(rows) @ vectors.T).max(axis=1, initial=-1.0)
        return cosines

    def _best(self, scores: Scores, rows: Positions) -> RowScores:
        """Return each row, or the best one of each article, with its best score, best first."""
        return self._first_of_each(*_best_of_each(scores, rows))

    def _first_of_each(self, best: Positions, theirs: Scores) -> RowScores:
        """Return rows, which come best first, or the first one of each article."""
        if not self.is_by_article:
            return best, theirs
        places = first_places(self.snapshot.articles_of(best))
        return best[places], theirs[places]

    def _with_languages(self, rows: Positions, scores: Scores) -> Candidates:
        articles, languages = self.snapshot.articles_of(rows), self.snapshot.languages_of(rows)
        return Candidates.of(rows, articles, scores, languages)

    def _in_full(self, vectors: Vectors, rows: Positions, scores: Scores) -> Candidates:
        """Return the best rows with their languages, articles by their best few passages."""
        found = self._with_languages(rows, scores)
        return self._by_best_few(vectors, found) if self.is_by_article else found

    def _by_best_few(self, vectors: Vectors, hits: Candidates) -> Candidates:
        """Rank articles, each given by its best row, by their best few passages."""
        spans = self.snapshot.spans(hits.article).ranges()
        means = np.array([_mean_of_best(each) for each in self._cosines_of_each(vectors, spans)])
        score = (1 - BEST_PASSAGES_SHARE) * hits.score + BEST_PASSAGES_SHARE * means
        return replace(hits, meaning=score, score=score).best_first()

    def _cosines_of_each(self, vectors: Vectors, spans: Sequence[range]) -> Iterator[Scores]:
        """Yield the best cosine of each row of each article; `spans` are the articles' rows."""
        for batch in in_blocks(spans, len, ROWS_AT_ONCE):
            rows = np.concatenate([np.arange(span.start, span.stop) for span in batch])
            cosines, first = self._cosines(vectors, rows), 0
            for span in batch:
                yield cosines[first : first + len(span)]
                first += len(span)

    def _most_words(self, rows: Positions, words: WordScores, count: int) -> Positions:
        """Return the `count` rows with most words, or the best rows of so many articles."""
        looked_at, scores = count, words.of(rows)
        while True:
            best = highest(rows, scores, looked_at)
            if not self.is_by_article:
                return best
            firsts = best[first_places(self.snapshot.articles_of(best))]
            if len(firsts) >= count or len(best) == len(rows):
                return firsts[:count]
            looked_at *= 4

    def _allowed_rows_of_articles(self, rows: Positions) -> Positions:
        """Return all rows of the articles of `rows` that are allowed."""
        every = self.snapshot.spans(sorted(set(self.snapshot.articles_of(rows).tolist()))).rows
        return every[self.allowed.holds(every)]


def highest(rows: Positions, scores: Scores, count: int) -> Positions:
    """Return the `count` rows with the highest scores, best first, equal scores in row order.

    `scores` has a value for each of `rows`.
    """
    if len(rows) > count:  # to leave most out first is faster than to sort many
        kept = scores >= np.partition(scores, -count)[-count]
        rows, scores = rows[kept], scores[kept]
    return rows[np.lexsort((rows, -scores))][:count]


def _best_of_all(scores: Scores, rows: Positions) -> RowScores:
    """Return each row that was found for any vector, as `_best_of_each` does; both are (n, k)."""
    if len(rows) != 1:
        return _best_of_each(scores.ravel(), rows.ravel())
    is_row = (rows[0] >= 0) & (scores[0] > -np.inf)  # the rows of one vector come best first
    return rows[0][is_row], scores[0][is_row]


def _best_of_each(scores: Scores, rows: Positions) -> RowScores:
    """Return each row except -1 with its best score, best first; both arrays are flat."""
    is_row = (rows >= 0) & (scores > -np.inf)
    found, places = np.unique(rows[is_row], return_inverse=True)
    best = np.full(len(found), -np.inf, scores.dtype)
    np.maximum.at(best, places, scores[is_row])
    order = np.lexsort((found, -best))
    return found[order], best[order]


def _mean_of_best(cosines: Scores) -> float:
    """Return the mean of an article's best few cosines."""
    few: list[float] = sorted(cosines.tolist())[-BEST_PASSAGES:]
    return sum(few) / len(few)


def first_places(articles: Positions) -> Positions:
    """Return the place at which each article comes first, in order."""
    first: dict[int, int] = {}
    for place, article in enumerate(articles.tolist()):
        first.setdefault(article, place)
    return np.array(list(first.values()), np.int64)
