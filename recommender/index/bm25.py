"""Find passages by the words that they share with a query: BM25 over words and parts of words.

Each segment has a file of postings (`postings.py`). The rarity of a term in a language is counted
over all segments together, so that it does not matter how passages are spread over segments.
Libraries for [BM25](https://en.wikipedia.org/wiki/Okapi_BM25) compute the weights when they write
an index, and so tie them to one segment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask, Positions, Scores
from recommender.index.postings import Numbers, Postings, counts_of
from recommender.index.terms import hashes_of_words, terms_of
from recommender.text.words import _UNSPACED, words_of

MAX_SCORED_CHARACTERS = 2_000
# The constants of BM25 that are usual for passages, whose lengths say little about them (Yang, Fang
# and Lin 2017).
K1, B = 0.9, 0.4
# A term in more than this share of the passages is skipped: it distinguishes none, and takes the
# most time.
COMMON = 0.2
# The rarity of a term in a language is counted over the language's passages, and over all passages
# as if they were this many more. For in an archive of many languages, the commonest words of each
# are rare among all.
ALL_PASSAGES = 100
# Postings that are scored at a time. More do not fit in a processor's cache.
TAKEN_TOGETHER = 1 << 16
# With no more passages than this no term is skipped: a term of the archive's one subject is common.
FEW_PASSAGES = 100


class LexicalIndex:
    """The postings of a snapshot's segments, searched as one over their concatenated rows.

    `live` has one flag for each row, or is None if all are live. Removed rows count nowhere.
    `languages` has for each part the names of its languages, by number. Without it, all rows are in
    one language.
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
        rows = [part.row_of_rank + first for first, part in found]
        return np.concatenate([np.empty(0, np.intp), *rows])

    @cached_property
    def _ranks(self) -> npt.NDArray[np.intp]:
        """The rank of each row: to gather by it takes a third of the time of a scatter."""
        ranks = np.zeros_like(self._rows)
        ranks[self._rows] = np.arange(len(ranks))
        return ranks

    @cached_property
    def _live_ranks(self) -> Mask | None:
        """One flag for each rank, None if all are live."""
        return None if self._live is None else self._live[self._rows]

    @cached_property
    def _sizes(self) -> npt.NDArray[np.intp]:
        """How many live passages each language has, shape (languages,)."""
        before = np.arange(len(self._rows) + 1)  # the number of live rows before each rank
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
    def _norms(self) -> Scores:
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
        total = np.zeros(len(self._norms), dtype=np.float32)
        for terms in terms_of(text[:MAX_SCORED_CHARACTERS]):
            scores = self._bm25(terms)
            best = float(scores.max(initial=0.0))
            if best > 0:
                scores *= np.float32(0.5 / best)
                total += scores
        return total.take(self._ranks)

    def weight(self, word: str, row: int) -> float:
        """Return the weight of a word by its rarity in a row's language, 0 for a common word."""
        held = self._held(hashes_of_words([word]))
        [weights] = self._weights([cuts for _, cuts in held])
        part = int(np.searchsorted(self._firsts, row, "right")) - 1
        number = self._parts[part].language(row - int(self._firsts[part]))
        return float(weights[self._numbers[part][number]])

    def _held(self, terms: Numbers) -> list[tuple[list[Numbers], Positions]]:
        """Return for each part the postings of each term, of live rows only, and their cuts.

        The cuts have shape (terms, languages of the part + 1), as `Postings.cuts` returns them.
        """
        live = self._live_ranks
        found = []
        for first, part in zip(self._firsts.tolist(), self._parts, strict=False):
            own = [part.of(term) for term in terms.tolist()]
            if live is not None:
                own = [postings[live[part.ranks(postings) + first]] for postings in own]
            cuts = [part.cuts(postings) for postings in own]
            found.append((own, np.array(cuts).reshape(len(terms), len(part.firsts))))
        return found

    def _weights(self, cuts: Sequence[Positions]) -> Scores:
        """Return the weight of each term in each language, shape (terms, languages).

        `cuts` has for each part those of the terms' postings, as `_held` returns them.
        """
        own = self._by_language([each[:, 1:] - each[:, :-1] for each in cuts])
        return weights_of(own, self._sizes, self._count)

    def first_rows(
        self, words: Sequence[str], language: str, most: int
    ) -> list[tuple[int, Positions]]:
        """Return for each word how many passages of a language hold it, and the first `most` rows.

        Varieties of a language (`zh-Hans`, `zh-Hant`) count together. Rows of one article follow
        each other.
        """
        base = language.partition("-")[0]
        mine = [name.partition("-")[0] == base for name in self._language_names]
        every = zip(
            self._firsts.tolist(),
            self._parts,
            self._numbers,
            self._held(hashes_of_words(words)),
            strict=False,
        )
        shelves = [
            (
                first,
                part,
                np.flatnonzero(np.array(mine)[languages]).tolist(),
                postings,
                cuts.tolist(),
            )
            for first, part, languages, (postings, cuts) in every
        ]
        found = []
        for number in range(len(words)):
            count, rows, room = 0, [self._rows[:0]], most
            for first, part, spoken, postings, cuts in shelves:
                for at in spoken:
                    start, end = cuts[number][at : at + 2]
                    if start == end:
                        continue
                    some = postings[number][start : min(end, start + room)]
                    rows.append(self._rows[part.ranks(some) + first])
                    room -= len(some)
                    count += end - start
            found.append((count, np.concatenate(rows) if len(rows) > 2 else rows[-1]))
        return found

    def holds(self, words: Sequence[str], rows: Positions) -> npt.NDArray[np.bool_]:
        """Return which of `rows` hold each word, shape (words, rows)."""
        found = np.zeros((len(words), len(rows)), np.bool_)
        ranks = self._ranks[rows]
        parts = np.searchsorted(self._firsts, ranks, "right") - 1
        held = self._held(hashes_of_words(words))
        for number, (postings, _) in enumerate(held):
            mine = np.flatnonzero(parts == number)
            local = ranks[mine] - int(self._firsts[number])
            for word, each in enumerate(postings if len(mine) else ()):
                own = self._parts[number].ranks(each)
                at = np.searchsorted(own, local)
                inside = at < len(own)
                found[word, mine[inside]] = own[at[inside]] == local[inside]
        return found

    def holding(self, text: str) -> npt.NDArray[np.int64] | None:
        """Return the live rows that hold every word of a text; None if no word can be looked up.

        A single letter of a script without spaces cannot: postings hold it with its neighbours.
        """
        words = searchable_words(text)
        found: npt.NDArray[np.int64] | None = None
        held = self._held(hashes_of_words(words))
        for each in zip(*(own for own, _ in held), strict=True):
            parts = zip(self._firsts.tolist(), self._parts, each, strict=False)
            ranks = np.concatenate([part.ranks(own) + first for first, part, own in parts])
            rows = np.sort(self._rows[ranks])
            found = rows if found is None else np.intersect1d(found, rows, assume_unique=True)
        return found

    def _bm25(self, terms: Numbers) -> Scores:
        """Return the score of the row of each rank."""
        scores = np.zeros(len(self._norms), dtype=np.float32)
        held = self._held(terms)
        weights = self._weights([cuts for _, cuts in held])
        for number, (postings, cuts) in enumerate(held):
            own = weights[:, self._numbers[number]]
            # The postings of a language in which a term is too common are not read.
            counts = np.nonzero((own > 0) & (cuts[:, 1:] > cuts[:, :-1]))
            starts, ends = cuts[:, :-1][counts].tolist(), cuts[:, 1:][counts].tolist()
            where = zip(counts[0].tolist(), starts, ends, strict=True)
            runs = [postings[term][start:end] for term, start, end in where]
            for some in _together([end - start for start, end in zip(starts, ends, strict=True)]):
                self._add(scores, number, runs[some], own[counts][some])
        return scores

    def _add(self, scores: Scores, number: int, runs: Sequence[Numbers], weights: Scores) -> None:
        """Add to `scores` the gains of runs of postings of one part; each run has one weight."""
        postings = np.concatenate(runs)
        ranks = self._parts[number].ranks(postings)
        ranks += int(self._firsts[number])
        norms = self._norms[ranks]
        gains = counts_of(postings)
        norms += gains
        gains /= norms
        gains *= np.repeat(weights, [len(run) for run in runs])
        np.add.at(scores, ranks, gains)  # twice as fast as scores[ranks] +=


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
    """Return the words of a text that postings can be asked for.

    A single letter of a script without spaces is held there with its neighbours only.
    """
    return [word for word in words_of(text) if len(word) > 1 or not _UNSPACED.match(word)]


def _together(lengths: Sequence[int]) -> Iterator[slice]:
    """Yield which runs to score together: many runs are short, and each step has a fixed cost."""
    start = held = 0
    for at, length in enumerate(lengths):
        if held and held + length > TAKEN_TOGETHER:
            yield slice(start, at)
            start, held = at, 0
        held += length
    if held:
        yield slice(start, len(lengths))
