"""Measure how much of a text's rare words articles hold, by the postings of the word index."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommender.answers.article_vectors import ArticleVectors, StoredArticleVectors
from recommender.arrays import Positions, Scores
from recommender.index.bm25 import MAX_SCORED_CHARACTERS
from recommender.scoring.relevance import Numbers, load_relevance
from recommender.store.snapshot import Snapshot
from recommender.text.words import words_of

# The words of a headline are remembered for so many articles: neighbours are asked for again.
KEPT_HEADLINES = 20_000


class WordCoverage:
    """The coverage of texts by the articles of a snapshot; a word counts by its rarity, squared."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._headlines: dict[int, tuple[tuple[str, ...], Scores]] = {}

    def of_text(self, text: str, language: str, rows: Positions) -> Numbers:
        """Return the share of a text's rare words that the article of each row holds, (rows,).

        It is NaN for passages in other languages than the text's, and if the archive holds too
        few passages in its language to know which words are rare.
        """
        words = sorted(words_of(text[:MAX_SCORED_CHARACTERS]))
        weights = self._weights(words, language)
        found = np.full(len(rows), np.nan)
        total = float(weights.sum())
        if not total:
            return found
        languages = self._snapshot.languages_of(rows)
        base = _base(language)
        own = np.array([_base(one) == base for one in languages], np.bool_)
        articles, places = np.unique(self._snapshot.articles_of(rows[own]), return_inverse=True)
        found[own] = self._held(words, weights, articles.tolist())[places] / total
        return found

    def of_headlines(
        self, article: ArticleVectors, others: Sequence[StoredArticleVectors]
    ) -> Numbers:
        """Return how far each of two headlines is covered by the other text, (others,).

        It is the mean of both directions, NaN for an article in another language.
        """
        found = np.full(len(others), np.nan)
        base = _base(article.language)
        places = [at for at, other in enumerate(others) if _base(other.language) == base]
        words = sorted(words_of(article.article.title))
        weights = self._weights(words, article.language)
        if not places:
            return found
        model = load_relevance().related
        positions = [others[at].position for at in places]
        forth = model.covered(
            self._held(words, weights, positions), np.full(len(places), float(weights.sum()))
        )
        known = words_of(f"{article.article.title}\n{article.article.text}")
        held, mass = [], []
        for at in places:
            theirs, rarity = self._headline(others[at])
            held.append(
                sum(w for word, w in zip(theirs, rarity.tolist(), strict=True) if word in known)
            )
            mass.append(float(rarity.sum()))
        back = model.covered(np.array(held, float), np.array(mass, float))
        found[places] = (forth + back) / 2
        return found

    def _headline(self, other: StoredArticleVectors) -> tuple[tuple[str, ...], Scores]:
        """Return the words of an article's headline and what each counts for."""
        kept = self._headlines.get(other.position)
        if kept is None:
            if len(self._headlines) >= KEPT_HEADLINES:
                self._headlines.clear()
            words = tuple(sorted(words_of(other.article.title)))
            kept = words, self._weights(words, other.language)
            self._headlines[other.position] = kept
        return kept

    def _weights(self, words: Sequence[str], language: str) -> Scores:
        weights: Scores = self._snapshot.lexical.rarity(words, language) ** 2
        return weights

    def _held(self, words: Sequence[str], weights: Scores, positions: Sequence[int]) -> Numbers:
        """Return the sum of the weights of the words that each article holds, (positions,)."""
        telling = np.flatnonzero(weights)
        spans = [self._snapshot.rows(position) for position in positions]
        counts = np.array([len(span) for span in spans], np.int64)
        total = np.zeros(len(positions))
        if not len(telling) or not counts.sum():
            return total
        rows = np.concatenate([np.arange(span.start, span.stop) for span in spans])
        held = self._snapshot.lexical.holds([words[at] for at in telling.tolist()], rows)
        filled = np.flatnonzero(counts)
        firsts = np.cumsum([0, *counts[filled][:-1].tolist()])
        any_row = np.logical_or.reduceat(held, firsts, axis=1)
        total[filled] = weights[telling] @ any_row
        return total


def _base(language: str) -> str:
    """Return the language of a tag, without script and region."""
    return language.partition("-")[0]
