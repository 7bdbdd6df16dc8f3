"""Write and read a segment's postings: the rows that hold each term.

Rows are sorted by language; the place of a row in that order is its rank. So the postings of a term
lie language by language, and those of a language in which the term is too common are never read.
Postings are written in bounded memory and read from a mapped file.

A file is one array of uint32, in this order. P, T, N and L count the postings, the terms, the rows
and the languages.

    P      postings, term by term: a rank, and in the last four bits how often the row has the term
    N      the row of each rank
    N      the length in words of the row of each rank
    L + 1  the first rank of each language, and N
    T      the hashes of the terms, in order
    T + 1  where the postings of each term start, and P
    4      L, T, P and N
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask, Rows
from recommender.errors import SnapshotDamaged
from recommender.safe_open import Depth, open_stream

Numbers = npt.NDArray[np.uint32]
Pairs = npt.NDArray[np.uint64]
# Opens a temporary file without a name, which is gone when it is closed.
Scratch = Callable[[], AbstractContextManager[IO[bytes]]]

# This many postings are sorted at a time, which takes about 20 bytes each.
RUN = 8_000_000
# A row counts as having a term this many times at most: the count has four bits.
MOST_OFTEN = 15
_TERM = np.uint64(32)
_RANK = 4
_KEY = ~np.uint32(MOST_OFTEN)


class Terms(NamedTuple):
    """The hashes of a passage's terms, how often it has each, and its length in words.

    `hashes` and `counts` have the same shape, (terms,).
    """

    hashes: Numbers
    counts: Numbers
    length: int


def write_postings(
    terms: Iterable[Terms], languages: npt.NDArray[np.uint16], scratch: Scratch, stream: BinaryIO
) -> None:
    """Write the postings of a segment's passages from the terms of each row, in row order.

    `languages` has the number of each row's language. Sorted runs of postings that do not fit in
    memory are kept in `scratch` files and merged.
    """
    rows = np.argsort(languages, kind="stable")
    ranks = np.empty_like(rows)
    ranks[rows] = np.arange(len(rows))
    lengths = np.zeros(len(rows), np.uint32)
    with ExitStack() as stack:
        runs = [
            _Run(run) if number == 0 else _Run.stored(run, stack.enter_context(scratch()))
            for number, run in enumerate(_runs(terms, ranks, lengths))
        ]
        found, starts = _write_merged(runs, stream)
    firsts = np.cumsum([0, *np.bincount(languages)])
    counts = (len(firsts) - 1, len(found), int(starts[-1]), len(rows))
    for numbers in (rows, lengths, firsts, found, starts, counts):
        stream.write(np.asarray(numbers).astype("<u4").tobytes())


def _runs(
    terms: Iterable[Terms], ranks: npt.NDArray[np.int64], lengths: Numbers
) -> Iterator[Pairs]:
    """Yield sorted pairs of term and posting, about `RUN` at a time; fill `lengths` by rank."""
    pairs: list[Pairs] = []
    held = 0
    for rank, (hashes, counts, length) in zip(ranks.tolist(), terms, strict=True):
        lengths[rank] = length
        postings = np.minimum(counts, MOST_OFTEN) | np.uint32(rank << _RANK)
        pairs.append(hashes.astype(np.uint64) << _TERM | postings)
        held += len(hashes)
        if held >= RUN:
            yield np.sort(np.concatenate(pairs))
            pairs, held = [], 0
    if pairs:
        yield np.sort(np.concatenate(pairs))


@dataclass(frozen=True, slots=True)
class _Run:
    """Sorted pairs of term and posting: all of them, or the file that holds so many more.

    Parts of the file are read, not mapped: all of a map that was read stays in memory.
    """

    pairs: Pairs
    file: IO[bytes] | None = None
    length: int = 0

    @classmethod
    def stored(cls, pairs: Pairs, file: IO[bytes]) -> Self:
        """Move pairs to a file."""
        file.write(pairs.data)
        file.flush()
        return cls(np.empty(0, np.uint64), file, len(pairs))  # a slice would keep them all

    def __len__(self) -> int:
        return len(self.pairs) + self.length

    def places(self, bounds: Pairs) -> list[int]:
        """Return where the pairs from each bound on begin, between 0 and their number."""
        file = self.file if self.length else None  # an empty one cannot be mapped
        mapped = np.memmap(file, np.uint64, "r") if file else self.pairs
        return [0, *np.searchsorted(mapped, bounds).tolist(), len(self)]

    def part(self, start: int, end: int) -> Pairs:
        """Return the pairs from one place to another."""
        if self.file is None:
            return self.pairs[start:end]
        self.file.seek(start * self.pairs.itemsize)
        return np.frombuffer(self.file.read((end - start) * self.pairs.itemsize), np.uint64)


def _write_merged(runs: Sequence[_Run], stream: BinaryIO) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """Merge sorted runs and write the postings; return the terms, and where each term's start."""
    total = sum(map(len, runs))
    bounds = np.linspace(0, 2.0**32, max(1, 2 * total // RUN) + 1)[1:-1].astype(np.uint64) << _TERM
    spans = [pairwise(run.places(bounds)) for run in runs]
    found, starts, written = [np.empty(0, np.uint32)], [np.empty(0, np.int64)], 0
    for each in zip(*spans, strict=True):
        parts = [run.part(*span) for run, span in zip(runs, each, strict=True)]
        pairs = np.sort(np.concatenate(parts)) if len(parts) > 1 else parts[0]
        terms, firsts = np.unique((pairs >> _TERM).astype(np.uint32), return_index=True)
        found.append(terms)
        starts.append(firsts + written)
        stream.write(pairs.astype("<u4").tobytes())  # the low half is the posting
        written += len(pairs)
    return np.concatenate(found), np.concatenate([*starts, [written]])


@dataclass(frozen=True)
class Postings:
    """One segment's postings, with the arrays of its file.

    `rows` and `lengths` are by rank. `firsts` has the first rank of each language and the number of
    rows. `damage` is the message if a number leads out of its array.
    """

    terms: Numbers
    starts: Numbers
    postings: Numbers
    rows: Numbers
    lengths: Numbers
    firsts: Numbers
    damage: str

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map a file; raise `SnapshotDamaged` if it is missing or its counts do not fit it."""
        advice = f"run: recommender verify --repair --index {path.parents[2]}"  # INDEX/segments/N/F
        try:
            with open_stream(path, Depth.SEGMENT) as stream:
                data = _mapped(stream)
        except OSError as error:
            place = error.filename or path
            raise SnapshotDamaged(f"{place}: {error.strerror}; {advice}") from error
        languages, terms, postings, rows = (int(count) for count in data[-4:])
        sizes = [postings, rows, rows, languages + 1, terms, terms + 1]
        if len(data) != sum(sizes) + 4:
            raise SnapshotDamaged(f"{path}: is cut short; {advice}")
        found = np.split(data[:-4], np.cumsum(sizes)[:-1])
        opened = cls(
            postings=found[0],
            rows=found[1],
            lengths=found[2],
            firsts=found[3],
            terms=found[4],
            starts=found[5],
            damage=f"{path}: names a passage that does not exist; {advice}",
        )
        opened._check(_is_partition(opened.firsts, rows))
        return opened

    @cached_property
    def row_of_rank(self) -> npt.NDArray[np.intp]:
        """The row of each rank; raises `SnapshotDamaged` for a row that there is not."""
        self._check(not len(self.rows) or int(self.rows.max()) < len(self.rows))
        return self.rows.astype(np.intp)

    def of_each(self, terms: Numbers) -> list[Numbers]:
        """Return the postings of each term, in the order of their ranks."""
        starts, ends = self.places_of(terms)
        bounds = zip(starts.tolist(), ends.tolist(), strict=True)
        return [self.postings[start:end] for start, end in bounds]

    def places_of(self, terms: Numbers) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return where the postings of each term begin among all, and where they end."""
        if not len(self.terms):
            nowhere = np.zeros(len(terms), np.int64)
            return nowhere, nowhere
        at = np.minimum(np.searchsorted(self.terms, terms), len(self.terms) - 1)
        starts = self.starts[at].astype(np.int64)
        ends = np.where(self.terms[at] == terms, self.starts[at + 1], starts)
        self._check(bool(((starts <= ends) & (ends <= len(self.postings))).all()))
        return starts, ends

    def terms_of(self, rows: Rows) -> Iterator[Terms]:
        """Yield the terms of some rows, as `write_postings` got them but for counts of over 15."""
        self._check(_is_partition(self.starts, len(self.postings)))
        ranks = self.ranks(self.postings)
        order = np.argsort(ranks, kind="stable")
        hashes = np.repeat(self.terms, np.diff(self.starts))[order]
        counts = (self.postings & np.uint32(MOST_OFTEN))[order]
        ends = np.cumsum(np.bincount(ranks, minlength=len(self.rows)))
        rank_of_row = np.argsort(self.row_of_rank, kind="stable")
        for rank in rank_of_row[rows].tolist():
            part = slice(ends[rank - 1] if rank else 0, ends[rank])
            yield Terms(hashes[part], counts[part], int(self.lengths[rank]))

    def in_language(self, postings: Sequence[Numbers], number: int) -> list[Numbers]:
        """Return for the postings of each of some terms those of rows in a language."""
        if len(self.firsts) == 2:  # one language
            return list(postings)
        bounds = self._least[number : number + 2]
        least, most = (int(bound) for bound in bounds)
        is_last = number + 2 == len(self.firsts)
        found = []
        for each in postings:
            if len(each) and (each[0] < least or (not is_last and each[-1] >= most)):
                start, end = each.searchsorted(bounds).tolist()
                each = each[start : None if is_last else end]
            found.append(each)
        return found

    @staticmethod
    def are_between(postings: Numbers, least: Numbers, most: Numbers) -> Mask:
        """Return for each run of rows, by the keys of its ends, whether a term's postings name one.

        `postings` are those of the term.
        """
        if not len(postings):
            return np.zeros(len(least), np.bool_)
        found = postings.take(postings.searchsorted(least), mode="clip")
        return (found >= least) & (found <= most | np.uint32(MOST_OFTEN))

    def languages_of(self, ranks: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.intp]:
        """Return the number of the language of each rank's row."""
        return np.searchsorted(self.firsts, ranks.astype(np.uint32), "right") - 1

    def ranks(self, postings: Numbers) -> npt.NDArray[np.intp]:
        """Return the rank of each posting; raise `SnapshotDamaged` for one that there is not."""
        ranks = postings >> np.uint32(_RANK)
        self._check(not len(ranks) or int(ranks.max()) < len(self.rows))
        return ranks.astype(np.intp)

    def cuts(self, postings: Numbers) -> npt.NDArray[np.intp]:
        """Return where each language's begin among the postings of a term, and their end.

        The shape is (languages + 1,).
        """
        cuts: npt.NDArray[np.intp] = postings.searchsorted(self._least)
        cuts[-1] = len(postings)
        return cuts

    @cached_property
    def _least(self) -> Numbers:
        """The least possible posting of each language."""
        return self.firsts << np.uint32(_RANK)

    def language(self, row: int) -> int:
        """Return the number of a row's language."""
        for number, (first, end) in enumerate(pairwise(self.firsts.tolist())):
            at = first + int(np.searchsorted(self.rows[first:end], row))
            if at < end and self.rows[at] == row:
                return number
        raise SnapshotDamaged(self.damage)

    def _check(self, is_within: bool) -> None:
        if not is_within:
            raise SnapshotDamaged(self.damage)


def _mapped(stream: IO[bytes]) -> Numbers:
    size = os.fstat(stream.fileno()).st_size
    if size % 4 or size <= 16:
        return np.zeros(4, np.uint32)
    # As a plain array: each slice of a `numpy.memmap` takes twice as long.
    return np.asarray(np.memmap(stream, dtype="<u4", mode="r"))


def _is_partition(firsts: Numbers, count: int) -> bool:
    """Return whether numbers rise from 0 to a count, as the first ranks of languages do."""
    ascending = bool((firsts[1:] >= firsts[:-1]).all())
    return ascending and int(firsts[0]) == 0 and int(firsts[-1]) == count


def keys_of(ranks: npt.NDArray[np.integer[Any]]) -> Numbers:
    """Return what each rank is looked up by among postings."""
    # Of their kind: else numpy copies all postings each time.
    return ranks.astype(np.uint32) << np.uint32(_RANK)


def are_of(postings: Numbers, keys: Numbers) -> Mask:
    """Return which postings are those of the rows with `keys`; shapes are broadcast."""
    found: Mask = postings & _KEY == keys
    return found


def counts_of(postings: Numbers) -> npt.NDArray[np.float32]:
    """Return how often the row of each posting has the term, `MOST_OFTEN` at most."""
    return (postings & np.uint32(MOST_OFTEN)).astype(np.float32)
