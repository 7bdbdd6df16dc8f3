"""Finds passages by the words they share with a query: BM25 over words and parts of words.

Each segment has a file of postings (`postings.py`). How rare a term is in a language follows from
all segments together, so that it does not matter how passages are spread over segments. (Libraries
fix the weights when an index is written, which ties them to one segment.)
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask, Positions, Scores
from recommender.index.postings import Numbers, Postings, Terms, counts_of, ranks_of
from recommender.text.words import _UNSPACED, grams_of, words_in, words_of

MAX_SCORED_CHARACTERS = 2_000
# The constants of BM25 that are usual for passages: their lengths tell little (Yang, Fang and Lin
# 2017).
K1, B = 0.9, 0.4
# A term in more than this share of the passages tells nothing and costs most.
COMMON = 0.2
# How rare a term is in a language is told by the language's passages, and by all as so many: in an
# archive of many languages the commonest words of each are rare.
ALL_PASSAGES = 100
# Words recur: the hashes of so many are kept while postings are made.
REMEMBERED_WORDS = 200_000
# Postings that are scored at a time: more do not fit in a processor's cache.
TAKEN_TOGETHER = 1 << 16
# Among so few passages a term of one subject is common too.
FEW_PASSAGES = 100


def terms_of(text: str) -> tuple[Numbers, Numbers]:
    """Return the hashes of a text's words, and of the parts of its words."""
    words = words_of(text)
    return _hashes(f"w{word}" for word in words), _hashes(f"g{gram}" for gram in grams_of(words))


def terms_of_each(texts: Iterable[str]) -> Iterator[Terms]:
    """Yield the hashes of each text's terms, in no order, and how often it has each."""
    known: dict[str, tuple[int, ...]] = {}
    for text in texts:
        words = list(words_in(text))
        if len(known) > REMEMBERED_WORDS:
            known.clear()
        for word in words:
            if word not in known:
                grams = (_hash(f"g{gram}") for gram in grams_of([word]))
                known[word] = (_hash(f"w{word}"), *grams)
        counts = Counter(chain.from_iterable(map(known.__getitem__, words)))
        yield Terms(_numbers(counts), _numbers(counts.values()), len(words))


