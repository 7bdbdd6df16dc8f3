"""The file of a segment's postings: which rows hold which terms. Written in bounded memory, mapped.

A file is one array of uint32: the P postings, term by term, the N lengths of rows in words, the T
hashes of terms in order, the T + 1 starts of their postings, then T, P and N. A posting is a row,
and in its last four bits how often the row has the term, up to 15.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from recommender.errors import IndexDamaged

Numbers = npt.NDArray[np.uint32]
Pairs = npt.NDArray[np.uint64]
# Yields a file without a name, to write to and read from, that is gone afterwards.
Scratch = Callable[[], AbstractContextManager[IO[bytes]]]

# So many postings are sorted at a time, which takes about 20 bytes each.
RUN = 8_000_000
MOST_OFTEN = 15
_TERM = np.uint64(32)
_ROW = 4
_NONE = np.empty(0, np.uint32)


class Terms(NamedTuple):
    """The hashes of a passage's terms, how often it has each, and its length in words."""

    hashes: Numbers
    counts: Numbers
    length: int


def write_postings(terms: Iterable[Terms], scratch: Scratch, stream: BinaryIO) -> None:
    """Write the postings of a segment's passages from each row's terms, in row order.

    Where there are more than fit in memory, sorted runs of them are kept in `scratch` and merged.
    """
    lengths: list[int] = []
    with ExitStack() as stack:
        runs = [
            run if number == 0 else _stored(run, stack.enter_context(scratch()))
            for number, run in enumerate(_runs(terms, lengths))
        ]
        found, starts = _write_merged(runs, stream)
    counts = (len(found), int(starts[-1]), len(lengths))
    for numbers in (lengths, found, starts, counts):
        stream.write(np.asarray(numbers).astype("<u4").tobytes())


def _runs(terms: Iterable[Terms], lengths: list[int]) -> Iterator[Pairs]:
    """Yield sorted pairs of term and posting, so many at a time; note the rows' lengths."""
    pairs: list[Pairs] = []
    held = 0
    for row, (hashes, counts, length) in enumerate(terms):
        lengths.append(length)
        postings = np.minimum(counts, MOST_OFTEN) | np.uint32(row << _ROW)
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
    """One segment's postings."""

    terms: Numbers
    starts: Numbers
    postings: Numbers
    lengths: Numbers

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map a file; raise `IndexDamaged` where it is gone, or not as long as it says."""
        advice = f"run: recommender verify --repair --index {path.parents[2]}"  # INDEX/segments/N/F
        try:
            size = path.stat().st_size
            whole = size // 4 if size % 4 == 0 else 0
            # As a plain array: each slice of numpy's own kind of a mapped one costs twice as much.
            mapped = np.memmap(path, dtype="<u4", mode="r") if whole > 3 else np.zeros(3, np.uint32)
        except OSError as error:
            raise IndexDamaged(f"{path}: {error.strerror}; {advice}") from error
        data = np.asarray(mapped)
        terms, postings, rows = (int(count) for count in data[-3:])
        sizes = [postings, rows, terms, terms + 1]
        if len(data) != sum(sizes) + 3:
            raise IndexDamaged(f"{path}: is cut short; {advice}")
        found = np.split(data[:-3], np.cumsum(sizes)[:-1])
        return cls(postings=found[0], lengths=found[1], terms=found[2], starts=found[3])

    def rows_of(self, term: int) -> tuple[Numbers, Numbers]:
        """Return the rows that hold a term, and how often each does."""
        at = int(np.searchsorted(self.terms, np.uint32(term)))
        known = at < len(self.terms) and self.terms[at] == term
        found = self.postings[int(self.starts[at]) : int(self.starts[at + 1])] if known else _NONE
        return found >> np.uint32(_ROW), found & np.uint32(MOST_OFTEN)
