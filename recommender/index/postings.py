"""The file of a segment's postings: which rows hold which terms. Written in bounded memory, mapped.

The rows are put in the order of their languages: the place of a row in that order is its rank. So
the postings of a term lie language by language, and those of a language in which the term is too
common are never read.

A file is one array of uint32: the P postings, term by term; by rank the N rows and their N lengths
in words; the first rank of each of L languages and N; the T hashes of terms in order and the T + 1
starts of their postings; then L, T, P and N. A posting is a rank, and in its last four bits how
often the row has the term, up to 15.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from recommender.errors import SnapshotDamaged

Numbers = npt.NDArray[np.uint32]
Pairs = npt.NDArray[np.uint64]
# Yields a file without a name, to write to and read from, that is gone afterwards.
Scratch = Callable[[], AbstractContextManager[IO[bytes]]]

# So many postings are sorted at a time, which takes about 20 bytes each.
RUN = 8_000_000
MOST_OFTEN = 15
_TERM = np.uint64(32)
_RANK = 4
_NONE = np.empty(0, np.uint32)


class Terms(NamedTuple):
    """The hashes of a passage's terms, how often it has each, and its length in words."""

    hashes: Numbers
    counts: Numbers
    length: int


def write_postings(
    terms: Iterable[Terms], languages: npt.NDArray[np.uint16], scratch: Scratch, stream: BinaryIO
) -> None:
    """Write the postings of a segment's passages from each row's terms, in row order.

    `languages` has the number of each row's language. Where there are more postings than fit in
    memory, sorted runs of them are kept in `scratch` and merged.
    """
    rows = np.argsort(languages, kind="stable")
    ranks = np.empty_like(rows)
    ranks[rows] = np.arange(len(rows))
    lengths = np.zeros(len(rows), np.uint32)
    with ExitStack() as stack:
        runs = [
            run if number == 0 else _stored(run, stack.enter_context(scratch()))
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
    """Yield sorted pairs of term and posting, so many at a time; fill in `lengths` by rank."""
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


def _stored(run: Pairs, file: IO[bytes]) -> Pairs:
    file.write(run.data)
    file.flush()
    return np.memmap(file, dtype=np.uint64, mode="r") if len(run) else run


def _write_merged(runs: Sequence[Pairs], stream: BinaryIO) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """Merge sorted runs and write the postings; return the terms and where those of each start."""
    total = sum(map(len, runs))
    bounds = np.linspace(0, 2.0**32, max(1, 2 * total // RUN) + 1)[1:-1].astype(np.uint64) << _TERM
    slices = [np.split(run, np.searchsorted(run, bounds)) for run in runs]
    found, starts, written = [np.empty(0, np.uint32)], [np.empty(0, np.int64)], 0
    for parts in zip(*slices, strict=True):
        pairs = np.sort(np.concatenate(parts)) if len(parts) > 1 else parts[0]
        terms, firsts = np.unique((pairs >> _TERM).astype(np.uint32), return_index=True)
        found.append(terms)
        starts.append(firsts + written)
        stream.write(pairs.astype("<u4").tobytes())  # the low half is the posting
        written += len(pairs)
    return np.concatenate(found), np.concatenate([*starts, [written]])


@dataclass(frozen=True)
class Postings:
    """One segment's postings. `firsts` has the first rank of each language, and their end."""

    terms: Numbers
    starts: Numbers
    postings: Numbers
    rows: Numbers
    lengths: Numbers
    firsts: Numbers

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map a file; raise `SnapshotDamaged` where it is gone, or not as long as it says."""
        advice = f"run: recommender verify --repair --index {path.parents[2]}"  # INDEX/segments/N/F
        try:
            size = path.stat().st_size
            whole = size // 4 if size % 4 == 0 else 0
            # As a plain array: each slice of numpy's own kind of a mapped one costs twice as much.
            mapped = np.memmap(path, dtype="<u4", mode="r") if whole > 4 else np.zeros(4, np.uint32)
        except OSError as error:
            raise SnapshotDamaged(f"{path}: {error.strerror}; {advice}") from error
        data = np.asarray(mapped)
        languages, terms, postings, rows = (int(count) for count in data[-4:])
        sizes = [postings, rows, rows, languages + 1, terms, terms + 1]
        if len(data) != sum(sizes) + 4:
            raise SnapshotDamaged(f"{path}: is cut short; {advice}")
        found = np.split(data[:-4], np.cumsum(sizes)[:-1])
        return cls(
            postings=found[0],
            rows=found[1],
            lengths=found[2],
            firsts=found[3],
            terms=found[4],
            starts=found[5],
        )

    def of(self, term: int) -> Numbers:
        """Return the postings of a term, in the order of their ranks."""
        at = int(np.searchsorted(self.terms, np.uint32(term)))
        if at == len(self.terms) or self.terms[at] != term:
            return _NONE
        return self.postings[int(self.starts[at]) : int(self.starts[at + 1])]

    def cuts(self, postings: Numbers) -> npt.NDArray[np.intp]:
        """Return where among `postings` of a term those of each language begin, and their end."""
        cuts: npt.NDArray[np.intp] = np.searchsorted(postings, self._least)
        cuts[-1] = len(postings)
        return cuts

    @cached_property
    def _least(self) -> Numbers:
        """The least posting of each language."""
        return self.firsts << np.uint32(_RANK)

    def language(self, row: int) -> int:
        """Return the number of a row's language."""
        for number, (first, end) in enumerate(pairwise(self.firsts.tolist())):
            at = first + int(np.searchsorted(self.rows[first:end], row))
            if at < end and self.rows[at] == row:
                return number
        raise IndexError(row)


def ranks_of(postings: Numbers) -> npt.NDArray[np.intp]:
    """Return the ranks of the rows that postings are of."""
    return (postings >> np.uint32(_RANK)).astype(np.intp)


def counts_of(postings: Numbers) -> npt.NDArray[np.float32]:
    """Return how often the rows that postings are of hold the term."""
    return (postings & np.uint32(MOST_OFTEN)).astype(np.float32)
