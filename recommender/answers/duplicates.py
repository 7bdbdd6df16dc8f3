"""Report the copies and near copies of an archive: articles that hold the same text.

Texts are compared, not vectors, so that an editor sees which sentences are the same. A sample of
each text finds the pairs that may share much; these are compared in full.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from recommender.answers.filters import check_listing, where_of
from recommender.answers.options import DuplicatesOptions
from recommender.arrays import Mask, Positions, are_first
from recommender.scoring.shingles import Hashes, letters_of, runs_of, sample_of, shared_runs
from recommender.store.snapshot import Snapshot
from recommender.text.scripts import letters_in
from recommender.types import (
    UNKNOWN_LANGUAGE,
    ArticleRef,
    Duplicate,
    Duplicates,
    OnProgress,
    Sameness,
)

# If the longer of two texts holds so much of the shorter one, that is a part of it.
PART_SHARE = 0.8
# Texts of fewer letters say too little to be copies: captions, notices of one line. A letter of a
# script without spaces between words counts as three.
LEAST_LETTERS = 80
# A run of letters in more texts is a form: a text is compared with only so many of them.
SHARERS = 64
# A text is compared in full with at most so many others: those that share most of its sample.
COMPARED = 32
# Samples vary by chance: a pair is compared in full if it shares this part of what is asked for.
SAMPLE_SHARE = 0.6
# The runs of so many texts are kept in memory, 8 bytes a letter: 100 MB for the longest texts.
KEPT_TEXTS = 64
# After every date, as yyyymmdd.
UNDATED = 99_999_999
ENTRIES_AT_ONCE = 1_000_000
_HALF, _LOWER = np.uint64(32), np.uint64(2**32 - 1)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two articles by position, and the share of each one's text that the other holds."""

    one: int
    other: int
    shared: float
    share_of_other: float


def find_duplicates(
    snapshot: Snapshot, options: DuplicatesOptions, on_progress: OnProgress | None = None
) -> tuple[int, list[Duplicates]]:
    """Return the number of groups and the `k` largest, each with its earliest article first.

    Every article of a group repeats the first one; to be near another copy is not enough.
    """
    check_listing(options.filters, snapshot)
    positions = snapshot.positions(where_of(snapshot, options.filters, UNKNOWN_LANGUAGE))
    finder = _Finder(snapshot, positions, options)
    groups = finder.groups(on_progress or (lambda *_: None))
    dates = snapshot.columns.dates
    groups.sort(key=lambda group: (-len(group[1]), -int(dates[group[0]]), group[0]))
    return len(groups), [finder.named(*group) for group in groups[: options.k]]


class _Finder:
    """Compares articles, the earliest first. Each text is read once, or twice to be compared.

    Equal texts are compared once: `copies` holds the other articles of each.
    """

    def __init__(
        self, snapshot: Snapshot, positions: Positions, options: DuplicatesOptions
    ) -> None:
        dates = snapshot.columns.dates[positions]
        self._snapshot = snapshot
        self._positions = positions[np.lexsort((positions, np.where(dates, dates, UNDATED)))]
        self._options = options
        self._runs = lru_cache(KEPT_TEXTS)(self._read_runs)
        self._copies: dict[int, list[int]] = {}

    def groups(self, on_progress: OnProgress) -> list[tuple[int, list[_Pair]]]:
        """Return the first article of each group, with how each other article repeats it."""
        samples = _Samples.of(self._read_samples(on_progress))
        pairs: dict[int, list[_Pair]] = {}
        for pair in self._pairs(samples, on_progress):
            pairs.setdefault(pair.one, []).append(pair)
        found: list[tuple[int, list[_Pair]]] = []
        taken: set[int] = set()
        for first in samples.positions.tolist():
            if first in taken:
                continue
            near = [pair for pair in pairs.get(first, ()) if pair.other not in taken]
            near.sort(key=lambda pair: (-min(pair.shared, pair.share_of_other), pair.other))
            taken |= {pair.other for pair in near}
            others = [
                one for pair in (_Pair(first, first, 1, 1), *near) for one in self._with(pair)
            ]
            if len(others) > 1:
                found.append((first, others[1:]))
        return found

    def _with(self, pair: _Pair) -> Iterator[_Pair]:
        """Yield a pair, and the pairs with the copies of its other article."""
        for other in (pair.other, *self._copies.get(pair.other, ())):
            yield replace(pair, other=other)

    def named(self, first: int, pairs: Sequence[_Pair]) -> Duplicates:
        """Return a group with the names of its articles."""
        others = tuple(
            Duplicate(
                **ArticleRef.fields_of(self._snapshot.article(pair.other)),
                sameness=_sameness(pair, self._options.share),
                shared=round(pair.share_of_other, 3),
                share_of_first=round(pair.shared, 3),
            )
            for pair in pairs
        )
        named = ArticleRef(**ArticleRef.fields_of(self._snapshot.article(first)))
        return Duplicates(named, others)

    def _pairs(self, samples: _Samples, on_progress: OnProgress) -> Iterator[_Pair]:
        """Yield each pair of different texts that share enough; the earlier article is `one`."""
        asked = self._options.share
        for number, one in enumerate(samples.positions.tolist()):
            on_progress("compare", number + 1, len(samples.positions))
            for other in samples.likely(number, SAMPLE_SHARE * asked):
                pair = _Pair(one, other, *shared_runs(self._runs(one), self._runs(other)))
                least, most = sorted((pair.shared, pair.share_of_other))
                is_part = self._options.parts and most >= max(PART_SHARE, asked)
                if least >= asked or is_part:
                    yield pair

    def _read_samples(self, on_progress: OnProgress) -> Iterator[tuple[int, Hashes]]:
        """Read the sample of each distinct text that is long enough; note the others as copies."""
        known: dict[bytes, int] = {}
        for number, position in enumerate(self._positions.tolist()):
            on_progress("sample", number + 1, len(self._positions))
            letters = letters_of(self._text(position))
            if len(letters) < LEAST_LETTERS and letters_in(letters) < LEAST_LETTERS:
                continue
            digest = blake2b(letters.encode("utf-8", "surrogatepass"), digest_size=16).digest()
            first = known.setdefault(digest, position)
            if first == position:
                yield position, sample_of(runs_of(letters))
            else:
                self._copies.setdefault(first, []).append(position)

    def _read_runs(self, position: int) -> Hashes:
        return runs_of(letters_of(self._text(position)))

    def _text(self, position: int) -> str:
        """Return the text of an article's passages, without boilerplate."""
        snapshot = self._snapshot
        article = snapshot.article(position)
        spans = snapshot.columns.spans_of(snapshot.rows(position))
        return " ".join(article.text[start:end] for number, start, end in spans if number)


