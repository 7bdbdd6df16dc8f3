"""Finds passages by the words they share with a query: BM25 over words and parts of words.

Each segment has a file of postings, memory-mapped. How rare a term is follows from all segments
together, so that it does not matter how passages are spread over segments. (Libraries fix the
weights when an index is written, which ties them to one segment.)

A file is one array of uint32: number of terms T, of postings P, of rows N, then T hashes of terms
in order, T + 1 starts of their postings, P rows, N lengths. How often a term occurs in a passage is
not kept: passages are short.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np
import numpy.typing as npt

from recommender.errors import IndexDamaged

Numbers = npt.NDArray[np.uint32]
Scores = npt.NDArray[np.float32]

# Bump when terms come out differently for the same text.
TERMS_VERSION = 1
GRAM = 4
MAX_QUERY_CHARACTERS = 2_000
# The usual constants of BM25 (Robertson and Zaragoza 2009).
K1, B = 1.2, 0.75
# A term in more than this share of the passages tells nothing and costs most.
COMMON = 0.2
# Among so few passages a term of one subject is common too.
FEW_PASSAGES = 100

_WORD = re.compile(r"\w+")
# Letters of scripts that put no space between words: Han, kana, Thai, Lao, Khmer, Burmese.
UNSPACED = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
_UNSPACED = re.compile(f"[{UNSPACED}]+")


def words_of(text: str) -> set[str]:
    """Return the words of a text without case; pairs of letters where words have no spaces."""
    found: set[str] = set()
    for word in _WORD.findall(text.casefold()):
        for run in _UNSPACED.findall(word):
            found.update(run[at : at + 2] for at in range(max(len(run) - 1, 1)))
        found.update(piece for piece in _UNSPACED.split(word) if piece)
    return found


def grams_of(words: Iterable[str]) -> set[str]:
    """Return the runs of four letters of the words, so that inflections and compounds meet."""
    grams: set[str] = set()
    for word in words:
        padded = f"^{word}$"
        grams.update(padded[at : at + GRAM] for at in range(max(len(padded) - GRAM + 1, 1)))
    return grams


def terms_of(text: str) -> tuple[Numbers, Numbers]:
    """Return the hashes of a text's words, and of the parts of its words."""
    words = words_of(text)
    return _hashes(f"w{word}" for word in words), _hashes(f"g{gram}" for gram in grams_of(words))


def write_lexical(texts: Iterable[str], stream: BinaryIO) -> None:
    """Write the postings of a segment's passages, given in row order."""
    pairs: list[npt.NDArray[np.uint64]] = []
    lengths: list[int] = []
    for row, text in enumerate(texts):
        words, grams = terms_of(text)
        terms = np.concatenate([words, grams]).astype(np.uint64)
        pairs.append(terms << np.uint64(32) | np.uint64(row))
        lengths.append(len(words))
    postings = np.sort(np.concatenate(pairs)) if pairs else np.empty(0, np.uint64)
    terms, starts = np.unique(postings >> np.uint64(32), return_index=True)
    counts = (len(terms), len(postings), len(lengths))
    for part in (counts, terms, [*starts, len(postings)], postings & np.uint64(2**32 - 1), lengths):
        stream.write(np.asarray(part).astype("<u4").tobytes())


