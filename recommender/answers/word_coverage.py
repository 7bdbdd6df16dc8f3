"""Measure which share of a text's rare words articles hold, by the postings of the word index."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self
from weakref import WeakKeyDictionary

import numpy as np

from recommender.answers.archive import Archive
from recommender.answers.article_vectors import ArticleVectors
from recommender.arrays import Mask, Numbers, Positions, Scores, are_among
from recommender.index.bm25 import MAX_SCORED_CHARACTERS, searchable_words
from recommender.index.terms import hashes_of_words
from recommender.scoring.relevance import HeadlineWords, load_relevance
from recommender.store.headlines import Hashes, Headlines, words_of_headline
from recommender.text.words import words_of

# The rarity of so many words of a language is remembered.
KEPT_WORDS = 200_000
# In a language of fewer articles the rarity of words is not known.
FEWEST_ARTICLES = 5
# So many rows of a word are looked at to find out how many articles hold it.
SAMPLED_ROWS = 256
# A longer headline was typed if the query holds so many of its words.
FEWEST_WORDS = 2
# A word that no article holds is as rare as one in half an article.
NO_HOLDER = 0.5


@dataclass(frozen=True)
class KnownWords:
    """What was computed of a snapshot's words; safe to share between threads.

    It must not refer to the snapshot, which would then never be closed.
    """

    rarity: dict[str, dict[int, float]] = field(default_factory=dict)
    """What each word of a language counts for, by the word's hash."""
    counts: dict[str, int] = field(default_factory=dict)
    """How many articles each language has."""
    names: dict[str, list[str]] = field(default_factory=dict)
    """What the answering space calls each language, in each script and region."""


