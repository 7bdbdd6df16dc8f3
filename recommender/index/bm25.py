"""Find passages by the words that they share with a query: BM25 over words and parts of words.

Each segment has a file of postings (`postings.py`). The rarity of a term in a language is counted
over all segments together, so it does not matter how passages are spread over segments. Libraries
for [BM25](https://en.wikipedia.org/wiki/Okapi_BM25) compute the weights when they write an index,
and so tie them to one segment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask, Positions, Scores, Spans
from recommender.index.postings import Numbers, Postings, keys_of
from recommender.index.runs import Half, Held
from recommender.index.scored_part import ScoredPart
from recommender.index.terms import hashes_of_words, terms_of
from recommender.text.words import _UNSPACED, words_of

MAX_SCORED_CHARACTERS = 2_000
# Common constants of BM25 for passages, whose lengths say little about them (Yang, Fang and Lin
# 2017).
K1, B = 0.9, 0.4
# A term in more than this share of the passages is skipped: it distinguishes none, and takes most
# of the time.
COMMON = 0.2
# The rarity of a term in a language is counted over the language's passages, and over all passages
# as if they were this many more: in an archive of many languages, even the commonest words of a
# language are rare among all.
ALL_PASSAGES = 100
# If there are no more passages than this, no term is skipped: the archive may have one subject.
FEW_PASSAGES = 100


_NO_RANKS, _NO_POSTINGS = np.empty(0, np.intp), np.empty(0, np.uint32)


class FirstRows(NamedTuple):
    """How many passages hold a term, and the first of their rows."""

    passages: int
    rows: Positions


class LexicalIndex:
    """The postings of a snapshot's segments, searched as one over their concatenated rows.

    `live` has a flag for each row, or is None if all are live. Removed rows count nowhere.
    `languages` has for each part the names of its languages, by number. Without it, all rows are in
    one language. `within` is an index with the same first parts; then both share their rows and
    ranks in memory.
    """

    def __init__(
        self,
        parts: Sequence[Postings],
        live: Mask | None = None,
        languages: Sequence[Sequence[str]] | None = None,
        within: LexicalIndex | None = None,
    ) -> None:
        self._parts = parts
        self._within = within
        self._live = live
        self._firsts = np.cumsum([0, *(len(part.rows) for part in parts)])
        self._count = int(self._firsts[-1] if live is None else np.count_nonzero(live))
        known: dict[str, int] = {}
        named = languages or [[""] * len(part.firsts) for part in parts]
        self._numbers = [
            np.array([known.setdefault(name, len(known)) for name in names], np.intp)[
                : len(part.firsts) - 1
            ]
            for names, part in zip(named, parts, strict=True)
        ]
        self._languages = len(known)
        self._language_names = list(known)

    @cached_property
    def rows(self) -> npt.NDArray[np.intp]:
        """The row of each rank, part by part."""
        if self._within is not None:
            return self._within.rows[: self._firsts[-1]]
        found = zip(self._firsts.tolist(), self._parts, strict=False)
        rows = [part.row_of_rank + first for first, part in found]
        return np.concatenate([np.empty(0, np.intp), *rows])

    @cached_property
    def ranks(self) -> npt.NDArray[np.intp]:
        """The rank of each row: gathering by it takes a third of the time of scattering."""
        if self._within is not None:
            return self._within.ranks[: self._firsts[-1]]
        ranks = np.zeros_like(self.rows)
        ranks[self.rows] = np.arange(len(ranks))
        return ranks

    @cached_property
    def _live_ranks(self) -> Mask | None:
        """A flag for each rank, None if all are live."""
        return None if self._live is None else self._live[self.rows]

    @cached_property
    def _sizes(self) -> npt.NDArray[np.intp]:
        """How many live passages each language has, shape (languages,)."""
        before = np.arange(len(self.rows) + 1)  # the number of live rows before each rank
        if self._live_ranks is not None:
            before[1:] = np.cumsum(self._live_ranks)
        found = zip(self._firsts.tolist(), self._parts, strict=False)
        ends = [before[part.firsts + first] for first, part in found]
        return self._by_language([each[1:] - each[:-1] for each in ends])

    def _by_language(self, counts: Sequence[Positions]) -> Positions:
        """Return the sums, shape (…, languages), of each part's counts for its own languages."""
        every = np.eye(self._languages, dtype=np.int64)
        return sum(
            (own @ every[n] for n, own in zip(self._numbers, counts, strict=True)),
            np.zeros(1, np.int64),
        )

    @cached_property
    def norms(self) -> Scores:
        """The length normalization of BM25 for the row of each rank."""
        lengths = np.concatenate([np.empty(0, np.float32), *(part.lengths for part in self._parts)])
        lengths = lengths.astype(np.float32)
        counted = lengths if self._live_ranks is None else lengths[self._live_ranks]
        mean = float(counted.mean(dtype=np.float64)) if self._count else 1.0
        return norms_of(lengths, mean)

    def score(self, text: str) -> Scores:
        """Return the BM25 score of each row for a text: half by words, half by parts of words.

        Each half is divided by twice its best score, so that scores lie between 0 and 1.
        """
        return self.score_ranks(self.halves(text)).take(self.ranks)

    def score_ranks(self, halves: Iterable[Half]) -> Scores:
        """Return the score of the row of each rank for the halves of a text."""
        first, *others = (shares_of(self.add_all(half)) for half in halves)
        for scores in others:
            first += scores
        return first

    def weight(self, word: str, row: int) -> float:
        """Return the weight of a word by its rarity in a row's language, 0 for a common word."""
        [weights] = self._weights(self._held(hashes_of_words([word])))
        part = int(np.searchsorted(self._firsts, row, "right")) - 1
        number = self._parts[part].language(row - int(self._firsts[part]))
        return float(weights[self._numbers[part][number]])

    def _held(self, terms: Numbers) -> list[Held]:
        """Return for each part the places of the postings of each term, of live rows only."""
        every = zip(self._firsts.tolist(), self._parts, self._numbers, strict=False)
        return [
            Held(part, *self._places(part, first, terms), numbers) for first, part, numbers in every
        ]

    def _places(self, part: Postings, first: int, terms: Numbers) -> tuple[Numbers, Positions]:
        """Return postings of live rows, and the cuts of each term among them (`Held`)."""
        postings, (starts, ends) = part.postings, part.places_of(terms)
        if self._live_ranks is not None:
            own = [self._live_postings(one, part, first) for one in part.of_each(terms)]
            postings = np.concatenate([_NO_POSTINGS, *own])
            lengths = np.array([len(one) for one in own], np.int64)
            ends = lengths.cumsum()
            starts = ends - lengths
        bounds = zip(starts.tolist(), ends.tolist(), strict=True)
        cuts = [part.cuts(postings[start:end]) + start for start, end in bounds]
        return postings, np.array(cuts, np.int64).reshape(len(terms), len(part.firsts))

    def _weights(self, held: Sequence[Held]) -> Scores:
        """Return the weight of each term in each language, shape (terms, languages)."""
        own = self._by_language([one.counts for one in held])
        return weights_of(own, self._sizes, self._count)

    def first_rows(self, terms: Numbers, language: str, most: int) -> list[FirstRows]:
        """Return for each term how many passages of a language hold it, and the first `most` rows.

        Varieties of a language (`zh-Hans`, `zh-Hant`) count together. Rows of one article follow
        each other.
        """
        base = language.partition("-")[0]
        mine = np.array([name.partition("-")[0] == base for name in self._language_names])
        counts, rooms = [0] * len(terms), [most] * len(terms)
        rows: list[list[Positions]] = [[] for _ in range(len(terms))]
        every = zip(self._firsts.tolist(), self._parts, self._numbers, strict=False)
        for first, part, languages in every:
            spoken = np.flatnonzero(mine[languages]).tolist()
            postings = part.of_each(terms) if spoken else []
            for number in spoken:
                runs = [
                    self._live_postings(one, part, first)
                    for one in part.in_language(postings, number)
                ]
                kept = [run[:room] for run, room in zip(runs, rooms, strict=True)]
                own = self.rows[part.ranks(np.concatenate([_NO_POSTINGS, *kept])) + first]
                end = 0
                for at, (run, some) in enumerate(zip(runs, kept, strict=True)):
                    start, end = end, end + len(some)
                    counts[at] += len(run)
                    rooms[at] -= len(some)
                    if end > start:
                        rows[at].append(own[start:end])
        return [FirstRows(*one) for one in zip(counts, map(_joined, rows), strict=True)]

    def _live_postings(self, postings: Numbers, part: Postings, first: int) -> Numbers:
        """Return the postings of live rows among those of a part; `first` is its first rank."""
        if self._live_ranks is None:
            return postings
        return postings[self._live_ranks[part.ranks(postings) + first]]

    def holds(self, terms: Numbers, spans: Spans) -> Mask:
        """Return which runs of rows have a live row that holds each term, shape (terms, runs)."""
        found = np.zeros((len(terms), len(spans.counts)), np.bool_)
        rows, owners = spans.rows, np.repeat(np.arange(len(spans.counts)), spans.counts)
        if self._live is not None:
            some = self._live[rows]
            rows, owners = rows[some], owners[some]
        ranks = self.ranks[rows]
        parts = np.searchsorted(self._firsts, ranks, "right") - 1
        starts, ends = _consecutive(ranks, owners, parts)
        every = zip(self._firsts.tolist(), self._parts, strict=False)
        for number, (first, part) in enumerate(every):
            mine = np.flatnonzero(parts[starts] == number)
            if not len(mine):
                continue
            own = owners[starts[mine]]
            least, most = (keys_of(ranks[at] - first) for at in (starts[mine], ends[mine]))
            for term, postings in enumerate(part.of_each(terms)):
                found[term, own[part.are_between(postings, least, most)]] = True
        return found

    def holding(self, text: str, most: int | None = None) -> npt.NDArray[np.int64] | None:
        """Return the live rows that hold every word of a text; None if no word can be looked up.

        A single letter of a script without spaces cannot: postings hold it with its neighbours.
        Return None too if more than `most` rows hold one of the words.
        """
        words = searchable_words(text)
        found: npt.NDArray[np.int64] | None = None
        held = self._held(hashes_of_words(words))
        if most is not None:
            counts = np.sum([one.counts.sum(axis=1) for one in held], axis=0)
            if np.max(counts, initial=0) > most:
                return None
        for term in range(len(words)):
            each = zip(self._firsts.tolist(), held, strict=False)
            own = [one.part.ranks(one.of_term(term)) + first for first, one in each]
            ranks = np.concatenate([_NO_RANKS, *own])
            rows = np.sort(self.rows[ranks])
            found = rows if found is None else np.intersect1d(found, rows, assume_unique=True)
        return found

    def halves(self, text: str) -> tuple[Half, Half]:
        """Return what is needed to score rows by the words of a text, and by their parts."""
        words, parts = terms_of(text[:MAX_SCORED_CHARACTERS])
        held = self._held(np.concatenate([words, parts]))
        weights = self._weights(held)
        first, second = (
            Half([one._replace(cuts=one.cuts[some]) for one in held], weights[some])
            for some in (slice(len(words)), slice(len(words), None))
        )
        return first, second

    @cached_property
    def scored_parts(self) -> list[ScoredPart]:
        """The parts, which add up the gains of terms for their rows."""
        bounds = pairwise(self._firsts.tolist())
        return [
            ScoredPart(number, first, self.norms[first:end])
            for number, (first, end) in enumerate(bounds)
        ]

    def add_all(self, half: Half) -> Scores:
        """Return the sum of the gains of all terms for the row of each rank."""
        scores = np.zeros(len(self.norms), dtype=np.float32)
        for part in self.scored_parts:
            part.add(scores[part.first : part.end], half)
        return scores