@dataclass(frozen=True)
class Postings:
    """One segment's postings."""

    terms: Numbers
    starts: Numbers
    rows: Numbers
    lengths: Numbers

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map a file; raise `IndexDamaged` where it is not as long as it says."""
        whole = path.stat().st_size // 4 if path.stat().st_size % 4 == 0 else 0
        data = np.memmap(path, dtype="<u4", mode="r") if whole > 3 else np.zeros(3, np.uint32)
        terms, postings, rows = (int(count) for count in data[:3])
        sizes = [terms, terms + 1, postings, rows]
        if len(data) != 3 + sum(sizes):
            raise IndexDamaged(f"{path}: is cut short; run: recommender verify --repair")
        return cls(*np.split(data[3:], np.cumsum(sizes)[:-1]))

    def rows_of(self, term: int) -> Numbers:
        """Return the rows that hold a term."""
        at = int(np.searchsorted(self.terms, term))
        if at == len(self.terms) or self.terms[at] != term:
            return self.rows[:0]
        return self.rows[int(self.starts[at]) : int(self.starts[at + 1])]


class LexicalIndex:
    """The postings of a snapshot's segments, searched as one over their concatenated rows.

    `live` has one flag a row, None where all are live: what is removed counts nowhere.
    """

    def __init__(
        self, parts: Sequence[Postings], live: npt.NDArray[np.bool_] | None = None
    ) -> None:
        self._parts = parts
        self._live = live
        self._firsts = np.cumsum([0, *(len(part.lengths) for part in parts)])
        lengths = np.concatenate([np.empty(0, np.uint32), *(part.lengths for part in parts)])
        counted = lengths if live is None else lengths[live]
        self._count = len(counted)
        mean = max(float(counted.mean()), 1.0) if self._count else 1.0
        self._gain = ((K1 + 1) / (1 + K1 * (1 - B + B * lengths / mean))).astype(np.float32)

    def score(self, text: str) -> Scores:
        """Return each row's likeness to a text, 0 to 1 for the best row: half words, half parts."""
        total = np.zeros(len(self._gain), dtype=np.float32)
        for terms in terms_of(text[:MAX_QUERY_CHARACTERS]):
            scores = self._bm25(terms)
            best = float(scores.max(initial=0.0))
            if best > 0:
                total += scores / (2 * best)
        return total

    def score_rows(self, text: str, rows: npt.NDArray[np.int64]) -> Scores:
        """Return the likeness of some rows to a text, as `score` gives it of all."""
        return self.score(text)[rows]

    def top(
        self, text: str, k: int, allowed: npt.NDArray[np.bool_] | None = None
    ) -> tuple[Scores, npt.NDArray[np.int64]]:
        """Return the best `k` rows that share a term with a text, best first, and their likeness.

        Fewer where fewer do; `allowed` has one flag a row. Equal scores come in row order.
        """
        scores = self.score(text)
        rows = np.flatnonzero(scores > 0 if allowed is None else (scores > 0) & allowed)
        best = rows[np.argsort(-scores[rows], kind="stable")[:k]]
        return scores[best], best

    def holding(self, text: str) -> npt.NDArray[np.int64] | None:
        """Return the live rows that hold every word of a text; None where no word can be looked up.

        A letter of a script without spaces cannot: it stands in the postings with its neighbours.
        """
        words = [word for word in words_of(text) if len(word) > 1 or not _UNSPACED.match(word)]
        found: npt.NDArray[np.int64] | None = None
        for term in _hashes(f"w{word}" for word in words).tolist():
            rows = self._rows_of(term)
            found = rows if found is None else np.intersect1d(found, rows, assume_unique=True)
        return found

    def _bm25(self, terms: Numbers) -> Scores:
        count = self._count
        scores = np.zeros(len(self._gain), dtype=np.float32)
        for term in terms.tolist():
            rows = self._rows_of(term)
            if not len(rows) or (len(rows) > COMMON * count and count > FEW_PASSAGES):
                continue
            scores[rows] += np.log(1 + (count - len(rows) + 0.5) / (len(rows) + 0.5))
        return scores * self._gain

    def _rows_of(self, term: int) -> npt.NDArray[np.int64]:
        """Return the live rows that hold a term."""
        found = [
            int(first) + part.rows_of(term).astype(np.int64)
            for first, part in zip(self._firsts, self._parts, strict=False)
        ]
        rows = np.concatenate([np.empty(0, np.int64), *found])
        return rows if self._live is None else rows[self._live[rows]]


def _hashes(words: Iterable[str]) -> Numbers:
    hashes = {zlib.crc32(word.encode("utf-8", "replace")) for word in words}
    return np.array(sorted(hashes), dtype=np.uint32)
