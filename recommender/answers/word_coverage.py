"""Measure how much of a text's rare words articles hold, by the postings of the word index."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np

from recommender.answers.archive import Archive
from recommender.answers.article_vectors import ArticleVectors, StoredArticleVectors
from recommender.arrays import Positions, Scores
from recommender.index.bm25 import MAX_SCORED_CHARACTERS
from recommender.scoring.relevance import Numbers, load_relevance
from recommender.text.words import words_of

# The words of a headline are remembered for so many articles: neighbours are asked for again.
KEPT_HEADLINES = 20_000
# The rarity of so many words of a language is remembered.
KEPT_WORDS = 200_000
# With fewer articles of a language the rarity of its words is not known.
FEWEST_ARTICLES = 5
# Rows of a word that are looked at to tell how many articles its passages are in.
SAMPLED_ROWS = 256


@dataclass(frozen=True)
class KnownWords:
    """What is remembered of a snapshot's words; safe to share between threads: it only grows.

    It must not refer to the snapshot, which would then never be closed.
    """

    headlines: dict[int, tuple[dict[str, float], float]] = field(default_factory=dict)
    """What each word of a headline counts for, and all together, by the article's position."""
    rarity: dict[str, dict[str, float]] = field(default_factory=dict)
    """What each word of a language counts for."""
    counts: dict[str, int] = field(default_factory=dict)
    """How many articles each language has."""


class WordCoverage:
    """The coverage of texts by the articles of a snapshot.

    A word counts by its rarity among the articles of its language, squared: words of one story
    then outweigh those of its kind.
    """

    def __init__(self, snapshot: Archive, known: KnownWords) -> None:
        self._snapshot = snapshot
        self._known = known

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
        if not places:
            return found
        self._learn([article, *(others[at] for at in places)])
        words = sorted(words_of(article.article.title))
        weights = self._weights(words, article.language)
        model = load_relevance().related
        positions = [others[at].position for at in places]
        forth = model.covered(
            self._held(words, weights, positions), np.full(len(places), float(weights.sum()))
        )
        known = words_of(f"{article.article.title}\n{article.article.text}")
        headlines = [self._headline(others[at]) for at in places]
        held = [sum(w for word, w in one.items() if word in known) for one, _ in headlines]
        back = model.covered(np.array(held, float), np.array([mass for _, mass in headlines]))
        found[places] = (forth + back) / 2
        return found

    def _learn(self, others: Iterable[ArticleVectors]) -> None:
        """Look up the words of many headlines at once: it is quicker than one after the other."""
        words: dict[str, set[str]] = {}
        for other in others:
            if other.position not in self._known.headlines:
                words.setdefault(other.language, set()).update(words_of(other.article.title))
        for language, some in words.items():
            self._weights(sorted(some), language)

    def _headline(self, other: StoredArticleVectors) -> tuple[dict[str, float], float]:
        """Return what each word of an article's headline counts for, and all together."""
        kept = self._known.headlines.get(other.position)
        if kept is None:
            if len(self._known.headlines) >= KEPT_HEADLINES:
                self._known.headlines.clear()
            words = sorted(words_of(other.article.title))
            weights = self._weights(words, other.language)
            kept = dict(zip(words, weights.tolist(), strict=True)), float(weights.sum())
            self._known.headlines[other.position] = kept
        return kept

    def _weights(self, words: Sequence[str], language: str) -> Scores:
        """Return what each word counts for in a language: its rarity among articles, squared.

        A word that no article holds is the rarest. In a language of few articles all have 0.
        """
        base = _base(language)
        articles = self.articles_in(language)
        if articles < FEWEST_ARTICLES:
            return np.zeros(len(words), np.float32)
        known = self._known.rarity.setdefault(base, {})
        found = {word: known[word] for word in words if word in known}
        missing = [word for word in words if word not in found]
        if not missing:
            return np.array([found[word] for word in words], np.float32)
        if len(known) > KEPT_WORDS:
            known = self._known.rarity[base] = {}
        for word, held in zip(missing, self._holders(missing, base), strict=True):
            known[word] = found[word] = max(math.log((articles + 1) / held), 0.0) ** 2
        return np.array([found[word] for word in words], np.float32)

    def _holders(self, words: Sequence[str], base: str) -> list[float]:
        """Return how many articles of a language hold each word, as its first rows tell."""
        runs = self._snapshot.first_holders(words, base, SAMPLED_ROWS)
        articles = np.concatenate([np.empty(0, np.int64), *(own for _, own in runs)])
        # Rows of one article follow each other: it is counted at the first of them.
        seen = np.concatenate([[0], np.cumsum(np.diff(articles, prepend=-1) != 0)]).tolist()
        first, found = 0, []
        for passages, rows in runs:
            end = first + len(rows)
            distinct = seen[end] - seen[first + 1] + 1 if len(rows) else 0
            found.append(max(distinct / max(len(rows), 1) * passages, 0.5))
            first = end
        return found

    def articles_in(self, language: str) -> int:
        """Return how many articles a language has, whatever its script and region."""
        base = _base(language)
        if base not in self._known.counts:
            space = self._snapshot.space
            names = [name for name in space.languages if _base(name) == base]
            self._known.counts[base] = sum(space.articles.get(name, 0) for name in names)
        return self._known.counts[base]

    def _held(self, words: Sequence[str], weights: Scores, positions: Sequence[int]) -> Numbers:
        """Return the sum of the weights of the words that each article holds, (positions,)."""
        telling = np.flatnonzero(weights)
        spans = self._snapshot.spans(positions)
        total = np.zeros(len(positions))
        if not len(telling) or not spans.counts.any():
            return total
        telling_words = [words[at] for at in telling.tolist()]
        held = self._snapshot.lexical.holds(telling_words, spans.rows)
        filled = np.flatnonzero(spans.counts)
        any_row = np.logical_or.reduceat(held, spans.places[filled], axis=1)
        total[filled] = weights[telling] @ any_row
        return total


_KNOWN: WeakKeyDictionary[Archive, KnownWords] = WeakKeyDictionary()


def coverage_of(snapshot: Archive) -> WordCoverage:
    """Return the coverage of a snapshot; its words are remembered as long as the snapshot lives."""
    known = _KNOWN.get(snapshot)
    if known is None:
        known = _KNOWN.setdefault(snapshot, KnownWords())
    return WordCoverage(snapshot, known)


def _base(language: str) -> str:
    """Return the language of a tag, without script and region."""
    return language.partition("-")[0]