def weights_of(own: Positions, sizes: Positions, count: int) -> Scores:
    """Return the weight of each term in each language, (terms, languages).

    `own` counts the passages of each language that hold each term, `sizes` all passages of each
    language, and `count` those of the archive.
    """
    every = own.sum(axis=1, keepdims=True)
    held = own + ALL_PASSAGES * every / max(count, 1)
    enough = sizes + ALL_PASSAGES
    weights = np.log(1 + (enough - held + 0.5) / (held + 0.5))
    counts = (held <= COMMON * enough) & (every <= COMMON * count)
    if count <= FEW_PASSAGES:
        counts[:] = True
    return np.where(counts & (every > 0), weights, 0).astype(np.float32)


def norms_of(lengths: Scores, mean_length: float) -> Scores:
    """Return the length normalization of BM25 for passages of so many words."""
    norms: Scores = K1 * (1 - B + np.float32(B / max(mean_length, 1.0)) * lengths)
    return norms


def searchable_words(text: str) -> list[str]:
    """Return the words of a text that have postings.

    A single letter of a script without spaces is only held with its neighbours.
    """
    return [word for word in words_of(text) if len(word) > 1 or not _UNSPACED.match(word)]


def _consecutive(ranks: Positions, *groups: Positions) -> tuple[Positions, Positions]:
    """Return the starts and ends of consecutive ranks of the same groups among `ranks`.

    The passages of an article are consecutive if all are in one language: they are looked up as
    one.
    """
    is_start = np.ones(len(ranks) + 1, np.bool_)
    is_start[1:-1] = ranks[1:] != ranks[:-1] + 1
    for each in groups:
        is_start[1:-1] |= each[1:] != each[:-1]
    [bounds] = is_start.nonzero()
    return bounds[:-1], bounds[1:] - 1


def _joined(runs: Sequence[Positions]) -> Positions:
    """Return runs of rows as one; most are alone."""
    return runs[0] if len(runs) == 1 else np.concatenate([_NO_RANKS, *runs])


def shares_of(scores: Scores) -> Scores:
    """Divide scores in place by twice the best one, and return them."""
    best = float(scores.max(initial=0.0))
    if best > 0:
        scores *= np.float32(0.5 / best)
    return scores