class WordCoverage:
    """The coverage of texts by the articles of a snapshot.

    The weight of a word is the square of its rarity among the articles of its language. So words of
    one story outweigh those of its kind.
    """

    def __init__(self, snapshot: Archive, known: KnownWords) -> None:
        self._snapshot = snapshot
        self._known = known

    def of_text(
        self, text: str, language: str, articles: Positions, languages: Sequence[str]
    ) -> Numbers:
        """Return the share of a text's rare words that each passage's article holds, (passages,).

        If all words are common, the share says little (`SearchModel.covered`). It is NaN for
        passages in other languages than the text's, by their own `languages`, and if the archive
        has too few passages in its language to know which words are rare.
        """
        words = hashes_of_words(sorted(words_of(text[:MAX_SCORED_CHARACTERS])))
        weights = self._weights(words, language)
        found = np.full(len(articles), np.nan)
        total = float(weights.sum())
        if not total:
            return found
        spoken = _Spoken.of(language, articles, languages)
        shares = self._held(words, weights, spoken.positions) / total
        most = _weight(self.articles_in(language), NO_HOLDER)
        covered = load_relevance().search.covered(shares, weights.astype(np.float64), most)
        found[spoken.flags] = covered[spoken.places]
        return found

    def all_held(
        self, text: str, language: str, articles: Positions, languages: Sequence[str]
    ) -> Mask:
        """Return which passages belong to an article that holds every word of a text, (passages,).

        Passages in other languages than the text's do not.
        """
        found = np.zeros(len(articles), np.bool_)
        asked = searchable_words(text[:MAX_SCORED_CHARACTERS])
        spoken = _Spoken.of(language, articles, languages)
        if asked and len(spoken.positions):
            spans = self._snapshot.spans(spoken.positions)
            held = self._snapshot.lexical.holds(hashes_of_words(asked), spans)
            found[spoken.flags] = np.logical_and.reduce(held)[spoken.places]
        return found

    def headline_shares(self, text: str, articles: Positions, likely: Positions) -> Numbers:
        """Return the share of each article's headline that a text is, (articles,).

        It is 0 for a headline that lacks a word of the text. It is also 0 for a text of one word,
        unless the headline has only one word: the word may name another thing. The `likely`
        articles will probably be read next.
        """
        words = words_of_headline(text[:MAX_SCORED_CHARACTERS])
        theirs, counts = self._snapshot.summaries.headline_words(articles, likely)
        owners = np.repeat(np.arange(len(articles)), counts)
        held = np.bincount(owners[are_among(theirs, words)], minlength=len(articles))
        is_asked = (held == len(words)) & (held >= np.minimum(counts, FEWEST_WORDS))
        found: Numbers = np.where(is_asked, held / np.maximum(counts, 1), 0.0)
        return found

    def of_headlines(
        self, article: ArticleVectors, positions: Sequence[int] | Positions, headlines: Headlines
    ) -> Numbers:
        """Return how far each of two headlines is covered by the other text, (others,).

        The others are given by their positions and headlines. It is the mean of both directions,
        NaN for an article in another language.
        """
        found = np.full(len(positions), np.nan)
        others = np.asarray(positions, np.int64)
        own = self._are_of(others, article.language)
        if not own.any():
            return found
        title, text = article.article.title, article.article.text
        model = load_relevance().related
        words = words_of_headline(title)
        # All words are looked up at once: an engine is then asked once.
        every = self._weights(np.concatenate([words, headlines.words]), article.language)
        weights, each = every[: len(words)], every[len(words) :].astype(np.float64)
        most = _weight(self.articles_in(article.language), NO_HOLDER)
        sums = float(weights.sum()), float((weights**2).sum())
        asked = HeadlineWords(*(np.full(len(positions), one) for one in sums))
        forth = model.covered(self._held(words, weights, others), asked, most)
        known = hashes_of_words(words_of(f"{title}\n{text}"))
        owners = np.repeat(np.arange(len(positions)), headlines.counts)
        held = np.bincount(owners, each * are_among(headlines.words, known), len(others))
        sums_of_each = (np.bincount(owners, one, len(others)) for one in (each, each**2))
        theirs = HeadlineWords(*(one.astype(np.float64) for one in sums_of_each))
        back = model.covered(held.astype(np.float64), theirs, most)
        found[own] = ((forth + back) / 2)[own]
        return found

    def _are_of(self, positions: Positions, language: str) -> Mask:
        """Return which articles are in a language, whatever its script and region."""
        are_in = self._snapshot.columns.are_in
        names = {language, *self._names_of(language)}
        found: Mask = np.any([are_in(positions, one) for one in names], axis=0)
        return found

    def _names_of(self, language: str) -> Sequence[str]:
        """Return the names of a language in the answering space, one for each script and region."""
        base = _base(language)
        if base not in self._known.names:
            every = self._snapshot.space.languages
            self._known.names[base] = [name for name in every if _base(name) == base]
        return self._known.names[base]

    def _weights(self, words: Hashes, language: str) -> Scores:
        """Return the weight of each word in a language: its rarity among articles, squared.

        A word that no article holds is the rarest. In a language of few articles all weights are 0.
        """
        articles = self.articles_in(language)
        if articles < FEWEST_ARTICLES:
            return np.zeros(len(words), np.float32)
        base, asked = _base(language), words.tolist()
        known = self._known.rarity.setdefault(base, {})
        if len(known) > KEPT_WORDS:
            known = self._known.rarity[base] = {}
        missing = [word for word in dict.fromkeys(asked) if word not in known]
        for word, held in zip(missing, self._holders(missing, base), strict=True):
            known[word] = _weight(articles, held)
        return np.array([known[word] for word in asked], np.float32)

    def _holders(self, words: Sequence[int], base: str) -> list[float]:
        """Return how many articles of a language hold each word, estimated from its first rows."""
        if not words:
            return []
        hashes = np.array(words, np.uint32)
        runs = self._snapshot.first_holders(hashes, base, SAMPLED_ROWS)
        articles = np.concatenate([own for _, own in runs])
        # Rows of one article follow each other: an article is counted at its first row.
        seen = np.concatenate([[0], np.cumsum(np.diff(articles, prepend=-1) != 0)]).tolist()
        first, found = 0, []
        for passages, rows in runs:
            end = first + len(rows)
            distinct = seen[end] - seen[first + 1] + 1 if len(rows) else 0
            found.append(max(distinct / max(len(rows), 1) * passages, NO_HOLDER))
            first = end
        return found

    def articles_in(self, language: str) -> int:
        """Return how many articles a language has, whatever its script and region."""
        base = _base(language)
        if base not in self._known.counts:
            articles = self._snapshot.space.articles
            self._known.counts[base] = sum(
                articles.get(name, 0) for name in self._names_of(language)
            )
        return self._known.counts[base]

    def _held(self, words: Hashes, weights: Scores, positions: Positions) -> Numbers:
        """Return the sum of the weights of the words that each article holds, (positions,)."""
        telling = np.flatnonzero(weights)
        spans = self._snapshot.spans(positions)
        if not len(telling) or not spans.counts.any():
            return np.zeros(len(positions))
        held = self._snapshot.lexical.holds(words[telling], spans)
        found: Numbers = (weights[telling] @ held).astype(np.float64)
        return found


class _Spoken(NamedTuple):
    """The articles in the language of a text, among those of some passages.

    `flags` says which passages are in it. `positions` has each of their articles once, and `places`
    the place in `positions` of the article of each flagged passage.
    """

    flags: Mask
    positions: Positions
    places: list[int]

    @classmethod
    def of(cls, language: str, articles: Positions, languages: Sequence[str]) -> Self:
        """Return the passages that are in a language, in whatever script and region."""
        base = _base(language)
        spoken = {one for one in set(languages) if _base(one) == base}
        flags = np.array([one in spoken for one in languages], np.bool_)
        # `np.unique` takes longer for some hundred passages.
        own = articles[flags].tolist()
        places = {position: place for place, position in enumerate(sorted(set(own)))}
        return cls(flags, np.array(list(places), np.int64), [places[one] for one in own])


_KNOWN: WeakKeyDictionary[Archive, KnownWords] = WeakKeyDictionary()


def coverage_of(snapshot: Archive) -> WordCoverage:
    """Return the coverage of a snapshot; its words are remembered as long as the snapshot lives."""
    known = _KNOWN.get(snapshot)
    if known is None:
        known = _KNOWN.setdefault(snapshot, KnownWords())
    return WordCoverage(snapshot, known)


def _weight(articles: int, holders: float) -> float:
    """Return the weight of a word that so many of the articles hold."""
    return max(math.log((articles + 1) / holders), 0.0) ** 2


def _base(language: str) -> str:
    """Return the language of a tag, without script and region."""
    return language.partition("-")[0]