class LexicalIndex:
    """The postings of a snapshot's segments, searched as one over their concatenated rows.

    `live` has one flag a row, None where all are live: what is removed counts nowhere. `languages`
    names the languages of each part by their numbers; without it all are one.
    """

    def __init__(
        self,
        parts: Sequence[Postings],
        live: Mask | None = None,
        languages: Sequence[Sequence[str]] | None = None,
    ) -> None:
        self._parts = parts
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
    def _rows(self) -> npt.NDArray[np.intp]:
        """The row of each rank, part by part."""
        found = zip(self._firsts.tolist(), self._parts, strict=False)
        rows = [part.rows.astype(np.intp) + first for first, part in found]
        return np.concatenate([np.empty(0, np.intp), *rows])

    @cached_property
    def _ranks(self) -> npt.NDArray[np.intp]:
        """The rank of each row: to gather by it takes a third of what it takes to scatter."""
        ranks = np.zeros_like(self._rows)
        ranks[self._rows] = np.arange(len(ranks))
        return ranks

    @cached_property
    def _live_ranks(self) -> Mask | None:
        return None if self._live is None else self._live[self._rows]

    @cached_property
    def _sizes(self) -> npt.NDArray[np.intp]:
        """How many passages each language has."""
        before = np.arange(len(self._rows) + 1)  # how many of them lie before each rank
        if self._live_ranks is not None:
            before[1:] = np.cumsum(self._live_ranks)
        found = zip(self._firsts.tolist(), self._parts, strict=False)
        ends = [before[part.firsts + first] for first, part in found]
        return self._by_language([each[1:] - each[:-1] for each in ends])

    def _by_language(self, counts: Sequence[Positions]) -> Positions:
        """Return the sums, (…, languages), of what the parts count for their own languages."""
        every = np.eye(self._languages, dtype=np.int64)
        return sum(
            (own @ every[n] for n, own in zip(self._numbers, counts, strict=True)),
            np.zeros(1, np.int64),
        )

    @cached_property
    def _norms(self) -> Scores:
        """What the length of the row of each rank takes off what its terms count for."""
        lengths = np.concatenate([np.empty(0, np.float32), *(part.lengths for part in self._parts)])
        lengths = lengths.astype(np.float32)
        counted = lengths if self._live_ranks is None else lengths[self._live_ranks]
        mean = max(float(counted.mean(dtype=np.float64)), 1.0) if self._count else 1.0
        norms: Scores = K1 * (1 - B + np.float32(B / mean) * lengths)
        return norms

    def score(self, text: str) -> Scores:
        """Return each row's likeness to a text, 0 to 1 for the best row: half words, half parts."""
        total = np.zeros(len(self._norms), dtype=np.float32)
        for terms in terms_of(text[:MAX_SCORED_CHARACTERS]):
            scores = self._bm25(terms)
            best = float(scores.max(initial=0.0))
            if best > 0:
                scores *= np.float32(0.5 / best)
                total += scores
        return total.take(self._ranks)

    def weight(self, word: str, row: int) -> float:
        """Return what a word counts for by its rarity in a row's language, 0 where it is common."""
        held = self._held(_hashes([f"w{word}"]))
        [weights] = self._weights([cuts for _, cuts in held])
        part = int(np.searchsorted(self._firsts, row, "right")) - 1
        number = self._parts[part].language(row - int(self._firsts[part]))
        return float(weights[self._numbers[part][number]])

    def _held(self, terms: Numbers) -> list[tuple[list[Numbers], Positions]]:
        """Return for each part its postings of each term, of live rows, and their cuts."""
        live = self._live_ranks
        found = []
        for first, part in zip(self._firsts.tolist(), self._parts, strict=False):
            own = [part.of(term) for term in terms.tolist()]
            if live is not None:
                own = [postings[live[ranks_of(postings) + first]] for postings in own]
            cuts = [part.cuts(postings) for postings in own]
            found.append((own, np.array(cuts).reshape(len(terms), len(part.firsts))))
        return found

    def _weights(self, cuts: Sequence[Positions]) -> Scores:
        """Return what each term counts for in each language, (terms, languages).

        `cuts` has for each part those of the terms' postings, (terms, its languages + 1).
        """
        own = self._by_language([each[:, 1:] - each[:, :-1] for each in cuts])
        every = own.sum(axis=1, keepdims=True)
        held = own + ALL_PASSAGES * every / max(self._count, 1)
        sizes = self._sizes + ALL_PASSAGES
        weights = np.log(1 + (sizes - held + 0.5) / (held + 0.5))
        counts = (held <= COMMON * sizes) & (every <= COMMON * self._count)
        if self._count <= FEW_PASSAGES:
            counts[:] = True
        return np.where(counts & (every > 0), weights, 0).astype(np.float32)

    def first_rows(
        self, words: Sequence[str], language: str, most: int
    ) -> list[tuple[int, Positions]]:
        """Return for each word how many passages of a language hold it, and the first `most` rows.

        Varieties of a language (`zh-Hans`, `zh-Hant`) count together. Rows of one article follow
        each other.
        """
        base = language.partition("-")[0]
        mine = [name.partition("-")[0] == base for name in self._language_names]
        held = self._held(np.array([_hash(f"w{word}") for word in words], np.uint32))
        found = []
        for number in range(len(words)):
            count, rows = 0, [self._rows[:0]]
            parts = zip(self._firsts.tolist(), self._numbers, held, strict=False)
            for first, languages, (postings, cuts) in parts:
                for at in np.flatnonzero(np.array(mine)[languages]).tolist():
                    start, end = cuts[number, at : at + 2].tolist()
                    room = max(most - sum(map(len, rows)), 0)
                    rows.append(
                        self._rows[
                            ranks_of(postings[number][start : start + min(end - start, room)])
                            + first
                        ]
                    )
                    count += end - start
            found.append((count, np.concatenate(rows)))
        return found

    def holds(self, words: Sequence[str], rows: Positions) -> npt.NDArray[np.bool_]:
        """Return which of `rows` hold each word, (words, rows)."""
        found = np.zeros((len(words), len(rows)), np.bool_)
        ranks = self._ranks[rows]
        parts = np.searchsorted(self._firsts, ranks, "right") - 1
        held = self._held(np.array([_hash(f"w{w}") for w in words]))
        for number, (postings, _) in enumerate(held):
            mine = np.flatnonzero(parts == number)
            local = ranks[mine] - int(self._firsts[number])
            for word, each in enumerate(postings if len(mine) else ()):
                own = ranks_of(each)
                at = np.searchsorted(own, local)
                inside = at < len(own)
                found[word, mine[inside]] = own[at[inside]] == local[inside]
        return found

    def holding(self, text: str) -> npt.NDArray[np.int64] | None:
        """Return the live rows that hold every word of a text; None where no word can be looked up.

        A letter of a script without spaces cannot: it stands in the postings with its neighbours.
        """
        words = [word for word in words_of(text) if len(word) > 1 or not _UNSPACED.match(word)]
        found: npt.NDArray[np.int64] | None = None
        held = self._held(_hashes(f"w{word}" for word in words))
        for each in zip(*(own for own, _ in held), strict=True):
            firsts = zip(self._firsts.tolist(), each, strict=False)
            ranks = np.concatenate([ranks_of(own) + first for first, own in firsts])
            rows = np.sort(self._rows[ranks])
            found = rows if found is None else np.intersect1d(found, rows, assume_unique=True)
        return found

    def _bm25(self, terms: Numbers) -> Scores:
        """Return the score of the row of each rank."""
        scores = np.zeros(len(self._norms), dtype=np.float32)
        held = self._held(terms)
        weights = self._weights([cuts for _, cuts in held])
        parts = zip(self._firsts.tolist(), self._numbers, held, strict=False)
        for first, numbers, (postings, cuts) in parts:
            own = weights[:, numbers]
            # What a term is too common for in a language is not looked at.
            counts = np.nonzero((own > 0) & (cuts[:, 1:] > cuts[:, :-1]))
            starts, ends = cuts[:, :-1][counts].tolist(), cuts[:, 1:][counts].tolist()
            where = zip(counts[0].tolist(), starts, ends, strict=True)
            runs = [postings[term][start:end] for term, start, end in where]
            for some in _together([end - start for start, end in zip(starts, ends, strict=True)]):
                self._add(scores, first, runs[some], own[counts][some])
        return scores

    def _add(self, scores: Scores, first: int, runs: Sequence[Numbers], weights: Scores) -> None:
        """Add what runs of postings count for, each of which has one weight."""
        postings = np.concatenate(runs)
        ranks = ranks_of(postings)
        ranks += first
        norms = self._norms[ranks]
        gains = counts_of(postings)
        norms += gains
        gains /= norms
        gains *= np.repeat(weights, [len(run) for run in runs])
        np.add.at(scores, ranks, gains)  # twice as fast as scores[ranks] +=


def _together(lengths: Sequence[int]) -> Iterator[slice]:
    """Yield which runs to take together: many are short, and each step takes its time."""
    start = held = 0
    for at, length in enumerate(lengths):
        if held and held + length > TAKEN_TOGETHER:
            yield slice(start, at)
            start, held = at, 0
        held += length
    if held:
        yield slice(start, len(lengths))


def _numbers(values: Collection[int]) -> Numbers:
    return np.fromiter(values, dtype=np.uint32, count=len(values))


def _hashes(words: Iterable[str]) -> Numbers:
    return np.array(sorted({_hash(word) for word in words}), dtype=np.uint32)


def _hash(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "replace"))
