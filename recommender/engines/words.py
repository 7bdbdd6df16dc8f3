"""Score the words of a text by the postings of an engine, as the store scores them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.arrays import Mask, Positions, Rows, Scores, Spans
from recommender.engines.cache import Cache
from recommender.engines.engine import POSTING, WITH_VECTOR, Engine, FoundTerm, Records
from recommender.engines.layout import WordCounts
from recommender.engines.scope import EngineScope
from recommender.errors import SnapshotDamaged
from recommender.index.bm25 import MAX_SCORED_CHARACTERS, norms_of, searchable_words, weights_of
from recommender.index.terms import hashes_of_words, terms_of
from recommender.store.headlines import Hashes

# So many postings of a term in one language are read at first. The others follow if they matter.
READ_FIRST = 2_048
# The size of the cache of postings, in bytes.
KEPT_BYTES = 64_000_000

Terms = tuple[FoundTerm, ...]


@dataclass(frozen=True)
class TextScores:
    """How well rows match a text: the rows that share a term with it, in order, with scores."""

    rows: Rows
    scores: Scores

    def of(self, rows: Rows) -> Scores:
        """Return the scores of some rows: 0 for rows without shared terms."""
        at = np.minimum(np.searchsorted(self.rows, rows), max(len(self.rows) - 1, 0))
        if not len(self.rows):
            return np.zeros(len(rows), np.float32)
        found: Scores = np.where(self.rows[at] == rows, self.scores[at], np.float32(0))
        return found

    def best_of(self, spans: Spans) -> list[float]:
        """Return the best score in each run of rows."""
        starts = np.searchsorted(self.rows, spans.firsts).tolist()
        ends = np.searchsorted(self.rows, spans.firsts + spans.counts).tolist()
        each = zip(starts, ends, strict=True)
        return [float(self.scores[start:end].max(initial=0.0)) for start, end in each]

    def above(self, share: float, scope: EngineScope, most: int | None = None) -> Rows:
        """Return the rows of a scope that score more than a share of its best one, in order.

        All scores are known here, so none is left out, whatever `most` allows.
        """
        held = self.scores > 0
        rows, scores = self.rows[held], self.scores[held]
        passing = scope.holds(rows)
        rows, scores = rows[passing], scores[passing]
        best: Rows = rows[scores > share * scores.max(initial=0.0)]
        return best


class Postings:
    """The postings of a version, read when they are needed, and cached."""

    def __init__(self, engine: Engine, languages: int) -> None:
        """Take the number of languages."""
        self._engine = engine
        self._languages = languages
        self._known: Cache[int, Terms] = Cache(
            KEPT_BYTES, lambda terms: 200 + sum(one.postings.nbytes for one in terms)
        )

    def first(self, terms: Iterable[int]) -> dict[int, Terms]:
        """Return the postings of terms; of the commonest ones only the first (`READ_FIRST`)."""
        asked = list(dict.fromkeys(terms))
        known = self._known.known(asked)
        missing = [term for term in asked if term not in known]
        return known | self._read(missing, READ_FIRST) if missing else known

    def whole(self, terms: Iterable[int]) -> dict[int, Terms]:
        """Return all postings of terms."""
        known = self.first(terms)
        cut = [term for term, found in known.items() if any(map(_is_cut, found))]
        return known | self._read(cut, None) if cut else known

    def unread(self, terms: Iterable[int]) -> list[int]:
        """Return the terms of which some postings are not cached."""
        asked = list(dict.fromkeys(terms))
        known = self._known.known(asked)
        return [one for one in asked if one not in known or any(map(_is_cut, known[one]))]

    def _read(self, terms: Sequence[int], most: int | None) -> dict[int, Terms]:
        return self.keep(terms, self._engine.terms(terms, most))

    def keep(self, terms: Sequence[int], every: Iterable[FoundTerm]) -> dict[int, Terms]:
        """Cache and return the postings of terms that the engine gave."""
        found: dict[int, list[FoundTerm]] = {term: [] for term in terms}
        for one in every:
            if one.term not in found or not 0 <= one.language < self._languages:
                raise SnapshotDamaged(
                    f"{self._engine.place}: holds a term that is damaged; publish the index again"
                )
            found[one.term].append(one)
        read = {term: tuple(each) for term, each in found.items()}
        self._known.add(read)
        return read


def _is_cut(found: FoundTerm) -> bool:
    return len(found.postings) < found.passages


class EngineWords:
    """The words of rows with a vector, or of all rows (`answers.archive.Words`)."""

    def __init__(
        self,
        postings: Postings,
        languages: Sequence[str],
        counts: WordCounts,
        language_of: Callable[[int], str],
        *,
        every: bool,
    ) -> None:
        """Take the languages by their numbers, and `language_of`, which returns that of a row."""
        self._postings = postings
        self._languages = languages
        self._sizes, self._mean_length = np.array(counts.sizes, np.int64), counts.mean_length
        self._language_of = language_of
        self._every = every

    def scores(self, text: str) -> TextScores:
        """Return the BM25 scores of a text: half by words, half by parts of words."""
        words, parts = (half.tolist() for half in terms_of(text[:MAX_SCORED_CHARACTERS]))
        every = [*words, *parts]
        weights = self._weights(every, self._postings.first(every))
        counted = [term for term, own in zip(every, weights, strict=True) if own.any()]
        # All postings of the words are read, which show which articles hold them.
        postings = self._postings.whole([*words, *counted])
        found = [
            self._bm25(words, weights[: len(words)], postings),
            self._bm25(parts, weights[len(words) :], postings),
        ]
        rows = np.unique(np.concatenate([one.rows for one in found]))
        total = np.zeros(len(rows), np.float32)
        for one in found:
            best = float(one.scores.max(initial=0.0))
            if best > 0:
                total[np.searchsorted(rows, one.rows)] += one.scores * np.float32(0.5 / best)
        return TextScores(rows, total)

    def _bm25(self, terms: Sequence[int], weights: Scores, found: dict[int, Terms]) -> TextScores:
        """Return the BM25 scores of terms, each with a weight in each language."""
        runs, gains = [np.empty(0, POSTING)], [np.empty(0, np.float32)]
        for term, own in zip(terms, weights, strict=True):
            for one in self._mine(found.get(term, ())):
                if own[one.language] > 0:
                    runs.append(one.postings)
                    gains.append(np.full(len(one.postings), own[one.language], np.float32))
        return self._summed(np.concatenate(runs), np.concatenate(gains))

    def _summed(self, postings: Records, weights: Scores) -> TextScores:
        counts = postings["count"].astype(np.float32)
        norms = norms_of(postings["length"].astype(np.float32), self._mean_length)
        rows, places = np.unique(postings["row"].astype(np.int64), return_inverse=True)
        scores = np.zeros(len(rows), np.float32)
        np.add.at(scores, places, counts / (norms + counts) * weights)
        return TextScores(rows, scores)

    def _weights(self, terms: Sequence[int], found: dict[int, Terms]) -> Scores:
        """Return the weight of each term in each language, (terms, languages)."""
        own = np.zeros((len(terms), len(self._languages)), np.int64)
        for number, term in enumerate(terms):
            for one in self._mine(found.get(term, ())):
                own[number, one.language] += one.passages
        return weights_of(own, self._sizes, int(self._sizes.sum()))

    def _mine(self, found: Terms) -> list[FoundTerm]:
        return [one for one in found if self._every or one.shelf == WITH_VECTOR]

    def weight(self, word: str, row: int) -> float:
        """Return the weight of a word by its rarity in a row's language, 0 for a common word."""
        [term] = hashes_of_words([word]).tolist()
        [weights] = self._weights([term], self._postings.first([term]))
        return float(weights[self._languages.index(self._language_of(row))])

    def first_holders(
        self, hashes: Hashes, language: str, most: int
    ) -> list[tuple[int, Positions]]:
        """Return how many rows of a language hold each term, and the articles of the first rows."""
        base = language.partition("-")[0]
        spoken = [name.partition("-")[0] == base for name in self._languages]
        terms = hashes.tolist()
        known = self._postings.first(terms)
        found = []
        for term in terms:
            own = [one for one in self._mine(known[term]) if spoken[one.language]]
            articles = [one.postings["article"].astype(np.int64) for one in own]
            first = np.concatenate([np.empty(0, np.int64), *articles])[:most]
            found.append((sum(one.passages for one in own), first))
        return found

    def holds(self, hashes: Hashes, spans: Spans) -> Mask:
        """Return whether each run of rows holds each term, (terms, runs)."""
        terms, rows, filled = hashes.tolist(), spans.rows, np.flatnonzero(spans.counts)
        found = np.zeros((len(terms), len(spans.counts)), np.bool_)
        known = self._postings.whole(terms)
        for line, term in zip(found, terms, strict=True):
            held = np.isin(rows, self._every_row(known[term]))
            line[filled] = np.logical_or.reduceat(held, spans.places[filled])
        return found

    def holding(self, text: str, most: int | None = None) -> Rows | None:
        """Return the rows that hold every word of a text; None if no word can be looked up.

        Return None too if more than `most` rows hold one of the words.
        """
        terms = hashes_of_words(searchable_words(text)).tolist()
        if most is not None:
            each = map(self._mine, self._postings.first(terms).values())
            if max((sum(one.passages for one in own) for own in each), default=0) > most:
                return None
        known = self._postings.whole(terms)
        found: Rows | None = None
        for term in terms:
            rows = np.unique(self._every_row(known[term]))
            found = rows if found is None else np.intersect1d(found, rows, assume_unique=True)
        return found

    def _every_row(self, found: Terms) -> Rows:
        return np.concatenate([np.empty(0, np.int64), *map(_rows, self._mine(found))])


def _rows(found: FoundTerm) -> Rows:
    return found.postings["row"].astype(np.int64)