def _sameness(pair: _Pair, share: float) -> Sameness:
    if pair.shared == pair.share_of_other == 1:
        return "copy"
    return "near copy" if min(pair.shared, pair.share_of_other) >= share else "part"


class _Samples:
    """Samples of texts, and which texts hold each of their hashes.

    A hash that only one text holds is left out; most are. `_owners` has, hash after hash, the
    numbers of the texts that hold it. For each hash of a text, text after text from `_starts` on,
    `_from` and `_to` delimit the later texts in `_owners` that also hold it.
    """

    def __init__(self, positions: Positions, lengths: Positions, entries: Hashes) -> None:
        """Take the entries: a hash in the upper half of each, the number of a text in the lower."""
        self.positions, self._lengths = positions, lengths
        entries.sort()
        entries = entries[_are_shared(entries)]
        keys = entries >> _HALF
        sizes = np.diff(np.append(np.flatnonzero(are_first(keys)), len(keys)))
        self._owners = (entries & _LOWER).astype(np.int32)
        ends = np.repeat(np.cumsum(sizes), sizes)
        order = np.argsort(self._owners, kind="stable")
        places = order.astype(np.int64)
        # Only so many later texts count for a run that many texts hold: texts of a form are alike.
        self._from, self._to = places + 1, np.minimum(ends[order], places + 1 + SHARERS)
        self._starts = np.searchsorted(self._owners[order], np.arange(len(positions) + 1))

    @classmethod
    def of(cls, samples: Iterator[tuple[int, Hashes]]) -> _Samples:
        """Take the position and the sample of each text."""
        positions, lengths = array("q"), array("q")
        entries = array("Q")  # one buffer for all: 70 MB for 100,000 articles
        for number, (position, sample) in enumerate(samples):
            positions.append(position)
            lengths.append(len(sample))
            # The upper half of a hash is small in a sample and says little.
            entries.frombytes(((sample << _HALF) | np.uint64(number)).tobytes())
        every = np.frombuffer(entries, np.uint64) if entries else np.empty(0, np.uint64)
        return cls(np.array(positions, np.int64), np.array(lengths, np.int64), every)

    def likely(self, number: int, share: float) -> list[int]:
        """Return the later texts, by position, whose samples share enough, likeliest first."""
        start, end = self._starts[number], self._starts[number + 1]
        spans = zip(self._from[start:end].tolist(), self._to[start:end].tolist(), strict=True)
        others = np.concatenate(
            [np.empty(0, np.int32), *(self._owners[first:last] for first, last in spans)]
        )
        found, counts = np.unique(others, return_counts=True)
        least = np.maximum(np.minimum(self._lengths[number], self._lengths[found]) * share, 1)
        kept = counts >= least
        found, counts = found[kept], counts[kept]
        best = np.lexsort((found, -counts))[:COMPARED]
        likely: list[int] = self.positions[found[best]].tolist()
        return likely


def _are_shared(entries: Hashes) -> Mask:
    """Return which entries, in order, have a hash of several texts, without copying them all."""
    shared = np.zeros(len(entries), np.bool_)
    for start in range(0, len(entries) - 1, ENTRIES_AT_ONCE):
        keys = entries[start : start + ENTRIES_AT_ONCE + 1] >> _HALF
        same = keys[1:] == keys[:-1]
        shared[start : start + len(same)] |= same
        shared[start + 1 : start + 1 + len(same)] |= same
    return shared
